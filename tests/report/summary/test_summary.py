import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.files.version import VERSION
from tests.support import runs
from tests.support.runs import cell_of, ratio_of

NOTHING = {"value": None, "low": None, "high": None}
# Of every cell with a sample, as nothing is pinned on the two cores of `runs.run`.
CORES_SHARED = {
    "code": "cores_shared",
    "severity": "info",
    "message": (
        "hey, the upstream and the servers shared 2 cores, so RPS is what all three reach "
        "together. With cores of their own, servers may do more."
    ),
}


def test_the_keys_are_those_of_the_contract(tmp_path: Path) -> None:
    summary = runs.as_json(runs.summary(tmp_path / "run", runs.run(), runs.SAMPLES))

    assert list(summary) == [
        "schema", "written_by", "run", "machine", "targets", "cells", "comparisons", "leads",
        "sync_or_async",
    ]  # fmt: skip
    assert (summary["schema"], summary["written_by"]) == (1, VERSION)
    assert summary["run"] == {
        "id": "20260102T030405Z-abcd",
        "started": "2026-01-02T03:04:05.678Z",
        "finished": "2026-01-02T03:09:05.678Z",
        "profile": "steady",
        "seed": 7,
        "baseline": "sync_requests",
        "rounds": {"asked": 3, "done": 3},
        "complete": True,
        "resumed": [],
        "with": [],
        "margin": 0.1,
        "ratio_confidence": 0.95,
        "significance": 0.05,
        "until": None,
        "server_cores": 2,
    }
    assert summary["targets"]["sync_pooled"] == {
        "title": "One Session per thread",
        "parent": "sync_requests",
        "change": "one Session per thread",
        "serve": "gunicorn project.wsgi:application --bind {host}:{port}",
        "slots": 40,
        "tags": ["core"],
        "versions": {"django": "5.2.19"},
        "reference": False,
        "python": None,
        "upstream_calls": 1,
    }
    assert {tuple(cell) for cell in summary["cells"]} == {
        (
            "target", "requests", "concurrency", "rounds", "ranked",
            "rps", "latency_mean_s", "latency_p95_s", "cpu_per_request_s",
            "server_rss_bytes", "server_pss_bytes", "rps_spread", "rps_rounds",
            "latency_pooled_s", "limits_rps",
            "sent", "ok", "errors", "upstream_calls", "upstream_connections", "findings",
        )
    }  # fmt: skip
    assert {tuple(compared) for compared in summary["comparisons"]} == {
        (
            "kind", "target", "baseline", "requests", "concurrency", "metric", "rounds",
            "ratio", "low", "high", "p_adjusted", "adjusted_for", "verdict",
            "rounds_needed", "without_stalls",
        )
    }  # fmt: skip


def test_a_cell_holds_geometric_means_with_t_intervals_and_sums(tmp_path: Path) -> None:
    """RPS 100, 200, 400. Logs: mean ln 200, SD ln 2; t(0.975, 2) is 4.302653."""
    summary = runs.summary(tmp_path / "run", runs.run(), runs.SAMPLES)

    factor = math.exp(4.302652729911275 * math.log(2) / math.sqrt(3))
    assert cell_of(summary, "sync_pooled") == {
        "target": "sync_pooled",
        "requests": 150,
        "concurrency": 30,
        "rounds": 3,
        "ranked": True,
        "rps": pytest.approx({"value": 200.0, "low": 200 / factor, "high": 200 * factor}),
        "latency_mean_s": pytest.approx({"value": 0.1375, "low": 0.1375, "high": 0.1375}),
        "latency_p95_s": pytest.approx({"value": 0.25, "low": 0.25, "high": 0.25}),
        "cpu_per_request_s": pytest.approx({"value": 1 / 150, "low": 1 / 150, "high": 1 / 150}),
        "server_rss_bytes": pytest.approx({"value": 1e8, "low": 1e8, "high": 1e8}),
        "server_pss_bytes": NOTHING,
        "rps_spread": pytest.approx(math.log(2)),
        "rps_rounds": pytest.approx([100.0, 200.0, 400.0]),
        "latency_pooled_s": {"p50": 0.125, "p90": 0.125, "p99": None},
        "limits_rps": pytest.approx({"closed_loop": 300.0, "slots": 400.0, "cpu": 300.0}),
        "sent": 450,
        "ok": 450,
        "errors": 0,
        "upstream_calls": 450,
        "upstream_connections": 90,
        "findings": [CORES_SHARED],
    }


def test_cells_come_in_the_plans_levels_and_the_runs_targets(tmp_path: Path) -> None:
    summary = runs.summary(tmp_path / "run", runs.run(levels=["1000/100", "150/30"]))

    assert [(cell.requests, cell.target) for cell in summary.cells] == [
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
        (compared.kind, compared.target, compared.baseline, compared.metric)
        for compared in summary.comparisons
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
        ("best", "sync_pooled", "sync_requests", "rps"),
        ("best", "sync_pooled", "async_httpx", "rps"),
    ]


def test_a_ratio_is_target_over_baseline_with_the_paired_interval(tmp_path: Path) -> None:
    """Ratios 2, 4, 8: the interval is that of RPS 100, 200, 400, over 50.

    Logs: mean 2 ln 2, SD ln 2, so t = 2 sqrt(3). With two degrees of freedom P is
    1 - t / sqrt(t^2 + 2) = 1 - sqrt(6/7); doubled, as the less sure async_httpx is shown too.
    """
    summary = runs.summary(tmp_path / "run", runs.run(), runs.SAMPLES)

    factor = math.exp(4.302652729911275 * math.log(2) / math.sqrt(3))
    assert ratio_of(summary, "sync_pooled") == {
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
        "p_adjusted": pytest.approx(2 * (1 - math.sqrt(6 / 7))),
        "adjusted_for": 2,
        "verdict": "inconclusive",
        "rounds_needed": 2,
        "without_stalls": None,
    }
    # Latencies in their own unit, so under 1 is quicker: 0.1375 / 0.375 and 0.25 / 1.5.
    assert ratio_of(summary, "sync_pooled", "latency_mean_s")["ratio"] == pytest.approx(11 / 30)
    assert ratio_of(summary, "sync_pooled", "latency_p95_s")["ratio"] == pytest.approx(1 / 6)


def test_noise_that_both_share_leaves_the_ratio_exact(tmp_path: Path) -> None:
    samples = [
        runs.sample(target, number, wall_s * drift)
        for target, wall_s in (("sync_requests", 3.0), ("async_httpx", 6.0))
        for number, drift in ((1, 1.0), (2, 4.0), (3, 0.5))
    ]

    compared = ratio_of(runs.summary(tmp_path / "run", runs.run(), samples), "async_httpx")

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

    compared = ratio_of(summary, "async_httpx")
    assert (compared["rounds"], compared["ratio"]) == (1, pytest.approx(2.0))
    assert (compared["low"], compared["high"]) == (None, None)
    assert cell_of(summary, "async_httpx")["rounds"] == 2


def test_one_round_gives_values_without_intervals(tmp_path: Path) -> None:
    samples = [runs.sample("sync_requests", 1, 3.0), runs.sample("async_httpx", 1, 6.0)]

    summary = runs.summary(tmp_path / "run", runs.run(asked=1, done=1), samples)

    cell = cell_of(summary, "async_httpx")
    assert cell["rps"] == {"value": pytest.approx(25.0), "low": None, "high": None}
    assert cell["rps_spread"] is None
    compared = ratio_of(summary, "async_httpx")
    assert compared["ratio"] == pytest.approx(0.5)
    assert (compared["low"], compared["high"]) == (None, None)
    assert (compared["rounds"], compared["verdict"]) == (1, None)
    assert (compared["p_adjusted"], compared["rounds_needed"]) == (None, None)


@pytest.mark.parametrize(
    ("failing", "failed", "rps", "failure"),
    [
        ({"refused": 2}, 2, 148 / 3, "connection refused"),
        ({"rejected": 3}, 3, 150 / 3, "status 503"),
    ],
)
def test_a_cell_with_failed_requests_is_not_ranked_and_has_no_ratio(
    tmp_path: Path, failing: dict[str, Any], failed: int, rps: float, failure: str
) -> None:
    samples = [
        runs.sample("sync_requests", 1, 3.0),
        runs.sample("sync_pooled", 1, 3.0, **failing),
    ]

    summary = runs.summary(tmp_path / "run", runs.run(asked=1, done=1), samples)

    cell = cell_of(summary, "sync_pooled")
    assert (cell["sent"], cell["ok"], cell["errors"]) == (150, 150 - failed, failed)
    assert cell["rps"]["value"] == pytest.approx(rps)
    assert not cell["ranked"]
    assert cell["findings"] == [
        {
            "code": "errors",
            "severity": "unranked",
            "message": (
                f"{failed} of 150 requests failed. It happened in round 1, most often with: "
                f"{failure}. A server that fails requests has less to do, so figures say nothing; "
                f"look into its log."
            ),
        },
        CORES_SHARED,
    ]
    for kind in ("baseline", "parent"):
        compared = ratio_of(summary, "sync_pooled", kind=kind)
        assert (compared["rounds"], compared["ratio"]) == (0, None)
        assert (compared["p_adjusted"], compared["verdict"]) == (None, None)
        assert compared["rounds_needed"] is None


def test_where_nothing_is_ranked_no_ratio_is_left(tmp_path: Path) -> None:
    samples = [
        *runs.rounds("sync_requests", 50.0, 60.0, 70.0, rejected=1),
        *runs.rounds("async_httpx", 50.0, 60.0, 70.0, rejected=1),
    ]

    summary = runs.summary(tmp_path / "run", runs.run(), samples)

    assert not any(cell.ranked for cell in summary.cells)
    assert {compared.ratio for compared in summary.comparisons} == {None}


def test_a_finding_looks_at_all_samples_of_its_own_target(tmp_path: Path) -> None:
    """First samples after a start have half the RPS of one target, and as much of the other."""
    samples = [
        *runs.rounds("sync_requests", 50.0, 51.0, 49.0),
        *runs.rounds("sync_requests", 100.0, 102.0, 98.0, repeat=2),
        *runs.rounds("async_httpx", 50.0, 51.0, 49.0),
        *runs.rounds("async_httpx", 51.0, 49.0, 50.0, repeat=2),
    ]

    summary = runs.summary(tmp_path / "run", runs.run(), samples)

    codes = {
        name: [found["code"] for found in cell_of(summary, name)["findings"]]
        for name in ("sync_requests", "async_httpx")
    }
    assert "first_sample" in codes["sync_requests"]
    assert "first_sample" not in codes["async_httpx"]


def test_without_the_baseline_no_ratio_is_left(tmp_path: Path) -> None:
    samples = [
        runs.sample("sync_requests", 1, 3.0, refused=150),
        runs.sample("async_httpx", 1, 3.0),
    ]

    summary = runs.summary(tmp_path / "run", runs.run(asked=1, done=1), samples)

    assert cell_of(summary, "sync_requests")["rps"] == NOTHING
    assert cell_of(summary, "async_httpx")["ranked"]
    assert {compared.ratio for compared in summary.comparisons} == {None}


def test_a_target_whose_every_block_failed_has_no_rounds_and_a_finding(tmp_path: Path) -> None:
    values = runs.run(asked=1, done=1, errors=[(1, "sync_pooled", "It stopped.")])

    summary = runs.summary(tmp_path / "run", values, [runs.sample("sync_requests", 1, 3.0)])

    assert cell_of(summary, "sync_pooled") == {
        "target": "sync_pooled",
        "requests": 150,
        "concurrency": 30,
        "rounds": 0,
        "ranked": False,
        "rps": NOTHING,
        "latency_mean_s": NOTHING,
        "latency_p95_s": NOTHING,
        "cpu_per_request_s": NOTHING,
        "server_rss_bytes": NOTHING,
        "server_pss_bytes": NOTHING,
        "rps_spread": None,
        "rps_rounds": [],
        "latency_pooled_s": dict.fromkeys(("p50", "p90", "p99")),
        "limits_rps": {"closed_loop": None, "slots": None, "cpu": None},
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

    cell = cell_of(runs.summary(tmp_path / "run", values, samples), "sync_pooled")

    assert (cell["rounds"], cell["ranked"]) == (2, False)
    assert cell["rps"]["value"] == pytest.approx(math.sqrt(100 * 200))
    assert [finding["code"] for finding in cell["findings"]] == ["block_failed", "cores_shared"]


def test_a_run_without_a_sample_has_every_cell_and_no_figure(tmp_path: Path) -> None:
    summary = runs.summary(tmp_path / "run", runs.run(done=0, finished=None))

    assert [(cell.target, cell.rounds, cell.ranked) for cell in summary.cells] == [
        ("sync_requests", 0, False),
        ("async_httpx", 0, False),
        ("sync_pooled", 0, False),
    ]
    assert all(runs.as_json(cell.rps) == NOTHING for cell in summary.cells)
    assert {compared.ratio for compared in summary.comparisons} == {None}
    assert not summary.run.complete


def test_without_a_witness_in_every_round_its_counts_are_null(tmp_path: Path) -> None:
    samples = [
        runs.sample("sync_requests", 1, 3.0),
        runs.sample("sync_requests", 2, 3.0, witness=False),
        runs.sample("async_httpx", 1, 3.0, witness=False),
        runs.sample("sync_pooled", 1, 3.0),
    ]

    summary = runs.summary(tmp_path / "run", runs.run(), samples)

    assert {
        cell.target: (cell.upstream_calls, cell.upstream_connections) for cell in summary.cells
    } == {
        "sync_requests": (None, None),
        "async_httpx": (None, None),
        "sync_pooled": (150, 30),
    }
    assert all(cell.ranked for cell in summary.cells)


@pytest.mark.parametrize(
    ("serve", "named"),
    [
        ("python -m uvicorn project.asgi:application --workers 4 --port {port}", True),
        ("python manage.py runserver --noreload {host}:{port}", False),
    ],
)
def test_a_finding_knows_by_what_its_target_is_served(
    serve: str, tmp_path: Path, *, named: bool
) -> None:
    served = {
        "title": "It", "parent": None, "change": None, "serve": serve,
        "versions": {"uvicorn": "0.54.0"},
    }  # fmt: skip
    values = runs.run(targets={"sync_requests": served}, asked=1, done=1)
    delayed = replace(runs.sample("sync_requests", 1, 3.0), read_s=(0.042,) * 150)

    cell = cell_of(runs.summary(tmp_path / "run", values, [delayed]), "sync_requests")

    (told,) = (each["message"] for each in cell["findings"] if each["code"] == "delayed_ack")
    assert ("a known issue of uvicorn 0.54.0" in told) is named
    assert ("uvicorn" in told) is named
