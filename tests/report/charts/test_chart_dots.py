"""Dots with intervals as data: what Vega-Lite is told to draw, and on which axes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from report.charts.dots import Axis, Dot, ratio_axis, ratios, rps, rps_axis
from report.charts.latencies import Curve, Scale, curves, over_time
from report.charts.palette import TargetLook
from report.charts.vega import Room, even_ticks, rows_axis, ticks
from report.samples.spread import Part

LOOK = TargetLook(1, "var(--t1)", "circle", (6, 2))


AXIS = Axis(0.4, 3.0, "times")


def dot(value: float | None, low: float | None = None, high: float | None = None) -> Dot:
    return Dot("a", value, low, high, "text", LOOK)


def layers(spec: dict[str, Any], mark: str) -> list[dict[str, Any]]:
    return [layer for layer in spec["layer"] if layer["mark"]["type"] == mark]


@pytest.mark.parametrize(
    ("low", "high", "most", "found"),
    [
        (1, 10, 6, [1, 2, 5, 10]),
        (1, 10, 7, [1, 1.5, 2, 3, 5, 7, 10]),
        (1, 10, 3, [1, 3, 10]),
        (1, 10, 2, [1, 10]),
        (0.4, 4.5, 6, [0.5, 0.7, 1, 1.5, 2, 3]),
        (0.001, 1000, 4, [0.001, 0.1, 10, 1000]),
        (1.1, 1.4, 6, []),
        (2, 2, 6, [2]),
    ],
)
def test_ticks_are_round_numbers(low: float, high: float, most: int, found: list[float]) -> None:
    assert ticks(low, high, most=most) == found


@given(low=st.floats(1e-6, 1e6), factor=st.floats(1, 1e6), most=st.integers(1, 12))
def test_ticks_are_never_more_than_asked_rise_and_lie_within(
    low: float, factor: float, most: int
) -> None:
    found = ticks(low, low * factor, most=most)

    assert len(found) <= most
    assert found == sorted(set(found))
    assert all(low <= each * (1 + 1e-9) and each <= low * factor * (1 + 1e-9) for each in found)
    assert found or factor < 10


@pytest.mark.parametrize(
    ("high", "length_px", "found"),
    [
        (1080, 300, [0, 200, 400, 600, 800, 1000]),
        (1080, 137, [0, 500, 1000]),
        (540, 137, [0, 200, 400]),
        (0.54, 137, [0, 0.2, 0.4]),
        (1, 300, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (9.5, 300, [0, 2, 4, 6, 8]),
        (1.08e6, 137, [0, 500_000, 1_000_000]),
        (1.08e6, 123, [0, 1_000_000]),
        (1080, 20, [0]),
    ],
)
def test_ticks_at_equal_steps_are_as_many_as_have_room(
    high: float, length_px: float, found: list[float]
) -> None:
    assert even_ticks(high, most=6, room=Room(length_px)) == found


@pytest.mark.parametrize(
    ("room", "found"),
    [
        (Room(300), [1, 2, 5, 10]),
        (Room(60), [1, 3, 10]),
        (Room(30), [1, 10]),
        (Room(150, unit=" seconds"), [1, 10]),
        (Room(50, upright=True), [1, 2, 5, 10]),
        (Room(40, upright=True), [1, 3, 10]),
    ],
)
def test_ticks_of_logarithms_are_no_more_than_have_room(room: Room, found: list[float]) -> None:
    assert ticks(1, 10, most=6, room=room) == found


@pytest.mark.parametrize(
    ("dots", "low", "high"),
    [
        ([], 1, 1),
        ([dot(None)], 1, 1),
        ([dot(2.0)], 1, 2),
        ([dot(0.5)], 0.5, 1),
        ([dot(0.5, 0.4, 0.6), dot(2.0, 1.5, 2.5), dot(None)], 0.4, 2.5),
        ([dot(3.0, 0.1, 90.0)], 1 / 3, 9),
    ],
    ids=["nothing", "no ratio", "ahead", "behind", "intervals", "far intervals are cut off"],
)
def test_ratios_lie_on_an_axis_with_1(dots: list[Dot], low: float, high: float) -> None:
    """Each end has 8 % of room, twice."""
    axis = ratio_axis(dots, "times")

    assert [axis.low, axis.high] == pytest.approx([low / 1.08**2, high * 1.08**2])
    assert axis.title == "times"


@pytest.mark.parametrize(
    ("dots", "limit", "high"),
    [
        ([], None, 1.0),
        ([dot(None)], 300.0, 300.0),
        ([dot(200.0, 150.0, 250.0)], None, 250.0),
        ([dot(200.0, 150.0, 250.0)], 240.0, 250.0),
        ([dot(200.0, 10.0, 4000.0)], None, 300.0),
        ([dot(200.0, 10.0, 4000.0)], 240.0, 360.0),
        ([dot(200.0)], 100.0, 200.0),
    ],
    ids=[
        "nothing", "limit alone", "interval", "limit and interval", "far interval",
        "far interval and limit", "beyond the limit",
    ],
)  # fmt: skip
def test_rps_lie_on_an_axis_from_0_with_the_limit(
    dots: list[Dot], limit: float | None, high: float
) -> None:
    """An interval is cut off at one and a half times the highest of values and limit."""
    axis = rps_axis(dots, limit, "RPS")

    assert [axis.low, axis.high] == pytest.approx([0, high * 1.08])
    assert axis.title == "RPS"


DOTS = [
    Dot("sure", 2.0, 1.5, 2.5, "2.00", TargetLook(1, "var(--t1)", "circle", ())),
    Dot("open", 0.5, None, None, "0.50", TargetLook(2, "var(--t2)", "diamond", ()), decided=False),
    Dot("gone", None, None, None, "-", TargetLook(3, "var(--t3)", "cross", ()), decided=False),
]


VALUES = [
    {
        "target": "sure", "value": 2.0, "low": 1.5, "high": 2.5, "text": "2.00",
        "colour": "var(--t1)", "fill": "var(--t1)", "shape": "circle",
    },
    {
        "target": "open", "value": 0.5, "low": None, "high": None, "text": "0.50",
        "colour": "var(--t2)", "fill": "var(--paper)", "shape": "diamond",
    },
    {
        "target": "gone", "value": None, "low": None, "high": None, "text": "-",
        "colour": "var(--t3)", "fill": "var(--paper)", "shape": "cross",
    },
]  # fmt: skip


def test_a_forest_plot_has_a_row_each_filled_where_the_verdict_stands() -> None:
    spec = ratios(DOTS, Axis(0.4, 3.0, "times"), margin=0.25)

    assert spec["data"]["values"] == VALUES
    (points,) = layers(spec, "point")
    assert points["transform"] == [{"filter": "datum.value != null"}]
    assert points["encoding"]["y"]["sort"] == ["sure", "open", "gone"]
    assert points["encoding"]["fill"] == {"field": "fill", "type": "nominal", "scale": None}
    assert points["encoding"]["x"]["scale"] == {"type": "log", "domain": [0.4, 3.0], "nice": False}
    assert points["encoding"]["x"]["axis"]["values"] == [0.5, 0.7, 1, 1.5, 2, 3]
    assert points["encoding"]["x"]["title"] == "times"
    (texts,) = layers(spec, "text")
    assert "transform" not in texts  # also where there is no value


def test_a_forest_plot_has_its_margin_as_a_band_and_a_line_at_1() -> None:
    """Within 25 %: from 1/1.25."""
    spec = ratios(DOTS, Axis(0.4, 3.0, "times"), margin=0.25)

    (band,) = layers(spec, "rect")
    one, intervals = layers(spec, "rule")
    assert band["data"]["values"] == [{"from": 0.8, "to": 1.25}]
    assert one["data"]["values"] == [{"at": 1}]
    assert intervals["transform"] == [{"filter": "datum.low != null"}]
    assert (intervals["encoding"]["x"]["field"], intervals["encoding"]["x2"]) == (
        "low", {"field": "high"},
    )  # fmt: skip


def test_requests_per_second_have_the_levels_limit_as_a_dashed_line() -> None:
    spec = rps(DOTS, Axis(0, 324.0, "RPS"), limit=300.0)

    assert spec["data"]["values"] == VALUES
    line, intervals = layers(spec, "rule")
    assert line["data"]["values"] == [{"at": 300.0}]
    assert line["mark"]["strokeDash"] == [5, 3]
    assert line["encoding"]["x"]["scale"] == {"domain": [0, 324.0], "nice": False}
    assert intervals["encoding"]["x"]["scale"] == {"domain": [0, 324.0], "nice": False}


def test_without_a_limit_nothing_is_drawn_of_one() -> None:
    spec = rps(DOTS, Axis(0, 3.0, "RPS"), limit=None)

    assert [layer["mark"]["type"] for layer in spec["layer"]] == ["rule", "point", "text"]


def test_slots_are_marked_in_their_row_where_the_axis_reaches_them() -> None:
    marked = [
        Dot("near", 2.0, None, None, "2.0", LOOK, limit=4.0),
        Dot("far", 2.0, None, None, "2.0", LOOK, limit=4.5),
        Dot("none", 2.0, None, None, "2.0", LOOK),
    ]

    (tick,) = layers(rps(marked, Axis(0, 4.0, "RPS"), limit=None), "tick")

    assert tick["data"]["values"] == [{"target": "near", "limit": 4.0, "colour": "var(--t1)"}]
    assert tick["encoding"]["y"]["sort"] == ["near", "far", "none"]


@pytest.mark.parametrize(
    ("names", "extent"),
    [
        ([], 6), (["a"], 13), (["abc", "a" * 20], 146), (["a" * 21], 153), (["a" * 22], 153),
        (["a" * 300, "b"], 153),
    ],
)  # fmt: skip
def test_names_have_the_room_of_the_longest_up_to_a_limit(names: list[str], extent: int) -> None:
    """7 px a letter, of 21 at most, and 6 beside them."""
    axis = rows_axis(names)["axis"]

    assert rows_axis(names)["sort"] == names
    assert (axis["minExtent"], axis["maxExtent"], axis["labelLimit"]) == (extent, extent, extent)


def test_a_long_name_is_cut_in_the_middle_and_stays_whole_in_the_data() -> None:
    assert rows_axis(["a" * 300])["axis"]["labelExpr"] == "truncate(datum.label, 21, 'center')"
    long = Dot("a" * 300, 2.0, None, None, "2.00", LOOK)
    assert ratios([long], AXIS, margin=0.1)["data"]["values"][0]["target"] == "a" * 300


def test_numbers_of_an_axis_have_no_separator_of_thousands() -> None:
    """What stands beside them has none: `format(x, '')` writes 12000, Vega's own 12,000."""
    forest, bars = ratios(DOTS, AXIS, margin=0.1), rps(DOTS, AXIS, limit=None)
    curve = curves([Curve("a", LOOK, (0.5,), (0.25,))], Scale(0.2, 2))

    (in_forest,), (in_bars,) = layers(forest, "point"), layers(bars, "point")
    (line,) = layers(curve, "line")
    labels = [each["axis"]["labelExpr"] for each in (
        in_forest["encoding"]["x"], in_bars["encoding"]["x"], line["encoding"]["y"],
    )]  # fmt: skip
    assert labels == ["format(datum.value, '')"] * 3


def test_each_round_is_a_thin_tick_in_the_row_of_its_target_behind_the_mark() -> None:
    several = [
        Dot("a", 200.0, 150.0, 250.0, "200", LOOK, rounds=(190.0, 200.0, 211.0)),
        Dot(
            "b", 100.0, None, None, "100", TargetLook(2, "var(--t2)", "cross", ()), rounds=(100.0,)
        ),
        Dot("c", None, None, None, "-", LOOK),
    ]

    spec = rps(several, Axis(0, 270.0, "RPS"), limit=None)

    (thin,) = layers(spec, "tick")
    assert thin["data"]["values"] == [
        {"target": "a", "value": 190.0, "colour": "var(--t1)"},
        {"target": "a", "value": 200.0, "colour": "var(--t1)"},
        {"target": "a", "value": 211.0, "colour": "var(--t1)"},
        {"target": "b", "value": 100.0, "colour": "var(--t2)"},
    ]
    assert (thin["mark"]["thickness"], thin["mark"]["clip"]) == (1.5, True)
    assert thin["encoding"]["y"]["sort"] == ["a", "b", "c"]
    assert [layer["mark"]["type"] for layer in spec["layer"]] == ["tick", "rule", "point", "text"]


def arrows(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """The marks at the ends of the axis."""
    return [
        value
        for layer in layers(spec, "point")
        for value in layer.get("data", {}).get("values", [])
    ]


@pytest.mark.parametrize(
    ("low", "high", "ends"),
    [
        (0.5, 4.0, []),
        (0.4, 4.0, [(0.5, "triangle-left")]),
        (0.5, 5.0, [(4.0, "triangle-right")]),
        (0.1, 90.0, [(0.5, "triangle-left"), (4.0, "triangle-right")]),
        (None, None, []),
    ],
    ids=["from end to end", "further left", "further right", "both", "no interval"],
)
def test_an_interval_that_goes_on_beyond_the_axis_ends_in_an_arrow(
    low: float | None, high: float | None, ends: list[tuple[float, str]]
) -> None:
    spec = ratios([dot(2.0, low, high)], Axis(0.5, 4.0, "times"), margin=0.1)

    assert arrows(spec) == [
        {"target": "a", "value": value, "shape": shape, "colour": "var(--t1)"}
        for value, shape in ends
    ]


def test_arrows_are_those_of_requests_per_second_as_well() -> None:
    several = [dot(200.0, 150.0, 900.0), Dot("b", 100.0, 90.0, 110.0, "100", LOOK)]

    spec = rps(several, Axis(0, 300.0, "RPS"), limit=None)

    assert [(each["target"], each["value"], each["shape"]) for each in arrows(spec)] == [
        ("a", 300.0, "triangle-right")
    ]


@pytest.mark.parametrize(
    ("far", "ends"),
    [
        (dot(2.0, 1.8, 6.9), []),
        (dot(2.0, 1.8, 7.0), ["triangle-right"]),
        (dot(2.0, 0.29, 2.2), []),
        (dot(2.0, 0.28, 2.2), ["triangle-left"]),
    ],
)
def test_only_an_interval_that_is_far_from_every_value_goes_on_beyond_the_axis(
    far: Dot, ends: list[str]
) -> None:
    """3 times 2 and a third of 1, with 8 % of room, twice: from 0.286 to 6.998."""
    spec = ratios([far], ratio_axis([far], "times"), margin=0.1)

    assert [arrow["shape"] for arrow in arrows(spec)] == ends


@pytest.mark.parametrize(
    "spec",
    [
        ratios(DOTS, Axis(0.4, 3.0, "times"), margin=0.1),
        rps(DOTS, Axis(0, 3.0, "RPS"), limit=None),
        curves([Curve("a", LOOK, (0.5,), (0.25,))], Scale(0.2, 2)),
        over_time([Part(0.0, 2, 0.25, 0.5), Part(2.0, 0, None, None)], Scale(0.2, 2), LOOK),
    ],
    ids=["ratios", "rps", "curves", "time"],
)
def test_charts_have_no_space_at_their_sides(spec: dict[str, Any]) -> None:
    """The page has it: what a narrow screen leaves is for the chart alone."""
    assert (spec["padding"]["left"], spec["padding"]["right"]) == (0, 0)


@pytest.mark.parametrize(("names", "inside"), [(["a"], 263), (["a" * 300], 123)])
def test_names_picture_and_values_share_the_width_of_a_phone(names: list[str], inside: int) -> None:
    """328 px less 44 for values, 8 between, and 13 or 153 for names."""
    several = [Dot(name, 2.0, None, None, "2.00", LOOK) for name in names]

    assert ratios(several, AXIS, margin=0.1)["width"] == inside
    assert rps(several, AXIS, limit=None)["width"] == inside
