"""How narrow the intervals of whole runs are, under the procedure of before and that of now: pure.

The width of a ratio is half the width of the interval of its logarithm, (ln high - ln low) / 2:
0.10 means about ±10 %.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
import numpy.typing as npt

from lab.display import NONE, plural
from lab.files.run_json import MachineFacts, Run
from lab.files.summary_json import Summary
from lab.level import Level

BEFORE, NOW = "before", "now"
PROCEDURES = (BEFORE, NOW)

RESAMPLES = 10_000
SEED = 14
ENDS_PERCENT = (2.5, 97.5)

# A target at a level.
Place = tuple[str, Level]

GOAL_LEVEL = Level(1000, 100)
GOAL_TIMES = 0.65

TEMPLATE = """\
# Narrower intervals for the same minutes

Written by `nox -s precision{options}` on {day}: {machine}.
The figures of each ratio are in [precision.csv](precision.csv), those of each run in
[precision_time.csv](precision_time.csv).

Two procedures are compared by whole runs of `compare`. Before is the default profile as it was,
`tests/calibration/before.toml`. Now is the default profile as it is, `steady`. Both were run
{repetitions} times, in turn. The two runs of a repetition have the same seed. In the first one
before came first; in the others that was drawn at random.{minutes}

A run says how many times the RPS of the baseline each other target has, with an interval. "Width"
is half the width of the interval of that ratio's logarithm: 0.10 means about ±10 %. The control is
left out. {without}

Columns "before" and "now" are medians over all repetitions. "Now / before" is the one median over
the other: below 1, now is narrower, or takes less time. Its 95 % interval in brackets is a
bootstrap: {resamples:,} times, as many repetitions are drawn from those there are, each with both
of its runs, and the 2.5 % lowest and the 2.5 % highest answers are cut off. Of few repetitions,
such an interval tends to be too narrow.

## Width by level

| level | before | now | now / before |
|---|---|---|---|
{levels}

## Width by target and level

| target | level | before | now | now / before |
|---|---|---|---|---|
{targets}

## Time of a run

| time | before | now | now / before |
|---|---|---|---|
{times}

## Goals

"Reached" goes by the medians; their ratio stands beside it, with its interval.

| goal | reached | now / before |
|---|---|---|
{goals}
"""

SAME_MINUTES = """

Each run of now was given the minutes that the runs of before had taken: the median of those so far,
to a tenth of a minute."""


@dataclass(frozen=True)
class Pair:
    """The RPS of a target over those of the baseline in one run; None where it has none."""

    target: str
    level: Level
    ratio: float | None
    low: float | None
    high: float | None

    @property
    def width(self) -> float | None:
        """Half the width of the interval's logarithm; None where there is no interval."""
        if self.low is None or self.high is None:
            return None
        return (math.log(self.high) - math.log(self.low)) / 2


@dataclass(frozen=True)
class Measured:
    """One whole run: `wall_s` from its start to its end, `load_s` of it under load."""

    repetition: int
    procedure: str
    wall_s: float
    load_s: float
    rounds: int
    pairs: tuple[Pair, ...]


def measured(repetition: int, procedure: str, run: Run, summary: Summary) -> Measured:
    """What counts of a run: every RPS ratio to the baseline, the control's left out."""
    return Measured(
        repetition=repetition,
        procedure=procedure,
        wall_s=run.wall_s,
        load_s=run.load_share * run.wall_s,
        rounds=run.rounds.done,
        pairs=tuple(
            Pair(each.target, each.at.level, each.ratio, each.low, each.high)
            for each in summary.comparisons
            if (each.kind, each.metric) == ("baseline", "rps")
        ),
    )


@dataclass(frozen=True)
class Repetition:
    """Figures of the same kind from the two runs of a repetition, one or more of each."""

    before: tuple[float, ...]
    now: tuple[float, ...]


@dataclass(frozen=True)
class Change:
    """The medians of two procedures. `low` and `high` are the ends of the 95 % interval of `times`.

    They are None where fewer than two repetitions have figures.
    """

    before: float
    now: float
    low: float | None
    high: float | None

    @property
    def times(self) -> float:
        """How many times the median of before that of now is."""
        return self.now / self.before


def change(repetitions: Sequence[Repetition]) -> Change | None:
    """From before to now; None without a repetition.

    The interval is a percentile bootstrap over repetitions (Efron and Tibshirani, An Introduction
    to the Bootstrap, 1993, chapter 13): both procedures of a repetition are drawn together, so what
    the machine did in it is in both. The same figures always have the same interval.
    """
    if not repetitions:
        return None
    before = [each.before for each in repetitions]
    now = [each.now for each in repetitions]
    low = high = None
    if len(repetitions) > 1:
        size = (RESAMPLES, len(repetitions))
        draws = np.random.default_rng(SEED).integers(len(repetitions), size=size)
        times = _medians(now, draws) / _medians(before, draws)
        low, high = map(float, np.percentile(times, ENDS_PERCENT))
    return Change(_median(before), _median(now), low, high)


def _median(figures: Iterable[Sequence[float]]) -> float:
    return median(figure for each in figures for figure in each)


def _medians(
    figures: Sequence[Sequence[float]], draws: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """The median over the repetitions of each draw. `draws`: a row each, of their places."""
    table = np.full((len(figures), max(map(len, figures))), np.nan)
    for row, each in zip(table, figures, strict=True):
        row[: len(each)] = each
    found: npt.NDArray[np.float64] = np.nanmedian(table[draws].reshape(len(draws), -1), axis=1)
    return found


@dataclass(frozen=True)
class Widths:
    """Changes of the width and the time; None where no repetition has the figures.

    `without` of the `ratios` have no interval, and so no width.
    """

    by_level: Mapping[Level, Change | None]
    by_target: Mapping[Place, Change | None]
    wall_s: Change | None
    load_s: Change | None
    repetitions: int
    ratios: int
    without: int


def widths(runs: Iterable[Measured]) -> Widths:
    """What the runs say. A repetition counts for a figure where both of its runs have that."""
    by = {(run.repetition, run.procedure): run for run in runs}
    both = [
        (by[number, BEFORE], by[number, NOW])
        for number in sorted({number for number, _ in by})
        if (number, BEFORE) in by and (number, NOW) in by
    ]
    by_level: dict[Level, list[Repetition]] = {}
    by_target: dict[Place, list[Repetition]] = {}
    for before, now in both:
        found = _paired(before, now)
        for pair in before.pairs + now.pairs:
            by_level.setdefault(pair.level, [])
            by_target.setdefault((pair.target, pair.level), [])
        for place, it in found.items():
            by_target[place].append(it)
        for level in {level for _, level in found}:
            by_level[level].append(_joined([it for (_, at), it in found.items() if at == level]))
    pairs = [pair for runs in both for run in runs for pair in run.pairs]
    return Widths(
        by_level={level: change(each) for level, each in by_level.items()},
        by_target={place: change(each) for place, each in by_target.items()},
        wall_s=change([Repetition((before.wall_s,), (now.wall_s,)) for before, now in both]),
        load_s=change([Repetition((before.load_s,), (now.load_s,)) for before, now in both]),
        repetitions=len(both),
        ratios=len(pairs),
        without=sum(pair.width is None for pair in pairs),
    )


def _paired(before: Measured, now: Measured) -> dict[Place, Repetition]:
    """The widths that both runs have, so that both speak of the same targets."""
    theirs, ours = (
        {
            (pair.target, pair.level): width
            for pair in run.pairs
            if (width := pair.width) is not None
        }
        for run in (before, now)
    )
    return {
        place: Repetition((width,), (ours[place],))
        for place, width in theirs.items()
        if place in ours
    }


def _joined(each: Sequence[Repetition]) -> Repetition:
    return Repetition(
        tuple(width for it in each for width in it.before),
        tuple(width for it in each for width in it.now),
    )


@dataclass(frozen=True)
class Goal:
    """`reached` is None where nothing that was measured tells."""

    what: str
    reached: bool | None
    seen: str


def goals(it: Widths) -> list[Goal]:
    """What the procedure of now shall do, by the medians."""
    at_goal = it.by_level.get(GOAL_LEVEL)
    within = [_at_most(its, 1) for its in it.by_level.values()]
    levels = [f"{level}: {_times(its)}" for level, its in it.by_level.items()]
    return [
        Goal(
            f"Median width at {GOAL_LEVEL} at most {GOAL_TIMES} of before",
            _at_most(at_goal, GOAL_TIMES),
            _times(at_goal),
        ),
        Goal(
            "No level's median wider",
            _all(within),
            "; ".join(levels) or NONE,
        ),
        Goal("In the same or less time", _at_most(it.wall_s, 1), _times(it.wall_s)),
    ]


def _at_most(it: Change | None, times: float) -> bool | None:
    return None if it is None else it.times <= times


def _all(answers: Sequence[bool | None]) -> bool | None:
    """False where one is; else None where one is not known, or there is none."""
    if False in answers:
        return False
    return True if answers and None not in answers else None


def render(
    it: Widths,
    machine: MachineFacts,
    *,
    day: str,
    options: str = "",
    same_minutes: bool = False,
) -> str:
    """The page in the docs. `options`: what the session was given, beside the defaults.

    `same_minutes`: whether runs of now were given the minutes of those of before.
    """
    return TEMPLATE.format(
        options=options and f" -- {options}",
        day=day,
        machine=f"{machine.cpu or machine.architecture}, {machine.cores} cores, "
        f"{machine.system} {machine.kernel}, Python {machine.python}",
        repetitions=it.repetitions,
        resamples=RESAMPLES,
        minutes=SAME_MINUTES if same_minutes else "",
        without=_without(it),
        levels="\n".join(_row(str(level), its, 3) for level, its in it.by_level.items()),
        targets="\n".join(
            _row(f"{target} | {level}", its, 3) for (target, level), its in it.by_target.items()
        ),
        times="\n".join([_row("whole run, s", it.wall_s, 0), _row("under load, s", it.load_s, 0)]),
        goals="\n".join(
            f"| {goal.what} | {_answer(goal.reached)} | {goal.seen} |" for goal in goals(it)
        ),
    )


def _without(it: Widths) -> str:
    if not it.without:
        return f"Each of the {plural(it.ratios, 'ratio')} has an interval."
    return (
        f"Without an interval: {it.without} of {plural(it.ratios, 'ratio')}, as figures of a "
        "target did not count or rounds were missing. They are left out, each with the same "
        "target's in the other run of its repetition."
    )


def _row(name: str, it: Change | None, digits: int) -> str:
    if it is None:
        return f"| {name} | {NONE} | {NONE} | {NONE} |"
    return f"| {name} | {it.before:.{digits}f} | {it.now:.{digits}f} | {_times(it)} |"


def _times(it: Change | None) -> str:
    """To three digits after the point: a goal is missed by less than a hundredth, too."""
    if it is None:
        return NONE
    if it.low is None or it.high is None:
        return f"{it.times:.3f}"
    return f"{it.times:.3f} [{it.low:.3f}, {it.high:.3f}]"


def _answer(reached: bool | None) -> str:  # noqa: FBT001 - the answer itself
    return {True: "yes", False: "**no**", None: NONE}[reached]
