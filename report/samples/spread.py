"""How the latencies of a sample are spread: over requests, and over its time.

What is kept of a sample is bounded, however many requests it had.
"""

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

# A percentile of more values is off by at most one in this many of them.
MOST_KEPT = 2000

# In how many equal parts a sample's time is told: as many as have some answers each, or a part
# without one would say nothing.
MOST_PARTS = 30
LEAST_ANSWERS = 10

# A percentile is told where at least as many of the answers took longer.
LEAST_BEYOND = 5
HIGHEST = 0.99

Times = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Ranks:
    """Latencies in rising order; of more than `MOST_KEPT`, as many at equal steps of rank.

    The last one is kept. Each stands for `count / len(kept_s)` of `count`.
    """

    count: int
    kept_s: "array[float]"  # unlike numpy's, equal to another one or not


@dataclass(frozen=True)
class Part:
    """What was answered in a part of a sample: none, and there are no latencies."""

    start_s: float
    answers: int
    median_s: float | None
    longest_s: float | None


def ranks(latencies_s: Times) -> Ranks:
    """What to keep of a sample's latencies."""
    count = len(latencies_s)
    ordered = np.sort(latencies_s)
    if count > MOST_KEPT:
        steps = np.arange(1, MOST_KEPT + 1)
        ordered = ordered[-(-steps * count // MOST_KEPT) - 1]
    return Ranks(count, array("d", ordered.tobytes()))


def percentiles(samples: Sequence[Ranks], shares: Sequence[float]) -> list[float | None]:
    """The latency that each share of the answers of all samples took at most.

    Shares are from 0 to 1. That of rank ceil(share * count), as `inverted_cdf` of numpy has
    it; 0 gives the shortest. None where `reach` does not go so far.
    """
    furthest = reach(sum(each.count for each in samples))
    if furthest is None:
        return [None] * len(shares)
    values = np.concatenate([each.kept_s for each in samples])
    weights = np.concatenate(
        [
            np.full(len(each.kept_s), each.count / len(each.kept_s))
            for each in samples
            if len(each.kept_s)
        ]
    )
    order = np.argsort(values, kind="stable")
    values, upto = values[order], np.cumsum(weights[order])
    # Sums of weights may be off by what a float cannot tell.
    wanted = np.asarray(shares) * upto[-1] - 1e-6
    places = np.searchsorted(upto, wanted)
    return [
        float(values[place]) if share <= furthest else None
        for share, place in zip(shares, places, strict=True)
    ]


def reach(count: int) -> float | None:
    """The highest share that `count` answers tell of; None where they are too few for any.

    At most `HIGHEST`, and none beyond which fewer than `LEAST_BEYOND` answers lie.
    """
    return min(HIGHEST, 1 - LEAST_BEYOND / count) if count > LEAST_BEYOND else None


def timeline(starts_s: Times, latencies_s: Times) -> tuple[Part, ...]:
    """What was answered in each part of a sample, from its first start to its last answer.

    Empty where there are too few answers for two parts.
    """
    count = min(MOST_PARTS, len(latencies_s) // LEAST_ANSWERS)
    if count < 2:  # noqa: PLR2004 - a single part has no course
        return ()
    ends_s = starts_s - starts_s.min() + latencies_s
    width_s = float(ends_s.max()) / count
    if not (width_s > 0 and math.isfinite(width_s)):
        return ()
    places = np.minimum((ends_s / width_s).astype(int), count - 1)
    ordered = latencies_s[np.lexsort((latencies_s, places))]
    answers = np.bincount(places, minlength=count)
    behind = np.cumsum(answers)
    parts = []
    for number, (its, end) in enumerate(zip(answers.tolist(), behind.tolist(), strict=True)):
        low, high = end - its + (its - 1) // 2, end - its + its // 2
        parts.append(
            Part(
                start_s=number * width_s,
                answers=its,
                median_s=float(ordered[low] + ordered[high]) / 2 if its else None,
                longest_s=float(ordered[end - 1]) if its else None,
            )
        )
    return tuple(parts)
