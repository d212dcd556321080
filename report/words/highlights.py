"""What to know first of a run, a sentence each: why, the article, changes, findings, threads."""

from collections import Counter
from dataclasses import dataclass

from lab import display
from lab.condition import USUAL, Condition
from lab.display import listed
from lab.files.summary_json import Cell, Comparison, Summary
from lab.names import BESIDE
from report.summary import article
from report.summary.article import ASYNC, SYNC
from report.summary.bounds import BreakEven, break_even
from report.summary.kinds import kind_of
from report.summary.query import (
    cell_of,
    compared_with_baseline,
    conditions,
    held_bytes,
    ordered,
    rps_of,
)
from report.words.findings import SEVERITIES, WHEN, found, groups
from report.words.ratios import doubt, times, with_interval

# A target that comes this near to what is possible is held back by that, and by little else.
NEAR_LIMIT = 0.85


def why(summary: Summary, baseline: str) -> str | None:
    """What the order comes from, where most requests come at once; None where unknown."""
    at = max(conditions(summary), key=_load)
    best = next((cell for cell in ordered(summary, at) if cell.ranked), None)
    if best is None:
        return None
    rps, own_s = rps_of(best), best.cpu_per_request_s.value
    base = cell_of(summary, baseline, at)
    over = compared_with_baseline(summary, best.target, at)
    if base and base.ranked and over and over.verdict in ("faster", None):
        limit, its_s = base.limits_rps.cpu, base.cpu_per_request_s.value
        if own_s and its_s and limit and limit < rps:
            return (
                f"At {at.within} a request of {baseline} takes {display.ms(its_s)} of CPU, so "
                f"{display.plural(summary.run.server_cores, 'core')} cannot serve more than "
                f"{display.rps(limit)} RPS; one of {best.target} takes {display.ms(own_s)}."
            )
    limits = best.limits_rps
    for possible, what in ((limits.closed_loop, "connections"), (limits.slots, "slots")):
        if possible and rps >= NEAR_LIMIT * possible:
            return (
                f"At {at.within} {best.target} came to {100 * rps / possible:.0f} % of what is "
                f"possible with all {what} waiting for the API."
            )
    return None


def _load(at: Condition) -> tuple[int, int, bool, str]:
    """What has more requests at once comes after what has fewer; as many, the usual terms last."""
    return at.level.concurrency, at.level.requests, at.terms == USUAL, at.terms.slug


def sync_or_async(summary: Summary) -> str | None:
    """How the fastest sync target stands to the fastest async one, and the memory both held.

    Where most requests come at once; None where there are not both. Which two these are
    is known only from the figures, so there is no verdict on it but that on who leads.
    """
    if not summary.sync_or_async:
        return None
    each = max(summary.sync_or_async, key=lambda each: _load(each.at))
    at, ahead, behind = each.at, each.target, each.next
    kind = {name: kind_of(summary.targets[name]) for name in (ahead, behind)}
    text = f"at {at.within} the fastest {kind[ahead]} view, {ahead}, "
    held_to_be = "equivalent" if each.verdict == "equivalent" else "not told apart"
    undecided = each.verdict is None and each.low is not None and each.low <= 1
    if undecided or each.verdict not in (None, "faster"):
        text += f"and the fastest {kind[behind]} one, {behind}, are {held_to_be}"
        text += f" ({with_interval(each)})"
    else:
        text += f"served {times(each)} the requests of the fastest {kind[behind]} one, {behind}"
        text += ", in one round" if each.low is None else ""
    held = [
        f"{name} held {words}"
        for name in (ahead, behind)
        if (cell := cell_of(summary, name, at)) and (words := memory_in_words(cell))
    ]
    return ". ".join([f"{text[0].upper()}{text[1:]}", *held]) + "."


def article_holds(summary: Summary) -> str | None:
    """Whether the article's result, its sync view ahead, holds here; None where not measured."""
    said: dict[str, list[str]] = {}
    for at in conditions(summary):
        each = compared_with_baseline(summary, ASYNC, at)
        if each is None or each.baseline != SYNC:
            continue
        there = article.ratio(at)
        figures = f"{at} ({with_interval(each)}"
        figures += f"; the article {display.ratio(there)}" if there else ""
        figures += f"; {why_open})" if (why_open := doubt(each)) else ")"
        said.setdefault(_holding(each), []).append(figures)
    if not said:
        return None
    parts = [f"{what} at {listed(where)}" for what, where in said.items()]
    return f"Its result, {SYNC} ahead of {ASYNC}, {'; '.join(parts)}."


def _holding(each: Comparison) -> str:
    if each.verdict is None:
        again = "came out again" if (each.ratio or 0.0) < 1 else "came out the other way round"
        return f"{again}, in one round,"
    return {
        "slower": "holds",
        "faster": "is reversed",
        "equivalent": "does not hold, they are equivalent,",
        "inconclusive": "is open",
    }[each.verdict]


@dataclass(frozen=True)
class LargestChanges:
    """The changes that gained and lost most under a condition, of those with a verdict."""

    at: Condition
    gain: str | None
    loss: str | None


def largest_changes(summary: Summary) -> LargestChanges | None:
    """Where most requests come at once, of where any was decided; None where none was."""
    decided = [
        each
        for each in summary.comparisons
        if (each.kind, each.metric) == ("parent", "rps") and each.verdict in ("faster", "slower")
    ]
    if not decided:
        return None
    at = max((each.at for each in decided), key=_load)
    rising = sorted((each for each in decided if each.at == at), key=lambda each: each.ratio or 0.0)
    least, most = rising[0], rising[-1]
    return LargestChanges(
        at,
        gain=_changed(summary, most) if most.verdict == "faster" else None,
        loss=_changed(summary, least) if least.verdict == "slower" else None,
    )


def _changed(summary: Summary, each: Comparison) -> str:
    change = summary.targets[each.target].change
    return f"{change} ({each.target}, from {each.baseline}): {times(each)} the requests."


def main_finding(summary: Summary) -> str | None:
    """What casts most doubt on the figures that are shown: the worst, and of these the widest."""
    shown = [cell for cell in summary.cells if cell.target not in BESIDE]
    cells = Counter(
        key
        for cell in shown
        # Each once, in an order that does not change from one process to the next.
        for key in dict.fromkeys((each.severity, each.code) for each in cell.findings)
        if key[0] != "info"
    )
    if not cells:
        return None
    worst = min(cells, key=lambda key: (SEVERITIES.index(key[0]), -cells[key]))
    for group in groups(shown):
        if (group.severity, group.code) == worst:
            if group.severity == "unranked" or len(group.notes) == 1:
                return found(group)[0]
            return f"{group.code} ({group.where}): {WHEN[group.code]}."
    return None


def break_evens(summary: Summary) -> list[str]:
    """What it would take for the fastest sync target to serve as many as the fastest async one."""
    ahead = [
        each.at
        for each in summary.sync_or_async
        if each.verdict == "faster" or (each.verdict is None and (each.low is None or each.low > 1))
    ]
    evens = [even for at in ahead if (even := break_even(summary, at))]
    return [_even(even) for even in evens]


def _even(even: BreakEven) -> str:
    text = (
        f"At {even.at.within} {even.sync_target} with about {even.threads} threads in place of "
        f"{even.slots} would match {even.async_target} ({display.rps(even.async_rps)} RPS), if its "
        f"RPS grew as its threads do"
    )
    if even.waiting is not None:
        text += f"; on average {even.waiting:.0f} of the {even.slots} were waiting for the API"
    if even.cores_needed and even.cores_needed > even.cores:
        return (
            f"{text}. But its CPU time a request makes that {even.cores_needed:.1f} cores, and "
            f"servers had {even.cores}: threads alone would not do."
        )
    return f"{text}."


def memory_in_words(cell: Cell) -> str | None:
    """`182 MB of memory`."""
    held = held_bytes(cell)
    return None if held is None else f"{display.megabytes(held)} of memory"
