"""The page of fifty targets at three levels: all of it is there, soon, and nothing sticks out."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from report.output import page
from report.samples.read import read_measured, read_run
from report.summary.build import summarize
from tests.support import views
from tests.support.browser import Seen
from tests.whole.test_report_size import write_run

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("closed_pages")]

LOADED_MS = "performance.getEntriesByType('navigation')[0].loadEventEnd"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_run(tmp_path_factory.mktemp("large"), targets=50, rounds=2)
    run = read_run(folder)
    measured = list(read_measured(folder, run))
    whole = folder / "index.html"
    whole.write_text(page.render(run, summarize(run, measured), measured), encoding="utf-8")
    return whole


def test_it_has_loaded_in_a_second(browser: Browser, file: Path) -> None:
    took_ms = []
    for _ in range(3):
        view = views.opened(browser, file)
        took_ms.append(view.page.evaluate(LOADED_MS))
        view.page.context.close()
        assert view.seen == Seen(console=[], requests=[file.as_uri()])

    assert 0 < min(took_ms) < 1000  # a busy machine is no defect


@pytest.mark.parametrize("width", [views.WIDE, views.NARROW])
def test_nothing_of_it_sticks_out(browser: Browser, file: Path, width: int) -> None:
    view = views.opened(browser, file, width=width).page
    views.unfold(view)

    assert views.overflow(view) == 0
    charts = views.charts(view)
    assert len(charts) == 3 * 3 + 150
    assert views.unreadable(charts, window=width) == []


def test_every_target_is_at_every_level(browser: Browser, file: Path) -> None:
    view = views.opened(browser, file).page

    rows = view.locator("section[aria-labelledby=table] tbody tr").evaluate_all(
        "all => all.map(row => row.querySelector('td').innerText + ' ' + "
        "row.querySelector('bdi').innerText)"
    )

    names = ["sync_requests", *(f"target_{number:02}" for number in range(1, 50))]
    levels = ("1000/25", "1000/50", "1000/100")
    assert sorted(rows) == sorted(f"{level} {name}" for level in levels for name in names)
    drawn = view.locator("section[aria-labelledby=rps] svg[role=img]").evaluate_all(
        """all => all.map(svg => [...svg.querySelectorAll('text[fill*=ink]')]
          .map(text => text.textContent).filter(text => /[a-z]/.test(text)).sort())"""
    )
    assert drawn == [sorted(names)] * 3
    assert view.locator(".tree > li").count() == 50


def test_percentiles_are_drawn_of_the_eight_that_served_most(browser: Browser, file: Path) -> None:
    """More could not be told apart; the table beside each panel has them all."""
    view = views.opened(browser, file).page
    section = view.locator("section[aria-labelledby=latency]")
    panels = section.locator(".panels figure")

    curves = panels.evaluate_all(
        "all => all.map(it => it.querySelectorAll('svg path[stroke^=\"var(--t\"]').length)"
    )
    rows = panels.evaluate_all("all => all.map(it => it.querySelectorAll('tbody tr').length)")

    assert curves == [8, 8, 8]
    assert rows == [50, 50, 50]
    assert "drawn for the 8 of each level that served most" in section.inner_text()


def test_which_curve_is_whose_can_be_told_by_colour_and_dashes(
    browser: Browser, file: Path
) -> None:
    view = views.opened(browser, file).page
    panels = view.locator("section[aria-labelledby=latency] .panels figure")

    looks = panels.evaluate_all(
        """all => all.map(it => [...it.querySelectorAll('svg path[stroke^="var(--t"]')]
          .map(path => path.getAttribute('stroke') + path.getAttribute('stroke-dasharray')))"""
    )
    keys = view.locator("section[aria-labelledby=latency] .key bdi").all_text_contents()
    names = panels.first.locator("tbody th").all_text_contents()

    assert [len(set(panel)) for panel in looks] == [8, 8, 8]
    assert set(names[:8]) <= set(keys)
