"""Who leads at a level: what the comparisons of the best with all others allow to say."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from bench.level import Level
from report.rows import level_of

Json = Mapping[str, Any]

# The best is told apart from every other; from some of them only singly; from all but those that
# are equivalent; not from all; one round tells nothing; there is no other.
Order = Literal[
    "leads", "likely leads", "shares the lead", "too close to call", "one round", "alone"
]
Standing = Literal["together", "singly", "equivalent", "no"]

MIRRORED = {"faster": "slower", "slower": "faster"}


def lead(best: str, level: Level, comparisons: Iterable[Json]) -> dict[str, Any]:
    """How `best`, which has most RPS of what is ranked at `level`, stands to the others.

    `comparisons` are those of the summary. `tied` names what `best` is not told apart from,
    `equivalent` what it differs from by less than the margin, and `singly` what it is told apart
    from by the verdict on the two as target and baseline, or as parent and child, but not by all
    comparisons of the best together; most RPS first. It leads only where there are none of these.
    """
    at_level = [each for each in comparisons if each["metric"] == "rps" and level_of(each) == level]
    of_best = [each for each in at_level if each["kind"] == "best"]
    standing: dict[str, Standing] = {}
    order: Order
    if not of_best:
        order = "alone"
    elif all(each["low"] is None for each in of_best) and any(each["ratio"] for each in of_best):
        order = "one round"
    else:
        standing = {each["baseline"]: _apart(each, at_level) for each in of_best}
        found = set(standing.values())
        order = (
            "too close to call" if "no" in found
            else "shares the lead" if "equivalent" in found
            else "likely leads" if "singly" in found
            else "leads"
        )  # fmt: skip
    return {
        "target": best,
        "requests": level.requests,
        "concurrency": level.concurrency,
        "order": order,
        "tied": [name for name, how in standing.items() if how == "no"],
        "equivalent": [name for name, how in standing.items() if how == "equivalent"],
        "singly": [name for name, how in standing.items() if how == "singly"],
    }


def _apart(compared: Json, at_level: Sequence[Json]) -> Standing:
    """Whether the best is told apart from another, also by what else is said of the two."""
    pair = (compared["target"], compared["baseline"])
    shown = next(
        (
            verdict
            for each in at_level
            if each["kind"] in ("baseline", "parent")
            and (verdict := _verdict_on(pair, each)) is not None
        ),
        None,
    )
    verdict = compared["verdict"]
    if (shown or verdict) == "equivalent":
        return "equivalent"
    if (shown or verdict) != "faster":
        return "no"
    return "together" if verdict == "faster" else "singly"


def _verdict_on(pair: tuple[str, str], compared: Json) -> str | None:
    """A comparison's verdict as one on the first of two over the second; None: not of these."""
    verdict = compared["verdict"]
    if (compared["target"], compared["baseline"]) == pair:
        return verdict if verdict is None else str(verdict)
    if (compared["baseline"], compared["target"]) == pair and verdict is not None:
        return MIRRORED.get(verdict, verdict)
    return None
