"""The page to readers who do not look at it, or have no mouse: axe-core, and the keyboard."""

from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.support import views

pytestmark = pytest.mark.usefixtures("closed_pages")

BAD = ("serious", "critical")

# What is made like the first two of its kind; most of axe's time would go to it.
ALIKE = ["table.data tbody tr:nth-child(n+3)", ".small figure:nth-child(n+3)"]

# What has the focus: by its number among what a keyboard is to reach.
FOCUSED = "[...document.querySelectorAll('summary, a[href]')].indexOf(document.activeElement)"


def _violations(page: Page, *rules: str) -> dict[str, list[str]]:
    """What axe finds that is serious or critical: where, by rule. Without `rules`: of all."""
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": list(rules)}
    response = Axe().run(page, context={"exclude": ALIKE}, options=options).response
    return {
        found["id"]: [" ".join(node["target"]) for node in found["nodes"]]
        for found in response["violations"]
        if found["impact"] in BAD
    }


def test_axe_finds_what_is_wrong_with_a_page(browser: Browser, files: dict[str, Path]) -> None:
    page = views.opened(browser, files["doubtful"]).page
    page.evaluate(
        """() => {
          document.querySelector('main').insertAdjacentHTML('beforeend',
            '<img id="wrong" src="data:,"><p id="faint">faint</p><button id="mute"></button>');
          document.getElementById('faint').style.color = '#eee';
        }"""
    )

    found = _violations(page, "image-alt", "color-contrast", "button-name")

    assert found == {
        "image-alt": ["#wrong"],
        "color-contrast": ["#faint"],
        "button-name": ["#mute"],
    }


@pytest.mark.quick("1280-dark-whole")
@pytest.mark.parametrize("run", list(views.RUNS))
@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (views.WIDE, "dark"),
        (views.NARROW, "light"),
        pytest.param(views.WIDE, "light", marks=pytest.mark.slow),
        pytest.param(views.NARROW, "dark", marks=pytest.mark.slow),
    ],
)
def test_axe_finds_nothing_serious(
    browser: Browser,
    files: dict[str, Path],
    run: str,
    width: int,
    scheme: Literal["light", "dark"],
) -> None:
    page = views.opened(browser, files[run], width=width, scheme=scheme).page
    views.unfold(page)

    assert _violations(page) == {}


def test_headings_skip_no_level(browser: Browser, files: dict[str, Path]) -> None:
    """Axe calls it moderate; a reader who goes from heading to heading asks where the rest is."""
    page = views.opened(browser, files["whole"]).page

    levels = page.locator("h1, h2, h3, h4").evaluate_all(
        "all => all.map(it => Number(it.tagName[1]))"
    )

    assert levels[0] == 1
    assert levels.count(1) == 1
    skipped = [(before, after) for before, after in pairwise(levels) if after > before + 1]
    assert skipped == []


def test_landmarks_of_a_kind_have_different_names(browser: Browser, files: dict[str, Path]) -> None:
    """A list of landmarks in which two are called the same does not lead to either."""
    page = views.opened(browser, files["doubtful"]).page
    views.unfold(page)

    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")
    landmarks = [
        (node["role"]["value"], node["name"]["value"])
        for node in tree["nodes"]
        if not node["ignored"] and node["role"]["value"] in ("region", "navigation", "main")
    ]

    assert len(landmarks) > 10
    assert sorted(landmarks) == sorted(set(landmarks))


@pytest.mark.quick("whole")
@pytest.mark.parametrize("run", list(views.RUNS))
def test_tab_reaches_every_link_and_everything_that_unfolds_in_order(
    browser: Browser, files: dict[str, Path], run: str
) -> None:
    page = views.opened(browser, files[run]).page
    views.unfold(page)
    count = page.locator("summary, a[href]").count()
    assert count > 20

    reached: list[int] = []
    for _ in range(2 * count):
        page.keyboard.press("Tab")
        number = page.evaluate(FOCUSED)
        if number >= 0:  # else a region that scrolls
            reached.append(number)
        if number == count - 1:
            break

    assert reached == list(range(count))


@pytest.mark.quick("Enter")
@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_key_unfolds_and_folds_again(browser: Browser, files: dict[str, Path], key: str) -> None:
    page = views.opened(browser, files["doubtful"]).page
    details = page.locator("details")
    for number in range(details.count()):
        it = details.nth(number)
        it.locator("> summary").focus()
        states = [it.evaluate("it => it.open")]
        for _ in range(2):
            page.keyboard.press(key)
            states.append(it.evaluate("it => it.open"))
        assert states == [False, True, False]


def test_what_has_the_focus_is_outlined(browser: Browser, files: dict[str, Path]) -> None:
    page = views.opened(browser, files["doubtful"]).page

    outlines = []
    for _ in range(12):
        page.keyboard.press("Tab")
        outlines.append(
            page.evaluate(
                "(style => [style.outlineStyle, parseFloat(style.outlineWidth)])"
                "(getComputedStyle(document.activeElement))"
            )
        )

    assert outlines == [["solid", 2]] * 12


@pytest.mark.parametrize("run", list(views.RUNS))
def test_what_unfolds_says_what_it_holds(
    browser: Browser, files: dict[str, Path], run: str
) -> None:
    """To a screen reader that lists them, "As a table" alone would be no name."""
    page = views.opened(browser, files[run]).page

    names = page.locator("summary").all_text_contents()

    assert all(name.strip() for name in names)
    assert sorted(names) == sorted(set(names))
