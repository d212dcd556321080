"""The answer at a glance: who served most, by how much, how sure, why, and what to know first."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bench import display
from bench.level import Level
from bench.target import CONTROL
from report import article
from report.article import ASYNC, SYNC
from report.limits import BreakEven, break_even, cores
from report.ratios import Ratio, ratio
from report.rows import SEVERITIES, groups, level_of, ordered
from report.words import WHEN, compared_with_baseline, found, lead_over_next, times

Json = Mapping[str, Any]

# A target that comes this near to what is possible is held back by that, and by little else.
NEAR_LIMIT = 0.85

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
    return "at every level" if len(levels) == len(given) > 1 else f"at {_listed(levels)}"


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
    text = f"CPU {_ms(own)} a request"
    base = _cell_of(summary, baseline, level_of(best))
    if base is None or best["target"] == baseline or not base["cpu_per_request_s"]["value"]:
        return text
    return f"{text}, {baseline} {_ms(base['cpu_per_request_s']['value'])}"


def _ms(value_s: float) -> str:
    return f"{display.milliseconds(value_s)}\N{NO-BREAK SPACE}ms"


def _cell_of(summary: Json, target: str, level: Level) -> Json | None:
    return next((cell for cell in ordered(summary, level) if cell["target"] == target), None)


def why(summary: Json, baseline: str) -> str | None:
    """What the order comes from, at the level with most requests at once; None where unknown."""
    levels = {level_of(cell) for cell in summary["cells"]}
    level = max(levels, key=lambda level: (level.concurrency, level.requests))
    best = next((cell for cell in ordered(summary, level) if cell["ranked"]), None)
    if best is None:
        return None
    base = _cell_of(summary, baseline, level)
    limit = base and base["limits_rps"]["cpu"]
    own = best["cpu_per_request_s"]["value"]
    if base and own and limit and best["target"] != baseline and limit < best["rps"]["value"]:
        return (
            f"At {level} a request of {baseline} takes "
            f"{_ms(base['cpu_per_request_s']['value'])} of CPU, so "
            f"{display.plural(cores(base) or 0, 'core')} cannot serve more than "
            f"{display.rps(limit)} RPS; one of {best['target']} takes {_ms(own)}."
        )
    for name, what in (("closed_loop", "connections"), ("slots", "slots")):
        possible = best["limits_rps"][name]
        if possible and best["rps"]["value"] >= NEAR_LIMIT * possible:
            share = 100 * best["rps"]["value"] / possible
            return (
                f"At {level} {best['target']} came to {share:.0f} % of what is possible with all "
                f"{what} waiting for the API."
            )
    return None


def article_holds(summary: Json) -> str | None:
    """Whether the article's result, its sync view ahead, holds here; None where not measured."""
    said: dict[str, list[str]] = {}
    for level in dict.fromkeys(level_of(cell) for cell in summary["cells"]):
        each = compared_with_baseline(summary, ASYNC, level)
        if each is None or each["baseline"] != SYNC:
            continue
        there = article.ratio(level.requests, level.concurrency)
        figures = f"{level} ({times(each).removesuffix(' times')}"
        figures += f"; the article {display.ratio(there)})" if there else ")"
        said.setdefault(_holding(each), []).append(figures)
    if not said:
        return None
    parts = [f"{what} at {_listed(levels)}" for what, levels in said.items()]
    return f"Its result, {SYNC} ahead of {ASYNC}, {'; '.join(parts)}."


def _holding(each: Json) -> str:
    if each["verdict"] is None:
        again = "came out again" if each["ratio"] < 1 else "came out the other way round"
        return f"{again}, in one round,"
    return {
        "slower": "holds",
        "faster": "is reversed",
        "equivalent": "does not hold, they are equivalent,",
    }.get(each["verdict"], "is open")


def largest_change(summary: Json) -> str | None:
    """The one change that did most, of those with a verdict."""
    decided = [
        each
        for each in summary["comparisons"]
        if (each["kind"], each["metric"]) == ("parent", "rps")
        and each["verdict"] in ("faster", "slower")
    ]
    if not decided:
        return None
    most = max(decided, key=lambda each: max(each["ratio"], 1 / each["ratio"]))
    change = summary["targets"][most["target"]]["change"]
    return (
        f"{change} ({most['target']}, from {most['baseline']}): "
        f"{times(most)} the requests at {level_of(most)}."
    )


def main_finding(summary: Json) -> str | None:
    """What casts most doubt on the figures that are shown: the worst, and of these the widest."""
    shown = [cell for cell in summary["cells"] if cell["target"] != CONTROL]
    cells = Counter(
        key
        for cell in shown
        # Each once, in an order that does not change from one process to the next.
        for key in dict.fromkeys((each["severity"], each["code"]) for each in cell["findings"])
        if key[0] != "info"
    )
    if not cells:
        return None
    worst = min(cells, key=lambda key: (SEVERITIES.index(key[0]), -cells[key]))
    for group in groups({**summary, "cells": shown}):
        if (group.severity, group.code) == worst:
            if group.severity == "unranked" or len(group.notes) == 1:
                return found(group)[0]
            return f"{group.code} ({group.where}): {WHEN[group.code]}."
    return None


def break_evens(summary: Json) -> list[str]:
    """What it would take for the fastest sync target to serve as many as the fastest async one."""
    levels = dict.fromkeys(level_of(cell) for cell in summary["cells"])
    evens = [even for level in levels if (even := break_even(summary, level))]
    return [_even(even) for even in evens]


def _even(even: BreakEven) -> str:
    text = (
        f"At {even.level} {even.sync_target} with about {even.threads} threads in place of "
        f"{even.slots} would match {even.async_target} ({display.rps(even.async_rps)} RPS), if its "
        f"RPS grew as its threads do"
    )
    if even.waiting is not None:
        text += f"; on average {even.waiting:.0f} of the {even.slots} were waiting for the API"
    if even.cores_needed and even.cores and even.cores_needed > even.cores:
        return (
            f"{text}. But its CPU time a request makes that {even.cores_needed:.1f} cores, and "
            f"servers had {even.cores}: threads alone would not do."
        )
    return f"{text}."


def _listed(words: Sequence[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last
