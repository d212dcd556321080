"""How long requests took: percentiles of a cell, and a sample over its time."""

from collections.abc import Iterable, Mapping, Sequence

from lab import display
from lab.condition import Condition
from lab.files.summary_json import Cell, Summary
from lab.names import BESIDE
from report.charts import latencies
from report.charts.palette import TargetLook
from report.charts.vega import draw
from report.figures.panel import DataTable, Panel, PanelGroup, told
from report.samples.measured import Measured
from report.samples.spread import Part, percentiles, reach
from report.statistics.comparison import Key
from report.summary.query import conditions, ordered

# More curves than these in one panel could not be told apart.
MOST_CURVES = 8
CURVE_POINTS = 40


def curves(
    summary: Summary, measured: Iterable[Measured], looks: Mapping[str, TargetLook]
) -> list[Panel]:
    """Percentile curves, a panel for each condition: of the fastest, where there are many."""
    of_cell = _by_cell(measured)
    drawn: dict[Condition, list[latencies.Curve]] = {}
    tables: dict[Condition, DataTable] = {}
    spans: dict[Condition, str] = {}
    for at in conditions(summary):
        cells = [cell for cell in ordered(summary, at) if (cell.target, at) in of_cell]
        found = [
            curve
            for cell in cells[:MOST_CURVES]
            if (curve := _curve(cell.target, of_cell[cell.target, at], looks))
        ]
        if found:
            drawn[at] = found
            tables[at] = _latency_table(cells)
            spans[at] = _span_of(cells[:MOST_CURVES])
    span = latencies.scale([s for of in drawn.values() for curve in of for s in curve.latencies_s])
    return [
        Panel(
            f"{at}: {spans[at]}",
            draw(
                latencies.curves(of, span),
                f"Latency by percentile of all requests at {at}: "
                + told((curve.target, _within(curve)) for curve in of),
            ),
            table=tables[at],
            key=tuple(curve.target for curve in of),
        )
        for at, of in drawn.items()
    ]


def _within(curve: latencies.Curve) -> str:
    """Its end: `98.9 % within 0.75 s`."""
    share = f"{100 * curve.shares[-1]:.3g} %"
    return f"{share} within {display.seconds(curve.latencies_s[-1])} s"


def _span_of(cells: Sequence[Cell]) -> str:
    """`half within 0.11 s to 0.65 s`, from the least median to the longest."""
    medians = [p50 for cell in cells if (p50 := cell.latency_pooled_s.p50) is not None]
    if not medians:
        return "latency"
    least, longest = display.seconds(min(medians)), display.seconds(max(medians))
    return f"half within {least} s" + ("" if least == longest else f" to {longest} s")


def _curve(
    target: str, samples: Sequence[Measured], looks: Mapping[str, TargetLook]
) -> latencies.Curve | None:
    kept = [sample.latencies for sample in samples]
    furthest = reach(sum(each.count for each in kept))
    if furthest is None:
        return None
    end = latencies.place(furthest)
    steps = (1 - 10 ** (-end * step / CURVE_POINTS) for step in range(CURVE_POINTS))
    named = (share for share in latencies.MARKED if share < furthest)
    shares = [*sorted([*steps, *named]), furthest]
    found = percentiles(kept, shares)
    return latencies.Curve(
        target=target,
        look=looks[target],
        shares=tuple(shares),
        latencies_s=tuple(value for value in found if value is not None),
    )


def _latency_table(cells: Sequence[Cell]) -> DataTable:
    return DataTable(
        "Latency in s that this part of all requests of all rounds took at most",
        ("target", "requests", "P50", "P90", "P99"),
        tuple(
            (
                cell.target,
                str(cell.sent),
                display.seconds(cell.latency_pooled_s.p50),
                display.seconds(cell.latency_pooled_s.p90),
                display.seconds(cell.latency_pooled_s.p99),
            )
            for cell in cells
        ),
    )


def over_time(
    summary: Summary, measured: Iterable[Measured], looks: Mapping[str, TargetLook]
) -> list[PanelGroup]:
    """One sample of each cell over its time: that of the slowest request."""
    of_cell = _by_cell(measured)
    found = []
    for at in conditions(summary):
        shown = [
            max(with_time, key=_slowest_s)
            for cell in ordered(summary, at)
            if (
                with_time := [
                    sample for sample in of_cell.get((cell.target, at), ()) if sample.timeline
                ]
            )
        ]
        if not shown:
            continue
        span = latencies.scale(
            [
                value
                for sample in shown
                for part in sample.timeline
                for value in (part.median_s, part.longest_s)
                if value is not None
            ]
        )
        found.append(
            PanelGroup(
                str(at), tuple(_timed(sample, span, looks[sample.target]) for sample in shown)
            )
        )
    return found


def _slowest_s(sample: Measured) -> float:
    return max(part.longest_s or 0.0 for part in sample.timeline)


def _timed(sample: Measured, span: latencies.Scale, look: TargetLook) -> Panel:
    slowest = display.seconds(_slowest_s(sample))
    again = f", sample {sample.repeat}" if sample.repeat > 1 else ""
    return Panel(
        sample.target,
        draw(
            latencies.over_time(sample.timeline, span, look),
            f"Latency over the time of round {sample.round} of {sample.target} at {sample.at}: "
            f"at most {slowest} s",
        ),
        look=look,
        note=f"round {sample.round}{again}, at most {slowest} s",
        table=_parts_table(sample.timeline),
    )


def _parts_table(parts: Sequence[Part]) -> DataTable:
    return DataTable(
        "By the time of the answer",
        ("from s", "answers", "median s", "longest s"),
        tuple(
            (
                display.seconds(part.start_s),
                str(part.answers),
                display.seconds(part.median_s),
                display.seconds(part.longest_s),
            )
            for part in parts
        ),
    )


def _by_cell(measured: Iterable[Measured]) -> dict[Key, list[Measured]]:
    found: dict[Key, list[Measured]] = {}
    for sample in measured:
        if sample.target not in BESIDE:
            found.setdefault((sample.target, sample.at), []).append(sample)
    return found
