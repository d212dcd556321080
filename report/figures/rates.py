"""How many requests: ratios to the baseline, and requests per second with their limits."""

from collections.abc import Mapping, Sequence

from lab import display
from lab.condition import Condition
from lab.files.summary_json import Cell, Comparison, Figure, Summary
from lab.names import REFERENCE
from report.charts import dots
from report.charts.palette import TargetLook
from report.charts.vega import draw
from report.figures.panel import DataTable, Panel, told
from report.statistics.verdict import INCONCLUSIVE
from report.summary.query import conditions, ordered, reference_of, unranked
from report.words.ratios import interval, times

# More than these would make the page of a long run of many targets too large.
MOST_ROUND_MARKS = 600


def ratios(summary: Summary, looks: Mapping[str, TargetLook], baseline: str) -> list[Panel]:
    """RPS over the baseline's: a forest plot for each condition."""
    confidence = f"{100 * summary.run.ratio_confidence:g} %"
    under: dict[Condition, list[Comparison]] = {}
    order = _by_mean_place(summary)
    for each in sorted(summary.comparisons, key=lambda each: order.get(each.target, 0)):
        if (each.kind, each.metric) == ("baseline", "rps"):
            under.setdefault(each.at, []).append(each)
    drawn = {at: [_ratio_dot(each, looks) for each in of] for at, of in under.items()}
    axis = dots.ratio_axis(
        [dot for of in drawn.values() for dot in of], f"times the RPS of {baseline}"
    )
    return [
        Panel(
            f"{at}: {_best_ratio(under[at])}",
            draw(
                dots.ratios(of, axis, margin=summary.run.margin),
                f"RPS over that of {baseline} at {at}, with {confidence} intervals: "
                + told((dot.target, dot.told) for dot in of),
            ),
        )
        for at, of in drawn.items()
    ]


def _ratio_dot(each: Comparison, looks: Mapping[str, TargetLook]) -> dots.Dot:
    return dots.Dot(
        target=each.target,
        value=each.ratio,
        low=each.low,
        high=each.high,
        text=display.ratio(each.ratio),
        told="not compared" if each.ratio is None else times(each),
        look=looks[each.target],
        decided=each.verdict not in (None, INCONCLUSIVE),
    )


def _best_ratio(of: Sequence[Comparison]) -> str:
    """`async_aiohttp 3.90x [3.80, 4.00]`, with a multiplication sign."""
    known = [(each.ratio, each) for each in of if each.ratio is not None]
    if not known:
        return "nothing to compare"
    ratio, best = max(known, key=lambda pair: pair[0])
    ends = interval(best)
    text = f"{best.target} {display.ratio(ratio)}\N{MULTIPLICATION SIGN}"
    return f"{text} [{ends}]" if ends else text


def _by_mean_place(summary: Summary) -> dict[str, float]:
    """Where each target goes, the same in every panel: the fastest first, by its places."""
    places: dict[str, list[int]] = {}
    for at in conditions(summary):
        for place, cell in enumerate(ordered(summary, at)):
            places.setdefault(cell.target, []).append(place)
    return {target: sum(its) / len(its) for target, its in places.items()}


def rounds_are_marked(summary: Summary) -> bool:
    """Whether what each round came to is drawn: not where that would be too much."""
    return sum(len(cell.rps_rounds) for cell in summary.cells) <= MOST_ROUND_MARKS


def rps(summary: Summary, looks: Mapping[str, TargetLook]) -> list[Panel]:
    """RPS with intervals and limits, a panel for each condition; nginx, if it was there, below."""
    order = _by_mean_place(summary)
    panels = []
    marked = rounds_are_marked(summary)
    for at in conditions(summary):
        cells = sorted(ordered(summary, at), key=lambda cell: order[cell.target])
        limits = [cell.limits_rps.closed_loop for cell in cells]
        limit = max((each for each in limits if each), default=None)
        shown = [_rps_dot(cell, looks, marked=marked) for cell in cells]
        reference = reference_of(summary, at)
        nginx = _rps_dot(reference, looks, marked=marked) if reference else None
        drawn = [*shown, *([nginx] if nginx else [])]
        axis = dots.rps_axis(drawn, limit, "requests per second (RPS)")
        bound = f"; the level allows {display.rps(limit)}" if limit else ""
        most = max(
            (dot.value for dot in shown if dot.value is not None and dot.decided), default=None
        )
        served = f"{display.rps(most)} RPS" if most is not None else "nothing is ranked"
        of = f" of {display.rps(limit)} possible" if limit and most is not None else ""
        of += f"; {REFERENCE} {nginx.text}" if nginx and nginx.value is not None else ""
        panels.append(
            Panel(
                f"{at}: {served}{of}",
                draw(
                    dots.rps(shown, axis, limit=limit, reference=nginx),
                    f"Requests per second at {at}, with 95 % intervals{bound}: "
                    + told((dot.target, dot.told) for dot in drawn),
                ),
                table=_rps_table([*cells, *([reference] if reference else [])]),
            )
        )
    return panels


def _rps_dot(cell: Cell, looks: Mapping[str, TargetLook], *, marked: bool) -> dots.Dot:
    return dots.Dot(
        target=cell.target,
        value=cell.rps.value,
        low=cell.rps.low,
        high=cell.rps.high,
        text=display.rps(cell.rps.value),
        look=looks[cell.target],
        told=_with_interval(cell.rps),
        decided=cell.ranked or (cell.target == REFERENCE and not unranked(cell)),
        limit=cell.limits_rps.slots,
        rounds=tuple(cell.rps_rounds) if marked else (),
    )


def _with_interval(figure: Figure) -> str:
    if figure.low is None:
        return display.rps(figure.value)
    low, high = display.rps(figure.low), display.rps(figure.high)
    return f"{display.rps(figure.value)} [{low}, {high}]"


def _rps_table(cells: Sequence[Cell]) -> DataTable:
    return DataTable(
        "RPS with its 95 % interval, and what bounds it",
        ("target", "RPS", "from", "to", "limit of the level", "of its slots", "of its CPU time"),
        tuple((cell.target, *map(display.rps, _bounded(cell))) for cell in cells),
    )


def _bounded(cell: Cell) -> tuple[float | None, ...]:
    rps, limits = cell.rps, cell.limits_rps
    return rps.value, rps.low, rps.high, limits.closed_loop, limits.slots, limits.cpu
