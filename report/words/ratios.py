"""Ratios of RPS as text, by target and level: over the baseline, and over the parent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab import display
from lab.level import Level
from report.statistics.verdict import INCONCLUSIVE, MOST_ROUNDS, SIGNIFICANCE
from report.summary.query import level_of

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Ratio:
    """A ratio as text, with what it allows to say."""

    here: str
    interval: str | None = None
    verdict: str | None = None
    needed: str | None = None
    without_stalls: str | None = None
    doubt: str | None = None


@dataclass(frozen=True)
class Compared:
    """What a target came to over another, level by level."""

    target: str
    over: str
    cells: tuple[tuple[Level, Ratio], ...]


def compared(summary: Json, kind: str) -> list[Compared]:
    """RPS over that of the baseline or the parent: one for each target that has such."""
    found: dict[str, list[Json]] = {}
    for each in summary["comparisons"]:
        if (each["kind"], each["metric"]) == (kind, "rps"):
            found.setdefault(each["target"], []).append(each)
    return [
        Compared(
            target, theirs[0]["baseline"], tuple((level_of(each), ratio(each)) for each in theirs)
        )
        for target, theirs in found.items()
    ]


def ratio(each: Json) -> Ratio:
    if each["ratio"] is None:
        return Ratio(display.NONE)
    other = each["without_stalls"]
    return Ratio(
        here=display.ratio(each["ratio"]),
        interval=interval(each),
        verdict=each["verdict"],
        needed=needed(each) if each["verdict"] == INCONCLUSIVE else None,
        without_stalls=f"without stalls {times(other)}: {other['verdict']}"
        if other and other["ratio"] and other["verdict"]
        else None,
        doubt=doubt(each),
    )


def interval(values: Json) -> str | None:
    """`2.05, 2.60`, to go into square brackets."""
    if values["low"] is None:
        return None
    return f"{display.ratio(values['low'])}, {display.ratio(values['high'])}"


def times(compared: Json) -> str:
    """`2.31 [2.05, 2.60] times`."""
    return f"{with_interval(compared)} times"


def with_interval(compared: Json) -> str:
    """`2.31 [2.05, 2.60]`; without its interval where there is none."""
    ends = interval(compared)
    return display.ratio(compared["ratio"]) + (f" [{ends}]" if ends else "")


def verdict(compared: Json) -> str:
    """The verdict, and what an inconclusive one would take: `inconclusive, about 4 more ...`."""
    word: str = compared["verdict"]
    if word != INCONCLUSIVE:
        return word
    other = compared["without_stalls"]
    told = other and other["verdict"] and other["ratio"]
    parts = [
        doubt(compared),
        f"{times(other)} without the rounds that stalled" if told else None,
        needed(compared),
    ]
    return f"{word} ({'; '.join(part for part in parts if part)})"


def doubt(compared: Json | None) -> str | None:
    """Why a ratio whose interval excludes 1 is `inconclusive` all the same; else None."""
    if compared is None:
        return None
    if compared["verdict"] != INCONCLUSIVE or not _excludes_1(compared):
        return None
    other = compared["without_stalls"]
    if may_be_luck(compared):
        count = compared["adjusted_for"]
        return f"its interval excludes 1, but of {count} ratios compared one such may be luck"
    if other and not _excludes_1(other):
        return "its interval excludes 1, but not without the rounds that stalled"
    return "its interval excludes 1, but the difference may be too small to matter"


def may_be_luck(compared: Json) -> bool:
    """Whether an interval excludes 1, and such a one is no surprise among so many."""
    p = compared["p_adjusted"]
    return _excludes_1(compared) and p is not None and p >= SIGNIFICANCE


def _excludes_1(compared: Json) -> bool:
    low, high = compared["low"], compared["high"]
    return low is not None and not low <= 1 <= high


def needed(compared: Json) -> str:
    """What an inconclusive verdict would take: `about 4 more rounds would probably decide`."""
    rounds: int = compared["rounds_needed"]
    if rounds > MOST_ROUNDS:
        return f"more than {MOST_ROUNDS} more rounds may be needed"
    return f"about {rounds} more round{'' if rounds == 1 else 's'} would probably decide"
