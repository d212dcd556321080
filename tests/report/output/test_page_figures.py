"""What the page's charts, tables and chips say, measured in the browser against the summary."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page

from lab import display
from report.samples.measured import Measured
from report.samples.read import read_measured, read_run
from report.samples.spread import percentiles
from report.summary.build import summarize
from tests.support import runs, views

# Where things are drawn in a chart, in units of its viewBox: ticks of the axis across, names of
# rows, dots, intervals, limits, rounds, and the text at the end of each row.
DRAWN = """(svg) => {
  const box = svg.getBoundingClientRect();
  const scale = svg.viewBox.baseVal.width / box.width;
  const at = (it) => {
    const its = it.getBoundingClientRect();
    return {
      text: it.textContent, height: its.height * scale,
      left: (its.left - box.left) * scale, right: (its.right - box.left) * scale,
      x: ((its.left + its.right) / 2 - box.left) * scale,
      y: ((its.top + its.bottom) / 2 - box.top) * scale,
    };
  };
  const bar = 'path[fill^="var(--t"]:not([stroke-width])';
  const all = (which) => [...svg.querySelectorAll(which)].map(at);
  return {
    ticks: all('text[text-anchor=middle]').filter((it) => /^[\\d.,]+$/.test(it.text)),
    names: all('text[text-anchor=end]'),
    dots: all('path[stroke^="var(--t"]'),
    intervals: all('line[stroke^="var(--t"]'),
    limits: all('line[stroke-dasharray]'),
    slots: all(bar).filter((it) => it.height > 12),
    rounds: all(bar).filter((it) => it.height <= 12),
    end: Math.max(...all('line[stroke="var(--line)"]').map((it) => it.right)),
  };
}"""


@dataclass
class Shown:
    """A run's page, and what is to be on it."""

    page: Page
    summary: dict[str, Any]
    measured: list[Measured]

    def charts(self, part: str) -> list[Locator]:
        """The charts of the section with this heading."""
        return self.page.locator(f"section[aria-labelledby={part}] svg[role=img]").all()

    def levels(self) -> list[str]:
        return list(dict.fromkeys(_level(cell) for cell in self.summary["cells"]))

    def cells(self, level: str) -> dict[str, dict[str, Any]]:
        """The cells of a level by target, without the control."""
        return {
            cell["target"]: cell
            for cell in self.summary["cells"]
            if _level(cell) == level and cell["target"] != "control"
        }

    def ratios(self, level: str, kind: str) -> dict[str, dict[str, Any]]:
        """The ratios of RPS of a level by target."""
        return {
            each["target"]: each
            for each in self.summary["comparisons"]
            if (_level(each), each["kind"], each["metric"]) == (level, kind, "rps")
        }


@pytest.fixture(scope="module", params=list(views.RUNS))
def shown(
    request: pytest.FixtureRequest, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shown]:
    file = views.files(tmp_path_factory)[request.param]
    values = read_run(file.parent)
    measured = list(read_measured(file.parent, values))
    page = views.opened(browser, file).page
    views.unfold(page)
    yield Shown(page, runs.as_json(summarize(values, measured)), measured)
    page.context.close()


def _level(of: dict[str, Any]) -> str:
    return f"{of['requests']}/{of['concurrency']}"


def _table(part: Locator) -> list[list[str]]:
    """The rows of a table's body, each cell's text with its lines joined by spaces."""
    return [
        [" ".join(text.split()) for text in row.locator("th, td").all_inner_texts()]
        for row in part.locator("tbody tr").all()
    ]


def _number(text: str) -> float:
    return float(text.replace(",", ""))


def _value(x: float, ticks: Sequence[dict[str, Any]], *, logarithmic: bool) -> float:
    """What a reader would read off an axis with these ticks."""
    first, *_, last = ticks
    share: float = (x - first["x"]) / (last["x"] - first["x"])
    low, high = _number(first["text"]), _number(last["text"])
    if logarithmic:
        return float(low * (high / low) ** share)
    return low + share * (high - low)


def _rows(drawn: dict[str, Any], what: str) -> dict[str, dict[str, Any]]:
    """Things that are drawn, by the name of the row that they are in."""
    names = {it["text"]: it for it in drawn["names"] if not re.fullmatch(r"[\d.]+|-", it["text"])}
    found = {}
    for it in drawn[what]:
        name = min(names, key=lambda name: abs(names[name]["y"] - it["y"]))
        assert abs(names[name]["y"] - it["y"]) < 4
        assert name not in found
        found[name] = it
    return found


def _read_off(chart: Locator, *, logarithmic: bool) -> dict[str, dict[str, float]]:
    """Value, low and high of each row, as they are drawn."""
    drawn = chart.evaluate(DRAWN)
    found: dict[str, dict[str, float]] = {}
    for name, dot in _rows(drawn, "dots").items():
        found[name] = {"value": _value(dot["x"], drawn["ticks"], logarithmic=logarithmic)}
    for name, line in _rows(drawn, "intervals").items():
        found[name] |= {
            end: _value(line[side], drawn["ticks"], logarithmic=logarithmic)
            for end, side in (("low", "left"), ("high", "right"))
        }
    return found


def test_each_ratio_and_its_interval_are_where_the_axis_says(shown: Shown) -> None:
    for level, chart in zip(shown.levels(), shown.charts("ratios"), strict=True):
        wanted = {
            target: {
                "value": each["ratio"],
                **{end: each[end] for end in ("low", "high") if each[end] is not None},
            }
            for target, each in shown.ratios(level, "baseline").items()
            if each["ratio"] is not None
        }

        read = _read_off(chart, logarithmic=True)

        # A pixel is 1 to 3 % of a ratio.
        assert {name: pytest.approx(it, rel=0.04) for name, it in wanted.items()} == read


def test_each_rps_and_its_interval_are_where_the_axis_says(shown: Shown) -> None:
    for level, chart in zip(shown.levels(), shown.charts("rps"), strict=True):
        cells = shown.cells(level)
        wanted = {target: cell["rps"] for target, cell in cells.items()}

        read = _read_off(chart, logarithmic=False)

        top = max(_number(it["text"]) for it in chart.evaluate(DRAWN)["ticks"])
        assert {
            name: pytest.approx(it, abs=0.01 * top, rel=0.01) for name, it in wanted.items()
        } == read


def test_the_limits_of_a_level_and_of_slots_are_where_the_axis_says(shown: Shown) -> None:
    for level, chart in zip(shown.levels(), shown.charts("rps"), strict=True):
        limits = {name: cell["limits_rps"] for name, cell in shown.cells(level).items()}
        drawn = chart.evaluate(DRAWN)

        (line,) = drawn["limits"]
        of_level = _value(line["x"], drawn["ticks"], logarithmic=False)
        slots = {
            name: _value(it["x"], drawn["ticks"], logarithmic=False)
            for name, it in _rows(drawn, "slots").items()
        }

        assert [each["closed_loop"] for each in limits.values()] == (
            [pytest.approx(of_level, rel=0.02)] * len(limits)
        )
        end = _value(drawn["end"], drawn["ticks"], logarithmic=False)
        assert slots == {
            name: pytest.approx(each["slots"], rel=0.02)
            for name, each in limits.items()
            if each["slots"] <= end
        }


def test_what_each_round_came_to_is_where_the_axis_says(shown: Shown) -> None:
    for level, chart in zip(shown.levels(), shown.charts("rps"), strict=True):
        drawn = chart.evaluate(DRAWN)
        top = max(_number(it["text"]) for it in drawn["ticks"])

        read = sorted(_value(it["x"], drawn["ticks"], logarithmic=False) for it in drawn["rounds"])

        rounds = sorted(rps for cell in shown.cells(level).values() for rps in cell["rps_rounds"])
        assert len(rounds) == 3 * len(shown.cells(level)) * (1 if len(shown.levels()) == 3 else 2)
        assert read == pytest.approx(rounds, abs=0.01 * top, rel=0.01)


@pytest.mark.parametrize("part", ["ratios", "rps"])
def test_rows_are_in_the_same_order_in_every_panel(shown: Shown, part: str) -> None:
    orders = [
        [it["text"] for it in chart.evaluate(DRAWN)["names"] if it["text"].isidentifier()]
        for chart in shown.charts(part)
    ]

    assert len(orders) == len(shown.levels())
    assert all(order == orders[0] for order in orders)
    assert len(set(orders[0])) == len(orders[0])
    assert set(orders[0]) == set(shown.cells(shown.levels()[0])) - (
        {"sync_requests"} if part == "ratios" else set()
    )


@pytest.mark.parametrize("part", ["ratios", "rps"])
def test_the_text_at_the_end_of_a_row_is_its_figure(shown: Shown, part: str) -> None:
    for level, chart in zip(shown.levels(), shown.charts(part), strict=True):
        if part == "ratios":
            wanted = {
                target: display.NONE if each["ratio"] is None else display.ratio(each["ratio"])
                for target, each in shown.ratios(level, "baseline").items()
            }
        else:
            wanted = {
                target: display.rps(cell["rps"]["value"])
                for target, cell in shown.cells(level).items()
            }
        texts = chart.evaluate(DRAWN)["names"]
        names = [it for it in texts if it["text"].isidentifier()]
        figures = [it for it in texts if not it["text"].isidentifier()]

        said = {
            name["text"]: figure["text"]
            for name in names
            for figure in figures
            if abs(name["y"] - figure["y"]) < 4
        }

        assert said == wanted


def test_the_table_of_ratios_has_exactly_those_of_the_summary(shown: Shown) -> None:
    section = shown.page.locator("section[aria-labelledby=ratios]")
    wanted: dict[str, list[list[str]]] = {}
    for level in shown.levels():
        for target, each in shown.ratios(level, "baseline").items():
            wanted.setdefault(target, []).append(_ratio_words(each))

    said = {
        row[0]: [
            re.findall(r"[\d.]+|faster|slower|equivalent|inconclusive|-", it)[:4] for it in row[1:]
        ]
        for row in _table(section.locator("details table"))
    }

    assert said == wanted


def _ratio_words(each: dict[str, Any]) -> list[str]:
    if each["ratio"] is None:
        return [display.NONE]
    figures = [display.ratio(each[key]) for key in ("ratio", "low", "high")]
    return [*figures, each["verdict"]]


def test_each_chip_of_the_tree_has_exactly_the_ratio_over_the_parent(shown: Shown) -> None:
    wanted: dict[str, list[str]] = {}
    for level in shown.levels():
        for target, each in shown.ratios(level, "parent").items():
            figure, low, high = (display.ratio(each[key]) for key in ("ratio", "low", "high"))
            wanted.setdefault(target, []).append(
                f"{level} {figure}\N{MULTIPLICATION SIGN} [{low}, {high}] {each['verdict']}"
            )

    said = {
        node.locator("> strong").inner_text(): node.locator(".chips li").all_inner_texts()
        for node in shown.page.locator(".tree > li").all()
    }

    assert sorted(said) == sorted(name for name in shown.summary["targets"] if name != "control")
    assert {name: chips for name, chips in said.items() if chips} == wanted
    parents = {it["parent"] for it in shown.summary["targets"].values()}
    assert list(wanted) == (["sync_pooled"] if "sync_requests" in parents else [])


def test_the_table_under_each_chart_of_rps_has_exactly_those_of_the_summary(shown: Shown) -> None:
    for level, chart in zip(shown.levels(), shown.charts("rps"), strict=True):
        table = _table(chart.locator("xpath=..").locator("table"))

        assert {row[0]: row[1:] for row in table} == {
            target: [
                *(display.rps(cell["rps"][key]) for key in ("value", "low", "high")),
                *(display.rps(cell["limits_rps"][key]) for key in ("closed_loop", "slots", "cpu")),
            ]
            for target, cell in shown.cells(level).items()
        }
        assert len(table) == len(shown.cells(level))


def _curve_charts(shown: Shown) -> list[Locator]:
    return shown.page.locator("section[aria-labelledby=latency] .panels svg[role=img]").all()


def test_the_table_under_each_percentile_chart_has_exactly_those_of_the_summary(
    shown: Shown,
) -> None:
    for level, chart in zip(shown.levels(), _curve_charts(shown), strict=True):
        table = _table(chart.locator("xpath=..").locator("table"))

        assert {row[0]: row[1:] for row in table} == {
            target: [
                str(cell["sent"]),
                *(
                    display.seconds(cell["latency_pooled_s"][name])
                    for name in ("p50", "p90", "p99")
                ),
            ]
            for target, cell in shown.cells(level).items()
        }


def test_p95_is_one_figure_that_of_the_main_table(shown: Shown) -> None:
    """Another one, over all requests, would not agree with it."""
    said = shown.page.evaluate(
        """() => [...document.querySelectorAll('main *')].flatMap(it => [
          it.getAttribute('aria-label') || '',
          ...[...it.childNodes].filter(node => node.nodeType === 3).map(node => node.data.trim()),
        ]).filter(text => text.includes('P95'))"""
    )

    head, foot = said
    assert head == "P95 s"
    assert foot.endswith(
        "together. P95: 95 % of a sample's requests took at most this long; given is the mean of "
        "the rounds' values."
    )


def _points(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"[ML]?(-?[\d.]+),(-?[\d.]+)", path)]


def _nearest(points: Sequence[tuple[float, float]], x: float) -> float:
    """How high the point is that lies nearest across."""
    return min(points, key=lambda point: abs(point[0] - x))[1]


def test_each_percentile_curve_is_where_its_axes_say(shown: Shown) -> None:
    """At P50, and where 95 % would stand; at P90 the samples' latencies jump."""
    for level, chart in zip(shown.levels(), _curve_charts(shown), strict=True):
        drawn = chart.evaluate(
            """(svg) => ({
              seconds: [...svg.querySelectorAll('text[text-anchor=end]')]
                .filter(it => /^[\\d.]+$/.test(it.textContent))
                .map(it => [Number(it.textContent), it.transform.baseVal[0].matrix.f - 4]),
              shares: ['P50', 'P90'].map(name => [...svg.querySelectorAll('text')]
                .find(it => it.textContent === name).transform.baseVal[0].matrix.e),
              curves: [...svg.querySelectorAll('path[stroke^="var(--t"]')]
                .map(it => [it.getAttribute('stroke'), it.getAttribute('d')]),
            })"""
        )
        (low_s, low_y), *_, (high_s, high_y) = sorted(drawn["seconds"])
        half, nine = drawn["shares"]
        # A step from 90 to 95 % is as long as one from nothing to 50 %.
        places = (half, nine + (nine - half) * math.log10(2) / math.log10(5))
        read = {}
        for colour, path in drawn["curves"]:
            points = _points(path)
            assert all(x <= after for (x, _), (after, _) in pairwise(points))
            assert all(y >= after for (_, y), (_, after) in pairwise(points))  # up is longer
            read[colour] = [
                low_s * (high_s / low_s) ** ((_nearest(points, x) - low_y) / (high_y - low_y))
                for x in places
            ]

        wanted = {
            f"var(--t{number})": [
                pytest.approx(each, rel=0.03)
                for each in percentiles(
                    [
                        sample.latencies
                        for sample in shown.measured
                        if (sample.target, str(sample.level)) == (target, level)
                    ],
                    [0.5, 0.95],
                )
            ]
            for number, target in enumerate(shown.cells(level))
        }
        assert read == wanted


def test_a_sample_over_time_is_that_of_the_slowest_request_of_its_cell(shown: Shown) -> None:
    panels = shown.page.locator(".small figure").all()
    assert len(panels) == sum(len(shown.cells(level)) for level in shown.levels())
    heads = shown.page.locator("section[aria-labelledby=latency] h4").all_inner_texts()
    assert heads == shown.levels()
    grids = shown.page.locator(".small").all()

    for level, grid in zip(heads, grids, strict=True):
        for panel in grid.locator("figure").all():
            target = panel.locator("figcaption bdi").inner_text()
            note = panel.locator("figcaption small").inner_text()
            match = re.fullmatch(r"round (\d+), at most ([\d.]+) s", note)
            assert match
            samples = {
                sample.round: sample
                for sample in shown.measured
                if (sample.target, str(sample.level)) == (target, level)
            }
            shown_sample = samples[int(match[1])]
            longest_s = max(
                part.longest_s or 0.0 for it in samples.values() for part in it.timeline
            )
            assert match[2] == display.seconds(longest_s)
            table = _table(panel.locator("table"))
            assert table == [
                [
                    display.seconds(part.start_s),
                    str(part.answers),
                    display.seconds(part.median_s),
                    display.seconds(part.longest_s),
                ]
                for part in shown_sample.timeline
            ]
            assert sum(int(row[1]) for row in table) == shown_sample.sent


def test_nothing_is_drawn_where_nothing_was_answered(shown: Shown) -> None:
    """A line has a piece for each span of parts with answers, and its share of the width."""
    for panel in shown.page.locator(".small figure").all():
        answers = [int(row[1]) for row in _table(panel.locator("table"))]
        spans = [
            count
            for count in re.split("0+", "".join("1" if each else "0" for each in answers))
            if count
        ]
        line = panel.locator("svg[role=img] path[stroke^='var(--t']").get_attribute("d") or ""
        across_px = float(
            panel.locator("svg[role=img] line[stroke='var(--line)'][y2='0']").first.get_attribute(
                "x2"
            )
            or 0
        )

        pieces = [_points(piece) for piece in line.split("M") if piece]

        assert len(pieces) == len(spans)
        for piece, span in zip(pieces, spans, strict=True):
            width = piece[-1][0] - piece[0][0]
            assert math.isclose(width, across_px * len(span) / len(answers), abs_tol=0.5)


def test_nothing_of_the_control_is_drawn(shown: Shown) -> None:
    assert shown.page.locator("svg[role=img] text", has_text="control").count() == 0
    assert shown.page.locator("figure table").get_by_text("control", exact=True).count() == 0
