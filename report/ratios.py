"""Ratios of RPS as text, by target and level: over the baseline, and over the parent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bench import display
from bench.level import Level
from report.rows import level_of
from report.verdict import INCONCLUSIVE
from report.words import needed, times

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Ratio:
    """A ratio as text, with what it allows to say."""

    here: str
    interval: str | None = None
    verdict: str | None = None
    needed: str | None = None
    without_stalls: str | None = None


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
    )


def interval(values: Json) -> str | None:
    """`2.05, 2.60`, to go into square brackets."""
    if values["low"] is None:
        return None
    return f"{display.ratio(values['low'])}, {display.ratio(values['high'])}"
