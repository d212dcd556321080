"""Dots with intervals, a row a target: ratios to the baseline, and requests per second."""

from collections.abc import Sequence
from dataclasses import dataclass

from report.charts.palette import TargetLook
from report.charts.vega import (
    FONT_PX,
    INK,
    LINE,
    SOFT,
    WIDTH_PX,
    Room,
    Spec,
    even_ticks,
    own,
    rows_axis,
    ticks,
)

ROW_PX = 24
VALUE_PX = 44

# An interval of two rounds may span decades: what is far from every value is cut off.
FAR = 3.0
ROOM = 1.08


@dataclass(frozen=True)
class Dot:
    """A target's value with its interval, as drawn; `text` beside it, `told` for a reader of text.

    None where there is none.

    `decided` is drawn filled, else hollow. `limit` is marked in the row; `rounds` are drawn
    small behind the value.
    """

    target: str
    value: float | None
    low: float | None
    high: float | None
    text: str
    look: TargetLook
    decided: bool = True
    limit: float | None = None
    rounds: tuple[float, ...] = ()
    told: str = ""


@dataclass(frozen=True)
class Axis:
    """From where to where, with `title`."""

    low: float
    high: float
    title: str


def ratio_axis(dots: Sequence[Dot], title: str) -> Axis:
    """Logarithmic, with 1 and every value on it."""
    values = [dot.value for dot in dots if dot.value is not None] + [1.0]
    low, high = min(values), max(values)
    lows = [dot.low for dot in dots if dot.low is not None]
    highs = [dot.high for dot in dots if dot.high is not None]
    return Axis(
        max(low / FAR, min([low, *lows])) / ROOM**2,
        min(high * FAR, max([high, *highs])) * ROOM**2,
        title,
    )


def rps_axis(dots: Sequence[Dot], limit: float | None, title: str) -> Axis:
    """From 0, with every value and the limit of the level on it."""
    top = max([dot.value for dot in dots if dot.value is not None] + [limit or 1.0])
    highs = [dot.high for dot in dots if dot.high is not None]
    return Axis(0, min(top * FAR / 2, max([top, *highs])) * ROOM, title)


def ratios(dots: Sequence[Dot], axis: Axis, *, margin: float) -> Spec:
    """A forest plot of one level: the margin as a band, a line at 1."""
    scale = {"type": "log", "domain": [axis.low, axis.high], "nice": False}
    x = {
        "field": "value",
        "type": "quantitative",
        "scale": scale,
        "title": axis.title,
        "axis": {
            "values": ticks(axis.low, axis.high, most=6, room=Room(_inside_px(dots))),
            "labelExpr": "format(datum.value, '')",
        },
    }
    band = {
        "data": {"values": [{"from": 1 / (1 + margin), "to": 1 + margin}]},
        "mark": {"type": "rect", "color": LINE, "opacity": 0.7, "clip": True},
        "encoding": {"x": {**x, "field": "from"}, "x2": {"field": "to"}},
    }
    one = {
        "data": {"values": [{"at": 1}]},
        "mark": {"type": "rule", "color": SOFT},
        "encoding": {"x": {**x, "field": "at"}},
    }
    return _panel(dots, axis, [band, one], x)


def rps(
    dots: Sequence[Dot], axis: Axis, *, limit: float | None, reference: Dot | None = None
) -> Spec:
    """Requests per second of one level: its limit as a line, those of slots as ticks.

    `reference` is what the others are shown beside: a row below them, and a line through theirs.
    """
    room = Room(_inside_px([*dots, *([reference] if reference else [])]))
    x = {
        "field": "value",
        "type": "quantitative",
        "scale": {"domain": [axis.low, axis.high], "nice": False},
        "title": axis.title,
        "axis": {
            "values": even_ticks(axis.high, most=6, room=room),
            "labelExpr": "format(datum.value, '')",
        },
    }
    lines: list[Spec] = []
    if limit is not None:
        lines.append(
            {
                "data": {"values": [{"at": limit}]},
                "mark": {"type": "rule", "color": SOFT, "strokeDash": [5, 3], "strokeWidth": 1.5},
                "encoding": {"x": {**x, "field": "at"}},
            }
        )
    if reference is not None:
        if reference.value is not None:
            lines.append(
                {
                    "data": {"values": [{"at": reference.value}]},
                    "mark": {"type": "rule", "color": SOFT, "strokeWidth": 1},
                    "encoding": {"x": {**x, "field": "at"}},
                }
            )
        lines.append(
            {
                "data": {"values": [{}]},
                "mark": {"type": "rule", "color": LINE, "strokeWidth": 1},
                "encoding": {"y": {"value": ROW_PX * len(dots)}},
            }
        )
        dots = [*dots, reference]
    marked = [
        {"target": dot.target, "limit": dot.limit, "colour": dot.look.colour}
        for dot in dots
        if dot.limit is not None and dot.limit <= axis.high
    ]
    if marked:
        lines.append(
            {
                "data": {"values": marked},
                "mark": {"type": "tick", "thickness": 3, "size": ROW_PX - 6},
                "encoding": {
                    "x": {**x, "field": "limit"},
                    "y": rows_axis([dot.target for dot in dots]),
                    "color": own("colour"),
                },
            }
        )
    return _panel(dots, axis, lines, x)


def _inside_px(dots: Sequence[Dot]) -> int:
    """How wide the picture is, between names and values."""
    names = rows_axis([dot.target for dot in dots])
    return WIDTH_PX - VALUE_PX - int(names["axis"]["minExtent"]) - 8


def _panel(dots: Sequence[Dot], axis: Axis, behind: Sequence[Spec], x: Spec) -> Spec:
    values = [
        {
            "target": dot.target,
            "value": dot.value,
            "low": dot.low,
            "high": dot.high,
            "text": dot.text,
            "colour": dot.look.colour,
            "fill": dot.look.colour if dot.decided else "var(--paper)",
            "shape": dot.look.shape,
        }
        for dot in dots
    ]
    with_interval = {"filter": "datum.low != null"}
    names = rows_axis([dot.target for dot in dots])
    inside = _inside_px(dots)
    return {
        "width": inside,
        "height": {"step": ROW_PX},
        "padding": {"left": 0, "top": 2, "bottom": 4, "right": 0},
        "data": {"values": values},
        "layer": [
            *behind,
            *_rounds(dots, names, x),
            {
                "transform": [with_interval],
                "mark": {"type": "rule", "strokeWidth": 2.5, "clip": True},
                "encoding": {
                    "y": names,
                    "x": {**x, "field": "low"},
                    "x2": {"field": "high"},
                    "color": own("colour"),
                },
            },
            {
                "transform": [{"filter": "datum.value != null"}],
                "mark": {"type": "point", "size": 70, "strokeWidth": 2, "opacity": 1},
                "encoding": {
                    "y": names,
                    "x": x,
                    "stroke": own("colour"),
                    "fill": own("fill"),
                    "shape": own("shape"),
                },
            },
            *_cut(dots, axis, names, x),
            {
                "mark": {
                    "type": "text",
                    "align": "right",
                    "fontSize": FONT_PX,
                    "color": INK,
                    "clip": False,
                },
                "encoding": {
                    "y": names,
                    "x": {"value": inside + VALUE_PX},
                    "text": {"field": "text", "type": "nominal"},
                },
            },
        ],
    }


def _rounds(dots: Sequence[Dot], names: Spec, x: Spec) -> list[Spec]:
    """What each round came to, behind what they come to together."""
    values = [
        {"target": dot.target, "value": value, "colour": dot.look.colour}
        for dot in dots
        for value in dot.rounds
    ]
    if not values:
        return []
    return [
        {
            "data": {"values": values},
            "mark": {"type": "tick", "thickness": 1.5, "size": 9, "opacity": 0.6, "clip": True},
            "encoding": {"y": names, "x": x, "color": own("colour")},
        }
    ]


def _cut(dots: Sequence[Dot], axis: Axis, names: Spec, x: Spec) -> list[Spec]:
    """An arrow where an interval goes on beyond the axis."""
    values = [
        {"target": dot.target, "value": end, "colour": dot.look.colour, "shape": f"triangle-{side}"}
        for dot in dots
        for end, side, beyond in (
            (axis.low, "left", dot.low is not None and dot.low < axis.low),
            (axis.high, "right", dot.high is not None and dot.high > axis.high),
        )
        if beyond
    ]
    if not values:
        return []
    return [
        {
            "data": {"values": values},
            "mark": {"type": "point", "filled": True, "size": 45, "opacity": 1},
            "encoding": {"y": names, "x": x, "color": own("colour"), "shape": own("shape")},
        }
    ]
