"""Runs that went wrong, and texts that nobody should write: there is a page, and nothing runs."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from lab.files.sample import Cpu, Machine, Sample
from tests.support import runs, views
from tests.support.browser import Seen

Run = tuple[dict[str, Any], list[Sample]]
Show = Callable[[str], views.View]

LEVELS = ("150/30", "300/50", "1000/100")

# Each would show itself: as a message, a dialog, a request, an element, or by what it hides.
HOSTILE = (
    "</script><script>console.log('ran')</script>",
    "</style><style>*{display:none}</style>",
    "</title></svg></text><svg onload=\"console.log('ran')\">",
    "' onfocus='alert(1)' autofocus='\" onmouseover=\"alert(1)",
    "<img src='https://example.org/x.png' onerror='alert(1)'>",
    "<!-- ]]> <![CDATA[ &amp;&lt;&#x3c;script&#x3e;",
    "{{ 7 * 7 }} {% include 'x' %} \\u003cscript\\u003e \\N{BULLET} %s {0}",
    "url(https://example.org) var(--ink) javascript:alert(1)",
    "Donaudampfschifffahrt" * 40,
    "\u202e\u2066evil \u05e9\u05dc\u05d5\u05dd \u0627\u0644\u0639\u0631\u0628\u064a\u0629",
    "\x00\x01\x08\x0b\x1b[31mred\x1b[0m\u2028\ufffe\uffff",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f3f4 e\u0301\u0327\u0308",
    " ",
)


def _described(names: tuple[str, ...], **values: Any) -> dict[str, dict[str, Any]]:
    return {name: {"title": name, "parent": None, "change": None, **values} for name in names}


def _hostile() -> Run:
    names = ("sync_requests", *HOSTILE)
    targets = {
        name: {
            "title": name,
            "parent": None if name == "sync_requests" else "sync_requests",
            "change": name,
            "serve": name,
            "versions": {name: name},
        }
        for name in names
    }
    values = runs.run(
        targets=targets,
        upstream=f"https://example.org/?{HOSTILE[0]}{HOSTILE[3]}{HOSTILE[8]}",
        errors=[(1, "sync_requests", f"It stopped:\n{text}\n{text}") for text in HOSTILE],
    )
    values["profile"]["name"] = HOSTILE[1]
    values["machine"] |= {
        "cpu": HOSTILE[4],
        "kernel": HOSTILE[8],
        "openssl": HOSTILE[9],
        "python": "\x7f\x85\ufeff",
    }
    # Nothing of a file's name may be a folder's: those are not measured, and in no chart.
    measured = [
        name for name in names if "/" not in name and len(name) < 100 and name.isprintable()
    ]
    samples = [each for name in measured for each in runs.rounds(name, 50, 60, 55)]
    return values, samples


def _nothing_measured() -> Run:
    return runs.run(levels=LEVELS, done=0), []


def _everything_failed() -> Run:
    errors = [(number, name, "It stopped.") for number in (1, 2, 3) for name in runs.TARGETS]
    return runs.run(levels=LEVELS, errors=errors), []


def _one_round() -> Run:
    values, samples = runs.whole_run()
    return (
        {**values, "rounds": {"asked": 1, "done": 1}, "complete": True},
        [each for each in samples if each.round == 1],
    )


def _interrupted() -> Run:
    values, samples = runs.whole_run()
    kept = [each for each in samples if each.round == 1 or each.target == "sync_requests"][:-3]
    return {**values, "rounds": {"asked": 3, "done": 1}, "complete": False}, kept


def _no_answers() -> Run:
    """At one level every request of one target was refused."""
    values, samples = runs.whole_run()
    return values, [
        runs.sample(each.target, each.round, each.wall_s, level="300/50", refused=300)
        if (each.target, str(each.level)) == ("sync_pooled", "300/50")
        else each
        for each in samples
    ]


def _no_answers_at_all() -> Run:
    samples = [
        runs.sample(name, number, 3.0, refused=150) for name in runs.TARGETS for number in (1, 2, 3)
    ]
    return runs.run(), samples


def _five_answers() -> Run:
    """Too few for any percentile."""
    samples = [
        runs.sample(name, number, 3.0, refused=149) for name in runs.TARGETS for number in (1, 2)
    ]
    return runs.run(asked=2, done=2), samples


def _nulls() -> Run:
    """Whatever may be missing is."""
    targets = {
        name: {**it, "slots": None, "tags": [], "versions": {}, "upstream_calls": 0}
        for name, it in runs.TARGETS.items()
    }
    values = runs.run(targets=targets, upstream="https://api.example/", finished=None)
    values["machine"] |= {"cpu": None}
    cpu = Cpu(server=0.0, workers=(), upstream=None, load=0.0)
    return values, [
        replace(each, upstream=None, cpu_s=cpu, server_rss_bytes=None, machine=Machine())
        for each in runs.SAMPLES
    ]


def _no_time() -> Run:
    """Answers that took next to none, all at once."""
    return runs.run(), [
        replace(each, latencies_s=(1e-9,) * each.sent, offsets_s=(0.0,) * each.sent)
        for each in runs.SAMPLES
    ]


def _baseline_alone() -> Run:
    return runs.run(targets=_described(("sync_requests",))), runs.rounds("sync_requests", 9, 9, 8)


def _far_apart() -> Run:
    """From one in 100 seconds to a million in one."""
    samples = [
        *runs.rounds("sync_requests", 0.01, 0.02, 0.01, fast_s=90.0, slow_s=95.0),
        *runs.rounds("async_httpx", 9e5, 1e6, 1.1e6, fast_s=1e-5, slow_s=2e-5),
        *runs.rounds("sync_pooled", 3.0, 300.0, 30000.0),
    ]
    return runs.run(), samples


ODD: dict[str, Callable[[], Run]] = {
    "hostile": _hostile,
    "nothing measured": _nothing_measured,
    "everything failed": _everything_failed,
    "one round": _one_round,
    "interrupted": _interrupted,
    "no answers": _no_answers,
    "no answers at all": _no_answers_at_all,
    "few answers": _five_answers,
    "nulls": _nulls,
    "no time": _no_time,
    "baseline alone": _baseline_alone,
    "far apart": _far_apart,
    "until": partial(runs.doubtful_run, until={"percent": 5.0, "max_rounds": 20, "reached": False}),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pages lie that more than one test shows."""
    return tmp_path_factory.mktemp("odd")


@pytest.fixture
def show(browser: Browser, folder: Path) -> Iterator[Show]:
    def show(name: str) -> views.View:
        file = folder / name / "index.html"
        if not file.exists():
            shutil.rmtree(file.parent, ignore_errors=True)
            runs.page_of(file.parent, *ODD[name]())
        return views.opened(browser, file)

    yield show
    for context in browser.contexts:
        context.close()


def _section(page: Page, name: str) -> str:
    return page.locator(f"section[aria-labelledby={name}]").inner_text()


@pytest.mark.quick("hostile", "everything failed")
@pytest.mark.parametrize("name", list(ODD))
def test_there_is_a_page_on_which_nothing_runs_sticks_out_or_leads_nowhere(
    show: Show, name: str
) -> None:
    view = show(name)
    page = view.page
    views.unfold(page)

    for width in (views.WIDE, views.NARROW):
        page.set_viewport_size({"width": width, "height": 800})
        assert views.overflow(page) == 0
        assert views.unreadable(views.charts(page), window=width) == []
    assert view.seen == Seen(console=[], requests=[page.url])
    assert views.leads_nowhere(page) == []
    assert len(set(views.names(page))) == len(views.names(page))
    text = page.locator("body").inner_text()
    assert [
        word
        for word in ("None", "NaN", "nan", "inf", "Infinity", "undefined")
        if word in text.split()
    ] == []


def test_hostile_text_is_shown_as_it_is(show: Show) -> None:
    page = show("hostile").page
    views.unfold(page)

    assert page.locator("script, img, iframe, [onload], [onfocus], [onmouseover]").count() == 0
    assert page.locator("style").count() == 1
    assert page.locator("h1").is_visible()
    wanted = [text.replace("\0", "") for text in HOSTILE]  # which no text of HTML can hold
    tree = page.locator(".tree > li > strong").all_text_contents()
    assert tree == ["sync_requests", *wanted]
    described = page.locator("section[aria-labelledby=method] dl dt").all_text_contents()
    assert described == ["sync_requests", *wanted]
    logs = page.locator("section[aria-labelledby=findings] pre").all_text_contents()
    assert logs == [f"Round 1: It stopped:\n{text}\n{text}" for text in wanted]


def test_a_long_name_is_cut_short_in_charts_and_whole_in_tables(
    browser: Browser, tmp_path: Path
) -> None:
    name = "async_aiohttp_on_uvicorn_with_a_session_of_its_own_and_more"
    targets = _described(("sync_requests", name))
    samples = [
        each for target in targets for each in runs.rounds(target, 50, 51, 49, level="150/30")
    ]
    page = views.opened(
        browser, runs.page_of(tmp_path / "run", runs.run(targets=targets), samples), width=360
    ).page
    views.unfold(page)

    drawn = page.locator("section[aria-labelledby=rps] svg text[fill*=ink]").all_text_contents()
    (short,) = {text for text in drawn if "\N{HORIZONTAL ELLIPSIS}" in text}

    start, end = short.split("\N{HORIZONTAL ELLIPSIS}")
    assert name.startswith(start)
    assert name.endswith(end)
    assert 12 < len(short) < 30
    rows = page.locator("section[aria-labelledby=rps] figure tbody th").all_inner_texts()
    assert sorted(rows) == sorted(targets)
    assert views.overflow(page) == 0
    assert views.unreadable(views.charts(page), window=360) == []
    page.context.close()


@pytest.mark.parametrize("name", ["nothing measured", "everything failed", "no answers at all"])
def test_without_a_figure_there_is_no_chart_of_latency_and_no_winner(show: Show, name: str) -> None:
    page = show(name).page

    assert page.locator("h1").inner_text() == "No target has a valid measurement"
    assert set(page.locator(".lead").all_inner_texts()) == {"No valid measurement"}
    assert page.locator("section[aria-labelledby=latency] svg[role=img]").count() == 0
    assert _section(page, "latency").strip().endswith("No request was answered.")
    figures = page.locator("section[aria-labelledby=rps] svg[role=img] path[stroke^='var(--t']")
    assert figures.count() == 0


def test_one_round_has_dots_and_no_intervals(show: Show) -> None:
    page = show("one round").page

    dots = page.locator("section[aria-labelledby=rps] svg[role=img] path[stroke^='var(--t']")
    intervals = page.locator("svg[role=img] line[stroke^='var(--t']")

    assert dots.count() == 9
    assert intervals.count() == 0
    assert page.locator(".chips li").all_inner_texts() == [
        "150/30 2.00\N{MULTIPLICATION SIGN}",
        "300/50 2.33\N{MULTIPLICATION SIGN}",
        "1000/100 2.33\N{MULTIPLICATION SIGN}",
    ]


def test_a_cell_without_an_answer_has_no_curve_and_is_not_ranked(show: Show) -> None:
    page = show("no answers").page
    views.unfold(page)

    row = page.locator(
        "section[aria-labelledby=table] tbody tr", has_text="not ranked"
    ).all_inner_texts()
    assert len(row) == 1
    assert row[0].split()[:2] == ["300/50", "sync_pooled"]
    curves = page.locator("section[aria-labelledby=latency] .panels svg[role=img]").evaluate_all(
        "all => all.map(it => it.querySelectorAll('path[stroke^=\"var(--t\"]').length)"
    )
    assert curves == [3, 2, 3]
    assert page.locator("section[aria-labelledby=latency] .small figure").count() == 8


def test_what_is_not_known_is_a_dash_and_no_number(show: Show) -> None:
    page = show("nulls").page
    views.unfold(page)

    cpu = page.locator("[aria-labelledby=table] td[data-label='CPU ms']").all_inner_texts()
    limits = page.locator("section[aria-labelledby=rps] table tbody td:nth-child(n+5)")

    assert {text.split()[-1] for text in cpu} <= {"-", "0.0"}
    assert limits.all_inner_texts() == ["-"] * 9
    assert "the level allows" not in page.locator("section[aria-labelledby=rps]").inner_html()
    assert page.locator("section[aria-labelledby=rps] svg line[stroke-dasharray]").count() == 0
    assert "possible" not in page.locator("section[aria-labelledby=rps] figcaption").inner_text()
    assert "x86_64, 2 cores" in _section(page, "environment")
