"""Whether a soak's readings are flat.

A run keeps samples and logs, which are its product; of anything else the last round may
use no more than the first. The first quarter of the readings is warm-up: imports,
allocators and caches fill. Of the other three

- **counts** (descriptors, processes, listeners, temporary files and their bytes): the largest
  of the last quarter is not above the largest of the second. They are whole and read at the
  same point of each round, so that one more is one too many.
- **memory**: the growth over the whole soak, at the upper end of the 95 % interval of the
  Theil-Sen slope, stays under 5 MB, or 5 % where that is more. Allocators give memory back in
  steps and late, which a robust slope passes over and a maximum would not. A run that keeps
  20 kB too much per round for 300 rounds exceeds the bound.
- **disk**: the last quarter's bytes per round are within 10 % of the second's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TypeVar

from scipy import stats

LEAST_READINGS = 8
BOUND_BYTES = 5e6
BOUND_SHARE = 0.05
DISK_SHARE = 0.1
T = TypeVar("T")
S_PER_HOUR = 3600


@dataclass(frozen=True)
class Reading:
    """What a run used right after a round. Times are seconds since the soak began."""

    at_s: float
    round: int
    bench_rss_bytes: int
    bench_descriptors: int
    upstream_rss_bytes: int
    upstream_descriptors: int
    processes: int
    listeners: int
    disk_bytes: int
    temporary_files: int
    temporary_bytes: int


@dataclass(frozen=True)
class Verdict:
    """One quantity over the soak. `bound` says in words what it was held to.

    `first`, `last` are medians of the first and last quarter; `per_hour` is a slope after the
    first, None where it means nothing.
    """

    name: str
    unit: str
    first: float
    last: float
    largest: float
    per_hour: float | None
    seen: str
    bound: str
    flat: bool


def judge(readings: Sequence[Reading]) -> list[Verdict]:
    """A verdict on each quantity. Raises `ValueError` where there are too few readings."""
    if len(readings) < LEAST_READINGS:
        raise ValueError(f"{len(readings)} readings; to judge takes {LEAST_READINGS}.")
    return [
        _memory("memory of the bench", readings, lambda it: it.bench_rss_bytes),
        _memory("memory of the upstream", readings, lambda it: it.upstream_rss_bytes),
        _count("descriptors of the bench", readings, lambda it: it.bench_descriptors),
        _count("descriptors of the upstream", readings, lambda it: it.upstream_descriptors),
        _count("processes", readings, lambda it: it.processes),
        _count("listeners", readings, lambda it: it.listeners),
        _disk(readings),
        _count("temporary files", readings, lambda it: it.temporary_files),
        _count("temporary bytes", readings, lambda it: it.temporary_bytes),
    ]


def quarters(readings: Sequence[T]) -> list[Sequence[T]]:
    """Four parts with as many readings each, give or take one."""
    cuts = [len(readings) * part // 4 for part in range(5)]
    return [readings[low:high] for low, high in pairwise(cuts)]


Figure = Callable[[Reading], int]


def _memory(name: str, readings: Sequence[Reading], figure: Figure) -> Verdict:
    settled = readings[len(readings) // 4 :]
    values, hours = [figure(it) for it in settled], [it.at_s / S_PER_HOUR for it in settled]
    slope = stats.theilslopes(values, hours, alpha=0.95)
    length_h = (readings[-1].at_s - readings[0].at_s) / S_PER_HOUR
    most = max(BOUND_BYTES, BOUND_SHARE * median(values))
    grown = float(slope.high_slope) * length_h
    return _verdict(
        name,
        "bytes",
        readings,
        figure,
        per_hour=float(slope.slope),
        seen=f"{grown / 1e6:+.1f} MB over the soak, upper end",
        bound=f"under {most / 1e6:.1f} MB",
        flat=grown < most,
    )


def _count(name: str, readings: Sequence[Reading], figure: Figure) -> Verdict:
    _, second, _, last = quarters(readings)
    before, after = max(map(figure, second)), max(map(figure, last))
    return _verdict(
        name,
        "",
        readings,
        figure,
        seen=f"at most {after} in the last quarter",
        bound=f"{before}, the most in the second",
        flat=after <= before,
    )


def _disk(readings: Sequence[Reading]) -> Verdict:
    _, second, _, last = quarters(readings)
    before, after = _per_round(second), _per_round(last)
    length_h = (readings[-1].at_s - readings[0].at_s) / S_PER_HOUR
    return _verdict(
        "disk under the run's folder",
        "bytes",
        readings,
        lambda it: it.disk_bytes,
        per_hour=(readings[-1].disk_bytes - readings[0].disk_bytes) / length_h,
        seen=f"{after / 1e3:.1f} kB per round in the last quarter",
        bound=f"{before / 1e3:.1f} kB in the second, ±10 %",
        flat=abs(after - before) <= DISK_SHARE * abs(before),
    )


def _per_round(readings: Sequence[Reading]) -> float:
    first, last = readings[0], readings[-1]
    return (last.disk_bytes - first.disk_bytes) / (last.round - first.round)


def _verdict(
    name: str,
    unit: str,
    readings: Sequence[Reading],
    figure: Figure,
    *,
    seen: str,
    bound: str,
    flat: bool,
    per_hour: float | None = None,
) -> Verdict:
    first, _, _, last = quarters(readings)
    return Verdict(
        name=name,
        unit=unit,
        first=median(map(figure, first)),
        last=median(map(figure, last)),
        largest=max(map(figure, readings)),
        per_hour=per_hour,
        seen=seen,
        bound=bound,
        flat=flat,
    )
