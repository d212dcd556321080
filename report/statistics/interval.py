"""Geometric means, their intervals, and what tells them from 1."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import stdtr, stdtrit

CONFIDENCE = 0.95


LARGEST_LOG = 700.0


@dataclass(frozen=True)
class Interval:
    """A geometric mean with the ends of its interval, and how it was found.

    `value` is None where there was nothing to average. One value has no interval: the
    ends, `sd` (of the logarithms) and `p` are None then. `p` is the two-sided P value
    of the mean being 1.
    """

    count: int = 0
    value: float | None = None
    low: float | None = None
    high: float | None = None
    sd: float | None = None
    p: float | None = None


def geometric(values: Sequence[float], *, confidence: float = CONFIDENCE) -> Interval:
    """The geometric mean of `values`, with the t interval of their logarithms' mean.

    For ratios of two targets in the same rounds this is the paired t interval and test,
    those that `scipy.stats.ttest_rel` gives on logarithms. (Not called, as importing
    `scipy.stats` takes a second after every round.)
    """
    if not values:
        return Interval()
    if len(values) == 1:
        return Interval(1, values[0])
    logs = [math.log(value) for value in values]
    count = len(logs)
    mean = math.fsum(logs) / count
    sd = math.sqrt(math.fsum((log - mean) ** 2 for log in logs) / (count - 1))
    half = half_width(sd, count, confidence=confidence)
    return Interval(
        count=count,
        value=_exp(mean),
        low=_exp(mean - half),
        high=_exp(mean + half),
        sd=sd,
        p=p_value(mean, sd, count),
    )


def _exp(log: float) -> float:
    """The number of that logarithm, or the nearest that a float has room for."""
    return math.exp(max(-LARGEST_LOG, min(LARGEST_LOG, log)))


def half_width(sd: float, count: int, *, confidence: float = CONFIDENCE) -> float:
    """Half of a t interval of the mean of `count` logarithms, 2 or more, whose SD is `sd`."""
    return t_quantile((1 + confidence) / 2, count) * sd / math.sqrt(count)


def p_value(mean: float, sd: float, count: int) -> float:
    """The two-sided P value of `mean` being 0, by the t test."""
    if sd == 0:
        return 1.0 if mean == 0 else 0.0
    return float(2 * stdtr(count - 1, -abs(mean) / sd * math.sqrt(count)))


def t_quantile(probability: float, count: int) -> float:
    """Student's t for a mean of `count` values."""
    return float(stdtrit(count - 1, probability))
