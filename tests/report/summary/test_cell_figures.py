"""What a summary's cells hold besides the means: CPU time, pooled percentiles, limits."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.files import json_text
from lab.files.sample import Cpu, Sample
from lab.files.summary_json import Summary
from report.samples.measured import measure
from tests.support import runs
from tests.support.runs import cell_of, rounds, sample

ONE = sample("sync_requests", 1, 3.0)
ALONE = {"sync_requests": runs.TARGETS["sync_requests"]}

# Two cores, and a second of CPU for 150 answers.
CPU_RPS = pytest.approx(300.0)


def cpu(of: Sample, server_s: float) -> Sample:
    return replace(of, cpu_s=Cpu(server=server_s, workers=(0.5, 0.5), upstream=0.25, load=0.125))


def asked(of: Sample, mean_s: float | None) -> Sample:
    assert of.upstream
    return replace(of, upstream=replace(of.upstream, asked_mean_s=mean_s))


def one_cell(folder: Path, samples: list[Sample], **of_target: Any) -> dict[str, Any]:
    """That of `sync_requests`, the only target of a run."""
    targets = {"sync_requests": {**runs.TARGETS["sync_requests"], **of_target}}
    return cell_of(runs.summary(folder, runs.run(targets=targets), samples), "sync_requests")


def test_cpu_time_a_request_is_that_of_the_server_over_its_answers() -> None:
    """3 s over 150 answers; over 100, where 50 were refused: those cost nobody an answer."""
    refused = sample("sync_requests", 1, 3.0, refused=50)

    assert measure(cpu(ONE, 3.0)).cpu_per_request_s == 0.02
    assert measure(cpu(refused, 3.0)).cpu_per_request_s == 0.03


@pytest.mark.parametrize(
    "nothing",
    [cpu(ONE, 0.0), cpu(sample("sync_requests", 1, 3.0, refused=150), 1.0)],
    ids=["no CPU time counted", "no answers"],
)
def test_without_cpu_time_or_answers_there_is_none_a_request(nothing: Sample) -> None:
    assert measure(nothing).cpu_per_request_s is None


def test_cpu_time_of_a_cell_is_the_geometric_mean_of_its_rounds(tmp_path: Path) -> None:
    """1.5, 3 and 6 s over 150 answers: 10, 20 and 40 ms."""
    samples = [
        cpu(each, server_s)
        for each, server_s in zip(rounds("sync_requests", 50, 50, 50), (1.5, 3.0, 6.0), strict=True)
    ]

    cell = one_cell(tmp_path, samples)

    assert cell["cpu_per_request_s"]["value"] == pytest.approx(0.02)
    assert cell["cpu_per_request_s"]["low"] < 0.01
    assert cell["cpu_per_request_s"]["high"] > 0.04


def test_a_round_without_cpu_time_is_left_out_of_its_mean(tmp_path: Path) -> None:
    first, second = rounds("sync_requests", 50, 50)

    cell = one_cell(tmp_path, [cpu(first, 1.5), cpu(second, 0.0)])

    assert cell["cpu_per_request_s"] == {"value": pytest.approx(0.01), "low": None, "high": None}
    assert cell["rounds"] == 2


def test_percentiles_of_a_cell_are_those_of_all_its_answers(tmp_path: Path) -> None:
    """150 answers of 0.25 s, of 0.5 s, and 50 of 2 s, a tenth of the first two 1 s.

    Of 350, ranks ceil(175), 315 and none for P99: only 3.5 lie beyond it.
    Rising: 135 times 0.25, 135 times 0.5, 30 times 1, 50 times 2.
    """
    samples = [
        sample("sync_requests", 1, 3.0, fast_s=0.25, slow_s=1.0),
        sample("sync_requests", 2, 3.0, fast_s=0.5, slow_s=1.0),
        sample("sync_requests", 3, 3.0, fast_s=2.0, slow_s=2.0, refused=100),
    ]

    assert one_cell(tmp_path, samples)["latency_pooled_s"] == {
        "p50": 0.5,
        "p90": 2.0,
        "p99": None,
    }


def test_each_percentile_of_a_cell_has_the_rank_that_it_is_named_after(tmp_path: Path) -> None:
    """1 to 500 s, the odd ones in one round and the even ones in another."""
    samples = [
        replace(sample("sync_requests", number, 500.0, level="250/50"), latencies_s=latencies_s)
        for number, latencies_s in (
            (1, tuple(float(value) for value in range(1, 501, 2))),
            (2, tuple(float(value) for value in range(2, 501, 2))),
        )
    ]

    whole = runs.summary(tmp_path, runs.run(levels=["250/50"]), samples)
    cell = cell_of(whole, "sync_requests", level="250/50")

    assert cell["latency_pooled_s"] == {"p50": 250.0, "p90": 450.0, "p99": 495.0}


def test_few_answers_have_only_the_percentiles_that_they_tell(tmp_path: Path) -> None:
    """Beyond P90 of 50 lie 5; beyond P99 half of one."""
    cell = one_cell(tmp_path, [sample("sync_requests", 1, 3.0, refused=100)])

    assert cell["latency_pooled_s"] == {"p50": 0.25, "p90": 0.25, "p99": None}


def test_limits_come_from_what_was_asked_of_the_upstream(tmp_path: Path) -> None:
    """0.0625 and 0.1875 s, 0.125 on average: 30 connections and 40 slots at 8 RPS each.

    A second of CPU for 150 answers: two cores serve 300.
    """
    first, second = rounds("sync_requests", 50, 50)

    cell = one_cell(tmp_path, [asked(first, 0.0625), asked(second, 0.1875)])

    assert cell["limits_rps"] == {"closed_loop": 240.0, "slots": 320.0, "cpu": CPU_RPS}


def test_a_round_that_knows_nothing_of_the_upstream_is_left_out_of_the_limits(
    tmp_path: Path,
) -> None:
    first, second = rounds("sync_requests", 50, 50)

    cell = one_cell(tmp_path, [asked(first, 0.125), asked(second, None)])

    assert cell["limits_rps"] == {"closed_loop": 240.0, "slots": 320.0, "cpu": CPU_RPS}


@pytest.mark.parametrize(
    ("of_target", "mean_s", "limits"),
    [
        ({"slots": None}, 0.125, {"closed_loop": 240.0, "slots": None}),
        ({"upstream_calls": 2}, 0.125, {"closed_loop": None, "slots": None}),
        ({"upstream_calls": 0}, 0.125, {"closed_loop": None, "slots": None}),
        ({}, None, {"closed_loop": None, "slots": None}),
        ({}, 0.0, {"closed_loop": None, "slots": None}),
    ],
    ids=["no slots", "two calls", "no call", "not told", "no wait"],
)
def test_a_limit_is_told_only_where_it_is_known(
    tmp_path: Path, of_target: dict[str, Any], mean_s: float | None, limits: dict[str, Any]
) -> None:
    cell = one_cell(tmp_path, [asked(ONE, mean_s)], **of_target)

    assert cell["limits_rps"] == limits | {"cpu": CPU_RPS}


def test_an_upstream_that_is_not_the_labs_gives_no_limit(tmp_path: Path) -> None:
    cell = one_cell(tmp_path, [sample("sync_requests", 1, 3.0, witness=False)])

    assert cell["limits_rps"] == {"closed_loop": None, "slots": None, "cpu": CPU_RPS}


@pytest.mark.parametrize(
    ("pinned", "limit"),
    [(None, 400.0), ({"load": [0], "upstream": [1], "server": [2, 3, 4]}, 150.0)],
    ids=["shared", "pinned"],
)
def test_the_cpu_limit_is_that_of_the_cores_that_the_servers_have(
    tmp_path: Path, pinned: dict[str, list[int]] | None, limit: float
) -> None:
    """3 s of CPU for 150 answers are 20 ms each: eight cores serve 400 a second, three 150."""
    machine = {**runs.run()["machine"], "cores": 8}
    planned = runs.run(targets=ALONE, machine=machine, pinned=pinned)

    whole = runs.summary(tmp_path, planned, [cpu(ONE, 3.0)])

    assert whole.run.server_cores == (3 if pinned else 8)
    assert cell_of(whole, "sync_requests")["limits_rps"]["cpu"] == pytest.approx(limit)


def test_without_cpu_time_there_is_no_limit_of_it(tmp_path: Path) -> None:
    assert one_cell(tmp_path, [cpu(ONE, 0.0)])["limits_rps"]["cpu"] is None


def test_each_round_has_its_rps_in_the_order_of_rounds(tmp_path: Path) -> None:
    cell = one_cell(tmp_path, rounds("sync_requests", 50, 60, 40))

    assert cell["rps_rounds"] == pytest.approx([50, 60, 40])


def test_samples_of_one_round_are_one_figure_of_it(tmp_path: Path) -> None:
    """Geometric means, as everywhere: of 40 and 90 it is 60."""
    samples = [
        sample("sync_requests", 1, 150 / 40),
        sample("sync_requests", 1, 150 / 90, repeat=2),
        sample("sync_requests", 2, 150 / 50),
    ]

    assert one_cell(tmp_path, samples)["rps_rounds"] == pytest.approx([60, 50])


def test_a_round_without_an_answer_has_no_rps(tmp_path: Path) -> None:
    samples = [sample("sync_requests", 1, 3.0, refused=150), sample("sync_requests", 2, 3.0)]

    assert one_cell(tmp_path, samples)["rps_rounds"] == pytest.approx([50])


def test_what_was_not_measured_has_no_rounds(tmp_path: Path) -> None:
    assert one_cell(tmp_path, [])["rps_rounds"] == []


def test_what_is_written_is_read_again_as_it_was(tmp_path: Path) -> None:
    tagged = {name: {**it, "tags": [name.partition("_")[0]]} for name, it in runs.TARGETS.items()}
    whole = runs.summary(tmp_path, runs.run(targets=tagged), runs.SAMPLES)

    assert len(whole.sync_or_async) == 1
    assert json_text.convert(runs.as_json(whole), Summary) == whole


def test_a_run_that_does_not_say_how_many_calls_a_request_makes_is_taken_to_make_one(
    tmp_path: Path,
) -> None:
    """Runs of the first version do not."""
    values = runs.run()
    for target in values["targets"].values():
        del target["upstream_calls"]

    whole = runs.summary(tmp_path / "run", values, rounds("sync_requests", 50))

    assert cell_of(whole, "sync_requests")["limits_rps"]["slots"] == 400.0
