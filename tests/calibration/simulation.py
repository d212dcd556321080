"""`python -m tests.calibration.simulation`: how often the report's rules are right.

Rounds are drawn with a known ratio and a known spread, and judged by the rules of
`report.statistics.interval` and `report.statistics.verdict`. Here those rules work on arrays, as
twenty thousand runs would take too long one by one; `tests/calibration/test_simulation.py` holds
each of them against the report's own function on random cases.

Arrays of log ratios have the shape trials x ratios x rounds.
"""

import argparse
import itertools
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtr, stdtrit

from lab.files.run_json import LEAST_ROUNDS
from lab.files.summary_json import Verdict
from report.statistics.goal import UNTIL_CONFIDENCE
from report.statistics.interval import CONFIDENCE
from report.statistics.looks import FIRST_LOOK, look_level
from report.statistics.verdict import MOST_ROUNDS, POWER, SIGNIFICANCE

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Noise = Literal["normal", "student", "mixture", "skewed"]

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
FASTER, SLOWER, EQUIVALENT, INCONCLUSIVE = range(4)

MARGIN = 0.1
SEED = 20_250_101
TRIALS = 20_000
SPREADS = (0.05, 0.1, 0.2, 0.3)
ROUNDS = (3, 5, 8, 20)
PERCENTS = (5, 10, 20, 25, 30)
# So many truly equal to the baseline, and so many with another true ratio.
MIXED = ((2, 2, 1.5), (14, 15, 1.101), (14, 15, 1.3))

# `--until`: what it reports, and the rounds that it takes at least and at most.
UNTIL_ROUNDS = 20


@dataclass(frozen=True)
class Rate:
    """A share of trials, with its 99 % interval.

    The interval is Wilson's (J. Am. Stat. Assoc. 22, 1927), which holds near 0 and 1 too.
    """

    hits: int
    trials: int

    @property
    def value(self) -> float:
        return self.hits / self.trials if self.trials else math.nan

    @property
    def low(self) -> float:
        return self._ends()[0]

    @property
    def high(self) -> float:
        return self._ends()[1]

    def _ends(self, confidence: float = 0.99) -> tuple[float, float]:
        if not self.trials:
            return 0.0, 1.0
        z2 = float(ndtri((1 + confidence) / 2)) ** 2 / self.trials
        middle = self.value + z2 / 2
        half = math.sqrt(self.value * (1 - self.value) * z2 + z2**2 / 4)
        return (middle - half) / (1 + z2), (middle + half) / (1 + z2)


@dataclass(frozen=True)
class Row:
    """One line of the table: a rate, and the bound that it is held against.

    `at_least` says on which side of `bound` the rate should lie. A row without a bound
    states what happens where nothing is promised.
    """

    what: str
    setting: str
    rate: Rate
    bound: float | None = None
    at_least: bool = True

    @property
    def holds(self) -> bool:
        """The rate is on the right side of the bound, or not certainly on the wrong one.

        A rule whose true rate is at its bound lands beyond it in every other simulation; so
        the rate's 99 % interval decides.
        """
        if self.bound is None:
            return True
        return self.rate.high >= self.bound if self.at_least else self.rate.low <= self.bound


@dataclass(frozen=True)
class Family:
    """The RPS ratios that one run shows: every target to the first, at every level.

    With `parents`, the targets are a chain, and each but the first two is compared with
    the one before it as well.
    """

    targets: int = 4
    levels: int = 3
    parents: bool = False

    @property
    def pairs(self) -> list[tuple[int, int]]:
        pairs = [(target, 0) for target in range(1, self.targets)]
        if self.parents:
            pairs += [(target, target - 1) for target in range(2, self.targets)]
        return pairs

    @property
    def ratios(self) -> int:
        return len(self.pairs) * self.levels


LONE = Family(targets=2, levels=1)
USUAL = Family()


@dataclass(frozen=True)
class Estimates:
    """What `report.statistics.interval.geometric` finds, as arrays, on the scale of logarithms."""

    count: int
    mean: Floats
    half: Floats
    sd: Floats
    p: Floats

    @property
    def value(self) -> Floats:
        return np.exp(self.mean)

    @property
    def low(self) -> Floats:
        return np.exp(self.mean - self.half)

    @property
    def high(self) -> Floats:
        return np.exp(self.mean + self.half)

    def cover(self, truth: float) -> Flags:
        """Whether each interval has the logarithm `truth` in it."""
        return np.abs(self.mean - truth) <= self.half


# The rules, on arrays


def estimate(logs: Floats, *, confidence: float = CONFIDENCE) -> Estimates:
    """`interval.geometric`: the t interval and test of each ratio's mean logarithm."""
    count = logs.shape[-1]
    mean = logs.mean(axis=-1)
    sd = logs.std(axis=-1, ddof=1)
    error = sd / math.sqrt(count)
    half = stdtrit(count - 1, (1 + confidence) / 2) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * stdtr(count - 1, -np.abs(mean) / error)
    return Estimates(count, mean, half, sd, np.where(sd == 0, np.where(mean == 0, 1.0, 0.0), p))


def adjust(p: Floats) -> Floats:
    """`report.statistics.verdict.adjust`: Benjamini and Hochberg's P values, over the last axis."""
    count = p.shape[-1]
    order = np.argsort(p, axis=-1)
    scaled = np.take_along_axis(p, order, axis=-1) * (count / np.arange(1, count + 1))
    falling = np.minimum.accumulate(scaled[..., ::-1], axis=-1)[..., ::-1]
    adjusted = np.empty_like(p)
    np.put_along_axis(adjusted, order, np.minimum(falling, 1.0), axis=-1)
    return adjusted


def p_beyond(found: Estimates, *, margin: float = MARGIN) -> Floats:
    """`report.statistics.verdict.p_beyond`: the P value of each ratio's lying beyond the margin."""
    inside = math.log(1 + margin) - np.abs(found.mean)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * stdtr(found.count - 1, -inside / (found.sd / math.sqrt(found.count)))
    return np.where(found.sd == 0, np.where(inside >= 0, 0.0, 1.0), np.minimum(p, 1.0))


def judge(
    found: Estimates,
    p_adjusted: Floats,
    *,
    p_beyond_adjusted: Floats | None = None,
    margin: float = MARGIN,
    significance: float = SIGNIFICANCE,
) -> Integers:
    """`report.statistics.verdict.judge`: places in `VERDICTS`."""
    inside: Flags = np.ones_like(p_adjusted, dtype=np.bool_)
    if p_beyond_adjusted is not None:
        inside = p_beyond_adjusted < significance
    low, value, high = found.low, found.value, found.high
    apart = p_adjusted < significance
    return np.select(
        [
            apart & (low > 1) & (value > 1 + margin),
            apart & (high < 1) & (value < 1 / (1 + margin)),
            inside & (1 / (1 + margin) <= low) & (high <= 1 + margin),
        ],
        [FASTER, SLOWER, EQUIVALENT],
        INCONCLUSIVE,
    ).astype(np.int64)


def rounds_needed(found: Estimates, p_adjusted: Floats, *, margin: float = MARGIN) -> Integers:
    """`report.statistics.verdict.rounds_needed` of each ratio, whatever its verdict."""
    beyond = math.log(1 + margin)
    factor = np.divide(p_adjusted, found.p, out=np.ones_like(found.p), where=found.p > 0)
    needed = np.where(found.sd == 0, 1, MOST_ROUNDS + 1)
    for more in range(1, MOST_ROUNDS + 1):
        left = needed > MOST_ROUNDS
        count = found.count + more
        distance, error = np.abs(found.mean[left]), found.sd[left] / math.sqrt(count)
        half = stdtrit(count - 1, (1 + CONFIDENCE) / 2) * error
        significant = stdtrit(count - 1, 1 - SIGNIFICANCE / factor[left] / 2) * error
        apart = np.maximum(np.maximum(half, significant), beyond)
        within = np.maximum(0.0, beyond - half)
        chance = stdtr(count - 1, (distance - apart) / error)
        chance += stdtr(count - 1, (-distance - apart) / error)
        chance += stdtr(count - 1, (within - distance) / error)
        chance -= stdtr(count - 1, (-within - distance) / error)
        needed[left] = np.where(chance >= POWER, more, MOST_ROUNDS + 1)
    return needed


def stops(
    logs: Floats, percent: float, *, least: int, most: int, confidence: float = UNTIL_CONFIDENCE
) -> Integers:
    """After how many rounds `--until` ends each trial: when every ratio is known to `percent`."""
    within = math.log(1 + percent / 100)
    rounds = np.full(len(logs), most)
    going = np.arange(len(logs))
    for count in range(least, most):
        found = estimate(logs[going, :, :count], confidence=confidence)
        known = (found.half <= within).all(axis=-1)
        rounds[going[known]] = count
        going = going[~known]
    return rounds


def looks(logs: Floats, level: float, *, margin: float = MARGIN) -> tuple[Estimates, Integers]:
    """What `--until decided` finds at a look whose nominal level is `level`, and its verdicts."""
    found = estimate(logs, confidence=1 - level)
    verdicts = judge(
        found,
        adjust(found.p),
        p_beyond_adjusted=adjust(p_beyond(found, margin=margin)),
        margin=margin,
        significance=level,
    )
    return found, verdicts


def settles(logs: Floats, level: float, *, first: int, most: int) -> Integers:
    """After how many rounds `--until decided` ends each trial: when every verdict is settled."""
    rounds = np.full(len(logs), most)
    going = np.arange(len(logs))
    for count in range(first, most):
        _, verdicts = looks(logs[going, :, :count], level)
        settled = (verdicts != INCONCLUSIVE).all(axis=-1)
        rounds[going[settled]] = count
        going = going[~settled]
    return rounds


# Noise


def draw(noise: Noise, shape: tuple[int, ...], sd: float, generator: np.random.Generator) -> Floats:
    """Values of mean 0 and standard deviation `sd`.

    `student` has 5 degrees of freedom; `mixture` has three times the spread in one round of
    ten; `skewed` is exponential, as where one target alone is hit by rare slow rounds.
    """
    if noise == "normal":
        values = generator.standard_normal(shape)
    elif noise == "student":
        values = generator.standard_t(5, shape) / math.sqrt(5 / 3)
    elif noise == "mixture":
        spread = np.where(generator.random(shape) < 0.1, 3.0, 1.0)
        values = generator.standard_normal(shape) * spread / math.sqrt(0.9 + 0.1 * 9)
    else:
        values = generator.standard_exponential(shape) - 1
    return values * sd


def draw_run(
    family: Family, rounds: int, sd: float, trials: int, generator: np.random.Generator
) -> Floats:
    """Log ratios of targets that are all equal.

    Each target has noise of its own at each level, and all share the baseline's, so that
    ratios at a level correlate by a half, as in a real run. What a whole round shares drops
    out of its ratios and is not drawn.
    """
    shape = (trials, family.targets, family.levels, rounds)
    rps = draw("normal", shape, sd / math.sqrt(2), generator)
    logs = [rps[:, target] - rps[:, other] for target, other in family.pairs]
    return np.concatenate(logs, axis=1)


# What is asked


def coverage(
    rounds: int,
    sd: float,
    trials: int,
    seed: int,
    *,
    noise: Noise = "normal",
    confidence: float = CONFIDENCE,
    repeated: float = 0.0,
) -> Rate:
    """How often the interval of a ratio after `rounds` has the true ratio in it.

    `repeated` is the share of the noise's variance that is the same in all rounds of a
    trial, as where every round repeats the latencies of the first.
    """
    generator = np.random.default_rng(seed)
    logs = draw(noise, (trials, 1, rounds), sd * math.sqrt(1 - repeated), generator)
    logs += draw(noise, (trials, 1, 1), sd * math.sqrt(repeated), generator)
    return _rate(estimate(logs, confidence=confidence).cover(0.0)[:, 0])


def until_coverage(
    percent: float,
    sd: float,
    trials: int,
    seed: int,
    *,
    least: int = LEAST_ROUNDS,
    most: int = UNTIL_ROUNDS,
    family: Family = LONE,
    confidence: float = UNTIL_CONFIDENCE,
) -> Rate:
    """How often the interval that `--until` reports of a ratio has the true ratio in it.

    Of a family the first ratio is counted: all are alike, and those of one trial are not
    independent. A lone ratio is the hardest case, as its own spread alone ends its run.
    """
    logs = draw_run(family, most, sd, trials, np.random.default_rng(seed))
    rounds = stops(logs, percent, least=least, most=most, confidence=confidence)
    covered = np.zeros(trials, dtype=np.bool_)
    for count, chosen in _by_rounds(rounds):
        found = estimate(logs[chosen, :1, :count], confidence=confidence)
        covered[chosen] = found.cover(0.0)[:, 0]
    return _rate(covered)


def hardest_spread(percent: float) -> float:
    """The SD, of 0.05 to 0.3, at which `until_coverage` of a lone ratio is least.

    Only SD over log(1 + percent/100) matters, and found by trying, coverage is least where
    that is about 1.75: most runs end well before 20 rounds, many on a lucky small spread.
    """
    return round(min(0.3, 1.75 * math.log(1 + percent / 100)), 3)


def false_verdicts(
    family: Family, rounds: int, sd: float, trials: int, seed: int, *, margin: float = MARGIN
) -> Rate:
    """The share of runs of equal targets that call at least one faster or slower."""
    logs = draw_run(family, rounds, sd, trials, np.random.default_rng(seed))
    found = estimate(logs)
    return _rate(np.any(_differ(judge(found, adjust(found.p), margin=margin)), axis=-1))


def until_false_verdicts(
    family: Family,
    percent: float,
    sd: float,
    trials: int,
    seed: int,
    *,
    least: int = LEAST_ROUNDS,
    most: int = UNTIL_ROUNDS,
    margin: float = MARGIN,
) -> Rate:
    """The same where `--until` ended the run."""
    logs = draw_run(family, most, sd, trials, np.random.default_rng(seed))
    wrong = np.zeros(trials, dtype=np.bool_)
    for count, chosen in _by_rounds(stops(logs, percent, least=least, most=most)):
        found = estimate(logs[chosen, :, :count], confidence=UNTIL_CONFIDENCE)
        wrong[chosen] = _differ(judge(found, adjust(found.p), margin=margin)).any(axis=-1)
    return _rate(wrong)


@dataclass(frozen=True)
class Settled:
    """What became of runs that `--until decided` ended.

    `covered`: the interval of the first ratio has the true one. `wrong`: one or more ratios were
    called faster, slower or equivalent that are not. `rounds`: how many they took, on average.
    """

    covered: Rate
    wrong: Rate
    rounds: float


def decided(
    ratios: Sequence[float],
    sd: float,
    trials: int,
    seed: int,
    *,
    most: int = UNTIL_ROUNDS,
    first: int = FIRST_LOOK,
    level: float | None = None,
) -> Settled:
    """What `--until decided` does to a run whose targets have the true `ratios` to the baseline."""
    family = Family(targets=len(ratios) + 1, levels=1)
    truth = np.log(np.asarray(ratios))
    logs = draw_run(family, most, sd, trials, np.random.default_rng(seed)) + truth[:, None]
    level = look_level(most) if level is None else level
    rounds = settles(logs, level, first=first, most=most)
    covered = np.zeros(trials, dtype=np.bool_)
    wrong = np.zeros(trials, dtype=np.bool_)
    beyond = np.abs(truth) > math.log(1 + MARGIN)
    for count, chosen in _by_rounds(rounds):
        found, verdicts = looks(logs[chosen, :, :count], level)
        covered[chosen] = (np.abs(found.mean - truth) <= found.half)[:, 0]
        wrong[chosen] = (
            ((verdicts == FASTER) & (truth <= 0))
            | ((verdicts == SLOWER) & (truth >= 0))
            | ((verdicts == EQUIVALENT) & beyond)
        ).any(axis=-1)
    return Settled(_rate(covered), _rate(wrong), float(rounds.mean()))


def false_equivalents(
    ratio: float, rounds: int, sd: float, trials: int, seed: int, *, margin: float = MARGIN
) -> Rate:
    """How often a true `ratio` beyond the margin is called equivalent."""
    logs = draw("normal", (trials, 1, rounds), sd, np.random.default_rng(seed)) + math.log(ratio)
    found = estimate(logs)
    return _rate(np.equal(judge(found, adjust(found.p), margin=margin)[:, 0], EQUIVALENT))


@dataclass(frozen=True)
class Deciding:
    """What became of ratios that were inconclusive, and of the rounds named for them.

    `named`: some number up to 50 was named. `enough`: of those, a verdict was reached with
    that many more. `hopeless`: of those told that 50 would not do, 50 did.
    """

    named: Rate
    enough: Rate
    hopeless: Rate


def deciding_rounds(
    ratio: float,
    rounds: int,
    sd: float,
    trials: int,
    seed: int,
    *,
    family: Family = LONE,
    margin: float = MARGIN,
) -> Deciding:
    """How often the rounds named by `rounds_needed` after `rounds` settle the verdict.

    The first ratio of the family is followed; all targets have the same true `ratio` to the
    baseline, and P values are adjusted over the family each time.
    """
    generator = np.random.default_rng(seed)
    logs = draw_run(family, rounds + MOST_ROUNDS, sd, trials, generator) + math.log(ratio)
    found = estimate(logs[..., :rounds])
    adjusted = adjust(found.p)
    unsettled = judge(found, adjusted, margin=margin)[:, 0] == INCONCLUSIVE
    needed = rounds_needed(found, adjusted, margin=margin)[unsettled, 0]
    logs = logs[unsettled]
    decided = np.zeros(len(logs), dtype=np.bool_)
    for more, chosen in _by_rounds(np.minimum(needed, MOST_ROUNDS)):
        later = estimate(logs[chosen, :, : rounds + more])
        decided[chosen] = judge(later, adjust(later.p), margin=margin)[:, 0] != INCONCLUSIVE
    named = needed <= MOST_ROUNDS
    return Deciding(
        named=_rate(named),
        enough=_rate(decided[named]),
        hopeless=_rate(decided[~named]),
    )


def _differ(verdicts: Integers) -> Flags:
    return np.isin(verdicts, (FASTER, SLOWER))


def _by_rounds(rounds: Integers) -> Iterator[tuple[int, Integers]]:
    """Each number of rounds with the places of the trials that take it."""
    for count in np.unique(rounds):
        yield int(count), np.flatnonzero(rounds == count)


def _rate(flags: Flags) -> Rate:
    return Rate(int(np.count_nonzero(flags)), flags.size)


# The table


def rows(trials: int = TRIALS, seed: int = SEED) -> list[Row]:
    """Every claim about the rules, as a rate with its bound; each has a seed of its own."""
    seeds = itertools.count(seed)
    return [
        *_coverage_rows(trials, seeds),
        *_until_rows(trials, seeds),
        *_false_rows(trials, seeds),
        *_deciding_rows(trials, seeds),
        *_settled_rows(trials, seeds),
    ]


def _coverage_rows(trials: int, seeds: Iterator[int]) -> Iterator[Row]:
    what = "95 % interval has the true ratio"
    for count, sd in itertools.product(ROUNDS, SPREADS):
        rate = coverage(count, sd, trials, next(seeds))
        yield Row(what, f"{count} rounds, SD {sd}", rate, 0.94)
    for noise, count in itertools.product(get_args(Noise)[1:], ROUNDS):
        rate = coverage(count, 0.2, trials, next(seeds), noise=noise)
        # With skewed noise nothing is promised; the row says what that costs.
        bound = None if noise == "skewed" else 0.94
        yield Row(what, f"{count} rounds, SD 0.2, {noise} noise", rate, bound)
    for count in ROUNDS:
        rate = coverage(count, 0.2, trials, next(seeds), repeated=0.2)
        yield Row(what, f"{count} rounds, SD 0.2, a fifth of it repeated", rate)


def _until_rows(trials: int, seeds: Iterator[int]) -> Iterator[Row]:
    what = "97 % interval of --until has the true ratio"
    for percent in PERCENTS:
        for sd in sorted({*SPREADS, hardest_spread(percent)}):
            rate = until_coverage(percent, sd, trials, next(seeds))
            yield Row(what, f"{_ratios(LONE)}, --until {percent}, SD {sd}", rate, 0.95)
    for percent in (10, 20):
        yield Row(
            what,
            f"{_ratios(USUAL)}, --until {percent}, SD 0.2",
            until_coverage(percent, 0.2, trials, next(seeds), family=USUAL),
            0.95,
        )


def _false_rows(trials: int, seeds: Iterator[int]) -> Iterator[Row]:
    what = "equal targets, one or more called faster or slower"
    families = USUAL, Family(targets=5), Family(parents=True)
    for family, sd, count in itertools.product(families, SPREADS, ROUNDS):
        if family is not USUAL and count != ROUNDS[0]:
            continue
        setting = f"{_ratios(family)}, {count} rounds, SD {sd}"
        rate = false_verdicts(family, count, sd, trials, next(seeds))
        yield Row(what, setting, rate, 0.05, at_least=False)
    for family, percent, sd in itertools.product((LONE, USUAL), (10, 20, 30), SPREADS):
        setting = f"{_ratios(family)}, --until {percent}, SD {sd}"
        rate = until_false_verdicts(family, percent, sd, trials, next(seeds))
        yield Row(what, setting, rate, 0.05, at_least=False)
    for ratio, count, sd in itertools.product((1.15, 1.25), ROUNDS, SPREADS):
        yield Row(
            f"true ratio {ratio} called equivalent",
            f"{count} rounds, SD {sd}",
            false_equivalents(ratio, count, sd, trials, next(seeds)),
            0.05,
            at_least=False,
        )


def _settled_rows(trials: int, seeds: Iterator[int]) -> Iterator[Row]:
    """`--until decided`, of targets with the same true ratio to the baseline, and with others."""
    alike = itertools.product((1.0, 1.101, 1.3), (1, 4, 29), SPREADS)
    worlds = [([ratio] * others, f"true ratio {ratio}", sd) for ratio, others, sd in alike]
    for (equal, others, ratio), sd in itertools.product(MIXED, SPREADS):
        what = f"{equal} of them truly 1 and {others} {ratio}"
        worlds.append(([1.0] * equal + [ratio] * others, what, sd))
    for ratios, what, sd in worlds:
        found = decided(ratios, sd, trials, next(seeds))
        setting = f"{_ratios(Family(len(ratios) + 1, 1))}, {what}, SD {sd}"
        yield Row("interval of --until decided has the true ratio", setting, found.covered, 0.95)
        yield Row(
            "--until decided, one or more verdicts wrong",
            f"{setting}, {found.rounds:.1f} rounds on average",
            found.wrong,
            0.05,
            at_least=False,
        )


def _deciding_rows(trials: int, seeds: Iterator[int]) -> Iterator[Row]:
    """Without a bound: early in a run the spread is hardly known, and luck is chosen for."""
    for ratio, count, sd in itertools.product((1.0, 1.3), (3, 5), SPREADS):
        found = deciding_rounds(ratio, count, sd, trials, next(seeds))
        setting = f"true ratio {ratio}, after {count} rounds, SD {sd}"
        if not found.enough.trials:
            continue  # nothing was inconclusive
        yield Row("inconclusive, up to 50 more rounds named", setting, found.named)
        yield Row("the rounds named did decide", setting, found.enough)


def _ratios(family: Family) -> str:
    parents = ", to parents too" if family.parents else ""
    return "1 ratio" if family.ratios == 1 else f"{family.ratios} ratios{parents}"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="simulation", description=__doc__)
    parser.add_argument("--trials", type=int, default=TRIALS, metavar="N")
    parser.add_argument("--seed", type=int, default=SEED, metavar="N")
    options = parser.parse_args(arguments)
    table = rows(options.trials, options.seed)
    print("| what | setting | rate | 99 % interval | bound | holds |\n|---|---|---|---|---|---|")
    for row in table:
        sign = "at least" if row.at_least else "at most"
        bound = "" if row.bound is None else f"{sign} {row.bound:.0%}"
        holds = "" if row.bound is None else ("yes" if row.holds else "NO")
        print(
            f"| {row.what} | {row.setting} | {row.rate.value:.2%} "
            f"| {row.rate.low:.2%} to {row.rate.high:.2%} | {bound} | {holds} |"
        )
    return 0 if all(row.holds for row in table) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
