"""The answer at a glance: who served most, by how much, how sure, and what to know first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bench import display
from bench.level import Level
from report import article
from report.article import ASYNC, SYNC
from report.limits import BreakEven, break_even
from report.ratios import Ratio, ratio
from report.rows import groups, level_of, ordered
from report.words import compared_with_baseline, found, lead_over_next, times

Json = Mapping[str, Any]

# A target that comes this near to what is possible is held back by that, and by little else.
NEAR_LIMIT = 0.85


@dataclass(frozen=True)
class Answer:
    """Who served most at a level; only the level where nothing could be ranked.

    `ratio` is over `baseline`, None for the baseline itself. `sure` says whether the order
    with the next one is settled. `reason` is why it came out like this, where that is known.
    """

    level: Level
    best: str | None = None
    rps: str = ""
    baseline: str = ""
    ratio: Ratio | None = None
    sure: str | None = None
    cpu: str | None = None
    reason: str | None = None


def answers(summary: Json, baseline: str) -> list[Answer]:
    """One for each level."""
    levels = dict.fromkeys(level_of(cell) for cell in summary["cells"])
    return [_answer(summary, level, baseline) for level in levels]


def headline(given: list[Answer]) -> str:
    """`async_aiohttp served most requests at 300/50 and 1000/100, sync_pooled at 150/30`."""
    where: dict[str, list[str]] = {}
    for answer in given:
        if answer.best:
            where.setdefault(answer.best, []).append(str(answer.level))
    if not where:
        return "No target has a valid measurement"
    (first, levels), *others = sorted(where.items(), key=lambda item: -len(item[1]))
    if len(levels) == len(given) > 1:
        return f"{first} served most requests at every level"
    said = [f"{first} served most requests at {_listed(levels)}"]
    said += [f"{name} at {_listed(its)}" for name, its in others]
    return ", ".join(said)


def _answer(summary: Json, level: Level, baseline: str) -> Answer:
    ranked = [cell for cell in ordered(summary, level) if cell["ranked"]]
    if not ranked:
        return Answer(level)
    best = ranked[0]
    over = compared_with_baseline(summary, best["target"], level)
    return Answer(
        level=level,
        best=best["target"],
        rps=display.rps(best["rps"]["value"]),
        baseline=baseline,
        ratio=ratio(over) if over else None,
        sure=_sure(summary, level, ranked, baseline),
        cpu=_cpu(summary, best, baseline),
        reason=_reason(best),
    )


def _sure(summary: Json, level: Level, ranked: list[Json], baseline: str) -> str | None:
    """Whether the best is known to be ahead of the next; None where its ratio says that."""
    if len(ranked) == 1:
        return "nothing else is ranked"
    lead = lead_over_next(summary, level)
    if lead is None or lead["next"] == baseline:
        return None
    if lead["low"] is None:
        settled = "in one round"
    else:
        settled = "ahead" if lead["low"] > 1 else "their order is open"
    return f"{times(lead)} the RPS of {lead['next']}, the next: {settled}"


def _cpu(summary: Json, best: Json, baseline: str) -> str | None:
    """`CPU 9.1 ms a request, sync_requests 37 ms`."""
    own = best["cpu_per_request_s"]["value"]
    if own is None:
        return None
    text = f"CPU {display.milliseconds(own)}\N{NO-BREAK SPACE}ms a request"
    for cell in ordered(summary, level_of(best)):
        value = cell["cpu_per_request_s"]["value"]
        if cell["target"] == baseline != best["target"] and value is not None:
            text += f", {baseline} {display.milliseconds(value)}\N{NO-BREAK SPACE}ms"
    return text


def _reason(best: Json) -> str | None:
    """What held the best back, where that is a limit that nothing in the view could move."""
    for name, what in (
        ("closed_loop", "all its connections waiting for the API"),
        ("slots", "all its slots waiting for the API"),
    ):
        limit = best["limits_rps"][name]
        if limit and best["rps"]["value"] >= NEAR_LIMIT * limit:
            share = 100 * best["rps"]["value"] / limit
            return f"{share:.0f} % of what is possible with {what}"
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
    return f"The article's result, {SYNC} ahead of {ASYNC}, {'; '.join(parts)}."


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
        f"The change that did most: {change} ({most['target']}, from {most['baseline']}), "
        f"{times(most)} the requests at {level_of(most)}."
    )


def main_finding(summary: Json) -> str | None:
    """What casts most doubt on the figures."""
    first = next(iter(groups(summary)), None)
    return None if first is None or first.severity == "info" else found(first)[0]


def break_evens(summary: Json) -> list[str]:
    """What it would take for the fastest sync target to serve as many as the fastest async one."""
    levels = dict.fromkeys(level_of(cell) for cell in summary["cells"])
    found = [even for level in levels if (even := break_even(summary, level))]
    return [_even(even, summary["machine"]["cores"]) for even in found]


def _even(even: BreakEven, cores: int) -> str:
    text = (
        f"At {even.level} {even.sync_target} with about {even.threads} threads in place of "
        f"{even.slots} would match {even.async_target} ({display.rps(even.async_rps)} RPS), if "
        f"each request went on holding a thread for {display.seconds(even.held_s)} s"
    )
    if even.cores_needed and even.cores_needed > cores:
        return (
            f"{text}; but its CPU time a request makes that {even.cores_needed:.1f} cores, and "
            f"this machine has {cores}: threads alone would not do."
        )
    return f"{text}."


def _listed(words: list[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last
