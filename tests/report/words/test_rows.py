from pathlib import Path

from lab.condition import Condition
from lab.level import Level
from report.words.findings import Group, Note, groups
from report.words.rows import FigureText, Row, rows
from tests.support import runs


def test_a_row_holds_what_was_measured_its_interval_and_the_articles_figure(
    tmp_path: Path,
) -> None:
    summary = runs.summary(tmp_path / "run", runs.run(), runs.SAMPLES)

    row = next(row for row in rows(summary) if row.target == "async_httpx")

    assert row == Row(
        at=Condition(Level(150, 30)),
        target="async_httpx",
        rps=FigureText("49.3", "29.8 to 81.7", "35.0"),
        latency_mean=FigureText("0.55", "0.55 to 0.55", "0.69"),
        latency_p95=FigureText("1.00", "1.00 to 1.00", "1.52"),
        cpu_ms=FigureText("6.7", "6.7 to 6.7", None),
        errors=0,
        rounds=3,
        spread="23 %",
        ranked=True,
        failed=False,
        marks={},
    )
    assert row.outcome == "0"


def test_a_target_that_is_not_the_articles_has_no_figure_of_it(tmp_path: Path) -> None:
    summary = runs.summary(tmp_path / "run", runs.run(), runs.SAMPLES)

    row = next(row for row in rows(summary) if row.target == "sync_pooled")

    assert row.rps == FigureText("200", "35.7 to 1119", None)


def test_a_level_that_is_not_the_articles_has_no_figure_of_it(tmp_path: Path) -> None:
    values = runs.run(levels=["30/10"])
    samples = [runs.sample("sync_requests", 1, 1.0, level="30/10")]

    row = next(rows(runs.summary(tmp_path / "run", values, samples)))

    assert row.rps == FigureText("30.0", None, None)


def test_levels_keep_their_order_and_in_each_the_ranked_come_first_by_rps(tmp_path: Path) -> None:
    samples = [
        runs.sample("sync_requests", 1, 4.0, level="300/50"),
        runs.sample("async_httpx", 1, 3.0, level="300/50"),
        runs.sample("sync_pooled", 1, 1.0, level="300/50", refused=1),
        runs.sample("sync_requests", 1, 2.0),
        runs.sample("async_httpx", 1, 3.0),
    ]
    values = runs.run(levels=["300/50", "150/30"], asked=1, done=1)

    summary = runs.summary(tmp_path / "run", values, samples)

    assert [(str(row.at), row.target) for row in rows(summary)] == [
        ("300/50", "async_httpx"),
        ("300/50", "sync_requests"),
        ("300/50", "sync_pooled"),
        ("150/30", "sync_requests"),
        ("150/30", "async_httpx"),
        ("150/30", "sync_pooled"),
    ]


def test_without_a_sample_the_outcome_is_the_reason_and_never_zero(tmp_path: Path) -> None:
    values = runs.run(
        done=0, errors=[(1, "sync_pooled", "sync_pooled stopped before it was ready.")]
    )

    found = {row.target: row for row in rows(runs.summary(tmp_path / "run", values))}

    assert found["sync_pooled"].outcome == "failed"
    assert found["sync_requests"].outcome == "not measured"
    assert found["sync_pooled"].rps == FigureText("-", None, None)


CORES_SHARED = (
    "hey, the upstream and the servers shared 2 cores, so RPS is what all three reach together. "
    "With cores of their own, servers may do more."
)


def test_findings_come_worst_first_and_each_message_once_with_its_cells(tmp_path: Path) -> None:
    """async_httpx lacks a level, sync_pooled has both."""
    levels = ["150/30", "300/50"]
    samples = [
        *(runs.sample("sync_requests", 1, 3.0, level=level) for level in levels),
        *(runs.sample("sync_pooled", 1, 3.0, level=level) for level in levels),
        runs.sample("async_httpx", 1, 3.0),
    ]
    errors = [(1, "async_httpx", "It stopped."), (2, "async_httpx", "Again.")]
    values = runs.run(levels=levels, errors=errors)

    assert groups(runs.summary(tmp_path / "run", values, samples).cells) == [
        Group(
            "block_failed",
            "unranked",
            "async_httpx",
            (Note("async_httpx", "Round 1: It stopped."), Note("async_httpx", "Round 2: Again.")),
        ),
        Group(
            "cores_shared",
            "info",
            "everywhere",
            (Note("everywhere", CORES_SHARED),),
        ),
    ]


def test_one_code_of_two_severities_is_two_groups(tmp_path: Path) -> None:
    """A stall in one round of six is a warning, in two it leaves the cell unranked."""
    samples = [
        *runs.rounds("sync_requests", *[50.0] * 6, stalled=(1,)),
        *runs.rounds("async_httpx", *[50.0] * 6, stalled=(1, 2)),
    ]

    summary = runs.summary(tmp_path / "run", runs.run(asked=6, done=6), samples)

    assert [(group.code, group.severity, group.where) for group in groups(summary.cells)[:2]] == [
        ("stall", "unranked", "async_httpx at 150/30"),
        ("stall", "warn", "sync_requests at 150/30"),
    ]
    assert {row.target: dict(row.marks) for row in rows(summary)} == {
        "sync_requests": {"stall": "warn"},
        "async_httpx": {"stall": "unranked"},
        "sync_pooled": {},
    }


def test_failed_requests_are_counted_over_rounds(tmp_path: Path) -> None:
    samples = [
        runs.sample("sync_pooled", 1, 1.5, refused=2),
        runs.sample("sync_pooled", 2, 1.5, rejected=3),
    ]

    summary = runs.summary(tmp_path / "run", runs.run(), samples)

    row = next(row for row in rows(summary) if row.target == "sync_pooled")
    assert row.outcome == "5"
    assert row.marks == {"errors": "unranked"}
    assert row.failed
    assert not row.ranked
