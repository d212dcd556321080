"""Whether a text names a thing, and how two values of it are told."""

import re

LONGEST_VALUE = 60


def named(text: str, *names: str) -> bool:
    """Whether one of `names` is in `text` as a word or words of its own, in either case.

    `worker-class` is also named by `worker class`; `4` is not by `4.5` or `64`.
    """
    return any(re.search(_pattern(name), text, re.IGNORECASE) for name in names if name)


def _pattern(name: str) -> str:
    words = "[-_ ]".join(re.escape(word) for word in re.split(r"[-_ ]", name))
    return rf"(?<!\w)(?<!\d\.){words}(?!\w|\.\d)"


def there_and_here(name: str, there: object, here: object) -> str:
    """`--workers 4 there, 2 here`; None is told as `none`, and what is long not at all."""
    values = ["none" if value is None else str(value) for value in (there, here)]
    if any(len(value) > LONGEST_VALUE or not value.isprintable() for value in values):
        return f"{name} is another"
    return f"{name} {values[0]} there, {values[1]} here"
