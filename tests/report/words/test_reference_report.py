"""What the report says of nginx: beside the targets, and in none of what ranks them."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from lab.condition import Condition
from lab.files.summary_json import Summary
from lab.level import Level
from report import figures
from report.charts.palette import NGINX_LOOK, looks
from report.output import markdown, page
from report.words import highlights, leaders, tree
from report.words.levels import sentences
from report.words.nginx import share, shares
from report.words.rows import rows
from tests.support import runs, views
from tests.support.summaries import cell, over, summary, target

WITH_NGINX = {**runs.TARGETS, "nginx": runs.NGINX, "control": runs.CONTROL}
CONTROL = runs.rounds("control", 51, 50, 49)
# Three rounds, a ratio of 0.25, 0.5 and 1 for the best target, sync_pooled: 0.5 [0.0893, 2.8].
NGINX = runs.rounds("nginx", 400, 400, 400, fast_s=0.1, slow_s=0.2)
SHARE = "The best target, sync_pooled, served 50.0 % [8.9, 280] of what nginx serves as a proxy"


def with_nginx(folder: Path, **values: Any) -> Summary:
    whole = runs.run(targets=WITH_NGINX, **values)
    return runs.summary(folder, whole, [*runs.SAMPLES, *CONTROL, *NGINX])


def test_it_has_figures_and_no_rank_and_that_is_no_fault(tmp_path: Path) -> None:
    found = runs.cell_of(with_nginx(tmp_path / "run"), "nginx")

    assert (found["ranked"], found["rounds"]) == (False, 3)
    assert found["rps"]["value"] == pytest.approx(400)
    assert found["cpu_per_request_s"]["value"] == pytest.approx(1 / 150)
    assert {finding["severity"] for finding in found["findings"]} <= {"info"}


def test_its_summary_says_what_it_is(tmp_path: Path) -> None:
    targets = with_nginx(tmp_path / "run").targets

    assert {name for name, it in targets.items() if it.reference} == {"nginx"}


def test_ratios_to_it_are_paired_and_have_neither_verdict_nor_p(tmp_path: Path) -> None:
    whole = with_nginx(tmp_path / "run")

    compared = [each for each in whole.comparisons if each.kind == "reference"]
    assert [(each.target, each.baseline, each.metric) for each in compared] == [
        ("sync_requests", "nginx", "rps"),
        ("async_httpx", "nginx", "rps"),
        ("sync_pooled", "nginx", "rps"),
    ]
    assert {each.verdict for each in compared} == {None}
    assert {each.p_adjusted for each in compared} == {None}
    assert {each.rounds_needed for each in compared} == {None}
    assert compared[0].ratio == compared[0].low == pytest.approx(0.125)
    assert compared[2].ratio == pytest.approx(0.5)
    assert compared[2].low == pytest.approx(0.0893, rel=1e-3)


def test_nothing_else_of_a_run_changes_with_it(tmp_path: Path) -> None:
    beside = with_nginx(tmp_path / "with")
    without = runs.summary(
        tmp_path / "without",
        runs.run(targets={**runs.TARGETS, "control": runs.CONTROL}),
        [*runs.SAMPLES, *CONTROL],
    )

    assert [it for it in beside.comparisons if it.kind != "reference"] == without.comparisons
    assert beside.leads == without.leads
    assert beside.sync_or_async == without.sync_or_async
    assert [it for it in beside.cells if it.target != "nginx"] == without.cells
    assert leaders.leaders(beside) == leaders.leaders(without)
    assert tree.tree(beside) == tree.tree(without)
    for fact in (
        highlights.main_finding,
        highlights.largest_changes,
        highlights.break_evens,
        highlights.sync_or_async,
    ):
        assert fact(beside) == fact(without)


def test_until_does_not_wait_for_it(tmp_path: Path) -> None:
    goal = {"percent": 5.0, "max_rounds": 20, "reached": False}
    until = with_nginx(tmp_path / "run", until=goal).run.until

    assert until is not None
    assert until.ratios == 2


def test_one_that_failed_is_compared_with_nothing(tmp_path: Path) -> None:
    whole = with_nginx(tmp_path / "run", errors=[(3, "nginx", "It stopped.")])

    compared = [each for each in whole.comparisons if each.kind == "reference"]
    assert {each.ratio for each in compared} == {None}
    assert shares(whole) == [
        "At 150/30 nginx, the reference, has no valid measurement to compare with."
    ]


def test_a_run_without_it_says_nothing_of_it(tmp_path: Path) -> None:
    whole = runs.summary(tmp_path / "run", runs.run(), runs.SAMPLES)

    assert shares(whole) == []
    assert "nginx" not in page.render(runs.read(runs.run()), whole, [])
    assert "nginx" not in markdown.render(whole)


def test_before_its_first_block_nothing_is_said_of_it(tmp_path: Path) -> None:
    values = runs.run(targets=WITH_NGINX, done=0)
    whole = runs.summary(tmp_path / "run", values, runs.SAMPLES)

    assert share(whole, Condition(Level(150, 30))) is None


@pytest.mark.parametrize(
    ("interval", "text"),
    [
        ((0.912, 0.948), "The best target, a, served 93.0 % [91.2, 94.8] of what nginx serves"),
        (None, "The best target, a, served 93.0 % of what nginx serves"),
    ],
)
def test_the_share_of_the_best_is_told(interval: tuple[float, float] | None, text: str) -> None:
    whole = summary(
        [cell("a", 930), cell("b", 100), cell("nginx", 1000, ranked=False)],
        [
            over("b", 0.1, baseline="nginx", kind="reference"),
            over("a", 0.93, interval, baseline="nginx", kind="reference"),
        ],
    )

    said = f"{text} as a proxy to the same upstream."
    assert share(whole, Condition(Level(1000, 100))) == said
    assert said in sentences(whole)[0]


def test_tables_have_it_in_the_last_row(tmp_path: Path) -> None:
    whole = with_nginx(tmp_path / "run")

    assert [row.name for row in rows(whole)] == [
        "sync_pooled", "sync_requests", "async_httpx", "nginx, for reference",
    ]  # fmt: skip
    lines = markdown.render(whole).splitlines()
    table = [line for line in lines if line.startswith("| 150/30 |")]
    assert table[-1].startswith("| 150/30 | nginx, for reference | 400 |")
    assert SHARE in lines[0].replace("\\", "")


def test_the_chart_has_it_in_a_row_below_and_as_a_line_through_the_others() -> None:
    cells = [cell("sync_requests", 50.0), cell("nginx", 400.0, (380.0, 420.0), ranked=False)]
    all_looks = looks(["sync_requests"], "sync_requests") | {"nginx": NGINX_LOOK}

    (panel,) = figures.rps(summary(cells), all_looks)

    assert panel.title == "1000/100: 50.0 RPS; nginx 400"
    assert "sync_requests 50.0, nginx 400 [380, 420]" in panel.svg
    assert panel.table is not None
    assert [row[0] for row in panel.table.rows] == ["sync_requests", "nginx"]
    assert NGINX_LOOK not in looks([str(number) for number in range(40)], "0").values()


def doubtful_with_nginx(folder: Path) -> Path:
    """The page of the run with every verdict, and nginx ahead of all but their limit."""
    values, samples = runs.doubtful_run()
    described = {**values["targets"], "nginx": {**values["targets"]["quick"], **runs.NGINX}}
    values["targets"] = described
    values["plan"]["targets"] = list(described)
    nginx = runs.rounds("nginx", 120, 121, 119, 120, 121, 119)
    return runs.page_of(folder, values, [*samples, *nginx])


def test_the_page_shows_it_set_apart(browser: Browser, tmp_path: Path) -> None:
    file = doubtful_with_nginx(tmp_path / "run")
    view = views.opened(browser, file, width=views.NARROW)
    shown = view.page

    last = shown.locator("section[aria-labelledby=table] tbody tr").last
    assert last.get_attribute("class") == "beside"
    assert last.locator("th").inner_text().splitlines()[0] == "nginx, for reference"
    first_screen = shown.locator("section.first").inner_text()
    assert "At 150/30 the best target, quick, served 83.3 % [" in first_screen
    assert "nginx" not in shown.locator("h1").inner_text()
    assert shown.locator(".card").filter(has_text="nginx").count() == 0
    assert "nginx" not in shown.locator(".tree").inner_text()
    views.unfold(shown)
    environment = shown.locator("section[aria-labelledby=environment]").inner_text()
    assert "nginx\N{NO-BREAK SPACE}1.22.1" in environment
    memory_table = shown.get_by_text("Memory as a table").locator("xpath=..")
    assert memory_table.locator("tbody tr").last.inner_text().split("\t") == [
        "nginx",
        "100\N{NO-BREAK SPACE}MB",
    ]
    assert views.overflow(shown) == 0
    assert views.unreadable(views.charts(shown), window=views.NARROW) == []
    assert view.seen.console == []
    shown.close()


def test_what_makes_no_call_or_three_is_not_set_against_a_proxy_that_makes_one() -> None:
    targets = {"idle": target(upstream_calls=0), "a": target(upstream_calls=1)}
    whole = summary(
        [cell("idle", 3000), cell("a", 930), cell("nginx", 1000, ranked=False)],
        [
            over("idle", 3.0, baseline="nginx", kind="reference"),
            over("a", 0.93, baseline="nginx", kind="reference"),
        ],
        targets={**targets, "nginx": target()},
    )

    assert share(whole, Condition(Level(1000, 100))) == (
        "The best with one call a request, a, served 93.0 % of what nginx serves as a proxy to the "
        "same upstream."
    )
