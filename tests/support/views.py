"""Pages opened in one Chromium, and what is asked of them in more than one test file."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from lab.files.sample import Sample
from report.output import page as report_page
from report.samples.read import read_measured, read_run
from report.summary.build import summarize
from tests.support import chromium, runs
from tests.support.browser import Seen

Run = tuple[dict[str, Any], list[Sample]]

WIDE, NARROW = 1280, 360

# One that is as it should be, and one with every verdict and doubt.
RUNS: Mapping[str, Callable[[], Run]] = {"whole": runs.whole_run, "doubtful": runs.doubtful_run}

# Of each chart: its width, and each text with its font's size and its distance from the edges
# of the chart, all as rendered, in CSS pixels.
_CHARTS = """() => [...document.querySelectorAll('svg[role=img]')].map((svg) => {
  const box = svg.getBoundingClientRect();
  const scale = box.width / svg.viewBox.baseVal.width;
  const texts = [...svg.querySelectorAll('text')].map((text) => {
    const its = text.getBoundingClientRect();
    return {
      text: text.textContent,
      size: parseFloat(getComputedStyle(text).fontSize) * scale,
      left: its.left - box.left, top: its.top - box.top,
      right: its.right - box.left, bottom: its.bottom - box.top,
    };
  });
  const label = svg.getAttribute('aria-label') || '';
  return {label, width: box.width, height: box.height, left: box.left, texts};
})"""


# What an axis may have as a label.
_TICK = re.compile(r"[\d.]+(e[-+]?\d+)?( s)?|P\d+")

_chromium = cache(chromium.find_chromium)


def launched() -> Iterator[Browser]:
    """A browser, for a fixture to yield from."""
    path = _chromium()
    if path is None:
        pytest.skip(f"no Chromium. To install one: {chromium.how_to_install()}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=chromium.arguments(), chromium_sandbox=False
        )
        yield browser
        browser.close()


def files(factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The pages of `RUNS`, written once for all tests that show them."""
    return _written(factory.getbasetemp() / "pages")


@cache
def _written(folder: Path) -> dict[str, Path]:
    return {name: runs.page_of(folder / name, *make()) for name, make in RUNS.items()}


def kept(factory: pytest.TempPathFactory, run: Path) -> Path:
    """The page of a run that is kept in docs, as this version writes it; once for all tests."""
    return _rewritten(factory.getbasetemp() / "kept", run)


@cache
def _rewritten(folder: Path, run: Path) -> Path:
    values = read_run(run)
    measured = list(read_measured(run, values))
    file = folder / f"{run.name}.html"
    folder.mkdir(exist_ok=True)
    text = report_page.render(values, summarize(values, measured), measured)
    file.write_text(text, encoding="utf-8")
    return file


@dataclass
class View:
    """A page that is open, and what it did besides showing itself."""

    page: Page
    seen: Seen = field(default_factory=Seen)


def opened(
    browser: Browser,
    file: Path,
    *,
    width: int = WIDE,
    scheme: Literal["light", "dark"] = "light",
) -> View:
    """The page in a file, once it has loaded."""
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    view = View(page)
    page.on("console", lambda message: view.seen.console.append(message.text))
    page.on("pageerror", lambda error: view.seen.console.append(str(error)))
    page.on("dialog", lambda dialog: view.seen.console.append(dialog.message))
    page.on("request", lambda request: view.seen.requests.append(request.url))
    page.goto(file.as_uri())
    return view


def unfold(page: Page) -> None:
    """Open everything that is folded."""
    page.locator("details").evaluate_all("all => all.forEach(it => { it.open = true; })")


def overflow(page: Page) -> int:
    """By how many pixels the document is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


def charts(page: Page) -> list[dict[str, Any]]:
    """What `_CHARTS` says of each chart."""
    return list(page.evaluate(_CHARTS))


def unreadable(found: Sequence[dict[str, Any]], *, window: int) -> list[str]:
    """What is wrong with charts: one too wide, text too small, cut off, or over other text."""
    said = []
    for chart in found:
        name = chart["label"][:60]
        if chart["left"] < 0 or chart["left"] + chart["width"] > window:
            said.append(f"{name}: {chart['width']:.0f} px wide")
        texts = chart["texts"]
        said += [
            f"{name}: {it['text']!r} of {it['size']:.1f} px" for it in texts if it["size"] < 11
        ]
        said += [f"{name}: {it['text']!r} is cut off" for it in texts if _cut_off(it, chart)]
        said += [
            f"{name}: {one['text']!r} is over {other['text']!r}"
            for number, one in enumerate(texts)
            for other in texts[:number]
            if _overlap(one, other)
        ]
    return said


def _cut_off(text: dict[str, Any], chart: dict[str, Any]) -> bool:
    return bool(
        min(text["left"], text["top"]) < -2
        or text["right"] > chart["width"] + 2
        or text["bottom"] > chart["height"] + 2
    )


def _overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether both are in one place; lines of text may touch, as their boxes do."""
    across = min(one["right"], other["right"]) - max(one["left"], other["left"])
    down = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
    return bool(across > 1 and down > 2)


def ticks_of(texts: Sequence[str]) -> list[str]:
    """Of the texts of a chart those that an axis may have."""
    return [text for text in texts if _TICK.fullmatch(text)]


def crowded(found: Sequence[dict[str, Any]]) -> list[str]:
    """Labels of axes that are less than 5 px from another one beside them, or touch one above."""
    said = []
    for chart in found:
        labels = [it for it in chart["texts"] if _TICK.fullmatch(it["text"])]
        for number, one in enumerate(labels):
            for other in labels[:number]:
                across = max(one["left"], other["left"]) - min(one["right"], other["right"])
                down = max(one["top"], other["top"]) - min(one["bottom"], other["bottom"])
                where = None
                if abs(one["top"] - other["top"]) < 3 and across < 5:
                    where = "beside"
                elif across < 0 and down < 0:
                    where = "below"
                if where:
                    name = chart["label"][:60]
                    said.append(f"{name}: {one['text']!r} is {where} {other['text']!r}")
    return said


def names(page: Page) -> list[str]:
    """The ids of a page."""
    return list(page.locator("[id]").evaluate_all("all => all.map(it => it.id)"))


def leads_nowhere(page: Page) -> list[str]:
    """The links within the page whose end is not there."""
    links = page.locator("a[href^='#']").evaluate_all(
        "all => all.map(it => decodeURIComponent(it.hash.slice(1)))"
    )
    return sorted(set(links) - set(names(page)))
