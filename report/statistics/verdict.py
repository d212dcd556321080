"""Verdicts: what a ratio of RPS and its uncertainty allow to say, and what more would take."""

import math
from collections.abc import Sequence

from scipy.special import stdtr

from lab.files.summary_json import Verdict
from report.statistics.interval import CONFIDENCE, Interval, half_width, t_quantile

INCONCLUSIVE: Verdict = "inconclusive"

SIGNIFICANCE = 0.05

# "More than 50" is an answer: what would take longer is written as one more than this.
MOST_ROUNDS = 50

# How likely the rounds that are named decide, if the ratio and its spread stay as they are.
POWER = 0.8


def judge(
    ratio: Interval,
    p_adjusted: float | None,
    *,
    margin: float,
    significance: float = SIGNIFICANCE,
    beyond_adjusted: float | None = None,
) -> Verdict | None:
    """The verdict on a target's RPS over another's; None without an interval.

    `faster` and `slower` take an interval without 1, an estimate beyond `margin` (0.1:
    over 1.1, or under 1/1.1), and an adjusted P value under `significance`. `equivalent`
    takes an interval that lies within the margin and, where it is given, an adjusted
    `p_beyond` under `significance`.
    """
    if ratio.value is None or ratio.low is None or ratio.high is None or p_adjusted is None:
        return None
    if p_adjusted < significance:
        if ratio.low > 1 and ratio.value > 1 + margin:
            return "faster"
        if ratio.high < 1 and ratio.value < 1 / (1 + margin):
            return "slower"
    within = 1 / (1 + margin) <= ratio.low and ratio.high <= 1 + margin
    if within and (beyond_adjusted is None or beyond_adjusted < significance):
        return "equivalent"
    return INCONCLUSIVE


def p_beyond(ratio: Interval, *, margin: float) -> float:
    """How surely a ratio does not lie beyond the margin, as a P value; of both sides together.

    Twice that of the nearer one of two one-sided t tests (D. J. Schuirmann, J. Pharmacokinet.
    Biopharm. 15, 1987), so that under 0.05 is where an interval of 95 % lies within the margin.
    """
    if ratio.value is None or ratio.sd is None:
        raise ValueError("a ratio without an interval")
    inside = math.log(1 + margin) - abs(math.log(ratio.value))
    if ratio.sd == 0:
        return 0.0 if inside >= 0 else 1.0
    return min(1.0, 2 * _at_most(-inside / (ratio.sd / math.sqrt(ratio.count)), ratio.count))


def adjust(p_values: Sequence[float]) -> list[float]:
    """P values adjusted for the false discovery rate, in their order.

    Benjamini and Hochberg, J. R. Stat. Soc. B 57 (1995): the k-th smallest of m becomes
    the least of p m / j over the j-th smallest from there on; at most 1.
    """
    count = len(p_values)
    falling = sorted(range(count), key=lambda index: -p_values[index])
    adjusted = list(p_values)
    least = 1.0
    for rank, index in zip(range(count, 0, -1), falling, strict=True):
        least = min(least, p_values[index] * count / rank)
        adjusted[index] = least
    return adjusted


def adjust_family(p_values: Sequence[float]) -> list[float]:
    """P values adjusted for the chance that a single one of them is wrong, in their order.

    S. Holm, Scand. J. Stat. 6 (1979): the k-th smallest of m becomes the most of p (m - j + 1)
    over the j-th smallest up to there; at most 1.
    """
    count = len(p_values)
    rising = sorted(range(count), key=lambda index: p_values[index])
    adjusted = list(p_values)
    most = 0.0
    for rank, index in enumerate(rising):
        most = max(most, min(1.0, p_values[index] * (count - rank)))
        adjusted[index] = most
    return adjusted


def rounds_needed(
    ratio: Interval,
    p_adjusted: float,
    *,
    margin: float,
    confidence: float = CONFIDENCE,
    significance: float = SIGNIFICANCE,
    beyond_adjusted: float | None = None,
) -> int:
    """How many more rounds would probably settle an `inconclusive` verdict, at most 51.

    "Probably" is four times in five, if ratio, spread and the adjustment of P stay as
    they are. 51 says that 50 would not do. `confidence` is that of the interval,
    `significance` and `beyond_adjusted` are what the verdict takes.
    """
    if ratio.value is None or ratio.sd is None or ratio.p is None:
        raise ValueError("a ratio without an interval")
    if ratio.sd == 0:
        return 1
    distance = abs(math.log(ratio.value))
    # What adjusting made of the P value; a P value of 0 stays 0 whatever it is multiplied by.
    factor = p_adjusted / ratio.p if ratio.p else 1.0
    beyond = p_beyond(ratio, margin=margin) if beyond_adjusted is not None else 0.0
    inner = beyond_adjusted / beyond if beyond_adjusted is not None and beyond else 1.0
    for more in range(1, MOST_ROUNDS + 1):
        count = ratio.count + more
        error = ratio.sd / math.sqrt(count)
        half = half_width(ratio.sd, count, confidence=confidence)
        significant = t_quantile(1 - significance / factor / 2, count) * error
        apart = max(half, significant, math.log(1 + margin))
        sure = t_quantile(1 - significance / inner / 2, count) * error
        within = max(0.0, math.log(1 + margin) - max(half, sure))
        # An estimate beyond `apart` on either side differs; one up to `within` is equivalent.
        chance = (
            _at_most((distance - apart) / error, count)
            + _at_most((-distance - apart) / error, count)
            + _at_most((within - distance) / error, count)
            - _at_most((-within - distance) / error, count)
        )
        if chance >= POWER:
            return more
    return MOST_ROUNDS + 1


def _at_most(t: float, count: int) -> float:
    """How likely Student's t of `count` values is `t` or less."""
    return float(stdtr(count - 1, t))


def rounds_to_width(ratio: Interval, within: float, *, confidence: float, most: int) -> int:
    """With how many rounds in all the ratio is probably known to a factor of 1 + `within`.

    Counted from its spread so far; `most` + 1 where that many would not do.
    """
    if ratio.sd is None:
        raise ValueError("a ratio without an interval")
    for count in range(2, most + 1):
        if half_width(ratio.sd, count, confidence=confidence) <= math.log(1 + within):
            return count
    return most + 1
