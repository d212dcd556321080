"""What the upstream counts and times."""

import time
from itertools import repeat

import pytest

from bench.upstream.witness import Witness
from lab.files import sample


def begun(*latencies_s: float) -> Witness:
    witness = Witness()
    witness.begin(iter(latencies_s))
    return witness


def test_where_nothing_was_called_there_are_no_times() -> None:
    assert Witness().testimony() == sample.Testimony(0, 0, 0, 0, 0, None, None, None)


def test_a_call_takes_the_next_latency_of_the_sequence() -> None:
    witness = begun(0.3, 0.1, 0.2)
    assert [witness.arrived("a", first=True) for _ in range(3)] == [0.3, 0.1, 0.2]


def test_connections_are_counted_once_and_new_ones_apart() -> None:
    witness = begun(*[0.1] * 4)
    witness.arrived("kept", first=False)
    witness.arrived("kept", first=False)
    witness.arrived("new", first=True)
    witness.arrived("new", first=False)
    seen = witness.testimony()
    assert (seen.calls, seen.connections, seen.connections_new) == (4, 2, 1)


def test_the_most_calls_in_flight_are_kept() -> None:
    witness = begun(*[0.1] * 4)
    for connection in "abc":
        witness.arrived(connection, first=True)
    witness.answered(time.monotonic(), 0.1)
    witness.abandoned()
    witness.arrived("d", first=True)
    assert witness.in_flight == 2
    assert witness.testimony().in_flight_max == 3


def test_calls_whose_caller_went_away_are_counted_without_a_time() -> None:
    witness = begun(0.1)
    witness.arrived("a", first=True)
    witness.abandoned()
    assert witness.testimony() == sample.Testimony(1, 1, 1, 1, 1, None, None, None)


def test_times_run_from_a_calls_arrival_to_its_answer() -> None:
    witness = begun(100.0, 300.0)
    now_s = time.monotonic()
    for asked_s, took_s in [(100.0, 101.0), (300.0, 303.0)]:
        witness.arrived("a", first=False)
        witness.answered(now_s - took_s, asked_s)
    seen = witness.testimony()
    assert seen.asked_mean_s == 200.0
    assert seen.served_mean_s == pytest.approx(202.0, abs=0.4)
    assert seen.late_p95_s == pytest.approx(3.0, abs=0.4)


@pytest.mark.parametrize(("count", "rank"), [(1, 1), (19, 19), (20, 19), (21, 20), (100, 95)])
def test_lateness_is_the_95th_percentile_that_samples_use(count: int, rank: int) -> None:
    """Call number n is n seconds late; which one is it that P95 takes?"""
    witness = Witness()
    witness.begin(repeat(0.0))
    now_s = time.monotonic()
    for late_s in range(count, 0, -1):
        witness.arrived("a", first=False)
        witness.answered(now_s - late_s, 0.0)
    assert witness.testimony().late_p95_s == pytest.approx(rank, abs=0.4)


def test_a_new_sample_starts_from_nothing() -> None:
    witness = begun(0.1, 0.1)
    witness.arrived("a", first=True)
    witness.answered(time.monotonic(), 0.1)
    witness.begin(iter([0.5]))
    assert witness.testimony() == sample.Testimony(0, 0, 0, 0, 0, None, None, None)
    assert witness.arrived("a", first=False) == 0.5


def test_calls_still_in_flight_count_as_such_in_the_next_sample() -> None:
    witness = begun(0.1)
    witness.arrived("a", first=True)
    witness.begin(iter([0.1]))
    assert witness.testimony().in_flight_max == 1
    witness.arrived("b", first=True)
    assert witness.testimony().in_flight_max == 2
