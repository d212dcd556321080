import math
from pathlib import Path
from typing import Any

import pytest

from tests import runs

NOTHING = {"value": None, "low": None, "high": None}


def _cell(summary: dict[str, Any], target: str) -> dict[str, Any]:
    (cell,) = (cell for cell in summary["cells"] if cell["target"] == target)
    return dict(cell)


def _compared(
    summary: dict[str, Any], target: str, metric: str = "rps", kind: str = "baseline"
) -> dict[str, Any]:
    (compared,) = (
        compared
        for compared in summary["comparisons"]
        if (compared["target"], compared["metric"], compared["kind"]) == (target, metric, kind)
    )
    return dict(compared)


def test_the_keys_are_those_of_the_contract(tmp_path: Path) -> None:
    summary = runs.summary(tmp_path / "run", runs.run(), runs.SAMPLES)

    assert list(summary) == ["schema", "run", "machine", "targets", "cells", "comparisons"]
    assert summary["schema"] == 1
    assert summary["run"] == {
        "id": "20260102T030405Z-abcd",
        "started": "2026-01-02T03:04:05.678Z",
        "finished": "2026-01-02T03:09:05.678Z",
        "profile": "steady",
        "seed": 7,
        "rounds": {"asked": 3, "done": 3},
        "complete": True,
    }
    assert summary["targets"]["sync_pooled"] == {
        "title": "One Session per thread",
        "parent": "sync_requests",
        "change": "one Session per thread",
        "serve": "gunicorn project.wsgi:application --bind {host}:{port}",
        "slots": 40,
        "tags": ["core"],
        "versions": {"django": "5.2.19"},
    }
    assert {tuple(cell) for cell in summary["cells"]} == {
        (
            "target", "requests", "concurrency", "rounds", "ranked",
            "rps", "latency_mean_s", "latency_p95_s",
            "sent", "ok", "errors", "upstream_calls", "upstream_connections", "findings",
        )
    }  # fmt: skip
    assert {tuple(compared) for compared in summary["comparisons"]} == {
        (
            "kind", "target", "baseline", "requests", "concurrency", "metric", "rounds",
            "ratio", "low", "high", "p_adjusted", "verdict", "rounds_needed",
        )
    }  # fmt: skip


def test_a_cell_holds_geometric_means_with_t_intervals_and_sums(tmp_path: Path) -> None:
    """RPS 100, 200, 400. Logs: mean ln 200, SD ln 2; t(0.975, 2) is 4.302653."""
    summary = runs.summary(tmp_path / "run", runs.run(), runs.SAMPLES)

    factor = math.exp(4.302652729911275 * math.log(2) / math.sqrt(3))
    assert _cell(summary, "sync_pooled") == {
        "target": "sync_pooled",
        "requests": 150,
        "concurrency": 30,
        "rounds": 3,
        "ranked": True,
        "rps": pytest.approx({"value": 200.0, "low": 200 / factor, "high": 200 * factor}),
        "latency_mean_s": pytest.approx({"value": 0.1375, "low": 0.1375, "high": 0.1375}),
        "latency_p95_s": pytest.approx({"value": 0.25, "low": 0.25, "high": 0.25}),
        "sent": 450,
        "ok": 450,
        "errors": 0,
        "upstream_calls": 450,
        "upstream_connections": 90,
        "findings": [],
    }


def test_cells_come_in_the_plans_levels_and_the_runs_targets(tmp_path: Path) -> None:
    summary = runs.summary(tmp_path / "run", runs.run(levels=["1000/100", "150/30"]))

    assert [(cell["requests"], cell["target"]) for cell in summary["cells"]] == [
        (1000, "sync_requests"),
        (1000, "async_httpx"),
        (1000, "sync_pooled"),
        (150, "sync_requests"),
        (150, "async_httpx"),
        (150, "sync_pooled"),
    ]


def test_every_target_is_compared_with_the_baseline_and_with_its_parent(tmp_path: Path) -> None:
    summary = runs.summary(tmp_path / "run", runs.run(), runs.SAMPLES)

    assert [
        (compared["kind"], compared["target"], compared["baseline"], compared["metric"])
        for compared in summary["comparisons"]
    ] == [
        ("baseline", "async_httpx", "sync_requests", "rps"),
        ("baseline", "async_httpx", "sync_requests", "latency_mean_s"),
        ("baseline", "async_httpx", "sync_requests", "latency_p95_s"),
        ("baseline", "sync_pooled", "sync_requests", "rps"),
        ("baseline", "sync_pooled", "sync_requests", "latency_mean_s"),
        ("baseline", "sync_pooled", "sync_requests", "latency_p95_s"),
        ("parent", "sync_pooled", "sync_requests", "rps"),
        ("parent", "sync_pooled", "sync_requests", "latency_mean_s"),
        ("parent", "sync_pooled", "sync_requests", "latency_p95_s"),
    ]


def test_a_ratio_is_target_over_baseline_with_the_paired_interval(tmp_path: Path) -> None:
    """Ratios 2, 4, 8: the interval is that of RPS 100, 200, 400, over 50."""
    summary = runs.summary(tmp_path / "run", runs.run(), runs.SAMPLES)

    factor = math.exp(4.302652729911275 * math.log(2) / math.sqrt(3))
    assert _compared(summary, "sync_pooled") == {
        "kind": "baseline",
        "target": "sync_pooled",
        "baseline": "sync_requests",
        "requests": 150,
        "concurrency": 30,
        "metric": "rps",
        "rounds": 3,
        "ratio": pytest.approx(4.0),
        "low": pytest.approx(4 / factor),
        "high": pytest.approx(4 * factor),
        "p_adjusted": None,
        "verdict": None,
        "rounds_needed": None,
    }
    # Latencies in their own unit, so under 1 is quicker: 0.1375 / 0.375 and 0.25 / 1.5.
    assert _compared(summary, "sync_pooled", "latency_mean_s")["ratio"] == pytest.approx(11 / 30)
    assert _compared(summary, "sync_pooled", "latency_p95_s")["ratio"] == pytest.approx(1 / 6)


def test_noise_that_both_share_leaves_the_ratio_exact(tmp_path: Path) -> None:
    samples = [
        runs.sample(target, number, wall_s * drift)
        for target, wall_s in (("sync_requests", 3.0), ("async_httpx", 6.0))
        for number, drift in ((1, 1.0), (2, 4.0), (3, 0.5))
    ]

    compared = _compared(runs.summary(tmp_path / "run", runs.run(), samples), "async_httpx")

    assert (compared["low"], compared["ratio"], compared["high"]) == pytest.approx((0.5, 0.5, 0.5))


def test_ratios_are_of_rounds_that_both_have(tmp_path: Path) -> None:
    """The baseline lacks round 3, the target round 1: round 2 alone is paired."""
    samples = [
        runs.sample("sync_requests", 1, 30.0),
        runs.sample("sync_requests", 2, 3.0),
        runs.sample("async_httpx", 2, 1.5),
        runs.sample("async_httpx", 3, 0.1),
    ]

    summary = runs.summary(tmp_path / "run", runs.run(done=1), samples)

    compared = _compared(summary, "async_httpx")
    assert (compared["rounds"], compared["ratio"]) == (1, pytest.approx(2.0))
    assert (compared["low"], compared["high"]) == (None, None)
    assert _cell(summary, "async_httpx")["rounds"] == 2


def test_one_round_gives_values_without_intervals(tmp_path: Path) -> None:
    samples = [runs.sample("sync_requests", 1, 3.0), runs.sample("async_httpx", 1, 6.0)]

    summary = runs.summary(tmp_path / "run", runs.run(asked=1, done=1), samples)

    assert _cell(summary, "async_httpx")["rps"] == {"value": 25.0, "low": None, "high": None}
    compared = _compared(summary, "async_httpx")
    assert (compared["ratio"], compared["low"], compared["high"]) == (0.5, None, None)
    assert (compared["rounds"], compared["verdict"]) == (1, None)


@pytest.mark.parametrize(
    ("refused", "rejected", "ok", "rps"), [(2, 0, 148, 148 / 3), (0, 3, 147, 150 / 3)]
)
def test_a_cell_with_failed_requests_is_not_ranked_and_has_no_ratio(
    tmp_path: Path, refused: int, rejected: int, ok: int, rps: float
) -> None:
    samples = [
        runs.sample("sync_requests", 1, 3.0),
        runs.sample("sync_pooled", 1, 3.0, refused=refused, rejected=rejected),
    ]

    summary = runs.summary(tmp_path / "run", runs.run(asked=1, done=1), samples)

    cell = _cell(summary, "sync_pooled")
    failed = refused + rejected
    assert (cell["sent"], cell["ok"], cell["errors"]) == (150, ok, failed)
    assert cell["rps"]["value"] == pytest.approx(rps)
    assert not cell["ranked"]
    assert cell["findings"] == [
        {
            "code": "errors",
            "severity": "unranked",
            "message": f"{failed} of 150 requests failed.",
        }
    ]
    for kind in ("baseline", "parent"):
        compared = _compared(summary, "sync_pooled", kind=kind)
        assert (compared["rounds"], compared["ratio"]) == (0, None)


def test_without_the_baseline_no_ratio_is_left(tmp_path: Path) -> None:
    samples = [
        runs.sample("sync_requests", 1, 3.0, refused=150),
        runs.sample("async_httpx", 1, 3.0),
    ]

    summary = runs.summary(tmp_path / "run", runs.run(asked=1, done=1), samples)

    assert _cell(summary, "sync_requests")["rps"] == NOTHING
    assert _cell(summary, "async_httpx")["ranked"]
    assert {compared["ratio"] for compared in summary["comparisons"]} == {None}


def test_a_target_whose_every_block_failed_has_no_rounds_and_a_finding(tmp_path: Path) -> None:
    values = runs.run(asked=1, done=1, errors=[(1, "sync_pooled", "It stopped.")])

    summary = runs.summary(tmp_path / "run", values, [runs.sample("sync_requests", 1, 3.0)])

    assert _cell(summary, "sync_pooled") == {
        "target": "sync_pooled",
        "requests": 150,
        "concurrency": 30,
        "rounds": 0,
        "ranked": False,
        "rps": NOTHING,
        "latency_mean_s": NOTHING,
        "latency_p95_s": NOTHING,
        "sent": 0,
        "ok": 0,
        "errors": 0,
        "upstream_calls": None,
        "upstream_connections": None,
        "findings": [
            {"code": "block_failed", "severity": "unranked", "message": "Round 1: It stopped."}
        ],
    }


def test_one_failed_block_among_good_ones_keeps_the_figures_but_not_the_rank(
    tmp_path: Path,
) -> None:
    values = runs.run(errors=[(3, "sync_pooled", "It stopped.")])
    samples = [each for each in runs.SAMPLES if (each.target, each.round) != ("sync_pooled", 3)]

    cell = _cell(runs.summary(tmp_path / "run", values, samples), "sync_pooled")

    assert (cell["rounds"], cell["ranked"]) == (2, False)
    assert cell["rps"]["value"] == pytest.approx(math.sqrt(100 * 200))
    assert [finding["code"] for finding in cell["findings"]] == ["block_failed"]


def test_a_run_without_a_sample_has_every_cell_and_no_figure(tmp_path: Path) -> None:
    summary = runs.summary(tmp_path / "run", runs.run(done=0, finished=None))

    assert [(cell["target"], cell["rounds"], cell["ranked"]) for cell in summary["cells"]] == [
        ("sync_requests", 0, False),
        ("async_httpx", 0, False),
        ("sync_pooled", 0, False),
    ]
    assert all(cell["rps"] == NOTHING for cell in summary["cells"])
    assert {compared["ratio"] for compared in summary["comparisons"]} == {None}
    assert not summary["run"]["complete"]


def test_without_a_witness_in_every_round_its_counts_are_null(tmp_path: Path) -> None:
    samples = [
        runs.sample("sync_requests", 1, 3.0),
        runs.sample("sync_requests", 2, 3.0, witness=False),
        runs.sample("async_httpx", 1, 3.0, witness=False),
        runs.sample("sync_pooled", 1, 3.0),
    ]

    summary = runs.summary(tmp_path / "run", runs.run(), samples)

    assert {
        cell["target"]: (cell["upstream_calls"], cell["upstream_connections"])
        for cell in summary["cells"]
    } == {
        "sync_requests": (None, None),
        "async_httpx": (None, None),
        "sync_pooled": (150, 30),
    }
    assert all(cell["ranked"] for cell in summary["cells"])
