"""Each verdict at its edges, P values adjusted, and the rounds that would decide."""

import math
import random

import numpy as np
import pytest
from scipy import stats

from lab.files.summary_json import Verdict
from report.statistics.interval import Interval, geometric, half_width
from report.statistics.verdict import (
    MOST_ROUNDS,
    adjust,
    adjust_family,
    judge,
    p_beyond,
    rounds_needed,
    rounds_to_width,
)

MARGIN = 0.1

# Benjamini and Hochberg, J. R. Stat. Soc. B 57 (1995), section 4.1: thrombolysis.
PUBLISHED = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
    0.5719, 0.6528, 0.7590, 1.0000,
]  # fmt: skip


def test_p_values_of_a_family_count_as_often_as_there_are_larger_ones() -> None:
    """Holm, by hand: 0.005 x 4, 0.01 x 3, 0.03 x 2, and 0.04 x 1, which is no less than that."""
    assert adjust_family([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert adjust_family([0.6, 0.9]) == [1.0, 1.0]
    assert adjust_family([0.04]) == [0.04]
    assert adjust_family([]) == []


def ratio(low: float, value: float, high: float) -> Interval:
    return Interval(5, value, low, high, sd=0.1, p=0.01)


def spread(value: float, sd: float, count: int) -> Interval:
    """What `geometric` gives for ratios with this mean and this SD of their logarithms."""
    step = sd * math.sqrt((count - 1) / (2 * (count // 2)))
    offsets = [-step, step] * (count // 2) + [0.0] * (count % 2)
    return geometric([value * math.exp(offset) for offset in offsets])


@pytest.mark.parametrize(
    ("low", "value", "high", "p_adjusted", "verdict"),
    [
        (1.05, 1.20, 1.37, 0.049, "faster"),
        (1.05, 1.20, 1.37, 0.05, "inconclusive"),  # P is to be under 0.05
        (1.000001, 1.20, 1.44, 0.01, "faster"),
        (1.0, 1.20, 1.44, 0.01, "inconclusive"),  # 1 is in the interval
        (1.05, 1.100001, 1.16, 0.01, "faster"),
        (1.05, 1.1, 1.16, 0.01, "inconclusive"),  # at the margin is not beyond it
        (0.73, 0.80, 0.95, 0.049, "slower"),
        (0.73, 0.80, 0.95, 0.05, "inconclusive"),
        (0.70, 0.80, 0.999999, 0.01, "slower"),
        (0.70, 0.80, 1.0, 0.01, "inconclusive"),
        (0.86, 0.909, 0.95, 0.01, "slower"),  # 1/1.1 is 0.90909...
        (0.86, 0.9091, 0.95, 0.01, "inconclusive"),
        (0.86, 1 / 1.1, 0.95, 0.01, "inconclusive"),  # at the margin, on this side as well
        (0.95, 1.00, 1.05, 1.0, "equivalent"),
        (1 / 1.1, 1.00, 1.1, 1.0, "equivalent"),
        (0.909, 1.00, 1.05, 1.0, "inconclusive"),
        (0.95, 1.00, 1.100001, 1.0, "inconclusive"),
        (0.50, 1.00, 2.00, 1.0, "inconclusive"),
    ],
)
def test_a_verdict_at_its_edge(
    low: float, value: float, high: float, p_adjusted: float, verdict: Verdict
) -> None:
    assert judge(ratio(low, value, high), p_adjusted, margin=MARGIN) == verdict


def test_a_difference_that_is_certain_but_small_is_equivalent() -> None:
    assert judge(ratio(1.02, 1.05, 1.08), 0.0001, margin=MARGIN) == "equivalent"


def test_the_margin_decides_what_is_small() -> None:
    assert judge(ratio(1.02, 1.05, 1.08), 0.0001, margin=0.04) == "faster"
    assert judge(ratio(0.80, 1.0, 1.25), 1.0, margin=0.25) == "equivalent"


def test_without_a_margin_every_certain_difference_counts_and_nothing_is_equivalent() -> None:
    assert judge(ratio(1.02, 1.05, 1.08), 0.0001, margin=0.0) == "faster"
    assert judge(ratio(0.999, 1.0, 1.001), 1.0, margin=0.0) == "inconclusive"


def test_that_a_ratio_is_within_the_margin_is_as_sure_as_its_interval_says() -> None:
    """The interval of 95 % that ends at the margin has a P value of 0.05."""
    half = half_width(0.05, 6)
    for sign in (1, -1):
        found = spread(math.exp(sign * (math.log(1.1) - half)), 0.05, 6)
        assert p_beyond(found, margin=0.1) == pytest.approx(0.05)
    # By scipy: two one-sided tests, of which the nearer side's counts twice.
    logs = np.array([0.01, 0.03, -0.02, 0.05, 0.02])
    found = geometric(np.exp(logs).tolist())
    nearer = stats.ttest_1samp(logs, math.log(1.1), alternative="less").pvalue
    assert p_beyond(found, margin=0.1) == pytest.approx(2 * nearer)


def test_a_ratio_at_or_beyond_the_margin_is_not_within_it_at_all() -> None:
    assert p_beyond(spread(1.1, 0.05, 6), margin=0.1) == pytest.approx(1.0)
    assert p_beyond(spread(1.3, 0.05, 6), margin=0.1) == 1.0
    assert p_beyond(spread(1.05, 0.0, 6), margin=0.1) == 0.0
    assert p_beyond(spread(1.3, 0.0, 6), margin=0.1) == 1.0


def test_what_is_to_be_surely_equivalent_takes_a_p_value_too() -> None:
    inside = ratio(0.96, 1.0, 1.04)
    assert judge(inside, 0.9, margin=MARGIN, beyond_adjusted=0.049) == "equivalent"
    assert judge(inside, 0.9, margin=MARGIN, beyond_adjusted=0.05) == "inconclusive"


def test_more_ratios_that_are_to_be_equivalent_take_more_rounds() -> None:
    found = spread(1.0, 0.08, 5)
    alone = rounds_needed(found, 1.0, margin=MARGIN)
    beyond = p_beyond(found, margin=MARGIN)
    same = rounds_needed(found, 1.0, margin=MARGIN, beyond_adjusted=beyond)
    many = rounds_needed(found, 1.0, margin=MARGIN, beyond_adjusted=min(1.0, 10 * beyond))
    assert alone == same < many


def test_without_an_interval_there_is_no_verdict() -> None:
    assert judge(geometric([]), None, margin=MARGIN) is None
    assert judge(geometric([2.0]), None, margin=MARGIN) is None
    assert judge(ratio(1.5, 2.0, 2.5), None, margin=MARGIN) is None


@pytest.mark.parametrize(("value", "verdict"), [(1.5, "faster"), (1 / 1.5, "slower")])
def test_ratios_without_spread_are_judged_by_their_value(value: float, verdict: Verdict) -> None:
    found = geometric([value] * 3)
    assert judge(found, found.p, margin=MARGIN) == verdict
    assert judge(geometric([1.0] * 3), 1.0, margin=MARGIN) == "equivalent"


def test_of_fifteen_published_p_values_four_stay_under_five_percent() -> None:
    """The paper rejects the first four: 0.0095 <= 4/15 x 0.05, and no later one passes."""
    adjusted = adjust(PUBLISHED)

    assert [p < 0.05 for p in adjusted] == [True] * 4 + [False] * 11
    assert adjusted[:3] == pytest.approx([0.0015, 0.0030, 0.0095])  # x 15, x 15/2, x 15/3
    assert adjusted[3] == pytest.approx(0.035625)  # 0.0095 x 15/4
    assert adjusted[4] == pytest.approx(0.0201 * 15 / 5)
    assert adjusted[5] == adjusted[6] == pytest.approx(0.0298 * 15 / 7)  # 6th: 0.0695, over it
    assert adjusted[14] == 1.0


def test_adjusted_p_values_keep_the_order_they_came_in() -> None:
    assert adjust([0.04, 0.01, 0.03]) == pytest.approx([0.04, 0.03, 0.04])


def test_adjusting_one_p_value_or_none_changes_nothing() -> None:
    assert adjust([0.03]) == [0.03]
    assert adjust([]) == []


def test_p_values_of_0_and_1_and_equal_ones_stay_p_values() -> None:
    assert adjust([0.0, 1.0, 1.0]) == [0.0, 1.0, 1.0]
    assert adjust([0.02, 0.02, 0.02]) == pytest.approx([0.02, 0.02, 0.02])


def test_adjusted_p_values_are_those_of_scipy() -> None:
    draws = random.Random(1)  # noqa: S311 - repeatable, not secret
    for count in (1, 2, 3, 9, 12, 40):
        for _ in range(20):
            p_values = [draws.random() ** 3 for _ in range(count)]
            theirs = stats.false_discovery_control(np.array(p_values))
            assert adjust(p_values) == pytest.approx(theirs.tolist(), rel=1e-12)


def test_ratios_without_spread_are_decided_by_one_more_round() -> None:
    assert rounds_needed(Interval(3, 1.3, 1.3, 1.3, 0.0, 0.0), 0.0, margin=MARGIN) == 1
    assert rounds_needed(Interval(3, 1.0, 1.0, 1.0, 0.0, 1.0), 1.0, margin=MARGIN) == 1


def test_a_spread_that_50_rounds_would_not_overcome_says_51() -> None:
    """An SD of 1 leaves +-28 % after 53 rounds: neither 1.2 nor 1.0 can be told by then."""
    for value in (1.0, 1.2):
        found = spread(value, 1.0, 3)
        assert found.p is not None
        assert rounds_needed(found, found.p, margin=MARGIN) == 51


def test_a_small_difference_and_a_small_spread_take_one_more_round() -> None:
    """SD 0.01 after 4 rounds has a half width of 0.016: 1.0 is well within, 1.3 well beyond."""
    for value in (1.0, 1.3):
        found = spread(value, 0.01, 3)
        assert found.p is not None
        assert rounds_needed(found, found.p, margin=MARGIN) == 1


def test_no_difference_takes_the_rounds_that_bring_both_ends_within_the_margin() -> None:
    """At 1.0 the mean swings to both sides: 4 times in 5 it stays within t(0.9) errors.

    log 1.1 = 0.09531 is to hold t(0.9) + t(0.975) errors of 0.1/sqrt(n). For n = 13 they are
    (1.3562 + 2.1788) x 0.1 / 3.6056 = 0.0980, for n = 14 (1.3502 + 2.1604) x 0.1 / 3.7417 =
    0.0938: 11 rounds after 3.
    """
    found = spread(1.0, 0.1, 3)
    assert rounds_needed(found, 1.0, margin=MARGIN) == 11


def test_a_difference_takes_the_rounds_that_part_it_from_1() -> None:
    """The logarithm of 1.3, 0.26236, is to hold t(0.8) + t(0.975) errors of 0.3/sqrt(n).

    For n = 12 they are (0.8755 + 2.2010) x 0.3 / 3.4641 = 0.2664, for n = 13
    (0.8726 + 2.1788) x 0.3 / 3.6056 = 0.2539: 8 rounds after 5.
    """
    found = spread(1.3, 0.3, 5)
    assert found.p is not None
    assert rounds_needed(found, found.p, margin=MARGIN) == 8


def test_an_estimate_that_has_to_stay_beyond_the_margin_takes_more_rounds() -> None:
    """At 1.15 the estimate has to stay over 1.1, 0.04445 away in logarithms.

    t(0.8) errors of 0.2/sqrt(n): for n = 15, 0.8681 x 0.2 / 3.8730 = 0.04483; for n = 16,
    0.8662 x 0.2 / 4 = 0.04331. But 1 has to be left out too: 0.13976 is to hold t(0.8) +
    t(0.975) errors; for n = 18, (0.8633 + 2.1098) x 0.2 / 4.2426 = 0.14015; for n = 19,
    (0.8621 + 2.1009) x 0.2 / 4.3589 = 0.13595: 14 after 5. At 1.12, only 0.01802 away, 1 is
    no longer what it hangs on, and 50 rounds would not do.
    """
    for value, rounds in ((1.15, 14), (1.12, 51)):
        found = spread(value, 0.2, 5)
        assert found.p is not None
        assert rounds_needed(found, found.p, margin=MARGIN) == rounds


def test_a_ratio_at_the_margin_is_not_decided_by_any_number_of_rounds() -> None:
    found = spread(1.1, 0.05, 5)
    assert found.p is not None
    assert rounds_needed(found, found.p, margin=MARGIN) == MOST_ROUNDS + 1


@pytest.mark.parametrize("value", [1.0, 1.02, 1.15, 1.3, 2.0])
@pytest.mark.parametrize("sd", [0.05, 0.1, 0.3])
def test_faster_and_slower_take_the_same_rounds(value: float, sd: float) -> None:
    there, back = spread(value, sd, 4), spread(1 / value, sd, 4)
    assert there.p is not None
    assert back.p is not None
    assert rounds_needed(there, there.p, margin=MARGIN) == rounds_needed(
        back, back.p, margin=MARGIN
    )


def test_more_ratios_at_once_take_more_rounds() -> None:
    """P counts five times, so that t(1 - 0.05/5/2) is what 0.26236 is to hold with t(0.8).

    For n = 18 they are (0.8633 + 2.8982) x 0.3 / 4.2426 = 0.2660, for n = 19
    (0.8620 + 2.8784) x 0.3 / 4.3589 = 0.2574: 14 rounds after 5, where one alone takes 8.
    """
    found = spread(1.3, 0.3, 5)
    assert found.p is not None
    assert rounds_needed(found, found.p * 5, margin=MARGIN) == 14
    assert rounds_needed(found, found.p, margin=MARGIN) == 8


def test_a_p_value_too_small_for_a_float_counts_once() -> None:
    """As with 0.3 and a P value that is a number: 8 rounds after 5."""
    found = Interval(5, 1.3, 0.9, 1.9, sd=0.3, p=0.0)
    assert rounds_needed(found, 0.0, margin=MARGIN) == 8


def test_fifty_rounds_are_the_most_that_are_told() -> None:
    """(1.2984 + 2.0076) x 0.209 / sqrt 52 = 0.0958 is over log 1.1, of 53 rounds it is 0.0949."""
    assert rounds_needed(spread(1.0, 0.209, 3), 1.0, margin=MARGIN) == 50
    assert rounds_needed(spread(1.0, 0.211, 3), 1.0, margin=MARGIN) == 51


def test_an_estimate_as_far_on_the_other_side_decides_as_well() -> None:
    """Of 3 rounds the error is 0.1, and what parts from 1 is 4.3027 of it away, on both sides.

    The logarithm 0.53527 is 1.05 errors beyond that: t of two degrees of freedom is less in 0.7981
    of the cases. It takes the 0.0053 in which it is less than -9.6554 to make four in five.
    """
    found = spread(math.exp(0.53527), 0.1 * math.sqrt(3), 2)
    assert found.p is not None
    assert rounds_needed(found, found.p, margin=MARGIN) == 1


def test_an_estimate_one_error_beyond_is_not_certain_enough_with_three_rounds() -> None:
    """Student's t is less than 1 in 0.7887 of the cases by two degrees of freedom.

    By three it would be in 0.8045 of them. A fourth round parts 0.53027 from 1 by far.
    """
    found = spread(math.exp(0.53027), 0.1 * math.sqrt(3), 2)
    assert found.p is not None
    assert rounds_needed(found, found.p, margin=MARGIN) == 2


def test_with_few_rounds_the_chance_is_that_of_as_few_degrees_of_freedom() -> None:
    """Of 3 rounds: (1.8856 + 4.3027) x 0.026 / sqrt 3 = 0.0929 is within log 1.1 = 0.0953.

    By a single degree of freedom t(0.9) would be 3.0777, and 0.1108 is beyond it.
    """
    assert rounds_needed(spread(1.0, 0.026, 2), 1.0, margin=MARGIN) == 1


def test_a_wider_interval_takes_more_rounds() -> None:
    found = spread(1.0, 0.1, 3)
    plain = rounds_needed(found, 1.0, margin=MARGIN)
    assert rounds_needed(found, 1.0, margin=MARGIN, confidence=0.99) > plain


def test_a_difference_has_to_leave_1_out_of_a_wider_interval_as_well() -> None:
    """t(0.995) and t(0.8) errors, as where P counts five times: 14 rounds after 5."""
    found = spread(1.3, 0.3, 5)
    assert found.p is not None
    assert rounds_needed(found, found.p, margin=MARGIN, confidence=0.99) == 14


@pytest.mark.parametrize("values", [[], [1.2]])
def test_rounds_of_a_ratio_without_an_interval_are_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match="without an interval"):
        rounds_needed(geometric(values), 1.0, margin=MARGIN)
    with pytest.raises(ValueError, match="without an interval"):
        rounds_to_width(geometric(values), 0.1, confidence=0.97, most=20)


def test_rounds_to_a_width_are_the_first_whose_half_width_is_within_it() -> None:
    """SD 0.1, +-10 %: 2.7765 x 0.1 / sqrt 5 = 0.124, 2.5706 / 24.49 = 0.105, 2.4469 / 26.46."""
    found = spread(1.7, 0.1, 3)
    assert rounds_to_width(found, 0.1, confidence=0.95, most=20) == 7
    assert rounds_to_width(found, 0.1, confidence=0.95, most=7) == 7
    assert half_width(0.1, 6) > math.log(1.1) >= half_width(0.1, 7)


def test_a_width_out_of_reach_takes_one_more_than_the_most() -> None:
    assert rounds_to_width(spread(1.0, 0.3, 3), 0.05, confidence=0.97, most=20) == 21


def test_no_spread_is_known_to_any_width_from_two_rounds_on() -> None:
    flat = Interval(3, 1.3, 1.3, 1.3, 0.0, 0.0)
    assert rounds_to_width(flat, 0.05, confidence=0.97, most=20) == 2
