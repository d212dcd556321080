"""How figures read, in the terminal and on the page alike."""

import math
from collections.abc import Sequence

NONE = "-"

SIZES = ((1e9, "GB", 1), (1e6, "MB", 1), (1e3, "kB", 0))


def rps(value: float | None) -> str:
    """Requests per second: 3 digits where there are that many."""
    if value is None:
        return NONE
    return _digits(value, 1)


def seconds(value: float | None) -> str:
    """A latency, without its unit: as the article gives them, short ones with a digit more."""
    if value is None:
        return NONE
    return f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"  # noqa: PLR2004 - digits shown


def milliseconds(value_s: float | None) -> str:
    """A short span in ms, without its unit: to 3 digits at most."""
    return NONE if value_s is None else _digits(1000 * value_s, 1)


def ms(value_s: float) -> str:
    """A short span with its unit, on one line: `9.1 ms`."""
    return f"{milliseconds(value_s)}\N{NO-BREAK SPACE}ms"


def megabytes(value: float) -> str:
    """Memory with its unit, on one line: `182 MB`."""
    return f"{_digits(value / 1e6, 2)}\N{NO-BREAK SPACE}MB"


def size(value: float) -> str:
    """Room on a disk with its unit, on one line: `1.2 GB`, `182 MB`, `4 kB`."""
    unit, name, decimals = next((each for each in SIZES if value >= each[0]), SIZES[-1])
    return f"{_digits(value / unit, decimals)}\N{NO-BREAK SPACE}{name}"


def duration(value_s: float) -> str:
    """A span as one says it: `45 s`, `3 min 05 s`."""
    minutes, rest = divmod(round(value_s), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def moment(iso: str) -> str:
    """A time in ISO 8601, UTC, to the minute: `2026-01-02 03:04 UTC`."""
    return f"{iso[:10]} {iso[11:16]} UTC"


def plural(count: int, noun: str) -> str:
    """`1 round`, `3 rounds`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def listed(words: Sequence[object]) -> str:
    """`2`, `2 and 5`, `1, 2 and 5`."""
    *others, last = map(str, words)
    return f"{', '.join(others)} and {last}" if others else last


def first_few(words: Sequence[str], most: int = 4) -> str:
    """`a, b`; of more than `most`, `a, b, c, d, and 3 more`."""
    more = len(words) - most
    return ", ".join([*words[:most], *([f"and {more} more"] if more > 0 else [])])


def ratio(value: float | None) -> str:
    """A factor, to 3 digits where it has that many before the point."""
    return NONE if value is None else _digits(value, 2)


def spread(sd: float) -> str:
    """The standard deviation of logarithms, as one says it of what they are of: `12 %`."""
    return f"{100 * math.expm1(sd):.0f} %"


def percent(share: float | None) -> str:
    """A share in percent, without its unit: to 3 digits at most."""
    return NONE if share is None else _digits(100 * share, 1)


def _digits(value: float, decimals: int) -> str:
    """Up to 3 digits, as many of them after the point as `decimals` allows."""
    text = f"{value:.{decimals}f}"
    return text if decimals == 0 or len(text) <= len("9.99") else _digits(value, decimals - 1)


def printable(text: str, *, besides: str = "") -> str:
    """`text` as a terminal can show it: what would move its cursor, or worse, is escaped."""
    return "".join(
        letter if letter.isprintable() or letter in besides else ascii(letter)[1:-1]
        for letter in text
    )


def for_terminal(text: str) -> str:
    """`text` of several lines, as `printable` has each."""
    return printable(text, besides="\n\t\N{NO-BREAK SPACE}")


def show_cpus(cpus: Sequence[int]) -> str:
    """The kernel's way to list CPUs, the inverse of `parse_cpus`."""
    spans: list[list[int]] = []
    for cpu in sorted(cpus):
        if spans and cpu == spans[-1][-1] + 1:
            spans[-1].append(cpu)
        else:
            spans.append([cpu])
    return ",".join(f"{span[0]}-{span[-1]}" if len(span) > 1 else f"{span[0]}" for span in spans)


def complaint(target: str, parent: str, differences: Sequence[str]) -> str:
    """The sentence that tells of differences that a target's `change` does not name."""
    return (
        f"{target} differs from {parent} in more than its 'change' says: {'; '.join(differences)}"
    )
