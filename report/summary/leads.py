"""Who leads at a level: what the comparisons of the best with all others allow to say."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from lab.level import Level
from report.summary.query import level_of

Json = Mapping[str, Any]

# The best is told apart from every other; from some of them only singly; from all but those that
# are equivalent; not from all; one round tells nothing; there is no other.
Order = Literal["leads", "likely leads", "shares the lead", "no clear lead", "one round", "alone"]

# Another is behind the best, also with all comparisons of the best taken together; behind it by
# the verdict on the two alone; equivalent; not told apart; ahead of it in the rounds both have.
Standing = Literal["behind", "singly", "equivalent", "tied", "ahead"]

MIRRORED = {"faster": "slower", "slower": "faster"}


def lead(best: str, level: Level, comparisons: Iterable[Json]) -> dict[str, Any]:
    """How `best`, which has most RPS of what is ranked at `level`, stands to the others.

    `comparisons` are those of the summary. `tied` names what `best` is not told apart from,
    `ahead` what was faster in the rounds that both have (another has rounds that the best lacks),
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
        standing = {each["baseline"]: _standing(each, at_level) for each in of_best}
        found = set(standing.values())
        order = (
            "no clear lead" if found & {"tied", "ahead"}
            else "shares the lead" if "equivalent" in found
            else "likely leads" if "singly" in found
            else "leads"
        )  # fmt: skip
    return {
        "target": best,
        "requests": level.requests,
        "concurrency": level.concurrency,
        "order": order,
        **{
            how: [name for name, its in standing.items() if its == how]
            for how in ("tied", "ahead", "equivalent", "singly")
        },
    }


def shown_verdict(first: str, second: str, at_level: Iterable[Json]) -> str | None:
    """What is said of the RPS of `first` over those of `second` as baseline, or as parent.

    None where the two are not so compared. `at_level` are comparisons of RPS at one level.
    """
    for each in at_level:
        if each["kind"] not in ("baseline", "parent") or each["verdict"] is None:
            continue
        if (each["target"], each["baseline"]) == (first, second):
            return str(each["verdict"])
        if (each["baseline"], each["target"]) == (first, second):
            return MIRRORED.get(each["verdict"], each["verdict"])
    return None


def _standing(compared: Json, at_level: Sequence[Json]) -> Standing:
    """How another stands to the best: never other than what the page says of the same two."""
    verdict = compared["verdict"]
    shown = shown_verdict(compared["target"], compared["baseline"], at_level) or verdict
    if shown == "equivalent":
        return "equivalent"
    if shown == "slower":
        return "ahead"
    if shown != "faster":
        return "tied"
    return "behind" if verdict == "faster" else "singly"
