"""Levels: how many requests, how many of them at once."""

import functools
import re
from collections.abc import Iterable
from typing import Final

from lab.errors import UsageError


@functools.total_ordering
class Level:
    """`requests` in all, `concurrency` at a time; written `1000/100`, in files too.

    Every connection sends the same number of requests, so `requests` is a multiple of
    `concurrency`.
    """

    # No dataclass: msgspec would write that as an object, and never ask `lab.files.json_text`.
    __slots__ = ("concurrency", "requests")

    def __init__(self, requests: int, concurrency: int) -> None:
        self.requests: Final = requests
        self.concurrency: Final = concurrency

    def _key(self) -> tuple[int, int]:
        return self.requests, self.concurrency

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Level) and self._key() == other._key()

    def __lt__(self, other: "Level") -> bool:
        return self._key() < other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        return f"Level({self.requests}, {self.concurrency})"

    def __str__(self) -> str:
        return f"{self.requests}/{self.concurrency}"

    @property
    def slug(self) -> str:
        """The level in a file's name."""
        return f"{self.requests}x{self.concurrency}"


def parse_level(text: str) -> Level:
    """Read `1000/100`. Raises `UsageError` for anything that could not be run as written."""
    match = re.fullmatch(r"\s*(\d{1,9})/(\d{1,9})\s*", text, re.ASCII)
    if not match:
        raise UsageError(
            f"{text!r} is no level. A level is requests/concurrency, for example 1000/100."
        )
    requests, concurrency = int(match[1]), int(match[2])
    if requests < 1 or concurrency < 1:
        raise UsageError(f"level {text!r}: requests and concurrency are 1 or more.")
    if requests < concurrency:
        raise UsageError(
            f"level {text!r}: {requests} requests cannot keep {concurrency} connections busy."
            + ("" if concurrency % requests else f" Did you mean {concurrency}/{requests}?")
        )
    if requests % concurrency:
        down = requests - requests % concurrency
        raise UsageError(
            f"level {text!r}: {concurrency} does not divide {requests}, and each connection sends "
            f"as many: {down} in all. Write {down}/{concurrency} or "
            f"{down + concurrency}/{concurrency}."
        )
    return Level(requests, concurrency)


def parse_levels(texts: Iterable[str]) -> tuple[Level, ...]:
    """Read several levels. Raises `UsageError` where there is none, or one twice."""
    levels = tuple(parse_level(text) for text in texts)
    if not levels:
        raise UsageError("no level given. A level is requests/concurrency, for example 1000/100.")
    for level in levels:
        if levels.count(level) > 1:
            raise UsageError(f"level {str(level)!r} is given twice.")
    return levels
