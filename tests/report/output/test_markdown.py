from pathlib import Path

import pytest

from report.output import markdown
from tests.support import runs
from tests.support.summaries import cell, over, summary, target

GOOD = r"""- At 150/30 sync\_pooled served most requests: 200 RPS, 4.00 [0.71, 22.4] times those of sync\_requests: inconclusive (about 2 more rounds would probably decide). Next: sync\_requests with 50.0 RPS. Not told apart from sync\_pooled: sync\_requests and async\_httpx. The interval of async\_httpx excludes 1, but among 2 comparisons that may be luck. async\_httpx served 0.99 [0.60, 1.63] times the requests of sync\_requests (the article saw 0.85 times): inconclusive (more than 50 more rounds may be needed).
- cores\_shared (everywhere): hey, the upstream and the servers shared 2 cores, so RPS is what all three reach together. With cores of their own, servers may do more.

| requests/concurrency | mode | RPS | average s | P95 s | errors, findings |
|---|---|---:|---:|---:|---|
| 150/30 | sync\_pooled | 200 | 0.14 | 0.25 | 0 |
| 150/30 | sync\_requests | 50.0 (41.3) | 0.38 (0.45) | 1.50 (1.22) | 0 |
| 150/30 | async\_httpx | 49.3 (35.0) | 0.55 (0.69) | 1.00 (1.52) | 0 |

| target | what it changes | RPS at 150/30 (times its parent) |
|---|---|---:|
| sync\_requests | requests.get in a sync view | 50.0 |
| &emsp;sync\_pooled | one Session per thread | 200 (4.00 [0.71, 22.4]) |
| async\_httpx | httpx in an async view | 49.3 |

In brackets: the article's figure. In square brackets: plain 95 % paired t intervals of ratios. Profile steady, 3 of 3 rounds, run 20260102T030405Z-abcd.
"""  # noqa: E501 - markdown's lines are as long as their text


AT = "RPS at {} (times its parent)"


def test_a_good_run_whole(tmp_path: Path) -> None:
    assert markdown.render(runs.summary(tmp_path / "run", runs.run(), runs.SAMPLES)) == GOOD


def test_an_incomplete_run_says_so_and_what_failed_is_no_zero(tmp_path: Path) -> None:
    values = runs.run(done=0, errors=[(1, "sync_pooled", "It died.")])

    text = markdown.render(runs.summary(tmp_path / "run", values))

    assert "- This run is not complete: 0 of 3 rounds done. Not measured: " in text
    assert "| 150/30 | sync\\_pooled | - | - | - | failed block_failed |" in text
    assert "- sync\\_pooled at 150/30: Round 1: It died.\n" in text


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a|b", r"a\|b"),
        (r"a\|b", r"a\\\|b"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("[x](http://a.example)", r"[x\](http://a.example)"),
        ("**b** `c` ~~d~~", r"\*\*b\*\* \`c\` \~\~d\~\~"),
        ("two\nlines\r\n| three", r"two lines \| three"),
    ],
)
def test_a_hostile_name_stays_text(tmp_path: Path, name: str, shown: str) -> None:
    values = runs.run(targets={name: runs.TARGETS["sync_requests"]})
    values["baseline"] = name

    text = markdown.render(runs.summary(tmp_path / "run", values))

    assert f"| 150/30 | {shown} | - | - | - | not measured |" in text.splitlines()


def test_changes_stand_below_their_parent_with_what_they_came_to_at_each_level() -> None:
    cells = [
        cell("root", 50.0, level="150/30"),
        cell("child", 200.0, level="150/30"),
        cell("root", 49.0),
        cell("child", None),
        cell("orphan", 300.0),
    ]
    comparisons = [
        over("child", 4.0, (3.5, 4.5), "faster", kind="parent", baseline="root", level="150/30"),
        over("child", None, kind="parent", baseline="root"),
    ]
    targets = {
        "root": target(title="A | view"),
        "child": target(parent="root", change="one thing"),
        "orphan": target(parent="elsewhere", change="another"),
    }

    assert markdown.changes(summary(cells, comparisons, targets=targets)) == [
        f"| target | what it changes | {AT.format('150/30')} | {AT.format('1000/100')} |",
        "|---|---|---:|---:|",
        r"| root | A \| view | 50.0 | 49.0 |",
        "| &emsp;child | one thing | 200 (4.00 [3.50, 4.50]) | - |",
        "| orphan | from elsewhere, which was not measured: another | - | 300 |",
        "",
    ]


def test_without_a_parent_in_the_run_there_is_no_table_of_changes() -> None:
    assert markdown.changes(summary([cell("root", 50.0)])) == []
