"""Charts of latencies as data: percentile curves, a sample over its time, and their scale."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from report.charts.latencies import Curve, Scale, curves, over_time, place, scale
from report.charts.palette import TargetLook
from report.charts.vega import own
from report.samples.spread import Part

LOOK = TargetLook(1, "var(--t1)", "circle", (6, 2))


def layers(spec: dict[str, Any], mark: str) -> list[dict[str, Any]]:
    return [layer for layer in spec["layer"] if layer["mark"]["type"] == mark]


@pytest.mark.parametrize(
    ("values_s", "low_s", "high_s"),
    [
        ([], 0.1, 1),
        ([0.0], 0.1, 1),
        ([0.25, 1.5], 0.2, 2),
        ([0.2, 2.0], 0.2, 2),
        ([0.0, 0.0123, 31.0], 0.01, 50),
        ([0.5], 0.5, 0.5),
    ],
    ids=["none", "nothing that took time", "between", "round ones", "far apart", "one"],
)
def test_seconds_go_from_one_round_number_to_another(
    values_s: list[float], low_s: float, high_s: float
) -> None:
    assert scale(values_s) == Scale(low_s, high_s)


@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=5))
def test_every_latency_is_on_its_scale(values_s: list[float]) -> None:
    span = scale(values_s)

    assert span.low_s <= min(values_s) * (1 + 1e-9)
    assert span.high_s >= max(values_s) * (1 - 1e-9)
    assert span.low_s > min(values_s) / 10
    assert span.high_s < max(values_s) * 10


@pytest.mark.parametrize(("share", "at"), [(0.0, 0.0), (0.5, 0.30103), (0.9, 1.0), (0.99, 2.0)])
def test_each_further_nine_is_a_step_as_long(share: float, at: float) -> None:
    assert place(share) == pytest.approx(at, abs=1e-6)


def test_percentile_curves_end_at_p99_and_have_the_dashes_of_their_targets() -> None:
    drawn = [
        Curve("a", LOOK, (0.0, 0.9), (0.25, 0.5)),
        Curve("b", TargetLook(2, "var(--t2)", "cross", ()), (0.5,), (1.5,)),
    ]

    spec = curves(drawn, Scale(0.2, 2))

    a = {"target": "a", "colour": "var(--t1)", "dash": [6, 2], "shape": "circle"}
    b = {"target": "b", "colour": "var(--t2)", "dash": [], "shape": "cross"}
    assert spec["data"]["values"] == [
        {**a, "place": 0.0, "latency": 0.25, "marked": False},
        {**a, "place": 1.0, "latency": 0.5, "marked": True},
        {**b, "place": 0.301, "latency": 1.5, "marked": True},
    ]
    (line,) = layers(spec, "line")
    x, y = line["encoding"]["x"], line["encoding"]["y"]
    assert x["scale"]["domain"] == [0, 2.0]
    assert x["axis"]["values"] == [0.0, 0.301, 1.0, 2.0]
    assert y["scale"] == {"type": "log", "domain": [0.2, 2], "nice": False}
    assert y["axis"]["values"] == [0.2, 0.5, 1.0, 2.0]
    assert line["encoding"]["strokeDash"] == own("dash")
    assert line["encoding"]["detail"]["field"] == "target"
    assert line["mark"]["clip"]


def test_curves_are_told_apart_by_shapes_at_p50_p90_and_their_end() -> None:
    """Marks lie where the lines do, on the same axes."""
    shares = (0.0, 0.49, 0.5, 0.51, 0.9, 0.95, 0.98)

    spec = curves([Curve("a", LOOK, shares, (0.25,) * 7)], Scale(0.2, 2))

    assert [each["marked"] for each in spec["data"]["values"]] == [
        False, False, True, False, True, False, True,
    ]  # fmt: skip
    (line,), (marks,) = layers(spec, "line"), layers(spec, "point")
    assert marks["transform"] == [{"filter": "datum.marked"}]
    assert marks["encoding"] == {
        "x": line["encoding"]["x"],
        "y": line["encoding"]["y"],
        "color": own("colour"),
        "shape": own("shape"),
    }
    assert marks["mark"]["filled"]


def test_a_sample_over_its_time_is_drawn_from_start_to_end_of_each_part() -> None:
    """Nothing is drawn of the second part, in which nothing was answered."""
    parts = [Part(0.0, 2, 0.25, 0.5), Part(2.0, 0, None, None), Part(4.0, 1, 1.5, 1.5)]

    spec = over_time(parts, Scale(0.2, 2), LOOK)

    values = spec["data"]["values"]
    assert [each["at"] for each in values] == pytest.approx([0, 2, 2, 4, 4, 6], rel=1e-5)
    assert [each["at"] for each in values] == sorted({each["at"] for each in values})
    assert [(each["median"], each["longest"]) for each in values] == [
        (0.25, 0.5), (0.25, 0.5), (None, None), (None, None), (1.5, 1.5), (1.5, 1.5),
    ]  # fmt: skip
    (area,), (line,) = layers(spec, "area"), layers(spec, "line")
    assert area["mark"]["color"] == line["mark"]["color"] == "var(--t1)"
    assert (area["encoding"]["y"]["field"], area["encoding"]["y2"]) == (
        "median", {"field": "longest"},
    )  # fmt: skip
    assert area["encoding"]["y"]["scale"]["domain"] == [0.2, 2]
