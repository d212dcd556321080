"""Geometric means and their intervals."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import stdtrit


@dataclass(frozen=True)
class Interval:
    """An estimate with the ends of its interval, which are None where there is none."""

    value: float | None
    low: float | None = None
    high: float | None = None

    def to_json(self) -> dict[str, float | None]:
        return {"value": self.value, "low": self.low, "high": self.high}


def geometric(values: Sequence[float], *, confidence: float = 0.95) -> Interval:
    """The geometric mean of `values`, with the t interval of their logarithms' mean.

    For ratios of two targets in the same rounds this is the paired t interval, the
    one `scipy.stats.ttest_rel` on logarithms gives. One value has no interval.
    """
    if not values:
        return Interval(None)
    logs = [math.log(value) for value in values]
    count = len(logs)
    mean = math.fsum(logs) / count
    if count == 1:
        return Interval(values[0])
    variance = math.fsum((log - mean) ** 2 for log in logs) / (count - 1)
    half = float(stdtrit(count - 1, (1 + confidence) / 2)) * math.sqrt(variance / count)
    return Interval(math.exp(mean), math.exp(mean - half), math.exp(mean + half))
