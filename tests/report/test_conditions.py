"""Two conditions of one level, which differ in the upstream's latency: nowhere are they mixed."""

import re
from pathlib import Path
from typing import Any

import pytest

from lab.condition import Condition, Terms
from lab.files.sample import Sample
from lab.files.summary_json import Summary
from lab.latency import Latency
from lab.level import Level
from report.output import markdown, page, terminal
from report.samples.read import read_measured
from report.summary import article, query
from report.words.highlights import why
from tests.support import runs
from tests.support.summaries import cell, summary

USUAL, OTHER = "150/30", "150/30, upstream fixed 50 ms"
FIFTY = {"latency": {"fixed_ms": 50.0}}
TIMES = "\N{MULTIPLICATION SIGN}"
TERMS = Terms(latency=Latency(fixed_ms=50))
LEVELS: list[object] = [USUAL, {"level": "150/30", **FIFTY}]
TARGETS = {name: {**it, "tags": [name.partition("_")[0]]} for name, it in runs.TARGETS.items()}


def under(terms: dict[str, Any], **rps: tuple[float, ...]) -> list[Sample]:
    return [each for name, its in rps.items() for each in runs.rounds(name, *its, **terms)]


# sync_pooled serves twice as many as its parent under one condition, and half of them under the
# other. Were rounds of both put together, no ratio would be told apart from 1.
SAMPLES = [
    *under(
        {},
        sync_requests=(50, 50, 50),
        async_httpx=(40, 41, 39),
        sync_pooled=(100, 101, 99),
    ),
    *under(
        {"terms": TERMS, "asked_s": 0.05},
        sync_requests=(80, 80, 80),
        async_httpx=(120, 121, 119),
        sync_pooled=(40, 41, 39),
    ),
]


@pytest.fixture
def values() -> dict[str, Any]:
    return runs.run(levels=LEVELS, targets=TARGETS)


@pytest.fixture
def whole(values: dict[str, Any], tmp_path: Path) -> Summary:
    return runs.summary(tmp_path / "run", values, SAMPLES)


def test_the_summary_names_what_is_not_usual_and_nothing_else(whole: Summary) -> None:
    written = runs.as_json(whole)

    for part in ("cells", "comparisons", "leads", "sync_or_async"):
        found = [each.get("condition") for each in written[part]]
        assert {type(each) for each in found} == {type(None), dict}
        assert [each for each in found if each is not None] == [FIFTY] * (len(found) // 2)
        # Left out, and not null, where there is nothing to say.
        assert sum("condition" in each for each in written[part]) == len(found) // 2
    assert list(written["cells"][3])[:5] == [
        "target", "requests", "concurrency", "condition", "rounds",
    ]  # fmt: skip
    assert query.conditions(whole) == [
        Condition(Level(150, 30)), Condition(Level(150, 30), TERMS),
    ]  # fmt: skip


def test_each_cell_has_the_rounds_of_its_condition(whole: Summary) -> None:
    assert [(each.target, str(each.at), each.rounds, each.sent) for each in whole.cells] == [
        ("sync_requests", USUAL, 3, 450),
        ("async_httpx", USUAL, 3, 450),
        ("sync_pooled", USUAL, 3, 450),
        ("sync_requests", OTHER, 3, 450),
        ("async_httpx", OTHER, 3, 450),
        ("sync_pooled", OTHER, 3, 450),
    ]
    assert [each.rps.value for each in whole.cells] == pytest.approx(
        [50, 40, 100, 80, 120, 40], rel=1e-3
    )
    # 30 connections that wait for 100 and for 50 ms.
    assert [each.limits_rps.closed_loop for each in whole.cells] == pytest.approx(
        [300.0] * 3 + [600.0] * 3
    )


def test_cells_are_compared_within_their_condition(whole: Summary) -> None:
    found = {
        (each.kind, each.target, each.baseline, str(each.at)): (each.rounds, each.verdict)
        for each in whole.comparisons
        if each.metric == "rps"
    }
    assert found == {
        ("baseline", "async_httpx", "sync_requests", USUAL): (3, "slower"),
        ("baseline", "sync_pooled", "sync_requests", USUAL): (3, "faster"),
        ("parent", "sync_pooled", "sync_requests", USUAL): (3, "faster"),
        ("best", "sync_pooled", "sync_requests", USUAL): (3, "faster"),
        ("best", "sync_pooled", "async_httpx", USUAL): (3, "faster"),
        ("baseline", "async_httpx", "sync_requests", OTHER): (3, "faster"),
        ("baseline", "sync_pooled", "sync_requests", OTHER): (3, "slower"),
        ("parent", "sync_pooled", "sync_requests", OTHER): (3, "slower"),
        ("best", "async_httpx", "sync_requests", OTHER): (3, "faster"),
        ("best", "async_httpx", "sync_pooled", OTHER): (3, "faster"),
    }
    ratios = [runs.ratio_of(whole, "sync_pooled", level=at)["ratio"] for at in (USUAL, OTHER)]
    assert ratios == pytest.approx([2.0, 0.5], rel=1e-3)
    # Those shown count together, and the best's of each condition by themselves.
    of_rps = [each for each in whole.comparisons if each.metric == "rps"]
    assert {(each.kind, each.adjusted_for) for each in of_rps} == {
        ("baseline", 4), ("parent", 4), ("best", 2),
    }  # fmt: skip


def test_each_condition_has_its_leader(whole: Summary) -> None:
    assert [(each.target, str(each.at), each.order) for each in whole.leads] == [
        ("sync_pooled", USUAL, "leads"),
        ("async_httpx", OTHER, "leads"),
    ]
    assert [(each.target, each.next, str(each.at)) for each in whole.sync_or_async] == [
        ("sync_pooled", "async_httpx", USUAL),
        ("async_httpx", "sync_requests", OTHER),
    ]


def test_the_page_shows_them_apart(whole: Summary, values: dict[str, Any], tmp_path: Path) -> None:
    run = runs.read(values)
    text = page.render(run, whole, read_measured(tmp_path / "run", run))

    cards = re.findall(r'<article class="card" aria-label="([^"]*)">', text)
    assert cards == [USUAL, OTHER]
    assert "<strong>150/30, upstream fixed 50 ms</strong>" in text
    assert text.count('<td role="cell">150/30</td>') == 3
    assert text.count('<td role="cell">150/30, upstream fixed 50 ms</td>') == 3
    assert text.count('<tr role="row" class="first">') == 2
    heads = ['<th role="columnheader" scope="col">' + at + "</th>" for at in (USUAL, OTHER)]
    assert text.count("".join(heads)) == 2  # over the baseline, over the parent
    for of, many in (
        ("RPS over that of sync_requests at {}, with", 1),
        ("Requests per second at {}, with", 1),
        ("Latency by percentile of all requests at {}: ", 1),
        ("Latency over the time of round 1 of sync_pooled at {}: ", 1),
    ):
        for at in (USUAL, OTHER):
            assert text.count(of.format(at)) == many, of
    assert f"<li>150/30 <strong>2.00{TIMES}</strong>" in text
    assert f"<li>150/30, upstream fixed 50 ms <strong>0.50{TIMES}</strong>" in text
    assert "sync_pooled leads at 150/30, async_httpx at 150/30, upstream fixed 50 ms</h1>" in text
    assert "At 150/30, upstream fixed 50 ms, async_httpx leads: 120 RPS, 1.50 " in text
    for name in ("r1-sync_pooled-150x30.json", "r3-sync_pooled-150x30-50ms.json"):
        assert (tmp_path / "run" / "samples" / name).is_file()
        assert f'href="samples/{name}"' in text
    # One level, however many conditions.
    assert "--levels 150/30 --rounds 3" in text
    assert "<p>and so with" not in text


def test_the_article_is_set_beside_the_usual_terms_alone(
    whole: Summary, values: dict[str, Any]
) -> None:
    usual, other = query.conditions(whole)
    text = page.render(runs.read(values), whole, [])

    assert article.ratio(usual) == pytest.approx(35.0 / 41.3)
    assert article.ratio(other) is None
    assert text.count("article 41.3</small>") == 1
    assert "150/30, upstream fixed 50 ms (1.50 [1.47, 1.53])" in text


def test_the_table_for_a_pull_request_shows_them_apart(whole: Summary) -> None:
    lines = markdown.render(whole).splitlines()

    assert [line.split(" | ")[:3] for line in lines if line.startswith("| 150/30")] == [
        ["| 150/30", r"sync\_pooled", "100"],
        ["| 150/30", r"sync\_requests", "50.0 (41.3)"],
        ["| 150/30", r"async\_httpx", "40.0 (35.0)"],
        ["| 150/30, upstream fixed 50 ms", r"async\_httpx", "120"],
        ["| 150/30, upstream fixed 50 ms", r"sync\_requests", "80.0"],
        ["| 150/30, upstream fixed 50 ms", r"sync\_pooled", "40.0"],
    ]
    assert (
        "| target | what it changes | RPS at 150/30 (times its parent) | "
        "RPS at 150/30, upstream fixed 50 ms (times its parent) |"
    ) in lines
    (pooled,) = (line for line in lines if r"&emsp;sync\_pooled" in line)
    assert re.search(r"\| 100 \(2\.00 \[.*\]\) \| 40\.0 \(0\.50 \[.*\]\) \|$", pooled)


def test_the_terminal_shows_them_apart(whole: Summary, capsys: pytest.CaptureFixture[str]) -> None:
    terminal.show(whole, "index.html")

    shown = [
        [each.strip() for each in line.strip("│").split("│")]
        for line in capsys.readouterr().out.splitlines()
        if line.startswith("│")
    ]
    assert " ".join(row[0] for row in shown if row[0]) == f"{USUAL} {OTHER}"
    assert [row[1:3] for row in shown if row[1]] == [
        ["sync_pooled", "100"],
        ["sync_requests", "50.0 (41.3)"],
        ["async_httpx", "40.0 (35.0)"],
        ["async_httpx", "120"],
        ["sync_requests", "80.0"],
        ["sync_pooled", "40.0"],
    ]


def test_a_target_that_lacks_one_is_said_to_lack_it(tmp_path: Path) -> None:
    values = runs.run(levels=LEVELS, targets=TARGETS, asked=4)
    kept = [each for each in SAMPLES if (each.target, each.at.terms) != ("async_httpx", TERMS)]

    whole = runs.summary(tmp_path / "run", values, kept)

    assert "Not measured: async_httpx at 150/30, upstream fixed 50 ms." in markdown.render(
        whole
    ).replace("\\", "")


def test_of_two_with_as_many_requests_at_once_the_usual_one_is_told_of() -> None:
    """However they come: what stands first on a page is no matter of their order."""
    plain, other = (
        cell("fast", 190.0, level="150/30", closed_loop=200.0, terms=terms)
        for terms in (Terms(), TERMS)
    )
    said = (
        "At 150/30 fast came to 95 % of what is possible with all connections waiting for the API."
    )

    assert why(summary([plain, other]), "sync_requests") == said
    assert why(summary([other, plain]), "sync_requests") == said
