"""The page in a real browser, from a file as a reader opens it."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page

from lab.files.sample import Sample
from tests.support import runs
from tests.support.browser import CONTRASTS, SCROLLED, Opener, Seen

WIDE, NARROW = 1280, 360


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Opener]:
    yield Opener(browser, tmp_path)
    for context in browser.contexts:
        context.close()


def _overflow(view: Page) -> int:
    """By how many pixels the document is wider than the window."""
    return int(view.evaluate("document.documentElement.scrollWidth - innerWidth"))


def _open_all(view: Page) -> None:
    view.locator("details").evaluate_all("all => all.forEach(it => { it.open = true; })")


def _lines(view: Page, table: str) -> list[list[str]]:
    """The rows of a table's body, each cell's text with its lines joined by spaces."""
    _open_all(view)
    rows = view.locator(f"[aria-labelledby={table}] tbody tr").all()
    return [
        [" ".join(text.split()) for text in row.locator("th, td").all_inner_texts()] for row in rows
    ]


def test_it_says_nothing_to_the_console_and_loads_nothing_but_itself(show: Opener) -> None:
    view = show(*runs.whole_run())
    view.wait_for_load_state("networkidle")

    assert show.seen == Seen(console=[], requests=[view.url])
    assert view.url.startswith("file://")
    assert view.locator("script").count() == 0


def test_every_figure_of_the_table_is_that_of_the_summary(show: Opener) -> None:
    view = show(runs.run(), runs.SAMPLES)

    assert _lines(view, "table") == [
        [
            "150/30",
            "sync_pooled",
            "200 35.7 to 1119 spread 100 %",
            "0.14 0.14 to 0.14",
            "0.25 0.25 to 0.25",
            "6.7 6.7 to 6.7",
            "0",
        ],
        [
            "150/30",
            "sync_requests",
            "50.0 50.0 to 50.0 spread 0 % article 41.3",
            "0.38 0.38 to 0.38 article 0.45",
            "1.50 1.50 to 1.50 article 1.22",
            "6.7 6.7 to 6.7",
            "0",
        ],
        [
            "150/30",
            "async_httpx",
            "49.3 29.8 to 81.7 spread 23 % article 35.0",
            "0.55 0.55 to 0.55 article 0.69",
            "1.00 1.00 to 1.00 article 1.52",
            "6.7 6.7 to 6.7",
            "0",
        ],
    ]


def test_no_figure_is_lost_or_added_at_any_level(show: Opener, tmp_path: Path) -> None:
    values, samples = runs.whole_run()
    view = show(values, samples)
    summary = runs.as_json(runs.summary(tmp_path / "again", values, samples))

    shown = {(cells[0], cells[1]): cells[2:] for cells in _lines(view, "table")}

    assert len(shown) == len(summary["cells"]) == 9
    for cell in summary["cells"]:
        rps, mean_s, p95_s, cpu_ms, errors = shown[
            f"{cell['requests']}/{cell['concurrency']}", cell["target"]
        ]
        # 0.5 % and half a digit: what rounding to three digits may change.
        for text, metric in ((rps, "rps"), (mean_s, "latency_mean_s"), (p95_s, "latency_p95_s")):
            value, low, high = re.findall(r"[\d.]+", text)[:3]
            assert {"value": float(value), "low": float(low), "high": float(high)} == (
                pytest.approx(cell[metric], rel=0.005, abs=0.0051)
            )
        assert float(cpu_ms.split()[0]) == pytest.approx(
            1000 * cell["cpu_per_request_s"]["value"], abs=0.051
        )
        assert errors == "0"


def test_ratios_are_shown_over_the_baseline_and_over_the_parent(show: Opener) -> None:
    view = show(runs.run(), runs.SAMPLES)

    assert _lines(view, "ratios") == [
        ["async_httpx", "0.99 [0.60, 1.63] inconclusive more than 50 more rounds may be needed"],
        ["sync_pooled", "4.00 [0.71, 22.4] inconclusive about 2 more rounds would probably decide"],
    ]
    assert _lines(view, "changes") == [
        [
            "sync_pooled over sync_requests; what changed: one Session per thread",
            "4.00 [0.71, 22.4] inconclusive about 2 more rounds would probably decide",
        ]
    ]


def test_each_ratio_has_its_verdict_and_what_would_decide_it(show: Opener) -> None:
    view = show(*runs.doubtful_run())

    assert _lines(view, "ratios") == [
        ["quick", "2.00 [1.98, 2.02] faster without stalls 2.00 [1.98, 2.02] times: faster"],
        ["slow", "0.50 [0.48, 0.52] slower"],
        ["alike", "1.00 [0.98, 1.02] equivalent"],
        ["open", "1.00 [0.81, 1.23] inconclusive about 42 more rounds would probably decide"],
        ["stalls", "-"],
    ]


def test_verdicts_are_explained_with_the_margin_and_the_kind_of_interval(show: Opener) -> None:
    view = show(*runs.doubtful_run(margin=0.15))
    _open_all(view)
    text = " ".join(view.locator("main").inner_text().split())

    assert "In square brackets: plain 95 % paired t intervals of ratios." in text
    assert (
        "Faster or slower: the interval excludes 1, the ratio is beyond 15 %, and P, adjusted for "
        "the number of ratios shown (Benjamini and Hochberg), is under 0.05. Equivalent: the "
        "interval lies within 15 %. Else inconclusive, with how many more rounds would probably "
        "decide."
    ) in text


def test_where_verdicts_are_asked_for_after_each_round_the_page_says_what_they_take(
    show: Opener,
) -> None:
    until = {"percent": None, "max_rounds": 20, "reached": False}

    view = show(*runs.doubtful_run(until=until))
    _open_all(view)
    text = " ".join(view.locator("main").inner_text().split())

    assert "plain 99.14 % paired t intervals of ratios" in text
    assert (
        "is under 0.0086: so little that asking after each round leaves all looks together wrong "
        "at most once in twenty. Equivalent:"
    ) in text


def test_with_until_intervals_are_those_of_97_percent(show: Opener) -> None:
    until = {"percent": 5.0, "max_rounds": 20, "reached": False}

    text = show(*runs.doubtful_run(until=until)).locator("main").inner_text()

    assert "plain 97 % paired t intervals of ratios" in text
    assert "below them their 95 % intervals" in text  # of each target's own figures


def test_the_control_has_a_sentence_and_no_row(show: Opener) -> None:
    view = show(*runs.doubtful_run())

    (said,) = view.locator(".words > li", has_text="as the control").all_inner_texts()
    assert said == (
        "Control: sync_requests, measured a second time as the control, came to "
        "1.00 [0.96, 1.04] times its own RPS at 150/30: differences within such an interval may "
        "be noise."
    )
    assert view.locator("table, .tree, dl").get_by_text("control", exact=True).count() == 0
    assert view.title() == "Viewlab: quick leads at 150/30"


def test_a_run_that_is_not_to_be_believed_says_so_in_a_note(show: Opener) -> None:
    values, samples = runs.doubtful_run()
    others = [each for each in samples if each.target != "control"]

    view = show(values, [*others, *runs.rounds("control", 75, 76, 74, 75, 76, 74)])

    (note,) = view.locator(".note strong").all_inner_texts()
    assert note.startswith(
        "This run is not to be believed: at 150/30 a target came out different from itself. "
        "sync_requests, measured a second time as the control, came to 1.50 "
    )


def test_a_figure_in_doubt_leads_to_what_was_found(show: Opener) -> None:
    """Both stalled, but not as often."""
    view = show(*runs.doubtful_run())

    for target, severity in (("quick", "warn"), ("stalls", "unranked")):
        row = view.locator("[aria-labelledby=table] tbody tr", has_text=target)
        row.get_by_role("link", name="stall", exact=True).click()
        assert view.url.endswith(f"#stall-{severity}")
        section = view.locator("section section", has=view.locator(":target"))
        assert section.locator("h3").inner_text() == f"stall {severity}"
        assert section.locator("li").inner_text().startswith(f"{target} at 150/30: Service stood ")


def test_information_is_folded_and_opens(show: Opener) -> None:
    view = show(*runs.doubtful_run())

    folded = view.locator("section section", has_text="cores_shared")
    assert folded.locator("li").is_visible() is False
    folded.locator("summary").click()
    assert (
        folded.locator("li").inner_text().endswith("With cores of their own, servers may do more.")
    )
    informing = view.locator("section section h3", has_text="info")
    assert view.locator("section section details").count() == informing.count() > 0


@pytest.mark.parametrize(
    ("failing", "marked"), [({"slow_s": 4.0}, []), ({"rejected": 2}, ["6"])], ids=["stall", "503"]
)
def test_errors_stand_out_where_there_are_some(
    show: Opener, failing: dict[str, Any], marked: list[str]
) -> None:
    """Neither cell is ranked."""
    view = show(runs.run(), runs.rounds("sync_requests", 50, 50, 50, **failing))

    assert view.locator("td.bad").all_inner_texts() == marked


def test_no_two_parts_have_the_same_name(show: Opener) -> None:
    view = show(*runs.doubtful_run())

    names = view.locator("[id]").evaluate_all("all => all.map(it => it.id)")

    assert len(set(names)) == len(names)
    links = view.locator("a[href^='#']").evaluate_all("all => all.map(it => it.hash.slice(1))")
    assert set(links) <= set(names)


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_who_was_fastest_at_each_level_is_on_the_first_screen(show: Opener, width: int) -> None:
    view = show(*runs.whole_run(), width=width)

    cards = view.locator(".card").all()

    assert view.locator("h1").inner_text() == (
        "sync_pooled leads at 300/50 and 1000/100; no clear lead at 150/30: "
        "async_httpx, sync_pooled and sync_requests are not told apart"
    )
    hint, title = (
        (": {} requests, {} at a time", "One Session per thread ") if width == WIDE else ("", "")
    )
    assert [" ".join(card.inner_text().split()) for card in cards[1:]] == [
        f"{level}{hint.format(*level.split('/'))} leads sync_pooled 210 RPS {title}"
        f"2.47\N{MULTIPLICATION SIGN} [2.17, 2.82] the RPS of sync_requests: faster "
        f"CPU {cpu} ms a request, sync_requests {cpu} ms"
        for level, cpu in (("300/50", "3.3"), ("1000/100", "1.0"))
    ]
    box = cards[-1].bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 800


@pytest.mark.quick("plain-360")
@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("run", [runs.whole_run(), runs.doubtful_run()], ids=["plain", "doubtful"])
def test_no_part_of_it_is_wider_than_the_window(
    show: Opener, width: int, run: tuple[dict[str, Any], list[Sample]]
) -> None:
    view = show(*run, width=width)
    for folded in view.locator("summary").all():
        folded.click()

    assert _overflow(view) == 0
    regions = view.locator(".scroll").evaluate_all(
        "all => all.map(it => it.scrollWidth - it.clientWidth)"
    )
    assert set(regions) == {0}


def test_on_a_narrow_screen_each_figure_stands_under_its_name(show: Opener) -> None:
    view = show(*runs.whole_run(), width=NARROW)

    cells = view.locator("[aria-labelledby=table] tbody tr:first-child td[data-label]")

    assert cells.evaluate_all("all => all.map(it => getComputedStyle(it, '::before').content)") == [
        '"RPS"',
        '"Average s"',
        '"P95 s"',
        '"CPU ms"',
        '"Errors"',
    ]


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_it_is_a_table_to_a_screen_reader_at_any_width(show: Opener, width: int) -> None:
    values = runs.run(targets={"sync_requests": runs.TARGETS["sync_requests"]})
    view = show(values, [runs.sample("sync_requests", 1, 3.0)], width=width)

    # Chromium's own tree: playwright's roles look at the tags, not at how they are laid out.
    tree = view.context.new_cdp_session(view).send("Accessibility.getFullAXTree")
    roles = Counter(node["role"]["value"] for node in tree["nodes"] if not node["ignored"])

    wanted = ("table", "row", "columnheader", "rowheader", "cell")
    assert {role: roles[role] for role in wanted} == {
        "table": 1,
        "row": 2,
        "columnheader": 7,
        "rowheader": 1,
        "cell": 6,
    }


def test_a_dark_scheme_changes_the_background(show: Opener) -> None:
    def background(view: Page) -> str:
        return str(view.evaluate("getComputedStyle(document.body).backgroundColor"))

    assert background(show(*runs.whole_run(), scheme="light")) == "rgb(255, 255, 255)"
    assert background(show(*runs.whole_run(), scheme="dark")) == "rgb(20, 24, 30)"


FAILED = (
    runs.run(asked=1, done=0, errors=[(1, "sync_pooled", "It stopped.")]),
    [runs.sample("sync_requests", 1, 3.0, refused=1), runs.sample("async_httpx", 1, 3.0)],
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("run", [FAILED, runs.doubtful_run()], ids=["failed", "doubtful"])
def test_every_text_stands_out_enough(
    show: Opener,
    scheme: Literal["light", "dark"],
    run: tuple[dict[str, Any], list[Sample]],
) -> None:
    contrasts = show(*run, scheme=scheme).evaluate(CONTRASTS)

    assert len(contrasts) >= 7
    assert {pair: ratio for pair, ratio in contrasts.items() if ratio < 4.5} == {}


def test_it_prints_within_the_sheet(show: Opener) -> None:
    view = show(*runs.whole_run())

    pdf = view.pdf(format="A4")

    assert pdf.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) in range(4, 9)
    view.emulate_media(media="print")
    view.set_viewport_size({"width": 718, "height": 1046})  # A4 within Chromium's margins
    assert _overflow(view) == 0


@pytest.mark.slow
def test_scroll_regions_are_reached_and_scrolled_by_keyboard(show: Opener) -> None:
    levels = [f"{number}0/10" for number in range(1, 31)]
    view = show(runs.run(levels=levels), [])
    _open_all(view)
    region = view.get_by_role("region", name="Ratios to the baseline")
    assert region.evaluate("it => it.scrollWidth > it.clientWidth")

    names = []
    scrolled = 0
    while "What one change did to RPS" not in names:
        view.keyboard.press("Tab")
        names.append(view.evaluate("document.activeElement.getAttribute('aria-label')"))
        assert len(names) < 200
        if names[-1] == "Ratios to the baseline":
            view.keyboard.press("ArrowRight")
            scrolled = view.evaluate(SCROLLED)

    assert scrolled > 0
    assert _overflow(view) == 0


HOSTILE = (
    "<script>console.log('executed')</script><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)" \' ` {{ 7 * 7 }} &amp; </pre></style>',
    "pneumono" * 60,
    "\u202eevil \u05e9\u05dc\u05d5\u05dd \u2067 unclosed",
    "\x1b[31mred\x1b[0m \x07 \ufffd",
)


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_hostile_text_is_shown_and_neither_runs_nor_overflows(show: Opener, width: int) -> None:
    targets = {
        text: {"title": text, "parent": "sync_requests", "change": text, "serve": text}
        for text in HOSTILE
    }
    values = runs.run(
        targets={"sync_requests": runs.TARGETS["sync_requests"], **targets},
        asked=1,
        done=1,
        errors=[(1, text, f"It stopped. Last lines:\n{text}\n{text}") for text in HOSTILE],
    )
    view = show(values, [runs.sample("sync_requests", 1, 3.0)], width=width)
    view.mouse.move(200, 400)

    assert show.seen == Seen(console=[], requests=[view.url])
    assert view.locator("script, img, [onmouseover], [onerror]").count() == 0
    assert _overflow(view) == 0
    assert view.locator("section li pre").all_text_contents() == [
        f"Round 1: It stopped. Last lines:\n{text}\n{text}" for text in HOSTILE
    ]
    names = view.locator("[aria-labelledby=table] .name bdi").all_text_contents()
    assert names == ["sync_requests", *HOSTILE]
    described = view.locator("[aria-labelledby=method] dd bdi").all_text_contents()
    assert described[1:] == [it for text in HOSTILE for it in (text, "sync_requests", text)]


def test_an_interrupted_run_says_what_is_missing(show: Opener) -> None:
    samples = [each for each in runs.SAMPLES if each.round == 1 and each.target != "sync_pooled"]

    view = show(runs.run(done=0), samples)

    assert view.locator(".note").inner_text() == (
        "This run is not complete: 0 of 3 rounds done. Not measured: sync_pooled at 150/30. "
        "One round cannot tell a difference from luck: there are no intervals. Where it was cut "
        "off, this goes on with it: nox -s compare -- --resume 20260102T030405Z-abcd"
    )
    assert _lines(view, "table") == [
        [
            "150/30",
            "sync_requests 1 of 3 rounds",
            "50.0 article 41.3",
            "0.38 article 0.45",
            "1.50 article 1.22",
            "6.7",
            "0",
        ],
        [
            "150/30",
            "async_httpx 1 of 3 rounds",
            "40.0 article 35.0",
            "0.55 article 0.69",
            "1.00 article 1.52",
            "6.7",
            "0",
        ],
        ["150/30", "sync_pooled", "-", "-", "-", "-", "not measured"],
    ]


def test_a_run_in_which_everything_failed_still_has_a_page(show: Opener) -> None:
    values = runs.run(
        targets={"sync_requests": runs.TARGETS["sync_requests"]},
        asked=2,
        done=2,
        errors=[(1, "sync_requests", "It stopped."), (2, "sync_requests", "Again.")],
    )

    view = show(values, [])

    assert view.locator("h1").inner_text() == "No target has a valid measurement"
    assert view.locator(".lead").inner_text() == "No valid measurement"
    assert _lines(view, "table") == [
        [
            "150/30",
            "sync_requests not ranked block_failed",
            "- article 41.3",
            "- article 0.45",
            "- article 1.22",
            "-",
            "failed",
        ]
    ]
    assert view.locator("section section li").all_inner_texts() == [
        "sync_requests at 150/30: Round 1: It stopped.",
        "sync_requests at 150/30: Round 2: Again.",
    ]
    view.get_by_role("link", name="not ranked").click()
    assert view.url.endswith("#findings")


def test_one_round_says_that_it_has_no_intervals(show: Opener) -> None:
    samples = [each for each in runs.SAMPLES if each.round == 1]

    view = show(runs.run(asked=1, done=1), samples)

    assert view.locator(".note").inner_text() == (
        "One round cannot tell a difference from luck: there are no intervals."
    )
    _open_all(view)
    main = view.locator("main").evaluate(
        "it => (it.querySelectorAll('.data').forEach(data => data.remove()), it.innerText)"
    )
    assert "95 %" not in main.replace("95 % of a sample's requests", "")


def test_an_upstream_that_is_not_the_labs_is_named(show: Opener) -> None:
    view = show(runs.run(upstream="https://api.example/x?<b>=1"), runs.SAMPLES)

    text = view.locator("main").inner_text()

    assert "The upstream is https://api.example/x?<b>=1: there was no witness" in text
    assert "--upstream 'https://api.example/x?<b>=1'" in text
    assert "local HTTPS server" not in text


def test_the_command_that_repeats_the_run_holds_all_of_its_options(show: Opener) -> None:
    view = show(*runs.whole_run())

    assert view.locator("pre").last.inner_text() == (
        "nox -s compare -- --only sync_requests,async_httpx,sync_pooled --profile steady "
        "--levels 150/30,300/50,1000/100 --rounds 3 --seed 7 --baseline sync_requests "
        "--margin 10 --no-control"
    )


def test_it_says_what_was_loaded_again_and_in_which_rounds_the_control_was(show: Opener) -> None:
    run = runs.run(targets={**runs.TARGETS, "control": runs.CONTROL}, levels=["30/10", "20/5"])
    # Two loads of 30/10 in one block alone, and no control in the second round.
    run["plan"]["rounds"] = 2
    run["plan"]["blocks"] = [
        {"round": 1, "position": 1, "target": "sync_requests", "levels": ["30/10", "20/5"]},
        {"round": 1, "position": 2, "target": "control", "levels": ["30/10", "20/5"]},
        {
            "round": 2,
            "position": 1,
            "target": "sync_requests",
            "levels": ["30/10", "20/5", "30/10"],
        },
    ]

    text = (
        show(run, [runs.sample("sync_requests", 1, 1.0, level="30/10")])
        .locator("main")
        .inner_text()
    )

    assert "In each round every target, the control in 1 of 2, was served afresh" in text
    assert "In each block 30/10 was loaded 1 to 2 times. " in text


def test_the_article_is_mentioned_only_where_it_has_a_figure(show: Opener) -> None:
    view = show(runs.run(levels=["30/10"]), [runs.sample("sync_requests", 1, 1.0, level="30/10")])

    assert "article" not in view.locator("main").inner_text()
