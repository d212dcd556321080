"""What options of several commands take, and what is wrong with what was given to them."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.command.parser import Parser
from bench.environment.interpreter import require_python
from bench.environment.requirement import require_requirement
from lab.display import listed
from lab.errors import UsageError

# Beyond it a difference that "does not matter" would be most of what there is.
WIDEST_PERCENT = 1000

# What `--until` takes in place of a percentage.
DECIDED = "decided"


def add_selection(parser: Parser, *, default: str) -> None:
    """`--only` and `--tag`: which targets; `default` says which are taken without them."""
    parser.add_argument("--only", metavar="NAME[,NAME]", help=f"these targets; default: {default}")
    parser.add_argument(
        "--tag", metavar="TAG[,TAG]", help="the targets that carry any of these tags"
    )


def add_target(parser: Parser) -> None:
    """`--target`: projects of the user's."""
    parser.add_argument(
        "--target",
        action="append",
        default=[],
        metavar="PATH",
        help="a Django project from anywhere on disk; may repeat (docs/your-project.md)",
    )


def add_environment(parser: Parser) -> None:
    """`--with` and `--python`: what environments are made of beside the locks."""
    parser.add_argument(
        "--with",
        action="append",
        type=require_requirement,
        metavar="REQUIREMENT",
        help="a package on top of every lock, such as 'django>=5.1,<5.2'; may repeat",
    )
    parser.add_argument(
        "--python",
        type=require_python,
        metavar="VERSION",
        help="what targets run on: a version, or a path; default: what the lab runs on",
    )


def add_no_wait(parser: Parser) -> None:
    """`--no-wait`: whether another run is waited for."""
    parser.add_argument(
        "--no-wait",
        action="store_true",
        help="refuse, with exit code 3, where another run has this machine; default: wait for it",
    )


def environment_of(options: argparse.Namespace) -> dict[str, Any]:
    """What `prepared` takes of these. Raises `UsageError` for a requirement given twice."""
    added = vars(options)["with"] or []
    if twice := [each for each in added if added.count(each) > 1]:
        raise UsageError(f"--with {twice[0]!r} is given twice.")
    return {"added": tuple(added), "python": options.python}


def only_one_of(given: Mapping[str, bool]) -> None:
    """Raises `UsageError` where several of these options are given."""
    options = [option for option, there in given.items() if there]
    if len(options) > 1:
        raise UsageError(f"{listed(options)} contradict each other: give one.")


def comma_separated(text: str | None) -> list[str]:
    """The names in a list with commas; none where it was not given."""
    return [] if text is None else [name.strip() for name in text.split(",")]


def folder(text: str) -> Path:
    """Where results go. Raises `UsageError` where that is nothing."""
    if not text:
        raise UsageError("--results takes a folder, not nothing.")
    return Path(text)


def line_of_text(option: str) -> Any:  # noqa: ANN401 - argparse's type is any callable
    """What an option reads that takes a line of text. It raises `UsageError`."""

    def parse(text: str) -> str:
        if not text.strip() or not text.isprintable():
            raise UsageError(f"{option} takes a line of text, not {text!r}.")
        return text.strip()

    return parse


def percent(option: str, *words: str) -> Any:  # noqa: ANN401 - argparse's type is any callable
    """What an option reads that takes a percentage, or one of `words`. It raises `UsageError`."""

    def parse(text: str) -> float | str:
        if text in words:
            return text
        try:
            value = float(text.removesuffix("%"))
        except ValueError:
            value = 0.0
        if not 0 < value <= WIDEST_PERCENT:
            others = "".join(f", or '{word}'" for word in words)
            raise UsageError(
                f"{option} takes a percentage over 0, at most {WIDEST_PERCENT}{others}, "
                f"not {text!r}."
            )
        return value

    return parse


def whole_number(option: str, at_least: int, at_most: int | None = None) -> Any:  # noqa: ANN401 - argparse's type is any callable
    """What an option reads that takes a whole number in these bounds. It raises `UsageError`."""

    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = at_least - 1
        if value < at_least:
            raise UsageError(f"{option} takes a whole number, {at_least} or more, not {text!r}.")
        if at_most is not None and value > at_most:
            raise UsageError(f"{option} takes a whole number, {at_most} at the most, not {text!r}.")
        return value

    return parse
