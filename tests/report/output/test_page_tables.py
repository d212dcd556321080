"""Tables of the page, folded ones too: a figure is on one line, and nothing sticks out."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.support import views
from tests.support.example import EXAMPLE, TREE

pytestmark = pytest.mark.usefixtures("closed_pages")

# Of each table: the texts with a digit that take more than one line or reach into what is
# beside them, how many there are, and whether its region scrolls. Sentences may take lines.
TABLES = """() => [...document.querySelectorAll('table')].map((table) => {
  const found = {texts: 0, broken: [], over: []};
  for (const cell of table.querySelectorAll('td, tbody th:not(.name)')) {
    const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode;
      if (!/\\d/.test(text.data) || text.parentElement.closest('.wrap')) continue;
      const range = document.createRange();
      range.selectNodeContents(text);
      const boxes = [...range.getClientRects()].filter((box) => box.width > 0);
      found.texts += 1;
      if (new Set(boxes.map((box) => Math.round(box.top))).size !== 1) found.broken.push(text.data);
      // A box that is a pixel wide is for screen readers alone.
      const room = cell.getBoundingClientRect();
      if (room.width > 1 && Math.max(...boxes.map((box) => box.right)) > room.right + 4) {
        found.over.push(text.data);
      }
    }
  }
  const region = table.parentElement;
  return {
    ...found,
    label: region.matches('.scroll[role=region][tabindex="0"]')
      ? region.getAttribute('aria-label') : null,
    scrolls: region.scrollWidth > region.clientWidth,
  };
})"""


@pytest.fixture(
    params=[EXAMPLE, pytest.param(TREE, marks=pytest.mark.slow)], ids=["example", "tree"]
)
def file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return views.kept(tmp_path_factory, request.param)


def _tables(page: Page) -> list[dict[str, Any]]:
    return list(page.evaluate(TABLES))


@pytest.mark.quick("example-1280", "example-360")
@pytest.mark.parametrize("width", [views.WIDE, 768, views.NARROW, 320])
def test_no_figure_of_an_open_table_is_broken_and_nothing_sticks_out(
    browser: Browser, file: Path, width: int
) -> None:
    page = views.opened(browser, file, width=width).page
    views.unfold(page)

    tables = _tables(page)

    assert sum(table["texts"] for table in tables) > 1000
    assert [text for table in tables for text in table["broken"]] == []
    assert [text for table in tables for text in table["over"]] == []
    assert views.overflow(page) == 0


@pytest.mark.quick("example-360")
@pytest.mark.parametrize("width", [views.WIDE, views.NARROW])
def test_open_tables_of_the_kept_runs_need_no_scrolling(
    browser: Browser, file: Path, width: int
) -> None:
    page = views.opened(browser, file, width=width).page
    views.unfold(page)

    assert [table["label"] for table in _tables(page) if table["scrolls"]] == []


def test_a_table_that_is_too_wide_scrolls_in_a_region_that_a_keyboard_reaches(
    browser: Browser, file: Path
) -> None:
    """Without `:has()`, as in older browsers, an open table has the width of its chart."""
    page = views.opened(browser, file).page
    views.unfold(page)
    page.evaluate(
        """() => {
          const [sheet] = document.styleSheets;
          [...sheet.cssRules].flatMap((rule) => [rule, ...(rule.cssRules || [])])
            .filter((rule) => rule.selectorText?.includes(':has('))
            .forEach((rule) => { rule.style.gridColumn = 'auto'; });
        }"""
    )

    tables = _tables(page)

    labels = [table["label"] for table in tables]
    assert None not in labels
    assert sorted(labels) == sorted(set(labels))
    assert [table for table in tables if table["scrolls"]]
    assert [text for table in tables for text in table["broken"]] == []
    assert views.overflow(page) == 0


@pytest.mark.slow
def test_only_what_is_open_takes_more_room_than_its_chart(browser: Browser, file: Path) -> None:
    """The figure that is opened has its row; the others stay side by side."""
    page = views.opened(browser, file).page
    figures = page.locator("section[aria-labelledby=rps] .panels figure")
    before = figures.evaluate_all("all => all.map(it => it.offsetWidth)")
    figures.nth(0).locator("details").evaluate("it => { it.open = true; }")

    after = figures.evaluate_all("all => all.map(it => it.offsetWidth)")

    assert max(before) < 400
    assert after == [1088, *before[1:]]


@pytest.mark.slow
def test_a_name_that_is_too_long_for_its_line_goes_on_after_an_underscore(
    browser: Browser, file: Path
) -> None:
    """The mark stays beside the name, and no word of it is broken."""
    page = views.opened(browser, file, width=views.NARROW).page
    views.unfold(page)

    broken = page.locator(".name > bdi, figcaption > bdi").evaluate_all(
        """all => all.flatMap((name) => [...name.childNodes].filter((part) => {
          const range = document.createRange();
          range.selectNodeContents(part);
          return part.nodeType === 3 && range.getClientRects().length > 1;
        }).map((part) => part.data))"""
    )

    assert set(broken) <= {"nginx, for reference"}
