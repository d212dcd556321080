"""A level that was loaded more than once in a block: its samples are one figure of that round."""

import math
from pathlib import Path

import pytest

from lab.errors import UsageError
from lab.files.sample import Sample
from report.samples.read import read_measured
from tests.support import runs
from tests.support.runs import cell_of, ratio_of


def twice(target: str, round_number: int, first: float, second: float) -> list[Sample]:
    """Two samples of a block, with these RPS."""
    return [
        runs.sample(target, round_number, 150 / rps, repeat=repeat)
        for repeat, rps in ((1, first), (2, second))
    ]


# sync_requests: 50 in each round. async_httpx: 60, 120 and 240, none of which a sample has.
SAMPLES = [
    *twice("sync_requests", 1, 25.0, 100.0),
    *twice("sync_requests", 2, 50.0, 50.0),
    *twice("sync_requests", 3, 40.0, 62.5),
    *twice("async_httpx", 1, 40.0, 90.0),
    *twice("async_httpx", 2, 80.0, 180.0),
    *twice("async_httpx", 3, 160.0, 360.0),
]


def test_the_samples_of_a_round_are_averaged_before_rounds_are(tmp_path: Path) -> None:
    """RPS 60, 120, 240: the SD of their logarithms is ln 2; that of all six would be smaller."""
    cell = cell_of(runs.summary(tmp_path / "run", runs.run(), SAMPLES), "async_httpx")

    factor = math.exp(4.302652729911275 * math.log(2) / math.sqrt(3))
    assert cell["rps"] == pytest.approx({"value": 120.0, "low": 120 / factor, "high": 120 * factor})
    assert cell["rps_spread"] == pytest.approx(math.log(2))


def test_rounds_are_paired_and_not_samples(tmp_path: Path) -> None:
    """Ratios 1.2, 2.4 and 4.8."""
    compared = ratio_of(runs.summary(tmp_path / "run", runs.run(), SAMPLES), "async_httpx")

    factor = math.exp(4.302652729911275 * math.log(2) / math.sqrt(3))
    assert compared["rounds"] == 3
    assert (compared["low"], compared["ratio"], compared["high"]) == pytest.approx(
        (2.4 / factor, 2.4, 2.4 * factor)
    )


def test_latencies_are_averaged_in_the_same_way(tmp_path: Path) -> None:
    """Means 0.375 and 1.5 s, P95 1.5 and 6 s."""
    samples = [
        runs.sample("sync_requests", 1, 3.0),
        runs.sample("sync_requests", 1, 3.0, repeat=2, fast_s=1.0, slow_s=6.0),
    ]

    cell = cell_of(
        runs.summary(tmp_path / "run", runs.run(asked=1, done=1), samples), "sync_requests"
    )

    assert cell["latency_mean_s"]["value"] == pytest.approx(0.75)
    assert cell["latency_p95_s"]["value"] == pytest.approx(3.0)


def test_rounds_are_counted_once_and_requests_as_often_as_they_were_sent(tmp_path: Path) -> None:
    cell = cell_of(runs.summary(tmp_path / "run", runs.run(), SAMPLES), "async_httpx")

    assert cell["rounds"] == 3
    assert (cell["sent"], cell["ok"], cell["errors"]) == (900, 900, 0)
    assert (cell["upstream_calls"], cell["upstream_connections"]) == (900, 180)


def test_a_failure_in_any_of_them_leaves_the_cell_unranked(tmp_path: Path) -> None:
    samples = [*SAMPLES[:-1], runs.sample("async_httpx", 3, 0.5, repeat=2, refused=1)]

    cell = cell_of(runs.summary(tmp_path / "run", runs.run(), samples), "async_httpx")

    assert (cell["ranked"], cell["errors"], cell["rounds"]) == (False, 1, 3)


def test_one_round_of_several_samples_has_no_interval(tmp_path: Path) -> None:
    """Samples of a block hang together: they came from one start of the server."""
    values = runs.run(asked=1, done=1)

    summary = runs.summary(tmp_path / "run", values, [s for s in SAMPLES if s.round == 1])

    assert cell_of(summary, "async_httpx")["rps"] == {
        "value": pytest.approx(60.0),
        "low": None,
        "high": None,
    }
    compared = ratio_of(summary, "async_httpx")
    assert (compared["ratio"], compared["verdict"]) == (pytest.approx(1.2), None)


def test_each_has_a_file_of_its_own(tmp_path: Path) -> None:
    run = runs.write(tmp_path / "run", runs.run(), twice("sync_requests", 1, 50.0, 50.0))

    assert sorted(file.name for file in (run / "samples").iterdir()) == [
        "r1-sync_requests-150x30-2.json",
        "r1-sync_requests-150x30.json",
    ]
    assert [each.repeat for each in read_measured(run, runs.read(runs.run()))] == [1, 2]


def test_a_second_sample_of_the_same_round_and_repeat_is_refused(tmp_path: Path) -> None:
    run = runs.write(tmp_path / "run", runs.run(), SAMPLES)
    samples = run / "samples"
    copy = samples / "s-copy.json"
    copy.write_bytes((samples / "r2-async_httpx-150x30-2.json").read_bytes())

    with pytest.raises(UsageError) as caught:
        read_measured(run, runs.read(runs.run()))

    assert str(caught.value) == (
        f"{copy}: async_httpx at 150/30 in round 2 is also in "
        f"{samples / 'r2-async_httpx-150x30-2.json'}. One of the two does not belong to this run."
    )
