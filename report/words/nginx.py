"""nginx beside the targets: what the best of them serves of what it does as a proxy."""

from collections.abc import Mapping
from typing import Any

from lab import display
from lab.level import Level
from lab.names import REFERENCE
from report.summary.kinds import calls_once
from report.summary.query import level_of, ordered, reference_of

Json = Mapping[str, Any]

KIND = "reference"


def share(summary: Json, level: Level) -> str | None:
    """`The best target, a, served 93.0 % [91.2, 94.8] of what nginx serves ...`.

    None where nginx was not part of the run, or has not been measured yet.
    """
    cell = reference_of(summary, level)
    if cell is None or not (cell["rounds"] or cell["findings"]):
        return None
    # A request that is no call, or three, is another work than nginx's.
    best = next(
        (
            each
            for each in ordered(summary, level)
            if each["ranked"] and calls_once(summary["targets"][each["target"]])
        ),
        None,
    )
    if best is None:
        return None
    for each in summary["comparisons"]:
        if (
            (each["kind"], each["target"], each["metric"]) == (KIND, best["target"], "rps")
            and level_of(each) == level
            and each["ratio"] is not None
        ):
            first = next(each for each in ordered(summary, level) if each["ranked"])
            best_of = "The best target" if first is best else "The best with one call a request"
            return (
                f"{best_of}, {best['target']}, served {_percent(each)} of what "
                f"{REFERENCE} serves as a proxy to the same upstream."
            )
    return f"{REFERENCE}, the reference, has no valid measurement to compare with."


def shares(summary: Json) -> list[str]:
    """`At 150/30 the best target, ...`: `share` of each level that has one."""
    levels = dict.fromkeys(level_of(cell) for cell in summary["cells"])
    found = ((level, share(summary, level)) for level in levels)
    return [f"At {level} {text[0].lower()}{text[1:]}" for level, text in found if text]


def _percent(each: Json) -> str:
    """`93.0 % [91.2, 94.8]`."""
    text = f"{display.percent(each['ratio'])} %"
    if each["low"] is None:
        return text
    return f"{text} [{display.percent(each['low'])}, {display.percent(each['high'])}]"
