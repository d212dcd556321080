"""Geometric means, their t intervals and P values, against published and scipy's values."""

import math
import random

import pytest
from scipy import special, stats

from report.statistics.interval import Interval, geometric, half_width, p_value, t_quantile

TARGET = [52.0, 47.5, 61.2, 55.9, 49.3]
BASELINE = [40.1, 44.4, 43.0, 39.2, 48.8]


def over(target: list[float], baseline: list[float]) -> list[float]:
    return [one / other for one, other in zip(target, baseline, strict=True)]


def test_no_value_gives_nothing() -> None:
    assert geometric([]) == Interval(0, None, None, None, None, None)


def test_one_value_has_no_interval() -> None:
    assert geometric([41.3]) == Interval(1, 41.3, None, None, None, None)


def test_three_values_worked_out_by_hand() -> None:
    """Logs of 1, 2, 4 are 0, ln 2, 2 ln 2: mean ln 2, SD ln 2; t(0.975, 2) is 4.302653.

    With two degrees of freedom P is 1 - t / sqrt(t^2 + 2); t is sqrt(3) here.
    """
    half = 4.302652729911275 * math.log(2) / math.sqrt(3)

    interval = geometric([1.0, 2.0, 4.0])

    assert interval.count == 3
    assert interval.value == pytest.approx(2.0, rel=1e-12)
    assert interval.low == pytest.approx(2 * math.exp(-half), rel=1e-9)
    assert interval.high == pytest.approx(2 * math.exp(half), rel=1e-9)
    assert interval.low == pytest.approx(0.357462, abs=5e-7)
    assert interval.high == pytest.approx(11.19000, abs=5e-5)
    assert interval.sd == pytest.approx(math.log(2), rel=1e-12)
    assert interval.p == pytest.approx(1 - math.sqrt(3 / 5), rel=1e-12)


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.97, 0.99])
def test_of_ratios_it_is_the_paired_t_interval_on_logs(confidence: float) -> None:
    ours = geometric(over(TARGET, BASELINE), confidence=confidence)

    logs = [math.log(value) for value in TARGET], [math.log(value) for value in BASELINE]
    theirs = stats.ttest_rel(*logs).confidence_interval(confidence)
    assert ours.low == pytest.approx(math.exp(theirs.low), rel=1e-9)
    assert ours.high == pytest.approx(math.exp(theirs.high), rel=1e-9)


def test_of_ratios_p_is_that_of_the_paired_t_test_on_logs() -> None:
    draws = random.Random(3)  # noqa: S311 - repeatable, not secret
    for count in (2, 3, 5, 8, 20):
        for shift in (0.0, 0.1, 2.0):
            target = [math.exp(draws.gauss(shift, 0.2)) for _ in range(count)]
            baseline = [math.exp(draws.gauss(0, 0.2)) for _ in range(count)]
            theirs = stats.ttest_rel(
                [math.log(value) for value in target], [math.log(value) for value in baseline]
            )
            assert geometric(over(target, baseline)).p == pytest.approx(theirs.pvalue, rel=1e-9)


def test_p_does_not_depend_on_the_confidence_of_the_interval() -> None:
    ratios = over(TARGET, BASELINE)
    assert geometric(ratios, confidence=0.97).p == geometric(ratios).p


@pytest.mark.parametrize(("confidence", "inside"), [(0.9599, False), (0.9601, True)])
def test_the_interval_leaves_1_out_up_to_the_confidence_of_1_less_p(
    confidence: float, *, inside: bool
) -> None:
    """Mean m, SD s of 3 logs with P = 0.04: 1 - 0.04 is where the interval ends at 1."""
    t = float(special.stdtrit(2, 0.98))
    mean, spread = t / math.sqrt(3), 1.0  # logs mean - 1, mean, mean + 1 have an SD of 1
    interval = geometric(
        [math.exp(mean - spread), math.exp(mean), math.exp(mean + spread)], confidence=confidence
    )

    assert interval.p == pytest.approx(0.04, rel=1e-9)
    assert interval.low is not None
    assert (interval.low <= 1) is inside


def test_equal_values_give_an_interval_of_no_width() -> None:
    interval = geometric([50.0, 50.0, 50.0])

    assert (interval.low, interval.value, interval.high) == pytest.approx((50.0, 50.0, 50.0))
    assert interval.sd == pytest.approx(0, abs=1e-12)
    assert interval.p == pytest.approx(0, abs=1e-12)


def test_ratios_of_1_throughout_differ_from_1_with_a_p_of_1() -> None:
    assert geometric([1.0, 1.0, 1.0]) == Interval(3, 1.0, 1.0, 1.0, 0.0, 1.0)


def test_the_inverse_ratios_give_the_inverse_interval_and_the_same_p() -> None:
    ratios = over(TARGET, BASELINE)
    there, back = geometric(ratios), geometric([1 / ratio for ratio in ratios])

    assert there.value is not None
    assert there.low is not None
    assert there.high is not None
    assert back.value == pytest.approx(1 / there.value, rel=1e-12)
    assert back.low == pytest.approx(1 / there.high, rel=1e-12)
    assert back.high == pytest.approx(1 / there.low, rel=1e-12)
    assert back.sd == pytest.approx(there.sd, rel=1e-12)
    assert back.p == pytest.approx(there.p, rel=1e-9)


def test_the_ratio_of_two_means_is_the_mean_of_the_ratios() -> None:
    over = geometric([100.0, 200.0, 400.0]).value
    under = geometric([40.0, 50.0, 62.5]).value

    assert over is not None
    assert under is not None
    assert geometric([2.5, 4.0, 6.4]).value == pytest.approx(over / under)


def test_a_wider_confidence_gives_a_wider_interval_around_the_same_value() -> None:
    narrow, wide = geometric([1.0, 2.0], confidence=0.9), geometric([1.0, 2.0], confidence=0.99)

    assert narrow.value == wide.value
    assert narrow.low is not None
    assert wide.low is not None
    assert wide.low < narrow.low


@pytest.mark.parametrize(
    ("probability", "count", "published"),
    [
        (0.975, 2, 12.706),
        (0.975, 3, 4.303),
        (0.975, 5, 2.776),
        (0.975, 20, 2.093),
        (0.8, 5, 0.941),
        (0.995, 10, 3.250),
    ],
)
def test_students_t_as_printed_in_tables(probability: float, count: int, published: float) -> None:
    """NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2, by degrees of freedom."""
    assert t_quantile(probability, count) == pytest.approx(published, abs=5e-4)


def test_half_of_an_interval_worked_out_by_hand() -> None:
    """SD 0.2 over 4 values, t(0.975, 3) is 3.182446: 3.182446 x 0.2 / 2."""
    assert half_width(0.2, 4) == pytest.approx(0.3182446, abs=5e-8)


def test_p_of_two_values_is_cauchys() -> None:
    """With one degree of freedom t = 1 has a P of a half: mean 1, SD sqrt 2, 2 values."""
    assert p_value(1.0, math.sqrt(2), 2) == pytest.approx(0.5, rel=1e-12)


def test_p_without_any_spread() -> None:
    assert p_value(0.0, 0.0, 3) == 1.0
    assert p_value(-0.1, 0.0, 3) == 0.0


def test_two_rounds_that_are_absurdly_far_apart_have_an_interval_all_the_same() -> None:
    ratio = geometric([1e-18, 1e18])
    assert ratio.value == pytest.approx(1.0)
    half = 12.706204736174698 * 18 * math.log(10)  # t of one degree of freedom
    assert (ratio.low, ratio.high) == pytest.approx((math.exp(-half), math.exp(half)))
    further = geometric([1e-300, 1e300])
    assert (further.low, further.high) == (math.exp(-700), math.exp(700))
