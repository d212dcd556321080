"""The control: the baseline measured twice tells of the run, and stands in no ranking."""

from pathlib import Path
from typing import Any

import pytest

from lab.condition import Condition
from lab.files.sample import Sample
from lab.files.summary_json import Summary
from lab.level import Level
from report.output import markdown, page
from report.summary.query import ordered
from report.words.caveats import Caveat, control, state
from report.words.levels import sentences
from report.words.rows import rows
from tests.support import runs
from tests.support.runs import cell_of, ratio_of

TARGETS = {**runs.TARGETS, "control": runs.CONTROL}
BASELINE = runs.rounds("sync_requests", 50.0, 50.0, 50.0)
OTHER = runs.rounds("async_httpx", 25.0, 26.0, 24.0)


def summary_of(folder: Path, samples: list[Sample], **values: Any) -> Summary:
    return runs.summary(folder, runs.run(targets=TARGETS, **values), samples)


# The control has more RPS than anyone: 51, 52, 53 where the baseline has 50.
ALIKE = [*BASELINE, *OTHER, *runs.rounds("control", 51.0, 52.0, 53.0)]


def test_the_summary_has_its_cell_its_target_and_its_comparison(tmp_path: Path) -> None:
    summary = summary_of(tmp_path / "run", ALIKE)

    assert summary.targets["control"].title == "sync_requests once more"
    cell = cell_of(summary, "control")
    assert (cell["ranked"], cell["rounds"], cell["sent"]) == (True, 3, 450)
    assert cell["rps"]["value"] == pytest.approx((51 * 52 * 53) ** (1 / 3))
    compared = [
        row for row in summary.comparisons if "control" in (row.kind, row.target, row.baseline)
    ]
    assert [(row.kind, row.target, row.baseline, row.metric) for row in compared] == [
        ("control", "control", "sync_requests", "rps"),
        ("control", "control", "sync_requests", "latency_mean_s"),
        ("control", "control", "sync_requests", "latency_p95_s"),
    ]


def test_it_is_in_no_ranking_and_no_sentence_of_who_served_most(tmp_path: Path) -> None:
    summary = summary_of(tmp_path / "run", ALIKE)

    assert [cell.target for cell in ordered(summary, Condition(Level(150, 30)))] == [
        "sync_requests",
        "async_httpx",
        "sync_pooled",
    ]
    assert [row.target for row in rows(summary)] == ["sync_requests", "async_httpx", "sync_pooled"]
    (said,) = sentences(summary)
    assert said.startswith("At 150/30 sync_requests leads: 50.0 RPS. Next: async_httpx with ")
    assert "control" not in said


def test_it_is_in_no_table_and_not_among_what_was_compared(tmp_path: Path) -> None:
    values = runs.run(targets=TARGETS)
    whole = runs.summary(tmp_path / "run", values, ALIKE)
    shown: dict[str, Any] = page.context(runs.read(values), whole, [])

    tables = shown["over_baseline"] + shown["over_parent"]
    assert [row.target for row in tables] == ["async_httpx", "sync_pooled", "sync_pooled"]
    assert list(shown["targets"]) == ["sync_requests", "async_httpx", "sync_pooled"]


def test_a_control_like_its_baseline_shows_what_would_not_be_noticed(tmp_path: Path) -> None:
    said = control(summary_of(tmp_path / "run", ALIKE))

    assert said == Caveat(
        "sync_requests, measured a second time as the control, came to 1.04 [0.99, 1.09] times "
        "its own RPS at 150/30: differences within such an interval may be noise."
    )


def test_every_level_is_named(tmp_path: Path) -> None:
    samples = [
        *ALIKE,
        *runs.rounds("sync_requests", 80.0, 80.0, 80.0, level="300/50"),
        *runs.rounds("control", 80.0, 70.0, 90.0, level="300/50"),
    ]

    said = control(summary_of(tmp_path / "run", samples, levels=["150/30", "300/50"]))

    assert str(said) == (
        "sync_requests, measured a second time as the control, came to 1.04 [0.99, 1.09] times "
        "its own RPS at 150/30, 0.99 [0.73, 1.36] at 300/50: differences within such an "
        "interval may be noise."
    )


@pytest.mark.parametrize(
    ("rps", "ratio"), [((74, 75, 76), "1.50 [1.45, 1.55]"), ((24, 25, 26), "0.50 [0.45, 0.55]")]
)
def test_a_control_that_differs_means_that_the_run_is_not_to_be_believed(
    tmp_path: Path, rps: tuple[float, ...], ratio: str
) -> None:
    """At the other level it is like its baseline."""
    samples = [
        *ALIKE,
        *runs.rounds("sync_requests", 50.0, 50.0, 50.0, level="300/50"),
        *runs.rounds("control", *rps, level="300/50"),
    ]

    said = control(summary_of(tmp_path / "run", samples, levels=["150/30", "300/50"]))

    assert said == Caveat(
        "This run is not to be believed: at 300/50 a target came out different from itself. "
        "sync_requests, measured a second time as the control, came to 1.04 [0.99, 1.09] times "
        f"its own RPS at 150/30, {ratio} at 300/50. Something else than the targets changed the "
        "figures; measure again.",
        grave=True,
    )


def test_a_difference_within_the_margin_is_believed(tmp_path: Path) -> None:
    """1.04 to 1.06 times: 1 is not in the interval, but the margin is 10 %."""
    summary = summary_of(tmp_path / "run", [*BASELINE, *runs.rounds("control", 52, 52.5, 53)])

    assert ratio_of(summary, "control", kind="control")["verdict"] == "equivalent"
    said = control(summary)
    assert said is not None
    assert str(said).endswith("differences within such an interval may be noise.")


def test_one_round_of_a_control_has_no_interval(tmp_path: Path) -> None:
    samples = [each for each in ALIKE if each.round == 1]

    said = control(summary_of(tmp_path / "run", samples, asked=1, done=1))

    assert said == Caveat(
        "sync_requests, measured a second time as the control, came to 1.02 times its own RPS at "
        "150/30, in one round."
    )


def test_without_a_control_there_is_nothing_to_say_of_it(tmp_path: Path) -> None:
    assert control(runs.summary(tmp_path / "run", runs.run(), runs.SAMPLES)) is None


def test_a_control_that_failed_is_said_and_told_by_what_was_found(tmp_path: Path) -> None:
    samples = [*BASELINE, *OTHER, *runs.rounds("control", 50.0, 50.0, 50.0, rejected=1)]

    summary = summary_of(tmp_path / "run", samples)

    assert control(summary) == Caveat("Nothing could be compared with the control.", grave=True)
    text = markdown.render(summary)
    assert "- control at 150/30: 3 of 450 requests failed. " in text


def test_a_control_that_is_missing_is_said(tmp_path: Path) -> None:
    summary = summary_of(tmp_path / "run", [*BASELINE, *OTHER], asked=4)

    assert state(summary) == (
        "This run is not complete: 3 of 4 rounds done. "
        "Not measured: sync_pooled at 150/30; control at 150/30."
    )


def test_the_summary_in_markdown_says_it_too(tmp_path: Path) -> None:
    text = markdown.render(summary_of(tmp_path / "run", ALIKE))

    assert text.splitlines()[1] == (
        r"- sync\_requests, measured a second time as the control, came to 1.04 [0.99, 1.09] times "
        "its own RPS at 150/30: differences within such an interval may be noise."
    )
