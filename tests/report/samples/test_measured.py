"""What is measured of a sample; spans are worked out by hand."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from lab.files.sample import Cpu, Doubt, Expected, Machine, Origin, Program, Sample
from report.samples.measured import Share, measure
from tests.support.runs import sample


def of_connections(*connections: Sequence[tuple[float, float]], **values: Any) -> Sample:
    """A sample of connections, each of them given as (offset, latency) of its requests."""
    requests = sorted(
        (request for connection in connections for request in connection), key=sum
    )  # in the order they completed
    count = len(requests)
    made = sample("sync_requests", 1, 10.0, level=f"{count}/{len(connections)}")
    return replace(
        made,
        offsets_s=tuple(offset for offset, _ in requests),
        latencies_s=tuple(latency for _, latency in requests),
        **values,
    )


# The first connection has used up its quota after 3 s, the second after 6 s.
FAST = [(0.0, 1.0), (1.0, 1.0), (2.0, 1.0)]
SLOW = [(0.0, 2.0), (2.0, 2.0), (4.0, 2.0)]


def test_the_span_ends_where_the_first_connection_has_used_up_its_quota() -> None:
    measured = measure(of_connections(FAST, SLOW))

    assert measured.full_s == 3.0
    assert measured.tail_share == 0.5


def test_in_the_span_every_connection_was_busy() -> None:
    measured = measure(of_connections(FAST, SLOW))

    assert measured.in_flight == 1.0
    assert measured.longest_gap_s == 1.0
    assert measured.longest_latency_s == 2.0


def test_the_span_begins_with_the_first_request() -> None:
    """Offsets count from the start of the engine itself."""
    later = [[(offset + 0.5, latency) for offset, latency in each] for each in (FAST, SLOW)]

    assert measure(of_connections(*later)) == measure(of_connections(FAST, SLOW))


def test_pauses_between_requests_are_not_in_flight() -> None:
    """Of 1.5 s, each connection has a request in flight for 1 s."""
    pausing = [(0.0, 0.5), (1.0, 0.5)]

    measured = measure(of_connections(pausing, pausing))

    assert measured.full_s == 1.5
    assert measured.in_flight == pytest.approx(2 / 3)


def test_the_time_until_the_first_answer_is_a_gap() -> None:
    measured = measure(of_connections([(0.0, 4.0), (4.0, 1.0)], [(0.0, 4.0), (4.0, 1.0)]))

    assert measured.longest_gap_s == 4.0


def test_what_happens_in_the_tail_is_neither_gap_nor_latency_of_the_span() -> None:
    slow = [(0.0, 0.25), (0.25, 0.25), (0.5, 8.0), (8.5, 16.0)]
    fast = [(0.0, 0.25), (0.25, 0.25), (0.5, 0.25), (0.75, 0.25)]

    measured = measure(of_connections(slow, fast))

    assert measured.full_s == 1.0
    assert measured.longest_gap_s == 0.25
    # It started in the span; that of 16 s did not.
    assert measured.longest_latency_s == 8.0
    assert measured.in_flight == 1.0
    assert measured.tail_share == 1 - 1 / 24.5


def test_what_the_engine_says_was_steady_comes_before_its_rule() -> None:
    """From 1 s until 4 s: one connection has a request all the time, the other until 3 s."""
    measured = measure(of_connections(FAST, SLOW, steady=(1.0, 4.0)))

    assert measured.full_s == 3.0
    assert measured.tail_share == pytest.approx(1 / 3)
    assert measured.in_flight == pytest.approx(5 / 6)
    assert measured.longest_gap_s == 1.0
    # Those that started at 1, 2 and 2 s; the one that had started before took as long.
    assert measured.longest_latency_s == 2.0


def test_a_request_that_began_before_the_steady_part_counts_in_flight_and_for_no_latency() -> None:
    early = [(0.0, 5.0), (5.0, 1.0)]

    measured = measure(of_connections(early, steady=(4.0, 6.0)))

    assert (measured.in_flight, measured.longest_gap_s) == (1.0, 1.0)
    assert measured.longest_latency_s == 1.0


def test_where_nothing_began_or_ended_in_the_steady_part_there_is_one_gap() -> None:
    measured = measure(of_connections([(0.0, 5.0), (5.0, 1.0)], steady=(1.0, 3.0)))

    assert (measured.full_s, measured.longest_gap_s, measured.in_flight) == (2.0, 2.0, 1.0)
    assert measured.longest_latency_s is None


def test_the_steady_part_ends_with_the_last_answer_at_the_latest() -> None:
    measured = measure(of_connections(FAST, SLOW, steady=(0.0, 10.0)))

    assert (measured.full_s, measured.tail_share, measured.longest_gap_s) == (6.0, 0.0, 2.0)
    assert measure(of_connections(FAST, SLOW, steady=(6.0, 10.0))).full_s is None


def test_of_an_engine_of_which_no_rule_is_known_all_of_a_sample_is_steady() -> None:
    measured = measure(of_connections(FAST, SLOW, engine="other"))

    assert (measured.full_s, measured.tail_share) == (6.0, 0.0)
    assert measured.in_flight == 0.75


def test_an_engine_without_times_to_read_has_none_of_them() -> None:
    of = replace(sample("sync_requests", 1, 3.0), connect_s=None, read_s=None, body_bytes=None)

    assert (measure(of).read_median_s, measure(of).read_p90_s) == (None, None)


def test_a_single_connection_has_no_tail() -> None:
    measured = measure(of_connections([(0.0, 1.0), (1.0, 2.0)]))

    assert (measured.full_s, measured.tail_share, measured.in_flight) == (3.0, 0.0, 1.0)


def test_where_nothing_was_answered_there_are_no_figures() -> None:
    measured = measure(sample("sync_requests", 1, 20.0, refused=150))

    assert measured.errors == 150
    assert (measured.rps, measured.latency_mean_s, measured.latency_median_s) == (None,) * 3
    assert measured.latency_p95_s is None
    assert (measured.full_s, measured.tail_share, measured.in_flight) == (None, None, None)
    assert (measured.longest_gap_s, measured.longest_latency_s) == (None, None)
    assert (measured.read_median_s, measured.read_p90_s) == (None, None)


def test_answers_that_took_no_time_have_no_span() -> None:
    measured = measure(of_connections([(0.0, 0.0)]))

    assert (measured.full_s, measured.tail_share, measured.in_flight) == (None, None, None)


def test_figures_are_those_of_the_sample() -> None:
    of = sample("sync_requests", 2, 3.0, rejected=3)

    measured = measure(of)

    assert (measured.target, measured.level, measured.round) == ("sync_requests", of.level, 2)
    assert measured.rps == of.rps == 50.0
    assert measured.latency_mean_s == of.latency_mean_s == 0.375
    assert measured.latency_median_s == 0.25
    assert measured.latency_p95_s == of.latency_p95_s == 1.5
    assert (measured.sent, measured.ok, measured.errors) == (150, 147, 3)
    assert (measured.upstream_calls, measured.upstream_connections) == (147, 30)
    assert (measured.asked_mean_s, measured.asked_max_s, measured.late_p95_s) == (0.1, None, 0.002)


def test_without_a_witness_nothing_is_known_of_the_upstream() -> None:
    measured = measure(sample("sync_requests", 1, 3.0, witness=False))

    assert (measured.upstream_calls, measured.upstream_connections) == (None, None)
    assert (measured.asked_mean_s, measured.asked_max_s, measured.late_p95_s) == (None,) * 3


def test_expectations_and_doubts_are_kept() -> None:
    of = replace(sample("sync_requests", 1, 3.0), expected=Expected(2, 73))

    measured = measure(of)

    assert measured.expected_upstream_calls == 2
    text = "The upstream counted 150 calls where 150 requests should make 300."
    assert measured.doubts == (Doubt("calls", text),)


def test_the_most_frequent_failure_is_kept() -> None:
    """A status counts once for each answer, an error as often as hey says."""
    of = sample("sync_requests", 1, 3.0, rejected=4)

    assert measure(of).failure == "status 503"
    assert measure(replace(of, errors={"EOF": 3, "timeout": 5})).failure == "timeout"
    assert measure(sample("sync_requests", 1, 3.0)).failure is None


def test_read_times_are_ranked_as_latencies_are() -> None:
    of = of_connections([(0.0, 1.0)] * 10, read_s=tuple(number / 64 for number in range(10, 0, -1)))

    measured = measure(of)

    assert (measured.read_median_s, measured.read_p90_s) == (5 / 64, 9 / 64)


def test_a_percentile_is_the_value_of_its_rank_in_whatever_order_they_come() -> None:
    """Of a thousand, each a millisecond longer than another, P50 is the 500th, P90 the 900th."""
    mixed_s = tuple((number * 251 % 1000 + 1) / 1000 for number in range(1000))
    made = sample("sync_requests", 1, 30.0, level="1000/100")

    measured = measure(replace(made, latencies_s=mixed_s, read_s=mixed_s[::-1]))

    assert measured.latency_median_s == 0.5
    assert (measured.read_median_s, measured.read_p90_s) == (0.5, 0.9)


def test_memory_is_kept_and_none_of_it_is_not_known() -> None:
    made = sample("sync_requests", 1, 3.0)
    known = measure(replace(made, server_rss_bytes=300, server_pss_bytes=200))
    unknown = measure(replace(made, server_rss_bytes=0, server_pss_bytes=None))

    assert (known.server_rss_bytes, known.server_pss_bytes) == (300, 200)
    assert (unknown.server_rss_bytes, unknown.server_pss_bytes) == (None, None)


def test_a_request_that_starts_as_the_steady_part_ends_is_none_of_it() -> None:
    """One of 5 s starts at 2 s; the longest before is that of 2 s."""
    measured = measure(
        of_connections([(0.0, 1.0), (1.0, 1.0)], [(0.0, 2.0), (2.0, 5.0)], steady=(0.0, 2.0))
    )

    assert (measured.longest_latency_s, measured.in_flight) == (2.0, 1.0)


def test_cpu_time_is_given_as_cores_used() -> None:
    of = replace(
        sample("sync_requests", 1, 4.0),
        cpu_s=Cpu(server=3.0, workers=(0.5, 1.5), upstream=1.0, load=0.5),
    )

    measured = measure(of)

    assert (measured.upstream_cores, measured.load_cores) == (0.25, 0.125)
    assert measured.worker_share_max == 1.5


def test_the_upstreams_cpu_may_be_unknown() -> None:
    of = replace(sample("sync_requests", 1, 4.0), cpu_s=Cpu(3.0, (), upstream=None, load=0.5))

    assert measure(of).upstream_cores is None


@pytest.mark.parametrize(
    ("workers_s", "share"),
    [
        ((), None),
        ((2.0,), None),
        ((0.0, 0.0), None),
        ((0.0, 0.19), None),
        ((0.0, 0.25), 2.0),
        ((0.0, 0.2), 2.0),
        ((1.0, 1.0, 1.0, 5.0), 2.5),
    ],
)
def test_the_busiest_worker_is_known_where_there_are_two_with_work(
    workers_s: tuple[float, ...], share: float | None
) -> None:
    of = replace(sample("sync_requests", 1, 3.0), cpu_s=Cpu(1.0, workers_s, 0.1, 0.1))

    assert measure(of).worker_share_max == share


def test_what_the_machine_did_is_a_share_of_its_cpus_and_throttling_of_what_a_quota_leaves() -> (
    None
):
    of = replace(
        sample("sync_requests", 1, 4.0),
        machine=Machine(
            load1=1.0, steal_s=2.0, throttled_s=2.0, other_s=4.0, cpus=4, cores=2,
            others=(Program("cc1", 2.0), Program("a\x1b[2Jb", 1.0)),
        ),
    )  # fmt: skip

    measured = measure(of)

    assert (measured.steal_share, measured.other_share) == (0.125, 0.25)
    assert measured.throttled_share == 0.25
    assert measured.cores == 2
    assert measured.others == (Share("cc1", 0.125), Share(r"a\x1b[2Jb", 0.0625))


@pytest.mark.parametrize(
    ("machine", "others"),
    [
        (Machine(cpus=2, others=()), ()),
        (Machine(cpus=2, others=None), None),
        (Machine(others=(Program("cc1", 2.0),)), None),
    ],
    ids=["nobody", "not known", "of how much is not known"],
)
def test_that_nobody_is_to_be_named_is_not_that_nobody_knows(
    machine: Machine, others: tuple[Share, ...] | None
) -> None:
    assert measure(replace(sample("sync_requests", 1, 4.0), machine=machine)).others == others


def test_samples_of_older_versions_lack_some() -> None:
    of = replace(sample("sync_requests", 1, 4.0), machine=Machine(load1=1.0, steal_s=1.0))

    measured = measure(of)

    assert (measured.steal_share, measured.other_share, measured.throttled_share) == (None,) * 3
    assert (measured.cores, measured.others) == (None, None)
    assert (measured.origin, measured.expected_upstream_calls) == (None, None)
    assert measured.repeat == 1


def test_the_origin_is_kept() -> None:
    origin = Origin(machine="m", profile="p", lock="l")

    assert measure(replace(sample("sync_requests", 1, 3.0), origin=origin)).origin == origin


@pytest.mark.parametrize(
    ("level_position", "repeat", "first"), [(1, 1, True), (2, 1, False), (1, 2, False)]
)
def test_the_first_sample_after_a_start_is_known(
    level_position: int, repeat: int, *, first: bool
) -> None:
    measured = measure(sample("sync_requests", 1, 3.0))

    assert replace(measured, level_position=level_position, repeat=repeat).first is first


def test_a_failure_is_given_as_a_terminal_can_show_it() -> None:
    """Samples of older versions hold it as hey printed it."""
    of = replace(sample("sync_requests", 1, 3.0), errors={"\x1b[2Jgone": 3})

    assert measure(of).failure == r"\x1b[2Jgone"
