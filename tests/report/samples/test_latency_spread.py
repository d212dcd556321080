"""What is kept of a sample's latencies: order statistics, percentiles of many samples, time.

The rank of a share q of n answers is ceil(q n), as `inverted_cdf` of numpy has it.
"""

import math
from array import array
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from report.samples.measured import measure
from report.samples.spread import MOST_KEPT, Part, Ranks, Times, percentiles, ranks, reach, timeline
from tests.support import runs


def times(*values_s: float) -> Times:
    return np.array(values_s, dtype=np.float64)


def up_to(count: int) -> Times:
    """1, 2, ... `count`, falling: each is its own rank."""
    return np.arange(count, 0, -1, dtype=np.float64)


def shuffled(count: int, seed: int) -> Times:
    return np.random.default_rng(seed).lognormal(size=count)


@pytest.mark.parametrize(
    ("latencies_s", "kept_s"),
    [(times(), []), (times(0.5), [0.5]), (times(3.0, 1.0, 2.0, 1.0), [1.0, 1.0, 2.0, 3.0])],
    ids=["none", "one", "some"],
)
def test_few_latencies_are_all_kept_in_rising_order(
    latencies_s: Times, kept_s: list[float]
) -> None:
    assert ranks(latencies_s) == Ranks(len(latencies_s), array("d", kept_s))


def test_as_many_as_may_be_kept_are_all_kept() -> None:
    assert list(ranks(up_to(2000)).kept_s) == [float(rank) for rank in range(1, 2001)]


def test_of_one_more_the_shortest_is_left_out() -> None:
    """Step k is rank ceil(k 2001 / 2000) = k + 1: from the second to the last."""
    kept = ranks(up_to(2001))

    assert kept.count == 2001
    assert list(kept.kept_s) == [float(rank) for rank in range(2, 2002)]


def test_of_more_those_at_equal_steps_of_rank_are_kept() -> None:
    """Of 5000, every 2.5th, rounded up: 3, 5, 8, 10, ... 4998, 5000."""
    kept = list(ranks(up_to(5000)).kept_s)

    assert len(kept) == MOST_KEPT == 2000
    assert kept[:6] == [3, 5, 8, 10, 13, 15]
    assert kept[-4:] == [4993, 4995, 4998, 5000]


def test_what_is_given_stays_as_it_was() -> None:
    given_s = times(3.0, 1.0, 2.0)
    ranks(given_s)

    assert list(given_s) == [3.0, 1.0, 2.0]


def test_of_a_million_answers_no_more_is_kept_than_of_two_thousand() -> None:
    kept = ranks(up_to(1_000_000))

    assert len(kept.kept_s) == 2000
    assert kept.kept_s[0] == 500
    assert kept.kept_s[-1] == 1_000_000


@pytest.mark.parametrize(
    ("count", "share"),
    [
        (0, None),
        (5, None),
        (6, 1 / 6),
        (10, 0.5),
        (20, 0.75),
        (100, 0.95),
        (499, 494 / 499),
        (500, 0.99),
        (1_000_000, 0.99),
    ],
)
def test_a_percentile_is_told_where_five_answers_lie_beyond_it(
    count: int, share: float | None
) -> None:
    found = reach(count)

    assert found is None if share is None else found == pytest.approx(share, abs=1e-15)


@pytest.mark.parametrize("percent", [50, 75, 90, 95, 99])
def test_the_usual_percentiles_are_told_of_the_fewest_answers_that_allow_them(percent: int) -> None:
    """Five beyond P95 are a twentieth of 100; 1 - 5/n must not come out short by rounding."""
    fewest = 500 // (100 - percent)

    enough, too_few = (
        percentiles([ranks(up_to(count))], [percent / 100]) for count in (fewest, fewest - 1)
    )
    assert enough == [float(fewest - 5)]
    assert too_few == [None]


@pytest.mark.parametrize(
    "samples", [[], [times()], [times(), times()], [times(0.5)], [times(1, 2), times(3, 4, 5)]]
)
def test_of_five_answers_or_fewer_no_percentile_is_told(samples: list[Times]) -> None:
    assert percentiles([ranks(each) for each in samples], [0.0, 0.5]) == [None, None]


def test_shares_that_are_told_and_such_that_are_not_stand_side_by_side() -> None:
    """Of six answers a sixth is told: share 0.1 has rank ceil(0.6) = 1, as 0 has."""
    assert percentiles([ranks(up_to(6))], [0.5, 0.1, 0.0, 1.0]) == [None, 1.0, 1.0, None]


def test_a_share_that_falls_on_a_rank_is_that_rank() -> None:
    """0.07 times 100 is 7.000000000000001 in floats, and still rank 7."""
    assert percentiles([ranks(up_to(100))], [0.07, 0.29, 0.57]) == [7.0, 29.0, 57.0]


def test_every_answer_counts_the_same_whatever_its_round() -> None:
    """Of 1000 and 10, rank ceil(0.99 * 1010) = 1000 is the last fast one; of 1000 and 20, slow.

    The mean of both rounds' P99 would be 0.55 s either way.
    """
    fast = ranks(np.full(1000, 0.1))

    assert percentiles([fast, ranks(np.full(10, 1.0))], [0.5, 0.99]) == [0.1, 0.1]
    assert percentiles([fast, ranks(np.full(20, 1.0))], [0.5, 0.99]) == [0.1, 1.0]


def test_thinned_answers_count_as_many_as_they_stand_for() -> None:
    """6000 fast ones, of which 2000 are kept, and 2000 slow ones: these are a quarter."""
    pooled = [ranks(np.full(6000, 0.1)), ranks(np.full(2000, 1.0))]

    assert percentiles(pooled, [0.5, 0.75, 0.751]) == [0.1, 0.1, 1.0]


def test_pooled_percentiles_are_those_of_numpy_where_nothing_was_thinned() -> None:
    samples = [shuffled(count, seed) for seed, count in enumerate((150, 3, 0, 2000, 37, 1))]
    shares = [0.0, 0.123, 0.5, 0.9, 0.95, 0.99]

    expected = np.quantile(np.concatenate(samples), shares, method="inverted_cdf")
    assert percentiles([ranks(each) for each in samples], shares) == expected.tolist()


def test_thinned_ones_are_off_by_a_two_thousandth_of_the_ranks_at_most() -> None:
    """Each value is its own rank; of 20,000, a two thousandth is 10."""
    found = percentiles([ranks(up_to(20_000))], [0.5, 0.5001, 0.9, 0.95, 0.99])

    assert found == [10_000, 10_010, 18_000, 19_000, 19_800]


@given(
    counts=st.lists(st.sampled_from([0, 1, 6, 150, 1999, 2000, 2001, 3999, 7001]), max_size=4),
    percent=st.integers(0, 99),
)
def test_a_pooled_percentile_is_never_more_than_a_two_thousandth_of_ranks_too_high(
    counts: list[int], percent: int
) -> None:
    """One rank more where that of a sample falls between two; and never too low."""
    samples = [shuffled(count, seed) for seed, count in enumerate(counts)]
    total = sum(counts)

    (found,) = percentiles([ranks(each) for each in samples], [percent / 100])
    if found is not None:
        rank = int((np.concatenate(samples) <= found).sum())
        wanted = max(1, math.ceil(Fraction(percent, 100) * total))
        thinned = sum(count for count in counts if count > MOST_KEPT)
        assert 0 <= rank - wanted <= thinned / MOST_KEPT + (1 if thinned else 0)


@given(
    samples=st.lists(st.lists(st.floats(0, 100), max_size=30), max_size=5),
    percents=st.lists(st.integers(0, 100), max_size=8),
)
def test_percentiles_are_answers_and_rise_with_their_share(
    samples: list[list[float]], percents: list[int]
) -> None:
    pooled = sorted(value for each in samples for value in each)

    found = percentiles(
        [ranks(times(*each)) for each in samples], [p / 100 for p in sorted(percents)]
    )
    told = [value for value in found if value is not None]
    assert told == sorted(told)
    assert found == [*told, *[None] * (len(percents) - len(told))]
    assert told == [
        pooled[max(1, math.ceil(Fraction(percent, 100) * len(pooled))) - 1]
        for percent in sorted(percents)[: len(told)]
    ]


@pytest.mark.parametrize(
    ("answers", "parts"),
    [
        (19, 0), (20, 2), (29, 2), (30, 3), (299, 29), (300, 30), (309, 30), (310, 30), (3000, 30),
    ],
)  # fmt: skip
def test_time_has_as_many_parts_as_have_ten_answers_each_but_one_part_is_none(
    answers: int, parts: int
) -> None:
    """One a second: a single part would say no more than the figures do, 30 fill the picture."""
    found = timeline(np.arange(answers, dtype=np.float64), np.ones(answers))

    assert len(found) == parts
    assert sum(part.answers for part in found) == (answers if parts else 0)


def test_a_stall_is_a_hole_in_the_time_of_a_sample() -> None:
    """40 answers until 4 s, so parts are 1 s; an answer at the end is in the last part."""
    starts_s, latencies_s = [0] * 19 + [1] * 21, [0.5] * 19 + [0.25] * 20 + [3]

    assert timeline(times(*starts_s), times(*latencies_s)) == (
        Part(0.0, 19, 0.5, 0.5),
        Part(1.0, 20, 0.25, 0.25),
        Part(2.0, 0, None, None),
        Part(3.0, 1, 3.0, 3.0),
    )


# In parts of 1 s: 24 answers at 2.5 s, three within the first second, two within the next, and
# the last one after 3 s.
STARTS_S = times(*[2] * 24, 0, 1, 0, 1, 0, 0)
LATENCIES_S = times(*[0.5] * 24, 0.75, 0.25, 0.125, 0.5, 0.25, 3)


def test_a_part_has_the_median_and_the_longest_of_what_was_answered_in_it() -> None:
    """0.125, 0.25 and 0.75 s; 0.25 and 0.5 s; 24 of 0.5 s, and 3 s."""
    assert timeline(STARTS_S, LATENCIES_S) == (
        Part(0.0, 3, 0.25, 0.75),
        Part(1.0, 2, 0.375, 0.5),
        Part(2.0, 25, 0.5, 3.0),
    )


def test_an_answer_is_in_the_part_in_which_it_came() -> None:
    """In parts of half a second: ten after a quarter of one, ten after two parts."""
    assert timeline(np.zeros(20), times(*[0.25] * 10, *[1.0] * 10)) == (
        Part(0.0, 10, 0.25, 0.25),
        Part(0.5, 10, 1.0, 1.0),
    )


def test_time_counts_from_the_first_start() -> None:
    assert timeline(STARTS_S + 64, LATENCIES_S) == timeline(STARTS_S, LATENCIES_S)


def test_requests_that_were_answered_all_at_once_are_in_the_last_part() -> None:
    assert timeline(np.full(20, 3.0), np.full(20, 1.5)) == (
        Part(0.0, 0, None, None),
        Part(0.75, 20, 1.5, 1.5),
    )


@pytest.mark.parametrize(
    "latencies_s",
    [[0.0] * 20, [1.0] * 19 + [math.inf], [1.0] * 19 + [math.nan], [5e-324] * 20],
    ids=["that took nothing", "endless", "no number", "least"],
)
def test_what_took_no_time_that_can_be_parted_has_no_timeline(latencies_s: list[float]) -> None:
    """Twenty are enough for two parts; half of the least number is 0."""
    assert timeline(np.full(20, 7.0), times(*latencies_s)) == ()
    assert len(timeline(np.full(20, 7.0), np.ones(20))) == 2


@pytest.mark.parametrize("count", [0, 1])
def test_without_answers_or_with_one_there_is_no_timeline(count: int) -> None:
    assert timeline(np.zeros(count), np.ones(count)) == ()


@given(
    st.lists(st.tuples(st.floats(0, 1e4), st.floats(1e-6, 1e4)), min_size=20, max_size=60),
)
def test_every_answer_is_in_one_part(requests: list[tuple[float, float]]) -> None:
    starts_s, latencies_s = (times(*column) for column in zip(*requests, strict=True))

    parts = timeline(starts_s, latencies_s)
    assert len(parts) == len(requests) // 10
    assert sum(part.answers for part in parts) == len(requests)
    assert max(part.longest_s or 0.0 for part in parts) == max(latencies_s)


def test_a_measured_sample_holds_its_ranks_and_its_time() -> None:
    """135 answers of 0.25 s and 15 of 1.5 s, each slow one a third of the first 45.

    150 answers have 15 parts of 10 each, on average.
    """
    measured = measure(runs.sample("sync_requests", 1, 3.0))

    assert measured.latencies == Ranks(150, array("d", [0.25] * 135 + [1.5] * 15))
    assert len(measured.timeline) == 15
    assert sum(part.answers for part in measured.timeline) == 150
    assert max(part.longest_s or 0.0 for part in measured.timeline) == 1.5


def test_a_sample_without_an_answer_has_none_of_them() -> None:
    measured = measure(runs.sample("sync_requests", 1, 3.0, refused=150))

    assert measured.latencies == Ranks(0, array("d"))
    assert measured.timeline == ()
