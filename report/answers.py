"""The answer at a glance: who served most at each level, by how much, and how sure that is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bench import display
from bench.display import listed
from bench.level import Level
from report.ratios import Ratio, ratio
from report.rows import cell_of, level_of, ordered
from report.words import compared_with_baseline, lead_over_next, times

Json = Mapping[str, Any]

# How the first stands to the next: known by a verdict; by an interval alone, and it was known only
# from the figures which two to compare; not known; not to be known from one round; no next.
Order = Literal["clear lead", "likely lead", "too close to call", "one round", "nothing to compare"]


@dataclass(frozen=True)
class Answer:
    """Who served most at a level; only the level where nothing could be ranked.

    `ratio` is over `baseline`, None for the baseline itself. `rival` is the next, and `ahead`
    what the first had over it, None where the ratio says that.
    """

    level: Level
    best: str | None = None
    title: str = ""
    rps: str = ""
    baseline: str = ""
    ratio: Ratio | None = None
    order: Order | None = None
    rival: str | None = None
    ahead: str | None = None
    cpu: str | None = None


def answers(summary: Json, baseline: str) -> list[Answer]:
    """One for each level."""
    levels = dict.fromkeys(level_of(cell) for cell in summary["cells"])
    return [_answer(summary, level, baseline) for level in levels]


def headline(given: Sequence[Answer]) -> str:
    """`a served most requests at 1000/100; a and b are too close to call at 150/30`."""
    first: dict[str, list[str]] = {}
    open_: dict[frozenset[str], list[str]] = {}
    for answer in given:
        if answer.best and answer.rival and answer.order == "too close to call":
            open_.setdefault(frozenset((answer.best, answer.rival)), []).append(str(answer.level))
        elif answer.best:
            first.setdefault(answer.best, []).append(str(answer.level))
    if not first and not open_:
        return "No target has a valid measurement"
    led = [
        f"{name} {'' if index else 'served most requests '}{_where(levels, given)}"
        for index, (name, levels) in enumerate(sorted(first.items(), key=_most_levels))
    ]
    tied = [
        f"{' and '.join(sorted(pair))} are too close to call {_where(levels, given)}"
        for pair, levels in sorted(open_.items(), key=_most_levels)
    ]
    return "; ".join([*([", ".join(led)] if led else []), *tied])


def _most_levels(item: tuple[object, list[str]]) -> int:
    return -len(item[1])


def _where(levels: Sequence[str], given: Sequence[Answer]) -> str:
    return "at every level" if len(levels) == len(given) > 1 else f"at {listed(levels)}"


def _answer(summary: Json, level: Level, baseline: str) -> Answer:
    ranked = [cell for cell in ordered(summary, level) if cell["ranked"]]
    if not ranked:
        return Answer(level)
    best, rival = ranked[0], ranked[1] if len(ranked) > 1 else None
    over = compared_with_baseline(summary, best["target"], level)
    lead = lead_over_next(summary, level)
    return Answer(
        level=level,
        best=best["target"],
        title=summary["targets"][best["target"]]["title"],
        rps=display.rps(best["rps"]["value"]),
        baseline=baseline,
        ratio=ratio(over) if over else None,
        order=_order(summary, best["target"], lead) if rival else "nothing to compare",
        rival=rival["target"] if rival else None,
        ahead=f"{times(lead)} the RPS of {lead['next']}, the next"
        if lead and lead["next"] != baseline
        else None,
        cpu=_cpu(summary, best, baseline),
    )


def _order(summary: Json, best: str, lead: Json | None) -> Order:
    if lead is None:
        return "too close to call"
    if lead["low"] is None:
        return "one round"
    for each in summary["comparisons"]:
        if each["metric"] == "rps" and level_of(each) == level_of(lead) and each["verdict"]:
            ahead = {(best, lead["next"]): "faster", (lead["next"], best): "slower"}
            pair = (each["target"], each["baseline"])
            if pair in ahead:
                return "clear lead" if each["verdict"] == ahead[pair] else "too close to call"
    margin = summary["run"]["margin"]
    return "likely lead" if lead["low"] > 1 and lead["ratio"] > 1 + margin else "too close to call"


def _cpu(summary: Json, best: Json, baseline: str) -> str | None:
    """`CPU 9.1 ms a request, sync_requests 37 ms`."""
    own = best["cpu_per_request_s"]["value"]
    if own is None:
        return None
    text = f"CPU {display.ms(own)} a request"
    base = cell_of(summary, baseline, level_of(best))
    if base is None or best["target"] == baseline or not base["cpu_per_request_s"]["value"]:
        return text
    return f"{text}, {baseline} {display.ms(base['cpu_per_request_s']['value'])}"
