"""Findings that look at time: a service that stood still, and a late upstream."""

from dataclasses import replace
from itertools import accumulate
from typing import Any

import pytest

from lab.files.sample import Sample
from report.findings import find, stalled
from report.samples.measured import Measured, measure
from tests.report.findings.test_findings import SOUND, cell, found, message
from tests.report.samples.test_measured import of_connections

# Half of the requests took 0.25 s, P95 is 0.375 s, the upstream was asked for 0.1 s at the most.
STALLED = replace(SOUND, longest_gap_s=3.5, longest_latency_s=4.0)
LATE = replace(SOUND, late_p95_s=0.008)
TOO_LATE = replace(SOUND, late_p95_s=0.025)


@pytest.mark.parametrize(
    ("values", "stalls"),
    [
        ({"longest_gap_s": 1.01}, True),
        ({"longest_gap_s": 1.0}, False),
        # A slow upstream: nothing completes for as long as it takes.
        ({"longest_gap_s": 2.9, "asked_max_s": 1.5}, False),
        ({"longest_gap_s": 3.1, "asked_max_s": 1.5}, True),
        ({"longest_gap_s": 2.9, "asked_max_s": 0.5, "expected_upstream_calls": 3}, False),
        ({"longest_gap_s": 3.1, "asked_max_s": 0.5, "expected_upstream_calls": 3}, True),
        ({"longest_gap_s": 2.9, "asked_max_s": 1.5, "expected_upstream_calls": None}, False),
        ({"longest_gap_s": 3.1, "asked_max_s": 1.5, "expected_upstream_calls": None}, True),
        # The largest latency is missing in samples of older versions, both without a witness.
        ({"longest_gap_s": 2.9, "asked_max_s": None, "asked_mean_s": 1.5}, False),
        ({"longest_gap_s": 1.01, "asked_max_s": None, "asked_mean_s": None}, True),
        # A server short of CPU answers in lock-step, with pauses as long as its latencies.
        ({"longest_gap_s": 1.35, "latency_median_s": 1.3, "longest_latency_s": 2.5}, False),
        ({"longest_gap_s": 2.65, "latency_median_s": 1.3, "longest_latency_s": 2.7}, True),
        # A pause that hits all connections of a short level is the latency of over 5 %.
        ({"longest_gap_s": 1.5, "latency_p95_s": 1.7, "longest_latency_s": 1.7}, True),
        ({"longest_latency_s": 2.51}, True),
        ({"longest_latency_s": 2.5}, False),
        ({"longest_latency_s": 2.51, "asked_max_s": 1.3}, False),
        # So many requests stalled that P95 is one of them.
        ({"longest_latency_s": 5.0, "latency_p95_s": 4.9}, True),
        # Ten times hardly anything is no stall.
        ({"latency_median_s": 0.01, "longest_latency_s": 0.2, "expected_upstream_calls": 0}, False),
        ({"latency_median_s": 0.01, "longest_latency_s": 0.21, "expected_upstream_calls": 0}, True),
        ({"longest_gap_s": None, "longest_latency_s": None}, False),
        ({"latency_median_s": None, "latency_p95_s": None}, False),
    ],
)
def test_a_sample_stalls_where_service_stood_still(values: dict[str, Any], *, stalls: bool) -> None:
    measured = replace(SOUND, **values)

    assert stalled(measured) is stalls
    assert found(cell(measured)) == ([("stall", "unranked")] if stalls else [])


def serving(*connections: list[float]) -> Sample:
    """A sample of connections, each given as its latencies, with no time between requests."""
    return of_connections(
        *(
            list(zip(accumulate([0.0, *latencies_s]), latencies_s, strict=False))
            for latencies_s in connections
        )
    )


QUICK = [0.0625] * 10


def test_a_pause_of_all_connections_is_a_stall() -> None:
    paused = [*QUICK, 2.0, *QUICK]

    assert stalled(measure(serving(paused, paused)))
    assert not stalled(measure(serving([*QUICK, 0.25, *QUICK], [*QUICK, 0.25, *QUICK])))


def test_connections_that_wait_while_others_are_served_are_a_stall() -> None:
    """As gunicorn's gthread leaves them: the others have used up their quota long before."""
    waiting = [5.0, *QUICK[1:]]

    assert stalled(measure(serving(QUICK, QUICK, waiting, waiting, waiting)))


def test_a_connection_that_is_slow_all_along_is_no_stall() -> None:
    assert not stalled(measure(serving(QUICK, QUICK, [0.25] * 10)))


def test_a_rare_stall_is_a_warning_that_says_what_stood_still() -> None:
    rare = cell(STALLED, SOUND, SOUND, SOUND, SOUND, versions={"gunicorn": "27.0.0"})

    assert found(rare) == [("stall", "warn")]
    assert message(rare, "stall") == (
        "Service stood still in round 1: no answer came for 3.50 s, and a request took 4.00 s "
        "where half of them took 0.25 s or less. Ratios are given with and without such rounds. "
        "gunicorn's gthread worker does this with more keep-alive connections than threads; they "
        "land unevenly, so give each worker as many threads as there may be connections in all, or "
        "take another kind of worker."
    )


def test_of_several_stalls_the_longest_are_told() -> None:
    """The longest silence and the longest request of any round; the median is that round's."""
    rounds = (
        replace(SOUND, longest_gap_s=2.5, longest_latency_s=4.0, latency_median_s=0.1),
        replace(SOUND, longest_gap_s=3.5, longest_latency_s=5.0, latency_median_s=0.3),
        replace(SOUND, longest_gap_s=1.5, longest_latency_s=3.0, latency_median_s=0.2),
    )

    assert message(cell(*rounds), "stall").startswith(
        "Service stood still in every round: no answer came for 3.50 s, and a request took 5.00 s "
        "where half of them took 0.30 s or less."
    )


def test_only_gunicorn_is_told_of_its_own_stalls() -> None:
    assert message(cell(STALLED), "stall").endswith("to mean much. Look into its log.")


def test_without_a_witness_a_stall_may_be_the_apis_and_takes_no_rank_away() -> None:
    real = cell(STALLED, lab_upstream=False)

    assert found(real) == [("stall", "warn")]
    assert "The API that was called may have been slow: nobody watched it." in message(
        real, "stall"
    )


@pytest.mark.parametrize(
    ("values", "seen"),
    [
        ({"longest_gap_s": 0.25}, "a request took 4.00 s where half of them took 0.25 s or less"),
        ({"longest_latency_s": 2.0}, "no answer came for 3.50 s"),
    ],
)
def test_only_what_stood_still_is_told(values: dict[str, Any], seen: str) -> None:
    text = message(cell(replace(STALLED, **values), SOUND), "stall")

    assert text.startswith(f"Service stood still in round 1: {seen}. It happens too often")


def test_stalls_in_more_than_a_fifth_of_the_rounds_leave_a_cell_unranked() -> None:
    often = cell(STALLED, SOUND, SOUND, SOUND)

    assert found(often) == [("stall", "unranked")]
    assert "It happens too often for a figure to mean much." in message(often, "stall")


def test_a_round_stalls_where_one_of_its_samples_does() -> None:
    """Two stalls of ten samples, but in two rounds of five."""
    rounds = [
        replace(SOUND if repeat == 2 or number > 2 else STALLED, round=number, repeat=repeat)
        for number in range(1, 6)
        for repeat in (1, 2)
    ]

    (finding,) = find(cell(rounds=rounds, of_target=rounds))

    assert (finding.code, finding.severity) == ("stall", "unranked")
    assert finding.message.startswith("Service stood still in rounds 1 and 2: ")


@pytest.mark.parametrize(
    ("late_s", "asked_s", "severity"),
    [
        # Over 5 ms
        (0.0051, 1.0, "warn"),
        (0.0050, 1.0, None),
        # Over 5 % and 2 ms
        (0.0031, 0.06, "warn"),
        (0.0030, 0.06, None),
        (0.0021, 0.01, "warn"),
        (0.0020, 0.01, None),
        # Over 20 % and 5 ms
        (0.0201, 0.1, "unranked"),
        (0.0200, 0.1, "warn"),
        (0.0051, 0.01, "unranked"),
        (0.0050, 0.01, "warn"),
        (0.0051, 0.0, "unranked"),
        (None, None, None),
    ],
)
def test_how_late_the_upstream_may_be(
    late_s: float | None, asked_s: float | None, severity: str | None
) -> None:
    late = cell(replace(SOUND, late_p95_s=late_s, asked_mean_s=asked_s))

    assert found(late) == ([("upstream_late", severity)] if severity else [])


@pytest.mark.parametrize(
    ("rounds", "severity"),
    [
        ([LATE, SOUND, SOUND, SOUND, SOUND, SOUND], "warn"),
        ([LATE, LATE, LATE, LATE, LATE, LATE], "warn"),
        ([TOO_LATE, SOUND, SOUND, SOUND, SOUND], "warn"),
        ([TOO_LATE, SOUND, SOUND, SOUND], "unranked"),
    ],
)
def test_an_upstream_too_late_in_more_than_a_fifth_of_the_samples_leaves_a_cell_unranked(
    rounds: list[Measured], severity: str
) -> None:
    assert found(cell(*rounds)) == [("upstream_late", severity)]


def test_of_several_late_rounds_the_latest_is_told() -> None:
    later = replace(SOUND, late_p95_s=0.012, asked_mean_s=0.25)

    assert (
        "one call in 20 took at least 12 ms longer than asked, which was 250 ms on average."
        in message(cell(LATE, later, LATE, SOUND), "upstream_late")
    )


def test_a_late_upstream_is_told_with_what_was_asked() -> None:
    assert message(cell(LATE, SOUND, TOO_LATE, SOUND), "upstream_late") == (
        "The upstream answered late in rounds 1 and 3: one call in 20 took at least 25 ms longer "
        "than asked, which was 100 ms on average. Latencies contain this delay, which is not the "
        "view's; close other programs, or choose a level with fewer calls per second."
    )
