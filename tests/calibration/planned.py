"""How often intervals are right where a run has planned its rounds and repeats as it went on.

Runs are drawn whole, with known ratios and known variances within and between starts, and planned
by `bench.plan.planner` itself. What is planned depends on what was seen, as a load with many
requests per second is also a short one; so it is shown here that this biases nothing.
"""

import itertools
import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bench.plan.blocks import make_plan
from bench.plan.loads import Seen
from bench.plan.planner import SoFar, is_due, plan_anew, room_of
from lab.condition import Condition
from lab.files.plan import Plan, Room
from lab.files.run_json import LEAST_ROUNDS
from lab.level import Level
from report.statistics.goal import UNTIL_CONFIDENCE
from report.statistics.looks import FIRST_LOOK, look_level
from tests.calibration.simulation import (
    UNTIL_ROUNDS,
    Floats,
    Integers,
    Rate,
    Row,
    estimate,
    looks,
    settles,
    stops,
)

SHORT, LONG = Condition(Level(150, 30)), Condition(Level(1000, 100))
BASE, QUICK, SLOW = "base", "quick", "slow"
TARGETS = (BASE, QUICK, SLOW, "control")
PAIRS = ((QUICK, BASE), (SLOW, BASE))
# RPS of the baseline and of what is slower; that of the quick one is a setting.
BASE_RPS, SLOW_RPS = 75.0, 60.0
BLOCK_S = 3.0

Planner = Callable[..., Plan]


@dataclass(frozen=True)
class World:
    """What is true: how many times the baseline's RPS the quick one has, and how they spread.

    `within` and `between` are standard deviations of log RPS, of the loads of a start and of
    starts; those of the quick target are `noisier` times as large.
    """

    ratio: float = 3.0
    within: float = 0.1
    between: float = 0.05
    noisier: float = 2.0

    def truth(self, target: str) -> float:
        """The logarithm of a target's RPS."""
        rps = {QUICK: BASE_RPS * self.ratio, SLOW: SLOW_RPS}
        return math.log(rps.get(target, BASE_RPS))

    def scale(self, target: str) -> float:
        return self.noisier if target == QUICK else 1.0


def whole_run(
    world: World, room: Room, draw: np.random.Generator, seed: int, planner: Planner = plan_anew
) -> Floats:
    """The log ratios of one run, of shape pairs x levels by rounds."""
    plan = make_plan(TARGETS, [SHORT, LONG], rounds=room.most, seed=seed, room=room)
    seen: list[Seen] = []
    means: dict[tuple[str, Condition], list[float]] = defaultdict(list)
    elapsed_s, blocks, number = 0.0, 0, 1
    while number <= plan.rounds:
        for block in (block for block in plan.blocks if block.round == number):
            logs: dict[Condition, list[float]] = defaultdict(list)
            start = {
                at: draw.normal(0, world.between * world.scale(block.target))
                for at in plan.conditions
            }
            for at in block.conditions:
                luck = draw.normal(0, world.within * world.scale(block.target))
                log_rps = world.truth(block.target) + start[at] + luck
                wall_s = at.level.requests / math.exp(log_rps)
                seen.append(Seen(block.target, at, number, log_rps, wall_s))
                logs[at].append(log_rps)
                elapsed_s += wall_s
            for at, found in logs.items():
                means[block.target, at].append(sum(found) / len(found))
            elapsed_s += BLOCK_S
            blocks += 1
        if is_due(number):
            so_far = SoFar(seen, number, elapsed_s, BLOCK_S)
            plan = planner(plan, so_far, seed=seed, baseline=BASE, pairs=PAIRS)
        number += 1
    return np.array(
        [
            np.subtract(means[target, at], means[other, at])
            for target, other in PAIRS
            for at in plan.conditions
        ]
    )


@dataclass(frozen=True)
class Planned:
    """What became of the first ratio of runs, that of the quick and noisy target at 150/30.

    `covered`: its interval has the true one. `above`: it lies above the true one, which as many
    should as lie below. `rounds`: how many they took, on average.
    """

    covered: Rate
    above: Rate
    rounds: float


def runs(
    world: World, room: Room, trials: int, seed: int, planner: Planner = plan_anew
) -> list[Floats]:
    """The log ratios of so many runs, less the true ones."""
    draw = np.random.default_rng(seed)
    return [
        whole_run(world, room, draw, number, planner) - _truth(world)[:, None]
        for number in range(trials)
    ]


def _truth(world: World) -> Floats:
    """The true log ratios, in the order of `whole_run`."""
    return np.array(
        [world.truth(target) - world.truth(other) for target, other in PAIRS for _ in (SHORT, LONG)]
    )


def fixed(drawn: list[Floats]) -> Planned:
    """Runs that end when their rounds are done, judged by plain 95 % intervals."""
    covered, above = [], []
    for logs in drawn:
        found = estimate(logs[None, :1])
        covered.append(abs(found.mean[0, 0]) <= found.half[0, 0])
        above.append(found.mean[0, 0] > 0)
    return _planned(covered, above, [logs.shape[1] for logs in drawn])


def until_percent(drawn: list[Floats], percent: float) -> Planned:
    """Runs that `--until` ends as soon as every ratio is known to `percent`."""
    logs = np.stack(drawn)
    most = logs.shape[2]
    rounds = stops(logs, percent, least=LEAST_ROUNDS, most=most)
    covered, above = [], []
    for run, count in zip(logs, rounds, strict=True):
        found = estimate(run[None, :, :count], confidence=UNTIL_CONFIDENCE)
        covered.append(abs(found.mean[0, 0]) <= found.half[0, 0])
        above.append(found.mean[0, 0] > 0)
    return _planned(covered, above, rounds)


def until_decided(drawn: list[Floats], world: World) -> Planned:
    """Runs that `--until decided` ends."""
    truth = _truth(world)
    logs = np.stack(drawn) + truth[:, None]
    most = logs.shape[2]
    level = look_level(most)
    rounds = settles(logs, level, first=FIRST_LOOK, most=most)
    covered, above = [], []
    for run, count in zip(logs, rounds, strict=True):
        found, _ = looks(run[None, :, :count], level)
        covered.append(abs(found.mean[0, 0] - truth[0]) <= found.half[0, 0])
        above.append(found.mean[0, 0] > truth[0])
    return _planned(covered, above, rounds)


def _planned(covered: list[bool], above: list[bool], rounds: Sequence[int] | Integers) -> Planned:
    return Planned(
        Rate(sum(map(bool, covered)), len(covered)),
        Rate(sum(map(bool, above)), len(above)),
        float(np.mean(rounds)),
    )


WORLDS = (
    World(),
    World(ratio=1.0),
    World(within=0.3, between=0.02, noisier=1.0),
    World(within=0.05, between=0.1, noisier=2.0),
    World(within=0.15, between=0.0, noisier=3.0),
)


def rows(trials: int, seed: int) -> Iterator[Row]:
    """Every claim about planned runs, as a rate with its bound; each has a seed of its own."""
    seeds = itertools.count(seed)
    for world in WORLDS:
        spread = (
            f"true ratio {world.ratio:g}, SD {world.within:g} within and {world.between:g} between "
            f"starts, times {world.noisier:g}"
        )
        timed = room_of(rounds=5, minutes=_minutes(world, 5))
        for what, room in (("5 rounds", Room(5, 5)), ("4 or 5 by the time they take", timed)):
            yield from _rows(what, spread, fixed(runs(world, room, trials, next(seeds))))
        drawn = runs(world, Room(UNTIL_ROUNDS, UNTIL_ROUNDS), trials // 4, next(seeds))
        yield from _rows("--until 20", spread, until_percent(drawn, 20), bound=0.95)
        yield from _rows("--until decided", spread, until_decided(drawn, world), bound=0.95)


def _rows(what: str, spread: str, found: Planned, bound: float = 0.94) -> Iterator[Row]:
    setting = f"{what}, {found.rounds:.1f} rounds on average, {spread}"
    yield Row("planned run, the interval has the true ratio", setting, found.covered, bound)
    if what.startswith("--until"):
        return  # a ratio that is looked at again and again need not lie in the middle
    yield Row("planned run, the ratio lies above the true one", setting, found.above, 0.5)
    below = Rate(found.above.trials - found.above.hits, found.above.trials)
    yield Row("planned run, the ratio lies below the true one", setting, below, 0.5)


def _minutes(world: World, rounds: int) -> float:
    """What so many rounds take where nothing is loaded again: half of the runs have no time."""
    draw = np.random.default_rng(1)
    still = World(world.ratio, 0.0, 0.0, 1.0)
    seconds: list[float] = []

    def watch(plan: Plan, so_far: SoFar, **_: object) -> Plan:
        seconds.append(so_far.elapsed_s / sum(block.round <= so_far.begun for block in plan.blocks))
        return plan

    whole_run(still, Room(rounds, rounds), draw, 1, watch)
    blocks = make_plan(TARGETS, [SHORT, LONG], rounds=rounds, seed=1).blocks
    return seconds[-1] * len(blocks) / 60
