"""What to know first of a run, a sentence each: why, the article, changes, findings, threads."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab import display
from lab.display import listed
from lab.level import Level
from lab.names import BESIDE
from report.summary import article
from report.summary.article import ASYNC, SYNC
from report.summary.bounds import BreakEven, break_even, cores
from report.summary.kinds import kind_of
from report.summary.query import cell_of, compared_with_baseline, held_bytes, level_of, ordered
from report.words.findings import SEVERITIES, WHEN, found, groups
from report.words.ratios import doubt, times, with_interval

Json = Mapping[str, Any]

# A target that comes this near to what is possible is held back by that, and by little else.
NEAR_LIMIT = 0.85


def why(summary: Json, baseline: str) -> str | None:
    """What the order comes from, at the level with most requests at once; None where unknown."""
    levels = {level_of(cell) for cell in summary["cells"]}
    level = max(levels, key=_load)
    best = next((cell for cell in ordered(summary, level) if cell["ranked"]), None)
    if best is None:
        return None
    base = cell_of(summary, baseline, level)
    limit = base and base["limits_rps"]["cpu"]
    own = best["cpu_per_request_s"]["value"]
    over = compared_with_baseline(summary, best["target"], level)
    ahead = over is not None and over["verdict"] in ("faster", None)
    if base and base["ranked"] and ahead and own and limit and limit < best["rps"]["value"]:
        return (
            f"At {level} a request of {baseline} takes "
            f"{display.ms(base['cpu_per_request_s']['value'])} of CPU, so "
            f"{display.plural(cores(base) or 0, 'core')} cannot serve more than "
            f"{display.rps(limit)} RPS; one of {best['target']} takes {display.ms(own)}."
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


def _load(level: Level) -> tuple[int, int]:
    """Levels with more requests at once come after those with fewer."""
    return level.concurrency, level.requests


def sync_or_async(summary: Json) -> str | None:
    """How the fastest sync target stands to the fastest async one, and the memory both held.

    At the level with most requests at once; None where there are not both. Which two these are
    is known only from the figures, so there is no verdict on it but that on who leads.
    """
    if not summary["sync_or_async"]:
        return None
    each = max(summary["sync_or_async"], key=lambda each: _load(level_of(each)))
    level, ahead, behind = level_of(each), each["target"], each["next"]
    kind = {name: kind_of(summary["targets"][name]) for name in (ahead, behind)}
    text = f"at {level} the fastest {kind[ahead]} view, {ahead}, "
    held_to_be = "equivalent" if each["verdict"] == "equivalent" else "not told apart"
    undecided = each["verdict"] is None and each["low"] is not None and each["low"] <= 1
    if undecided or each["verdict"] not in (None, "faster"):
        text += f"and the fastest {kind[behind]} one, {behind}, are {held_to_be}"
        text += f" ({with_interval(each)})"
    else:
        text += f"served {times(each)} the requests of the fastest {kind[behind]} one, {behind}"
        text += ", in one round" if each["low"] is None else ""
    held = [
        f"{name} held {words}"
        for name in (ahead, behind)
        if (cell := cell_of(summary, name, level)) and (words := memory_in_words(cell))
    ]
    return ". ".join([f"{text[0].upper()}{text[1:]}", *held]) + "."


def article_holds(summary: Json) -> str | None:
    """Whether the article's result, its sync view ahead, holds here; None where not measured."""
    said: dict[str, list[str]] = {}
    for level in dict.fromkeys(level_of(cell) for cell in summary["cells"]):
        each = compared_with_baseline(summary, ASYNC, level)
        if each is None or each["baseline"] != SYNC:
            continue
        there = article.ratio(level.requests, level.concurrency)
        figures = f"{level} ({with_interval(each)}"
        figures += f"; the article {display.ratio(there)}" if there else ""
        figures += f"; {why_open})" if (why_open := doubt(each)) else ")"
        said.setdefault(_holding(each), []).append(figures)
    if not said:
        return None
    parts = [f"{what} at {listed(levels)}" for what, levels in said.items()]
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


@dataclass(frozen=True)
class LargestChanges:
    """The changes that gained and lost most at a level, of those with a verdict."""

    level: Level
    gain: str | None
    loss: str | None


def largest_changes(summary: Json) -> LargestChanges | None:
    """At the level with most requests at once where any was decided; None where none was."""
    decided = [
        each
        for each in summary["comparisons"]
        if (each["kind"], each["metric"]) == ("parent", "rps")
        and each["verdict"] in ("faster", "slower")
    ]
    if not decided:
        return None
    level = max((level_of(each) for each in decided), key=_load)
    rising = sorted(
        (each for each in decided if level_of(each) == level), key=lambda each: float(each["ratio"])
    )
    least, most = rising[0], rising[-1]
    return LargestChanges(
        level,
        gain=_changed(summary, most) if most["verdict"] == "faster" else None,
        loss=_changed(summary, least) if least["verdict"] == "slower" else None,
    )


def _changed(summary: Json, each: Json) -> str:
    change = summary["targets"][each["target"]]["change"]
    return f"{change} ({each['target']}, from {each['baseline']}): {times(each)} the requests."


def main_finding(summary: Json) -> str | None:
    """What casts most doubt on the figures that are shown: the worst, and of these the widest."""
    shown = [cell for cell in summary["cells"] if cell["target"] not in BESIDE]
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
    ahead = [
        level_of(each)
        for each in summary["sync_or_async"]
        if each["verdict"] == "faster"
        or (each["verdict"] is None and (each["low"] is None or each["low"] > 1))
    ]
    evens = [even for level in ahead if (even := break_even(summary, level))]
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


def memory_in_words(cell: Json) -> str | None:
    """`182 MB of memory`."""
    held = held_bytes(cell)
    return None if held is None else f"{display.megabytes(held)} of memory"
