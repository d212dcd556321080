"""The answer at a glance: who served most at each level, by how much, and how sure that is.

One value a condition, which page, terminal and `summary.md` render.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lab import display
from lab.condition import Condition
from lab.display import listed
from lab.files.summary_json import Cell, Comparison, Lead, Order, Summary
from report.summary.query import cell_of, compared_with_baseline, conditions, ordered
from report.words.ratios import Ratio, may_be_luck, ratio, times

# More names than these would fill a card, or a headline.
MOST_NAMED = 3


# What is said of the first.
VERBS: Mapping[Order, str] = {
    "leads": "leads",
    "likely leads": "likely leads",
    "shares the lead": "shares the lead",
    "no clear lead": "served most requests",
    "one round": "served most requests",
    "alone": "served most requests",
}


@dataclass(frozen=True)
class Next:
    """The target with most RPS after the first, and how many times its RPS the first had."""

    target: str
    rps: str
    times: str | None


@dataclass(frozen=True)
class Leader:
    """Who served most under a condition; only that where nothing could be ranked.

    `ratio` is over the baseline, None for the baseline itself. Of what it was `compared` with,
    `best` is not told apart from what is `tied`, was behind what is `ahead` in the rounds that
    both have, differs from what is `equivalent` by less than the margin, and is told apart
    `singly` by the verdict on the two alone. `luck` names ties whose interval excludes 1 all the
    same.
    """

    at: Condition
    best: str | None = None
    title: str = ""
    rps: str = ""
    ratio: Ratio | None = None
    order: Order | None = None
    tied: tuple[str, ...] = ()
    ahead: tuple[str, ...] = ()
    equivalent: tuple[str, ...] = ()
    singly: tuple[str, ...] = ()
    luck: tuple[str, ...] = ()
    compared: int = 0
    next: Next | None = None
    cpu: str | None = None


def few(names: Sequence[str]) -> str:
    """Where there is little room: `b and c`, `11 others`."""
    return f"{len(names)} others" if len(names) > MOST_NAMED else listed(names)


def leaders(summary: Summary) -> list[Leader]:
    """One for each condition."""
    leads = {lead.at: lead for lead in summary.leads}
    return [
        _leader(summary, leads[at]) if at in leads else Leader(at) for at in conditions(summary)
    ]


def headline(given: Sequence[Leader]) -> str:
    """`a leads at 1000/100; no clear lead at 150/30: a and b are not told apart`."""
    found: dict[str, list[Leader]] = {verb: [] for verb in VERBS.values()}
    open_ = [answer for answer in given if answer.order == "no clear lead"]
    for answer in given:
        if answer.order and answer not in open_:
            found[VERBS[answer.order]].append(answer)
    parts = [
        _together(of, given) if verb == VERBS["shares the lead"] else _each(of, verb, given)
        for verb, of in found.items()
        if of
    ]
    if open_:
        no = "no clear lead" if parts else "No clear lead"
        where = "" if len(open_) == len(given) > 1 else f" {_where(open_, given)}"
        parts.append(f"{no}{where}: {_open(open_, given)}")
    return "; ".join(parts) or "No target has a valid measurement"


def _together(of: Sequence[Leader], given: Sequence[Leader]) -> str:
    """Who shares a lead: by name, where these are few and everywhere the same."""
    names = {frozenset((str(answer.best), *answer.equivalent)) for answer in of}
    if len(names) == 1 and len(of[0].equivalent) <= MOST_NAMED:
        return f"{listed(sorted(*names))} share the lead {_where(of, given)}"
    return f"{_each(of, 'shares the lead', given)} with others"


def _open(of: Sequence[Leader], given: Sequence[Leader]) -> str:
    names = {frozenset((str(answer.best), *answer.tied, *answer.ahead)) for answer in of}
    if len(names) == 1 and len(of[0].tied) <= MOST_NAMED:
        return f"{listed(sorted(*names))} are not told apart"
    return _each(of, "served most requests", given)


def _each(of: Sequence[Leader], verb: str, given: Sequence[Leader]) -> str:
    """`a leads at 150/30 and 300/50, b at 1000/100`: most levels first."""
    by_name: dict[str, list[Leader]] = {}
    for answer in of:
        by_name.setdefault(str(answer.best), []).append(answer)
    falling = sorted(by_name.items(), key=lambda item: -len(item[1]))
    return ", ".join(
        f"{name} {'' if index else f'{verb} '}{_where(theirs, given)}"
        for index, (name, theirs) in enumerate(falling)
    )


def _where(at: Sequence[Leader], given: Sequence[Leader]) -> str:
    if len(at) == len(given) > 1:
        return "at every level"
    return f"at {listed([answer.at for answer in at])}"


def _leader(summary: Summary, lead: Lead) -> Leader:
    at = lead.at
    best, *others = (cell for cell in ordered(summary, at) if cell.ranked)
    over = compared_with_baseline(summary, best.target, at)
    of_best = {
        each.baseline: each
        for each in summary.comparisons
        if each.kind == "best" and each.at == at and each.ratio is not None
    }
    return Leader(
        at=at,
        best=best.target,
        title=summary.targets[best.target].title,
        rps=display.rps(best.rps.value),
        ratio=ratio(over) if over else None,
        order=lead.order,
        tied=tuple(lead.tied),
        ahead=tuple(lead.ahead),
        equivalent=tuple(lead.equivalent),
        singly=tuple(lead.singly),
        luck=tuple(name for name in lead.tied if name in of_best and may_be_luck(of_best[name])),
        compared=len(others),
        next=_next(others[0], of_best) if others else None,
        cpu=_cpu(summary, best, summary.run.baseline),
    )


def _next(second: Cell, of_best: Mapping[str, Comparison]) -> Next:
    compared = of_best.get(second.target)
    return Next(second.target, display.rps(second.rps.value), times(compared) if compared else None)


def _cpu(summary: Summary, best: Cell, baseline: str) -> str | None:
    """`CPU 9.1 ms a request, sync_requests 37 ms`."""
    own_s = best.cpu_per_request_s.value
    if own_s is None:
        return None
    text = f"CPU {display.ms(own_s)} a request"
    base = cell_of(summary, baseline, best.at)
    if base is None or not base.ranked or best.target == baseline:
        return text
    its_s = base.cpu_per_request_s.value
    return f"{text}, {baseline} {display.ms(its_s)}" if its_s else text
