"""How many requests: ratios to the baseline, and requests per second with their limits."""

from collections.abc import Mapping, Sequence
from typing import Any

from bench import display
from bench.level import Level
from report.charts import dots
from report.charts.vega import draw
from report.figures.panel import Panel, Table, told
from report.palette import Look
from report.rows import level_of, ordered
from report.verdict import INCONCLUSIVE
from report.words import times

Json = Mapping[str, Any]

# More than these would make the page of a long run of many targets too large.
MOST_ROUND_MARKS = 600


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
                + told((dot.target, dot.told) for dot in of),
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
                    + told((dot.target, dot.told) for dot in shown),
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
