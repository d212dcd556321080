"""What a run has seen of its loads: how long they take, and how far apart their RPS lie."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, variance

from bench.plan.blocks import Cell
from lab.condition import Condition

# Standard deviations of the logarithm of RPS as the lab has seen them with its own targets: of
# the loads of one start of the server, and of starts.
USUAL_WITHIN_SD = 0.10
USUAL_BETWEEN_SD = 0.05

# How many loads, or starts, of the run itself tell as much as that.
USUAL_COUNTS_AS = 4


@dataclass(frozen=True)
class Seen:
    """A finished load: the logarithm of its RPS, and how long it took."""

    target: str
    at: Condition
    round: int
    log_rps: float
    wall_s: float

    @property
    def cell(self) -> Cell:
        return self.target, self.at


@dataclass(frozen=True)
class Spread:
    """Variances of the logarithm of RPS: of the loads of one start, and of starts."""

    within: float
    between: float

    def of_start(self, loads: int) -> float:
        """The variance of the mean of so many loads of one start."""
        return self.between + self.within / loads


USUAL = Spread(USUAL_WITHIN_SD**2, USUAL_BETWEEN_SD**2)


def spreads(seen: Iterable[Seen]) -> dict[Cell, Spread]:
    """Where the spread of each cell comes from, as far as the run can tell by now.

    A one-way analysis of variance whose two variances are each pulled towards `USUAL`. Where a
    cell was loaded once a start, only their sum shows: it is parted as is usual.
    """
    starts: dict[Cell, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for each in seen:
        starts[each.cell][each.round].append(each.log_rps)
    return {cell: _spread(list(rounds.values())) for cell, rounds in starts.items()}


def _spread(starts: Sequence[Sequence[float]]) -> Spread:
    # The mean of starts with unlike numbers of loads has the mean of their 1 / loads.
    share = fmean(1 / len(logs) for logs in starts)
    usual = USUAL.between + USUAL.within * share
    of_means = _pulled(
        variance(fmean(logs) for logs in starts) if len(starts) > 1 else 0.0,
        len(starts) - 1,
        towards=usual,
    )
    free = sum(len(logs) - 1 for logs in starts)
    squares = sum(variance(logs) * (len(logs) - 1) for logs in starts if len(logs) > 1)
    within = _pulled(squares / free if free else 0.0, free, towards=of_means * USUAL.within / usual)
    return Spread(within, max(0.0, of_means - within * share))


def _pulled(found: float, free: int, *, towards: float) -> float:
    """A variance of `free` degrees of freedom, and the usual one: each counts by what it knows."""
    return (USUAL_COUNTS_AS * towards + free * found) / (USUAL_COUNTS_AS + free)


def load_s(seen: Iterable[Seen]) -> Mapping[Cell, float]:
    """How long a load of each cell takes, on average."""
    took: dict[Cell, list[float]] = defaultdict(list)
    for each in seen:
        took[each.cell].append(each.wall_s)
    return {cell: fmean(times) for cell, times in took.items()}
