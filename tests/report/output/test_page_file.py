"""The page as a file: its order, what it refuses to run, how soon it is there, how it prints."""

import re
import zlib
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support import views
from tests.support.browser import Seen

pytestmark = pytest.mark.usefixtures("closed_pages")

POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">\n')
LOADED_MS = "performance.getEntriesByType('navigation')[0].loadEventEnd"

# What somebody might put into a page, each of which would show in its title.
INJECTED = (
    "<script>document.title = 'ran'</script>",
    "<img src='data:,' onerror=\"document.title = 'ran'\">",
    "<svg onload=\"document.title = 'ran'\"></svg>",
    "<iframe srcdoc=\"<script>parent.document.title = 'ran'</script>\"></iframe>",
    "<script src=\"data:text/javascript,document.title='ran'\"></script>",
)

# A4 at 96 dots per inch: the sheet, and what Chromium's own margins leave of it.
SHEETS = [(794, 1123), (718, 1046)]


@pytest.mark.parametrize("run", list(views.RUNS))
def test_the_answer_comes_first_and_raw_data_last(
    browser: Browser, files: dict[str, Path], run: str
) -> None:
    page = views.opened(browser, files[run]).page

    sections = page.locator("main > section").evaluate_all(
        "all => all.map(it => [it.offsetTop, "
        "it.getAttribute('aria-label') || it.getAttribute('aria-labelledby')])"
    )

    assert [name for _, name in sections] == [
        "Verdict",
        "table",
        "ratios",
        "rps",
        "changes",
        "latency",
        "findings",
        "method",
        "environment",
        "data",
    ]
    assert [top for top, _ in sections] == sorted(top for top, _ in sections)
    links = page.locator("nav a").evaluate_all("all => all.map(it => it.hash.slice(1))")
    assert links == [name for _, name in sections[1:]]


def test_its_policy_allows_its_own_style_and_nothing_else(files: dict[str, Path]) -> None:
    (policy,) = POLICY.findall(files["whole"].read_text())
    directives = dict(it.strip().split(" ", 1) for it in policy.split(";"))

    assert re.fullmatch("'sha256-[A-Za-z0-9+/]{43}='", directives.pop("style-src"))
    assert directives == {
        "default-src": "'none'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    "injected",
    [INJECTED[0], *(pytest.param(each, marks=pytest.mark.slow) for each in INJECTED[1:])],
)
def test_what_is_put_into_the_file_does_not_run(
    browser: Browser, files: dict[str, Path], tmp_path: Path, injected: str
) -> None:
    """Without the policy it would."""
    text = files["doubtful"].read_text()
    titles = {}
    for name, page_text in (("with", text), ("without", POLICY.sub("", text))):
        file = tmp_path / f"{name}.html"
        file.write_text(page_text.replace("</main>", f"{injected}</main>"))
        page = views.opened(browser, file).page
        titles[name] = page.title()

    assert titles["without"] == "ran"
    assert titles["with"].startswith("Viewlab: quick leads")


def test_a_style_that_is_put_into_the_file_changes_nothing(
    browser: Browser, files: dict[str, Path], tmp_path: Path
) -> None:
    file = tmp_path / "index.html"
    file.write_text(
        files["doubtful"]
        .read_text()
        .replace("</main>", "<style>h1 { display: none }</style></main>")
        .replace("<h1>", '<h1 style="color: red">')
    )

    page = views.opened(browser, file).page

    assert page.locator("h1").is_visible()
    assert page.locator("h1").evaluate("it => getComputedStyle(it).color") == "rgb(28, 36, 48)"


@pytest.mark.quick("whole")
@pytest.mark.parametrize("run", list(views.RUNS))
def test_it_loads_nothing_says_nothing_and_is_there_at_once(
    browser: Browser, files: dict[str, Path], run: str
) -> None:
    took_ms = []
    for _ in range(3):
        view = views.opened(browser, files[run])
        took_ms.append(view.page.evaluate(LOADED_MS))
    view.page.wait_for_load_state("networkidle")

    assert view.seen == Seen(console=[], requests=[files[run].as_uri()])
    assert 0 < min(took_ms) < 1000  # a busy machine is no defect


def _inks(pdf: bytes) -> set[tuple[float, ...]]:
    """The colours that a PDF fills with, to two digits: those of its text among them."""
    contents = []
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        try:
            contents.append(zlib.decompress(stream))
        except zlib.error:
            continue
    return {
        tuple(round(float(each), 2) for each in match.split())
        for content in contents
        for match in re.findall(rb"((?:[\d.]+ ){3})rg\n", content)
    }


@pytest.mark.quick("whole")
@pytest.mark.parametrize("run", list(views.RUNS))
def test_a_dark_screen_prints_as_a_light_one_does(
    browser: Browser, files: dict[str, Path], run: str
) -> None:
    """Backgrounds are not printed: light text would be on white paper."""
    light = _inks(views.opened(browser, files[run]).page.pdf(format="A4"))
    dark = _inks(views.opened(browser, files[run], scheme="dark").page.pdf(format="A4"))

    assert (0.11, 0.14, 0.19) in light  # #1c2430, the ink of the light scheme
    assert (0.91, 0.93, 0.95) not in light  # #e8ecf2, that of the dark one
    assert dark == light


def test_in_print_the_dark_scheme_has_dark_text_on_white(
    browser: Browser, files: dict[str, Path]
) -> None:
    page = views.opened(browser, files["doubtful"], scheme="dark").page

    page.emulate_media(media="print")

    colours = page.evaluate(
        """() => {
          const body = getComputedStyle(document.body);
          const text = getComputedStyle(document.querySelector('svg[role=img] text[fill*=ink]'));
          return [body.color, body.backgroundColor, text.fill];
        }"""
    )
    assert colours == ["rgb(28, 36, 48)", "rgb(255, 255, 255)", "rgb(28, 36, 48)"]


@pytest.mark.parametrize("sheet", SHEETS)
@pytest.mark.parametrize("run", list(views.RUNS))
def test_charts_are_printed_whole_and_within_the_sheet(
    browser: Browser, files: dict[str, Path], run: str, sheet: tuple[int, int]
) -> None:
    page = views.opened(browser, files[run]).page
    page.set_viewport_size({"width": sheet[0], "height": sheet[1]})
    page.emulate_media(media="print")

    charts = views.charts(page)

    assert views.overflow(page) == 0
    assert len(charts) == {"whole": 18, "doubtful": 9}[run]
    assert all(chart["height"] > 50 and chart["texts"] for chart in charts)
    assert views.unreadable(charts, window=sheet[0]) == []
    hidden = page.locator("main > section").evaluate_all(
        "all => all.filter(it => !it.checkVisibility()).map(it => it.innerHTML)"
    )
    assert hidden == []
    assert page.locator("nav").is_visible() is False  # its links lead nowhere on paper
