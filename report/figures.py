"""The page's figures: a panel for each level, and the data of them as a table."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from bench import display
from bench.level import Level
from bench.target import CONTROL
from report.charts import dots, latencies
from report.charts.vega import draw
from report.latency import Part, percentiles, reach
from report.measured import Measured
from report.palette import Look
from report.rows import level_of, ordered
from report.verdict import INCONCLUSIVE
from report.words import times

Json = Mapping[str, Any]

# More curves than these in one panel could not be told apart.
MOST_CURVES = 8
CURVE_POINTS = 40

# More than these would make the page of a long run of many targets too large.
MOST_ROUND_MARKS = 600


@dataclass(frozen=True)
class Table:
    """Rows of text, the first of each its name."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Panel:
    """One chart; `look` marks the target that all of it is about, `key` names those in it."""

    title: str
    svg: Markup
    look: Look | None = None
    note: str | None = None
    table: Table | None = None
    key: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """The panels of a level."""

    title: str
    panels: tuple[Panel, ...]


def ratios(summary: Json, looks: Mapping[str, Look], baseline: str) -> list[Panel]:
    """RPS over the baseline's: a forest plot for each level."""
    confidence = f"{100 * summary['run']['ratio_confidence']:g} %"
    of_level: dict[Level, list[dots.Dot]] = {}
    order = _by_mean_ratio(summary)
    for each in sorted(summary["comparisons"], key=lambda each: order.get(each["target"], 0)):
        if (each["kind"], each["metric"]) == ("baseline", "rps"):
            known = each["ratio"] is not None
            dot = dots.Dot(
                target=each["target"],
                value=each["ratio"],
                low=each["low"],
                high=each["high"],
                text=display.ratio(each["ratio"]) if known else display.NONE,
                told=times(each) if known else "not compared",
                look=looks[each["target"]],
                decided=each["verdict"] not in (None, INCONCLUSIVE),
            )
            of_level.setdefault(level_of(each), []).append(dot)
    every = [dot for of in of_level.values() for dot in of]
    axis = dots.ratio_axis(every, f"times the RPS of {baseline}")
    return [
        Panel(
            _best_ratio(level, of),
            draw(
                dots.ratios(of, axis, margin=summary["run"]["margin"]),
                f"RPS over that of {baseline} at {level}, with {confidence} intervals: "
                + _told((dot.target, dot.told) for dot in of),
            ),
        )
        for level, of in of_level.items()
    ]


def _best_ratio(level: Level, of: Sequence[dots.Dot]) -> str:
    known = [dot for dot in of if dot.value is not None]
    if not known:
        return f"{level}: nothing to compare"
    best = max(known, key=lambda dot: dot.value or 0.0)
    interval = best.told.removeprefix(best.text).removesuffix(" times")
    return f"{level}: {best.target} {best.text}\N{MULTIPLICATION SIGN}{interval}"


def _by_mean_ratio(summary: Json) -> dict[str, float]:
    """Where each target goes, the same in every panel: the fastest first, by its places."""
    places: dict[str, list[int]] = {}
    for level in dict.fromkeys(level_of(cell) for cell in summary["cells"]):
        for place, cell in enumerate(ordered(summary, level)):
            places.setdefault(cell["target"], []).append(place)
    return {target: sum(its) / len(its) for target, its in places.items()}


def rounds_are_marked(summary: Json) -> bool:
    """Whether what each round came to is drawn: not where that would be too much."""
    return sum(len(cell["rps_rounds"]) for cell in summary["cells"]) <= MOST_ROUND_MARKS


def rps(summary: Json, looks: Mapping[str, Look]) -> list[Panel]:
    """RPS with intervals and limits, a panel for each level."""
    order = _by_mean_ratio(summary)
    panels = []
    marked = rounds_are_marked(summary)
    for level in dict.fromkeys(level_of(cell) for cell in summary["cells"]):
        cells = sorted(ordered(summary, level), key=lambda cell: order[cell["target"]])
        limits = [cell["limits_rps"]["closed_loop"] for cell in cells]
        limit = max((each for each in limits if each), default=None)
        shown = [
            dots.Dot(
                target=cell["target"],
                value=cell["rps"]["value"],
                low=cell["rps"]["low"],
                high=cell["rps"]["high"],
                text=display.rps(cell["rps"]["value"]),
                look=looks[cell["target"]],
                told=_with_interval(cell["rps"]),
                decided=cell["ranked"],
                limit=cell["limits_rps"]["slots"],
                rounds=tuple(cell["rps_rounds"]) if marked else (),
            )
            for cell in cells
        ]
        axis = dots.rps_axis(shown, limit, "requests per second (RPS)")
        bound = f"; the level allows {display.rps(limit)}" if limit else ""
        most = max(
            (dot.value for dot in shown if dot.value is not None and dot.decided), default=None
        )
        served = f"{display.rps(most)} RPS" if most is not None else "nothing is ranked"
        of = f" of {display.rps(limit)} possible" if limit and most is not None else ""
        panels.append(
            Panel(
                f"{level}: {served}{of}",
                draw(
                    dots.rps(shown, axis, limit=limit),
                    f"Requests per second at {level}, with 95 % intervals{bound}: "
                    + _told((dot.target, dot.told) for dot in shown),
                ),
                table=_rps_table(cells),
            )
        )
    return panels


def _with_interval(figure: Json) -> str:
    if figure["low"] is None:
        return display.rps(figure["value"])
    low, high = display.rps(figure["low"]), display.rps(figure["high"])
    return f"{display.rps(figure['value'])} [{low}, {high}]"


def _rps_table(cells: Sequence[Json]) -> Table:
    return Table(
        "RPS with its 95 % interval, and what bounds it",
        ("target", "RPS", "from", "to", "limit of the level", "of its slots", "of its CPU time"),
        tuple(
            (
                cell["target"],
                *(display.rps(cell["rps"][key]) for key in ("value", "low", "high")),
                display.rps(cell["limits_rps"]["closed_loop"]),
                display.rps(cell["limits_rps"]["slots"]),
                display.rps(cell["limits_rps"]["cpu"]),
            )
            for cell in cells
        ),
    )


def curves(summary: Json, measured: Iterable[Measured], looks: Mapping[str, Look]) -> list[Panel]:
    """Percentile curves, a panel for each level: of the fastest, where there are many."""
    of_cell = _by_cell(measured)
    drawn: dict[Level, list[latencies.Curve]] = {}
    tables: dict[Level, Table] = {}
    spans: dict[Level, str] = {}
    for level in dict.fromkeys(level_of(cell) for cell in summary["cells"]):
        cells = [cell for cell in ordered(summary, level) if (cell["target"], level) in of_cell]
        found = [
            curve
            for cell in cells[:MOST_CURVES]
            if (curve := _curve(cell["target"], of_cell[cell["target"], level], looks))
        ]
        if found:
            drawn[level] = found
            tables[level] = _latency_table(cells)
            spans[level] = _span_of(cells[:MOST_CURVES])
    span = latencies.scale([s for of in drawn.values() for curve in of for s in curve.latencies_s])
    return [
        Panel(
            f"{level}: {spans[level]}",
            draw(
                latencies.curves(of, span),
                f"Latency by percentile at {level}: "
                + _told(
                    (
                        curve.target,
                        f"P{100 * curve.shares[-1]:.1f}".removesuffix(".0")
                        + f" {display.seconds(curve.latencies_s[-1])} s",
                    )
                    for curve in of
                ),
            ),
            table=tables[level],
            key=tuple(curve.target for curve in of),
        )
        for level, of in drawn.items()
    ]


def _span_of(cells: Sequence[Json]) -> str:
    """`half within 0.11 s to 0.65 s`, from the least median to the longest."""
    medians = [p50 for cell in cells if (p50 := cell["latency_pooled_s"]["p50"]) is not None]
    if not medians:
        return "latency"
    least, longest = display.seconds(min(medians)), display.seconds(max(medians))
    return f"half within {least} s" + ("" if least == longest else f" to {longest} s")


def _curve(
    target: str, samples: Sequence[Measured], looks: Mapping[str, Look]
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


def _latency_table(cells: Sequence[Json]) -> Table:
    names = ("p50", "p90", "p95", "p99")
    return Table(
        "Latency in s that this part of all requests, whatever their round, took at most",
        ("target", "requests", *(name.upper() for name in names)),
        tuple(
            (
                cell["target"],
                str(cell["sent"]),
                *(display.seconds(cell["latency_pooled_s"][name]) for name in names),
            )
            for cell in cells
        ),
    )


def over_time(
    summary: Json, measured: Iterable[Measured], looks: Mapping[str, Look]
) -> list[Group]:
    """One sample of each cell over its time: that of the slowest request."""
    of_cell = _by_cell(measured)
    found = []
    for level in dict.fromkeys(level_of(cell) for cell in summary["cells"]):
        shown = [
            max(with_time, key=_slowest_s)
            for cell in ordered(summary, level)
            if (
                with_time := [
                    sample for sample in of_cell.get((cell["target"], level), ()) if sample.timeline
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
            Group(str(level), tuple(_timed(sample, span, looks[sample.target]) for sample in shown))
        )
    return found


def _slowest_s(sample: Measured) -> float:
    return max(part.longest_s or 0.0 for part in sample.timeline)


def _timed(sample: Measured, span: latencies.Scale, look: Look) -> Panel:
    slowest = display.seconds(_slowest_s(sample))
    again = f", sample {sample.repeat}" if sample.repeat > 1 else ""
    return Panel(
        sample.target,
        draw(
            latencies.over_time(sample.timeline, span, look),
            f"Latency over the time of round {sample.round} of {sample.target} at {sample.level}: "
            f"at most {slowest} s",
        ),
        look=look,
        note=f"round {sample.round}{again}, at most {slowest} s",
        table=_parts_table(sample.timeline),
    )


def _parts_table(parts: Sequence[Part]) -> Table:
    return Table(
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


def _by_cell(measured: Iterable[Measured]) -> dict[tuple[str, Level], list[Measured]]:
    found: dict[tuple[str, Level], list[Measured]] = {}
    for sample in measured:
        if sample.target != CONTROL:
            found.setdefault((sample.target, sample.level), []).append(sample)
    return found


def _told(figures: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{name} {text}" for name, text in figures)
