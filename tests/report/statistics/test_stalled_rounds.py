"""Rounds in which a service stood still: they are kept, and ratios are told without them too."""

from pathlib import Path
from typing import Any

import pytest

from tests.support import runs
from tests.support.runs import cell_of, ratio_of, rounds


def severities(cell: dict[str, Any]) -> dict[str, str]:
    """Those of its findings that cast doubt on it, by code."""
    return {
        finding["code"]: finding["severity"]
        for finding in cell["findings"]
        if finding["severity"] != "info"
    }


STEADY = rounds("sync_requests", 50.0, 50.0, 50.0, 50.0, 50.0, 50.0)
SIX = runs.run(asked=6, done=6)


def test_one_stalled_round_of_six_is_a_warning_and_both_ratios_are_given(tmp_path: Path) -> None:
    """Ratios 2, 2, 2, 2, 2 and 1 in the stalled round: 2^(5/6) with it, 2 without."""
    samples = [*STEADY, *rounds("async_httpx", 100, 100, 100, 100, 100, 50, stalled=(6,))]

    summary = runs.summary(tmp_path / "run", SIX, samples)

    cell = cell_of(summary, "async_httpx")
    assert severities(cell) == {"stall": "warn"}
    assert (cell["ranked"], cell["rounds"]) == (True, 6)
    compared = ratio_of(summary, "async_httpx")
    assert (compared["rounds"], compared["ratio"]) == (6, pytest.approx(2 ** (5 / 6)))
    assert compared["without_stalls"] == {
        "rounds": 5,
        "ratio": pytest.approx(2.0),
        "low": pytest.approx(2.0),
        "high": pytest.approx(2.0),
        "verdict": "faster",
    }


def test_a_verdict_on_which_both_agree_stands(tmp_path: Path) -> None:
    samples = [*STEADY, *rounds("async_httpx", 100, 110, 90, 105, 95, 80, stalled=(6,))]

    compared = ratio_of(runs.summary(tmp_path / "run", SIX, samples), "async_httpx")

    assert compared["without_stalls"]["verdict"] == "faster"
    assert (compared["verdict"], compared["rounds_needed"]) == ("faster", None)


def test_a_verdict_that_only_the_other_rounds_give_is_inconclusive(tmp_path: Path) -> None:
    """A single round at a tenth of the RPS widens the interval over all of them to hold 1."""
    samples = [*STEADY, *rounds("async_httpx", 100, 110, 90, 105, 95, 10, stalled=(6,))]

    compared = ratio_of(runs.summary(tmp_path / "run", SIX, samples), "async_httpx")

    assert compared["low"] < 1 < compared["high"]
    assert compared["without_stalls"]["verdict"] == "faster"
    assert compared["verdict"] == "inconclusive"


# Without its last round, 1 is in the interval of async_httpx; with it, it is not.
HANGING = [
    *rounds("sync_requests", 50, 50, 50, 50, 50, 50, stalled=(6,)),
    *rounds("async_httpx", 51, 65, 51, 65, 57.5, 67.5),
]


def test_a_verdict_that_hangs_on_a_stalled_round_is_inconclusive(tmp_path: Path) -> None:
    compared = ratio_of(runs.summary(tmp_path / "run", SIX, HANGING), "async_httpx")

    assert compared["low"] > 1
    assert compared["p_adjusted"] < 0.05
    assert compared["without_stalls"]["low"] < 1
    assert compared["without_stalls"]["verdict"] == "inconclusive"
    assert compared["verdict"] == "inconclusive"
    # Those after which the other rounds alone would tell; over all of them they tell already.
    assert compared["rounds_needed"] == 3


def test_a_stall_of_the_baseline_is_in_every_ratio_to_it_and_in_no_other(tmp_path: Path) -> None:
    targets = {
        **runs.TARGETS,
        "async_pooled": {"title": "One client", "parent": "async_httpx", "change": "one client"},
    }
    samples = [*HANGING, *rounds("async_pooled", 70, 80, 70, 80, 75, 80)]
    values = runs.run(asked=6, done=6, targets=targets)

    summary = runs.summary(tmp_path / "run", values, samples)

    assert {
        (row.kind, row.target): row.without_stalls and row.without_stalls.rounds
        for row in summary.comparisons
        if row.metric == "rps"
    } == {
        ("baseline", "async_httpx"): 5,
        ("baseline", "sync_pooled"): None,  # it was not measured
        ("parent", "sync_pooled"): None,
        ("baseline", "async_pooled"): 5,
        ("parent", "async_pooled"): None,
        ("best", "async_pooled"): 5,
    }


def test_rounds_in_which_either_stalled_are_left_out(tmp_path: Path) -> None:
    samples = [
        *rounds("sync_requests", 50, 50, 50, 50, 50, 50, stalled=(6,)),
        *rounds("async_httpx", 100, 100, 100, 100, 100, 100, stalled=(1,)),
    ]

    compared = ratio_of(runs.summary(tmp_path / "run", SIX, samples), "async_httpx")

    assert (compared["rounds"], compared["without_stalls"]["rounds"]) == (6, 4)


def test_without_a_ratio_there_is_none_to_tell_twice(tmp_path: Path) -> None:
    """The baseline stalled once, and the other failed requests, so it has no rank and no ratio."""
    samples = [
        *rounds("sync_requests", 50, 50, 50, 50, 50, 50, stalled=(6,)),
        *rounds("async_httpx", 100, 100, 100, 100, 100, 100, rejected=1),
    ]

    compared = ratio_of(runs.summary(tmp_path / "run", SIX, samples), "async_httpx")

    assert (compared["rounds"], compared["ratio"], compared["without_stalls"]) == (0, None, None)


def test_latencies_are_not_told_twice(tmp_path: Path) -> None:
    summary = runs.summary(tmp_path / "run", SIX, HANGING)

    for metric in ("latency_mean_s", "latency_p95_s"):
        compared = ratio_of(summary, "async_httpx", metric)
        assert (compared["rounds"], compared["without_stalls"]) == (6, None)


@pytest.mark.parametrize(("count", "stalled"), [(3, (1,)), (6, (2, 5)), (1, (1,))])
def test_stalls_in_more_than_a_fifth_of_the_rounds_leave_no_rank_and_no_ratio(
    tmp_path: Path, count: int, stalled: tuple[int, ...]
) -> None:
    samples = [
        *rounds("sync_requests", *[50.0] * count),
        *rounds("async_httpx", *[100.0] * count, stalled=stalled),
    ]

    summary = runs.summary(tmp_path / "run", runs.run(asked=count, done=count), samples)

    cell = cell_of(summary, "async_httpx")
    assert severities(cell) == {"stall": "unranked"}
    assert (cell["ranked"], cell["rps"]["value"]) == (False, pytest.approx(100.0))
    compared = ratio_of(summary, "async_httpx")
    assert (compared["ratio"], compared["verdict"], compared["without_stalls"]) == (None,) * 3
