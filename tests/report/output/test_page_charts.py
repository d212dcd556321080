"""The page's charts as a reader finds them: named, captioned, told as a table, and legible."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support import views

pytestmark = pytest.mark.usefixtures("closed_pages")

# Of each chart: what a screen reader says, the caption over it, how many tables tell its data
# (folded, in its figure or else in its section), and the number of their rows.
TOLD = """() => [...document.querySelectorAll('svg[role=img]')].map((svg) => {
  const figure = svg.closest('figure');
  const within = (part) => part ? [...part.querySelectorAll('details table')] : [];
  const own = within(figure);
  const tables = own.length ? own : within(svg.closest('section'));
  return {
    label: svg.getAttribute('aria-label'),
    caption: figure ? figure.querySelector('figcaption')?.innerText : null,
    tables: tables.length,
    rows: tables[0] ? tables[0].querySelectorAll('tbody tr').length : 0,
  };
})"""

UNREADABLE = """<!doctype html><svg role="img" aria-label="it" width="400" height="40"
viewBox="0 0 800 80"><text x="0" y="30" font-size="20">small</text>
<text x="770" y="30" font-size="24">cut off</text>
<text x="200" y="30" font-size="24">one</text><text x="210" y="34" font-size="24">other</text>
<text x="400" y="30" font-size="24">good</text></svg>"""


def test_what_is_wrong_with_a_chart_is_noticed(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "chart.html"
    file.write_text(UNREADABLE)

    found = views.unreadable(views.charts(views.opened(browser, file, width=360).page), window=360)

    assert found == [
        "it: 400 px wide",
        "it: 'small' of 10.0 px",
        "it: 'cut off' is cut off",
        "it: 'other' is over 'one'",
    ]


@pytest.mark.parametrize("run", list(views.RUNS))
def test_every_chart_has_a_name_a_caption_and_its_data_as_a_table(
    browser: Browser, files: dict[str, Path], run: str
) -> None:
    page = views.opened(browser, files[run]).page

    told = page.evaluate(TOLD)

    # Each level has three, and each of its targets one.
    assert len(told) == {"whole": 3 * 3 + 9, "doubtful": 3 + 6}[run]
    assert all(chart["label"].strip() and chart["caption"].strip() for chart in told)
    assert all(chart["tables"] == 1 and chart["rows"] > 1 for chart in told)
    labels = [chart["label"] for chart in told]
    assert sorted(labels) == sorted(set(labels))


def test_a_chart_is_one_image_to_a_screen_reader(browser: Browser, files: dict[str, Path]) -> None:
    """Its name says what it shows; the parts it is drawn of are nobody's to read."""
    page = views.opened(browser, files["doubtful"]).page

    named = page.locator("svg[role=img] [role], svg[role=img] [aria-roledescription]").count()
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")
    images = [
        node["name"]["value"]
        for node in tree["nodes"]
        if not node["ignored"] and node["role"]["value"] == "image"
    ]

    assert named == 0
    assert len(images) == 9
    assert images[0].startswith(
        "RPS over that of sync_requests at 150/30, with 95 % intervals: quick 2.00"
    )
    assert images[1].startswith(
        "Requests per second at 150/30, with 95 % intervals; the level allows 300: quick 100"
    )
    for name in ("quick", "slow", "alike", "open", "stalls"):
        assert all(f" {name} " in image for image in images[:3])


@pytest.mark.parametrize("width", [views.WIDE, 768, views.NARROW])
@pytest.mark.parametrize("run", list(views.RUNS))
def test_every_text_of_a_chart_is_legible(
    browser: Browser, files: dict[str, Path], run: str, width: int
) -> None:
    page = views.opened(browser, files[run], width=width).page

    charts = views.charts(page)

    assert sum(len(chart["texts"]) for chart in charts) > 60
    assert views.unreadable(charts, window=width) == []


@pytest.mark.slow
def test_charts_are_drawn_in_the_colours_of_the_scheme(
    browser: Browser, files: dict[str, Path]
) -> None:
    """The name of a row in the colour of text, and nothing in the colour of no variable."""
    inks = {}
    for scheme in ("light", "dark"):
        page = views.opened(
            browser, files["doubtful"], scheme="dark" if scheme == "dark" else "light"
        ).page
        name = page.locator("svg[role=img] text", has_text="quick").first
        inks[scheme] = name.evaluate("it => getComputedStyle(it).fill")

    assert inks == {"light": "rgb(28, 36, 48)", "dark": "rgb(232, 236, 242)"}
    page = views.opened(browser, files["doubtful"]).page
    painted = page.locator("svg[role=img] [fill], svg[role=img] [stroke]").evaluate_all(
        "all => all.flatMap(it => [it.getAttribute('fill'), it.getAttribute('stroke')])"
    )
    others = {each for each in painted if each and not each.startswith("var(--")}
    assert others <= {"none", "transparent"}


def test_a_target_has_the_same_mark_wherever_it_is_named(
    browser: Browser, files: dict[str, Path]
) -> None:
    page = views.opened(browser, files["whole"]).page
    views.unfold(page)

    marks = page.locator("svg.mark").evaluate_all(
        """all => all.map(mark => [
          mark.nextElementSibling.textContent,
          getComputedStyle(mark).color + mark.querySelector('path').getAttribute('d')])"""
    )

    assert len(marks) > 9 + 3 * 3
    assert len({name for name, _ in marks}) == 3
    assert len({look for _, look in marks}) == 3
    assert len({(name, look) for name, look in marks}) == 3


def test_one_that_is_not_ranked_or_not_decided_is_hollow(
    browser: Browser, files: dict[str, Path]
) -> None:
    page = views.opened(browser, files["doubtful"]).page

    fills = {
        part: page.locator(f"[aria-labelledby={part}] svg[role=img] path[stroke]").evaluate_all(
            "all => all.map(it => [it.getAttribute('stroke'), it.getAttribute('fill')])"
        )
        for part in ("ratios", "rps")
    }

    # t1 quick, t2 slow, t3 alike, t4 open, t5 stalls; t0 the baseline.
    assert fills["ratios"] == [
        ["var(--t1)", "var(--t1)"],
        ["var(--t4)", "var(--paper)"],
        ["var(--t3)", "var(--t3)"],
        ["var(--t2)", "var(--t2)"],
    ]
    assert fills["rps"] == [
        ["var(--t1)", "var(--t1)"],
        ["var(--t4)", "var(--t4)"],
        ["var(--t0)", "var(--t0)"],
        ["var(--t3)", "var(--t3)"],
        ["var(--t2)", "var(--t2)"],
        ["var(--t5)", "var(--paper)"],
    ]
