import math

import pytest
from scipy import stats

from report.interval import Interval, geometric


def test_no_value_gives_nothing() -> None:
    assert geometric([]) == Interval(None, None, None)


def test_one_value_has_no_interval() -> None:
    assert geometric([41.3]) == Interval(41.3, None, None)


def test_three_values_worked_out_by_hand() -> None:
    """Logs of 1, 2, 4 are 0, ln 2, 2 ln 2: mean ln 2, SD ln 2; t(0.975, 2) is 4.302653."""
    half = 4.302652729911275 * math.log(2) / math.sqrt(3)

    interval = geometric([1.0, 2.0, 4.0])

    assert interval.value == pytest.approx(2.0, rel=1e-12)
    assert interval.low == pytest.approx(2 * math.exp(-half), rel=1e-9)
    assert interval.high == pytest.approx(2 * math.exp(half), rel=1e-9)
    assert interval.low == pytest.approx(0.357462, abs=5e-7)
    assert interval.high == pytest.approx(11.19000, abs=5e-5)


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_of_ratios_it_is_the_paired_t_interval_on_logs(confidence: float) -> None:
    target = [52.0, 47.5, 61.2, 55.9, 49.3]
    baseline = [40.1, 44.4, 43.0, 39.2, 48.8]

    ours = geometric(
        [one / other for one, other in zip(target, baseline, strict=True)], confidence=confidence
    )

    logs = [math.log(value) for value in target], [math.log(value) for value in baseline]
    theirs = stats.ttest_rel(*logs).confidence_interval(confidence)
    assert ours.low == pytest.approx(math.exp(theirs.low), rel=1e-9)
    assert ours.high == pytest.approx(math.exp(theirs.high), rel=1e-9)


def test_equal_values_give_an_interval_of_no_width() -> None:
    interval = geometric([50.0, 50.0, 50.0])

    assert (interval.low, interval.value, interval.high) == pytest.approx((50.0, 50.0, 50.0))


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


def test_json_says_null_where_there_is_no_interval() -> None:
    assert geometric([2.0]).to_json() == {"value": 2.0, "low": None, "high": None}
