"""How far the answers of a procedure lie apart, and where that comes from: pure."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, variance

from scipy.special import fdtri

from report.statistics.interval import half_width

USUAL, INTERLEAVED = "usual", "interleaved"


@dataclass(frozen=True)
class Figure:
    """One hey run of one procedure in one repetition."""

    pair: str
    repetition: int
    procedure: str
    target: str
    round: int
    repeat: int
    answered: int
    wall_s: float

    @property
    def log_rps(self) -> float:
        return math.log(self.answered / self.wall_s)


@dataclass(frozen=True)
class Answers:
    """What a procedure answered: the ratio of the second target's RPS to the first's, each time.

    `loaded_s` is the mean time under load of a repetition.
    """

    ratios: tuple[float, ...]
    loaded_s: float

    @property
    def sd(self) -> float:
        """Of the ratios' logarithms."""
        return math.sqrt(variance(math.log(ratio) for ratio in self.ratios))

    @property
    def width(self) -> float:
        """Of the 95 % t interval over the repetitions: its upper end over its lower."""
        return math.exp(2 * half_width(self.sd, len(self.ratios)))


def answers(figures: Iterable[Figure], pair: str, procedure: str) -> Answers:
    """The answers of `procedure` on `pair`, `NAME,NAME`."""
    logs: dict[int, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    loaded_s: dict[int, float] = defaultdict(float)
    for figure in figures:
        if (figure.pair, figure.procedure) == (pair, procedure):
            logs[figure.repetition][figure.target].append(figure.log_rps)
            loaded_s[figure.repetition] += figure.wall_s
    base, other = pair.split(",")
    return Answers(
        tuple(math.exp(fmean(of[other]) - fmean(of[base])) for of in logs.values()),
        fmean(loaded_s.values()),
    )


@dataclass(frozen=True)
class Narrowing:
    """How many times as wide one procedure's interval is as another's, with its 95 % interval."""

    times: float
    low: float
    high: float


def narrowing(ours: Answers, theirs: Answers) -> Narrowing:
    """The ratio of the widths of the two intervals' logarithms, by the F distribution.

    Both have as many repetitions, so it is the ratio of their standard deviations.
    """
    times = ours.sd / theirs.sd
    swing = math.sqrt(fdtri(len(ours.ratios) - 1, len(theirs.ratios) - 1, 0.975))
    return Narrowing(times, times / swing, times * swing)


@dataclass(frozen=True)
class Sources:
    """Standard deviations of a target's log RPS: within a start, between starts, of long runs."""

    within: float
    between: float
    long_runs: float


def sources(figures: Sequence[Figure], pair: str, target: str) -> Sources:
    """Where the spread of a target's short samples comes from, by a one-way analysis of variance.

    Between starts is what the spread of starts' means has over what the spread within
    them explains, at least 0.
    """
    starts: dict[tuple[int, int], list[float]] = defaultdict(list)
    long_runs = []
    for figure in figures:
        if (figure.pair, figure.target) == (pair, target):
            if figure.procedure == INTERLEAVED:
                starts[figure.repetition, figure.round].append(figure.log_rps)
            else:
                long_runs.append(figure.log_rps)
    within = fmean(variance(logs) for logs in starts.values())
    repeats = len(next(iter(starts.values())))
    means = variance(fmean(logs) for logs in starts.values())
    between = max(0.0, means - within / repeats)
    return Sources(math.sqrt(within), math.sqrt(between), math.sqrt(variance(long_runs)))
