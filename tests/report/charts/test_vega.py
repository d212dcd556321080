"""Charts as SVG within the page: what is in it, and what never is."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

from lab.paths import ROOT
from report.charts import dots, latencies, vega
from report.charts.palette import TargetLook
from report.charts.vega import WIDTH_PX, draw, renumbered
from report.samples.spread import Part

LOOK = TargetLook(1, "var(--t1)", "circle", (6, 2))
HOSTILE = "<script>alert(1)</script>&\"' onload=x"

# Everything that a chart may consist of. No style, no handler, no link, no script.
TAGS = {"svg", "g", "path", "line", "rect", "text", "defs", "clippath"}
ATTRIBUTES = {
    "role", "aria-label", "width", "height", "viewbox", "x", "y", "x2",
    "y2", "d", "transform", "fill", "stroke", "stroke-width", "stroke-dasharray", "opacity",
    "clip-path", "id", "text-anchor", "font-size", "font-weight",
}  # fmt: skip


class Drawn(HTMLParser):
    """The elements, attributes and texts of an SVG, as a browser takes them."""

    def __init__(self, svg: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(svg)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def root(self) -> dict[str, str | None]:
        return self.elements[0][1]


def forest(name: str = "a", text: str = "2.00", title: str = "times") -> dict[str, Any]:
    drawn = [dots.Dot(name, 2.0, 1.5, 2.5, text, LOOK)]
    return dots.ratios(drawn, dots.ratio_axis(drawn, title), margin=0.1)


def bars(name: str = "a", text: str = "200") -> dict[str, Any]:
    drawn = [dots.Dot(name, 200.0, 150.0, 250.0, text, LOOK, limit=240.0)]
    return dots.rps(drawn, dots.rps_axis(drawn, 300.0, "RPS"), limit=300.0)


def percentiles(name: str = "a") -> dict[str, Any]:
    drawn = [latencies.Curve(name, LOOK, (0.0, 0.5, 0.9), (0.25, 0.5, 1.5))]
    return latencies.curves(drawn, latencies.Scale(0.2, 2))


def time() -> dict[str, Any]:
    parts = [Part(0.0, 2, 0.25, 0.5), Part(2.0, 0, None, None), Part(4.0, 1, 1.5, 1.5)]
    return latencies.over_time(parts, latencies.Scale(0.2, 2), LOOK)


CHARTS = {
    "forest": forest(HOSTILE, HOSTILE, HOSTILE),
    "rps": bars(HOSTILE, HOSTILE),
    "curves": percentiles(HOSTILE),
    "time": time(),
}
each_chart = pytest.mark.parametrize("spec", CHARTS.values(), ids=CHARTS.keys())


@each_chart
def test_a_chart_consists_of_shapes_and_text_and_of_nothing_that_runs_or_loads(
    spec: dict[str, Any],
) -> None:
    elements = Drawn(draw(spec, HOSTILE)).elements

    assert {tag for tag, _ in elements} <= TAGS
    assert {name for _, attributes in elements for name in attributes} <= ATTRIBUTES
    assert {name for _, attributes in elements[1:] for name in attributes}.isdisjoint(
        {"role", "aria-label"}
    )


@each_chart
def test_a_chart_is_one_image_that_says_what_it_shows(spec: dict[str, Any]) -> None:
    svg = draw(spec, HOSTILE)

    drawn = Drawn(svg)
    assert drawn.elements[0][0] == "svg"
    assert (drawn.root["role"], drawn.root["aria-label"]) == ("img", HOSTILE)
    assert svg.count("<svg") == svg.count("</svg>") == 1


def test_text_of_a_chart_is_text_whatever_it_holds() -> None:
    svg = draw(forest(text=HOSTILE, title="<b>&amp;"), "label")

    assert {HOSTILE, "<b>&amp;"} <= set(Drawn(svg).texts)
    assert "<script" not in svg


def test_a_backslash_in_what_a_chart_says_stays_one() -> None:
    assert Drawn(draw(time(), r"\1 \g<0>")).root["aria-label"] == r"\1 \g<0>"


@pytest.mark.parametrize("name", ["a", "sync_requests", "a" * 60])
@pytest.mark.parametrize("chart", [forest, bars, percentiles])
def test_a_chart_is_no_wider_than_a_narrow_screen_has_room_for(
    chart: Callable[[str], dict[str, Any]], name: str
) -> None:
    """Charts are never scaled: text of 12 px would be smaller than that."""
    spec = chart(name)

    root = Drawn(draw(spec, "label")).root

    assert float(root["width"] or 0) <= WIDTH_PX
    assert root["viewbox"] == f"0 0 {root['width']} {root['height']}"


def test_no_two_charts_of_a_page_name_a_part_alike() -> None:
    """A `clip-path` would take that of another chart."""
    names = [re.findall(r' id="([^"]*)"', draw(bars(), "label")) for _ in range(2)]

    assert names[0]
    assert not set(names[0]) & set(names[1])


def test_a_chart_holds_no_more_digits_than_can_be_seen() -> None:
    svg = draw(percentiles(), "label")

    assert not re.findall(r"\d\.\d{2,}", svg)
    assert len(svg) < 6000


def test_an_interval_is_filled_only_where_it_is_decided() -> None:
    undecided = [dots.Dot("a", 2.0, None, None, "2", LOOK, decided=False)]
    axis = dots.ratio_axis(undecided, "times")

    hollow = draw(dots.ratios(undecided, axis, margin=0.1), "label")
    assert 'fill="var(--paper)" stroke="var(--t1)"' in hollow
    assert 'fill="var(--t1)" stroke="var(--t1)"' in draw(forest(), "label")


def test_a_target_without_a_value_has_its_row_and_no_mark() -> None:
    nothing = [dots.Dot("a", None, None, None, "-", LOOK)]

    svg = draw(dots.ratios(nothing, dots.ratio_axis(nothing, "times"), margin=0.1), "label")

    assert {"a", "-"} <= set(Drawn(svg).texts)
    assert "var(--t1)" not in svg


def test_a_name_that_is_too_long_is_cut_in_the_middle() -> None:
    """Names that begin alike often end differently: 21 characters, of which one is the mark."""
    texts = Drawn(draw(forest("async_httpx_without_its_trust_store"), "label")).texts

    assert "async_http\N{HORIZONTAL ELLIPSIS}rust_store" in texts
    assert "a" * 21 in Drawn(draw(forest("a" * 21), "label")).texts


def test_axes_write_thousands_as_everything_else_does() -> None:
    fast = [dots.Dot("a", 12_000.0, None, None, "12000", LOOK)]

    texts = Drawn(draw(dots.rps(fast, dots.rps_axis(fast, None, "RPS"), limit=None), "label")).texts

    assert {"5000", "10000"} <= set(texts)
    assert not [text for text in texts if "," in text]


def test_rounds_and_arrows_are_drawn_within_the_picture() -> None:
    """A thin tick a round; an arrow at the right end, where the interval goes on."""
    one = dots.Dot("a", 200.0, 150.0, 900.0, "200", LOOK, rounds=(100.0, 400.0))

    svg = draw(dots.rps([one], dots.Axis(0, 300.0, "RPS"), limit=None), "label")

    (right,) = {float(width) for width in re.findall(r'<rect x="0" y="0" width="([\d.]+)"', svg)}
    assert re.findall(r"h1\.5v9h-1\.5Z", svg) == ["h1.5v9h-1.5Z"] * 2  # clipped, not left out
    assert f'<path transform="translate({right:g},12)"' in svg


def test_curves_have_a_mark_at_each_named_percentile_and_their_end() -> None:
    """Of shares 0, 0.5 and 0.9, the last two."""
    svg = draw(percentiles(), "label")

    assert svg.count('fill="var(--t1)"') == 2


ODD = [
    "\0",
    "\x1b[2J",
    "\x7f",
    "\ud800",
    "\udfff",
    "\ufffe",
    "\uffff",
    "\U0010ffff",
    "\r\n\t",
    "\u2028",
    "\u2029",
]


def test_a_text_that_no_svg_can_hold_is_replaced_and_the_rest_of_it_kept() -> None:
    nested = {"a": ["x\0y", ("\ud800", 1, None, 2.5, True)], "b": {"c": "\uffff\ufffd\t"}}

    assert vega._drawable(nested) == {
        "a": ["x\ufffdy", ["\ufffd", 1, None, 2.5, True]],
        "b": {"c": "\ufffd\ufffd\t"},
    }


def test_no_character_ends_the_process_that_draws() -> None:
    """In one of its own: vl-convert would abort it."""
    script = (
        "import json, sys\n"
        "from tests.report.charts.test_vega import bars, draw, forest, percentiles\n"
        "for text in json.loads(sys.stdin.read()):\n"
        "    odd = f'a{text}b'\n"
        "    for spec in (forest(odd, odd, odd), bars(odd, odd), percentiles(odd)):\n"
        "        draw(spec, 'label').encode()\n"
        "    print(json.dumps(draw(forest(text=odd), 'label')))\n"
    )

    ended = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT, input=json.dumps(ODD), capture_output=True, text=True, check=True,
    )  # fmt: skip

    svgs = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [("a\ufffdb" in svg, "a\U0010ffffb" in svg) for svg in svgs] == [
        (True, False),
        (False, False),  # \x1b is replaced, and what follows it is shown
        (False, False),
        (True, False),
        (True, False),
        (True, False),
        (True, False),
        (False, True),
        (False, False),
        (True, False),
        (True, False),
    ]
    assert "a\ufffd[2Jb" in svgs[1]


@pytest.mark.parametrize("odd", ["\0", "\x1b", "\ud800", "\uffff", "\u2028", "\u2029"])
def test_what_a_chart_says_can_be_written_to_a_page(odd: str) -> None:
    label = Drawn(draw(time(), f"a{odd}b")).root["aria-label"]

    assert label == "a\ufffdb"


def test_what_a_page_clips_by_is_numbered_from_1_in_its_order() -> None:
    page = (
        '<clipPath id="clip41"/><g clip-path="url(#clip41)"/><g clip-path="url(#clip40)"/>'
        '<clipPath id="clip40"/> id=&#34;clip41&#34; clip41'
    )

    assert renumbered(page) == (
        '<clipPath id="clip1"/><g clip-path="url(#clip1)"/><g clip-path="url(#clip2)"/>'
        '<clipPath id="clip2"/> id=&#34;clip41&#34; clip41'
    )
