"""The axes of the page's charts: every label of one stands apart from the next."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from report.charts import dots, latencies
from report.charts.palette import TargetLook
from report.charts.vega import draw
from report.samples.spread import Part
from tests.support import views
from tests.support.example import EXAMPLE, TREE

pytestmark = pytest.mark.usefixtures("closed_pages")

LOOK = TargetLook(1, "var(--t1)", "circle", ())
LONG = "a_target_of_21_letter"

CROWDED = """<!doctype html><svg role="img" aria-label="it" width="300" height="90"
viewBox="0 0 300 90" font-family="monospace" font-size="20"><text x="0" y="20">8</text>
<text x="15" y="20">10</text><text x="60" y="20">12</text>
<text x="250" y="50">0.5 s</text><text x="250" y="60">1 s</text>
<text x="100" y="80">P9</text><text x="110" y="80">P99</text>
<text x="200" y="20">name</text><text x="210" y="20">other</text></svg>"""


def test_labels_that_are_near_to_one_another_are_noticed(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "chart.html"
    file.write_text(CROWDED)

    found = views.crowded(views.charts(views.opened(browser, file).page))

    assert found == [
        "it: '10' is beside '8'",
        "it: '1 s' is below '0.5 s'",
        "it: 'P99' is beside 'P9'",
    ]


@pytest.mark.parametrize("kept", [EXAMPLE, pytest.param(TREE, marks=pytest.mark.slow)])
def test_labels_of_every_axis_of_the_kept_runs_stand_apart(
    browser: Browser, kept: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    charts = views.charts(views.opened(browser, views.kept(tmp_path_factory, kept)).page)

    assert len(charts) >= 3 * 3 + 15
    assert views.crowded(charts) == []
    assert views.unreadable(charts, window=views.WIDE) == []


def _rates() -> Iterator[dict[str, Any]]:
    for top in (0.5, 9.0, 95.0, 999.0, 1000.0, 1e4, 12_345.0, 1e6, 98_765_432.0):
        for name in ("a", LONG):
            several = [dots.Dot(name, top, None, None, "text", LOOK)]
            yield dots.rps(several, dots.rps_axis(several, None, "RPS"), limit=None)
            beside = dots.Dot("nginx", top / 2, None, None, "text", LOOK)
            yield dots.rps(several, dots.rps_axis(several, top, "RPS"), limit=top, reference=beside)


def _ratios() -> Iterator[dict[str, Any]]:
    for low, high in ((0.9, 1.1), (0.4, 4.5), (0.05, 20.0), (0.001, 1.0), (1.0, 1e6), (1e-4, 1e4)):
        for name in ("a", LONG):
            several = [dots.Dot(name, each, None, None, "text", LOOK) for each in (low, high)]
            yield dots.ratios(several, dots.ratio_axis(several, "times"), margin=0.1)


def _latencies() -> Iterator[dict[str, Any]]:
    for low_s, high_s in ((0.1, 0.12), (0.05, 0.7), (0.1, 1.0), (1e-4, 0.9), (0.001, 95.0)):
        span = latencies.scale([low_s, high_s])
        yield latencies.curves(
            [latencies.Curve("a", LOOK, (0.0, 0.5, 0.99), (low_s, low_s, high_s))], span
        )
        for end_s in (0.3, 1.0, 1.05, 1.57, 9.9, 60.0, 999.0, 86_400.0):
            parts = [Part(0.0, 9, low_s, high_s), Part(end_s / 2, 9, low_s, high_s)]
            yield latencies.over_time(parts, span, LOOK)


@pytest.mark.slow
def test_labels_of_axes_of_awkward_values_stand_apart(
    browser: Browser, files: dict[str, Path], tmp_path: Path
) -> None:
    style = files["whole"].read_text().partition("<style>")[2].partition("</style>")[0]
    specs = [*_rates(), *_ratios(), *_latencies()]
    drawn = "".join(draw(spec, f"{number}") for number, spec in enumerate(specs))
    file = tmp_path / "charts.html"
    file.write_text(f"<!doctype html><style>{style}</style>{drawn}")

    charts = views.charts(views.opened(browser, file).page)

    assert len(charts) == 36 + 12 + 45
    assert views.crowded(charts) == []
    counts = [len(views.ticks_of([it["text"] for it in chart["texts"]])) for chart in charts]
    assert min(counts[:36]) >= 2
    assert min(counts[36:48]) == 1  # from 0.9 to 1.1 there is but one round number
    assert min(counts[48:]) >= 4
