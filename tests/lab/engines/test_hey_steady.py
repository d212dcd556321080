"""Until when hey's load was steady: sequences worked out by hand, and the rule as it was."""

import random
import time
from collections.abc import Sequence

import msgspec
import numpy as np
import pytest

from lab.engines.hey import steady_s
from lab.paths import ROOT


@pytest.mark.parametrize(
    ("requests", "until_s"),
    [
        # Two connections with three requests each: the first has used up its quota after 3 s.
        ([(0, 1), (1, 1), (0, 2), (2, 1), (2, 2), (4, 2)], 3.0),
        # The same, half a second after the engine's own start.
        ([(0.5, 1), (1.5, 1), (0.5, 2), (2.5, 1), (2.5, 2), (4.5, 2)], 3.0),
        ([(0, 1), (1, 2)], 3.0),
        ([(0, 4), (0, 4), (4, 1), (4, 1)], 5.0),
        # A connection pauses: both are in flight last at 1 s.
        ([(0, 0.5), (0, 0.5), (1, 0.5), (1, 0.5)], 1.5),
        # The last start brings the most, and nothing is answered before the end.
        ([(0, 9), (1, 8), (2, 7)], 9.0),
        ([(3, 2)], 2.0),
    ],
)
def test_it_ends_with_the_answer_after_the_last_start_that_had_all_in_flight(
    requests: Sequence[tuple[float, float]], until_s: float
) -> None:
    offsets_s, latencies_s = zip(*requests, strict=True)

    assert steady_s(offsets_s, latencies_s) == (0.0, until_s)


def test_the_order_of_requests_says_nothing() -> None:
    requests = [(0, 1), (1, 1), (0, 2), (2, 1), (2, 2), (4, 2)]
    offsets_s, latencies_s = zip(*reversed(requests), strict=True)

    assert steady_s(offsets_s, latencies_s) == (0.0, 3.0)


def test_where_nothing_was_answered_or_in_no_time_nothing_was_steady() -> None:
    assert steady_s((), ()) is None
    assert steady_s((0.0, 0.0), (0.0, 0.0)) is None


def of_arrays(offsets: Sequence[float], latencies: Sequence[float]) -> tuple[float, float] | None:
    """The rule as reports had it before samples told the time."""
    offsets_s, latencies_s = np.asarray(offsets), np.asarray(latencies)
    starts_s = offsets_s - offsets_s.min()
    ends_s = starts_s + latencies_s
    started_s, ended_s = np.sort(starts_s), np.sort(ends_s)
    in_flight = np.arange(1, len(started_s) + 1) - ended_s.searchsorted(started_s, side="right")
    last = np.flatnonzero(in_flight == in_flight.max())[-1]
    end = min(int(ended_s.searchsorted(started_s[last], side="right")), len(ended_s) - 1)
    full_s = float(ended_s[end])
    return (0.0, full_s) if full_s > 0 else None


def kept_samples() -> list[tuple[Sequence[float], Sequence[float]]]:
    """Starts and latencies of the samples in docs/example."""
    read = [
        msgspec.json.decode(path.read_bytes())
        for path in sorted((ROOT / "docs" / "example" / "samples").glob("*.json"))
    ]
    return [(each["offsets_s"], each["latencies_s"]) for each in read]


def test_it_is_to_the_digit_what_it_was() -> None:
    source = random.Random(3)  # noqa: S311 - repeatable on purpose
    made = []
    for _ in range(2000):
        unit = source.choice([1.0, 0.25, 1e-9, 3e9])
        count = source.randint(1, 12)
        made.append(
            (
                [source.randint(0, 6) * unit for _ in range(count)],
                [source.choice([0.0, 1e-9, 1.0, 2.0, unit]) for _ in range(count)],
            )
        )
    samples = [*kept_samples(), *made]

    assert len(samples) > 2100
    assert [steady_s(*each) for each in samples] == [of_arrays(*each) for each in samples]


def test_a_thousand_requests_take_it_less_than_a_millisecond() -> None:
    """0.25 ms here: a report of 3000 older samples is not to wait for it."""
    largest = max(kept_samples(), key=lambda each: len(each[0]))
    began_s = time.process_time()
    for _ in range(100):
        steady_s(*largest)

    assert len(largest[0]) == 1000
    assert time.process_time() - began_s < 0.1
