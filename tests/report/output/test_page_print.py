"""The page on paper: what is folded on a screen and has to be read is there."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.support import views
from tests.support.example import EXAMPLE, TREE

pytestmark = pytest.mark.usefixtures("closed_pages")

# Of each finding: what of it a reader sees.
FINDINGS = """() => {
  const parts = [...document.querySelectorAll('[aria-labelledby=findings] section')];
  return parts.map((it) => {
    const seen = (which) => [...it.querySelectorAll(which)]
      .filter((part) => part.checkVisibility() && part.offsetHeight > 0).length;
    return {
      code: it.getAttribute('aria-labelledby'), text: it.innerText, folded: seen('details'),
      general: seen('section > p'), notes: seen('li'), all: it.querySelectorAll('li').length,
    };
  });
}"""


def _printed(browser: Browser, file: Path) -> Page:
    page = views.opened(browser, file, width=720).page
    page.emulate_media(media="print")
    return page


def _sheets(page: Page) -> int:
    return page.pdf(format="A4").count(b"/Type /Page\n")


@pytest.mark.parametrize(
    "kept", [EXAMPLE, pytest.param(TREE, marks=pytest.mark.slow)], ids=["example", "tree"]
)
def test_every_finding_is_printed_with_where_it_was_found_and_all_notes(
    browser: Browser, kept: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    page = _printed(browser, views.kept(tmp_path_factory, kept))

    found = page.evaluate(FINDINGS)

    assert len(found) > 3
    assert [it["code"] for it in found if not it["general"]] == []
    assert [it["code"] for it in found if it["notes"] != it["all"]] == []
    folded = [it for it in found if it["folded"]]
    assert len(folded) > 1
    for it in folded:
        (where,) = page.locator(f"[aria-labelledby={it['code']}] summary").all_inner_texts()
        assert where
        assert where in it["text"]
    assert views.overflow(page) == 0


@pytest.mark.slow
def test_folded_findings_are_on_the_sheets_themselves(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Without their notes, thirty times over, there are fewer sheets."""
    page = _printed(browser, views.kept(tmp_path_factory, EXAMPLE))
    notes = page.locator("details.found ul")
    notes.evaluate_all("all => all.forEach(it => { it.innerHTML = it.innerHTML.repeat(30); })")

    with_notes = _sheets(page)
    notes.evaluate_all("all => all.forEach(it => it.remove())")

    assert with_notes > _sheets(page)


def test_what_else_is_folded_is_not_printed(browser: Browser, files: dict[str, Path]) -> None:
    page = _printed(browser, files["doubtful"])

    others = page.locator("details:not(.found)").evaluate_all(
        "all => all.map(it => it.checkVisibility())"
    )

    assert len(others) > 5
    assert set(others) == {False}


def test_what_is_folded_stays_so_on_a_screen(browser: Browser, files: dict[str, Path]) -> None:
    page = views.opened(browser, files["doubtful"]).page

    notes = page.locator("details.found li").evaluate_all(
        "all => all.map(it => it.checkVisibility({contentVisibilityAuto: true}))"
    )

    assert notes
    assert set(notes) == {False}
