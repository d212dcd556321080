"""Latencies: percentile curves of the targets of a level, and one sample over its time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from report.charts.palette import TargetLook
from report.charts.vega import WIDTH_PX, Room, Spec, even_ticks, own, ticks
from report.samples.spread import Part

CURVE_HEIGHT_PX = 200
SMALL_PX = 156
SMALL_HEIGHT_PX = 110

# What is left of these heights for the picture itself.
CURVE_UP_PX, SMALL_UP_PX = 145, 82

# Percentiles that the axis names. Its scale is that of HdrHistogram: equal steps for 90, 99, ...
# P95 is another figure, the mean of the rounds' own.
NAMED = (0.0, 0.5, 0.9, 0.99)

# Where each curve has a mark of its target's shape; its end has one too.
MARKED = (0.5, 0.9)


@dataclass(frozen=True)
class Curve:
    """The latencies (s) that `shares` of a target's answers took at most."""

    target: str
    look: TargetLook
    shares: tuple[float, ...]
    latencies_s: tuple[float, ...]


@dataclass(frozen=True)
class Scale:
    """Seconds, logarithmic."""

    low_s: float
    high_s: float


def scale(values_s: Sequence[float]) -> Scale:
    """One that has all of the values on it, from one round number to another."""
    positive = [value for value in values_s if value > 0]
    if not positive:
        return Scale(0.1, 1)
    low, high = min(positive), max(positive)
    below, above = ticks(low / 10, low, most=4), ticks(high, high * 10, most=4)
    return Scale(below[-1] if below else low, above[0] if above else high)


def place(share: float) -> float:
    """Where a percentile lies on the axis."""
    return math.log10(1 / (1 - share))


def curves(drawn: Sequence[Curve], span: Scale) -> Spec:
    """Percentile curves of one level."""
    values = [
        {
            "target": curve.target,
            "place": round(place(share), 4),
            "latency": latency_s,
            "colour": curve.look.colour,
            "dash": list(curve.look.dash),
            "shape": curve.look.shape,
            "marked": share in MARKED or share == curve.shares[-1],
        }
        for curve in drawn
        for share, latency_s in zip(curve.shares, curve.latencies_s, strict=True)
    ]
    x = {
        "field": "place",
        "type": "quantitative",
        "scale": {"domain": [0, round(place(NAMED[-1]), 4)], "nice": False},
        "title": "percentile of requests",
        "axis": {
            "values": [round(place(share), 4) for share in NAMED],
            "labelExpr": ("'P' + format(100 * (1 - pow(10, -datum.value)), '.0f')"),
            "labelOverlap": False,
            "labelFlush": True,
        },
    }
    y = _seconds("latency", span, "latency, s", most=6, room=Room(CURVE_UP_PX, upright=True))
    return {
        "width": WIDTH_PX,
        "height": CURVE_HEIGHT_PX,
        "padding": {"left": 0, "right": 0, "top": 6, "bottom": 6},
        "autosize": {"type": "fit", "contains": "padding"},
        "data": {"values": values},
        "layer": [
            {
                "mark": {"type": "line", "strokeWidth": 2, "clip": True},
                "encoding": {
                    "x": x,
                    "y": y,
                    "detail": {"field": "target", "type": "nominal"},
                    "color": own("colour"),
                    "strokeDash": own("dash"),
                },
            },
            # Told apart by shape as well as by colour.
            {
                "transform": [{"filter": "datum.marked"}],
                "mark": {"type": "point", "filled": True, "size": 45, "opacity": 1},
                "encoding": {"x": x, "y": y, "color": own("colour"), "shape": own("shape")},
            },
        ],
    }


def over_time(parts: Sequence[Part], span: Scale, look: TargetLook) -> Spec:
    """One sample: in each part of it the median latency and the longest, by when answered.

    Where nothing was answered, nothing is drawn. Takes two parts or more.
    """
    width_s = parts[1].start_s - parts[0].start_s
    # Both ends of each part, so that one that stands alone can be seen; the end comes before
    # the next one's start, as lines are drawn in the order of time.
    values = [
        {"at": at_s, "median": part.median_s, "longest": part.longest_s}
        for part in parts
        for at_s in (part.start_s, part.start_s + width_s * (1 - 1e-6))
    ]
    up = Room(SMALL_UP_PX, unit=" s", upright=True)
    median = _seconds("median", span, None, most=5, room=up)
    median["axis"]["labelExpr"] = "format(datum.value, '') + ' s'"
    # As much as its labels take with any font: Vega measures them with one of its own.
    names_px = math.ceil(max([up.width_px(each) for each in median["axis"]["values"]], default=0))
    median["axis"] |= {"minExtent": names_px, "maxExtent": names_px}
    end_s = parts[-1].start_s + width_s
    across = Room(SMALL_PX - names_px - 2, unit=" s", flush=True)
    x = {
        "field": "at",
        "type": "quantitative",
        "title": None,
        "scale": {"nice": False},
        "axis": {
            "values": [
                at_s
                for at_s in even_ticks(end_s, most=4, room=across)
                # What stands at the end must not stick out of the picture.
                if at_s / end_s * across.length_px + across.width_px(at_s) / 2 <= across.length_px
            ],
            "grid": False,
            "labelExpr": "format(datum.value, '') + ' s'",
            "labelFlush": True,
        },
    }
    return {
        "width": SMALL_PX,
        "height": SMALL_HEIGHT_PX,
        "padding": {"left": 0, "right": 0, "top": 6, "bottom": 2},
        "autosize": {"type": "fit", "contains": "padding"},
        "data": {"values": values},
        "layer": [
            {
                "mark": {"type": "area", "opacity": 0.45, "color": look.colour},
                "encoding": {"x": x, "y": median, "y2": {"field": "longest"}},
            },
            {
                "mark": {"type": "line", "strokeWidth": 2, "color": look.colour},
                "encoding": {"x": x, "y": median},
            },
        ],
    }


def _seconds(field: str, span: Scale, title: str | None, *, most: int, room: Room) -> Spec:
    return {
        "field": field,
        "type": "quantitative",
        "scale": {"type": "log", "domain": [span.low_s, span.high_s], "nice": False},
        "title": title,
        "axis": {
            "values": ticks(span.low_s, span.high_s, most=most, room=room),
            "labelExpr": "format(datum.value, '')",
            "domain": False,
            "ticks": False,
        },
    }
