"""Runs that plan themselves, drawn: that a plan which biases what it shows would be seen."""

from typing import Any

import numpy as np

from bench.plan.blocks import blocks_of
from bench.plan.planner import SoFar, room_of
from lab.files.plan import Plan, Room
from tests.calibration.planned import (
    BASE,
    LONG,
    QUICK,
    SHORT,
    TARGETS,
    World,
    fixed,
    rows,
    runs,
    until_decided,
    until_percent,
    whole_run,
)

FIVE = Room(fewest=5, most=5)
STILL = World(within=0.0, between=0.0)


def test_without_any_spread_a_run_finds_the_true_ratios() -> None:
    logs = whole_run(STILL, FIVE, np.random.default_rng(1), 1)
    expected = np.log([3.0, 3.0, 60 / 75, 60 / 75])
    np.testing.assert_allclose(logs, np.repeat(expected[:, None], 5, axis=1))


def test_spread_between_starts_is_in_every_load_of_a_start() -> None:
    drawn = runs(World(within=0.0, between=0.1, noisier=1.0), FIVE, 400, 2)
    # Of a ratio: that of two targets.
    assert abs(np.std([run[0] for run in drawn]) - 0.1 * 2**0.5) < 0.01


def test_rounds_that_take_too_long_are_left_out() -> None:
    (short,) = runs(STILL, room_of(rounds=5, minutes=1), 1, 3)
    (long,) = runs(STILL, room_of(rounds=5, minutes=60), 1, 3)
    assert (short.shape, long.shape) == ((4, 4), (4, 5))


def test_a_sound_plan_is_found_sound() -> None:
    found = fixed(runs(World(), FIVE, 400, 4))
    assert found.covered.high >= 0.95
    assert found.above.low <= 0.5 <= found.above.high
    assert found.rounds == 5


def test_a_plan_that_goes_on_until_it_likes_the_ratio_is_found_out() -> None:
    """It ends the run as soon as the quick target is ahead of what it should be."""

    def greedy(plan: Plan, so_far: SoFar, *, seed: int, **_: Any) -> Plan:
        logs = {
            name: np.mean([it.log_rps for it in so_far.seen if (it.target, it.at) == (name, SHORT)])
            for name in (BASE, QUICK)
        }
        ahead = logs[QUICK] - logs[BASE] > np.log(3.0)
        rounds = max(2, so_far.begun) if ahead else 5
        loads = {(target, at): 1 for target in TARGETS for at in (SHORT, LONG)}
        kept = tuple(block for block in plan.blocks if block.round <= so_far.begun)
        numbers = range(so_far.begun + 1, rounds + 1)
        new = blocks_of(plan.targets, plan.conditions, loads, numbers=numbers, seed=seed)
        return Plan(plan.targets, plan.conditions, rounds, (*kept, *new), plan.room)

    found = fixed(runs(World(), FIVE, 400, 5, greedy))
    assert found.above.low > 0.5
    assert found.rounds < 5


def test_until_ends_runs_that_plan_their_repeats() -> None:
    drawn = runs(World(within=0.05, between=0.02, noisier=1.0), Room(20, 20), 40, 6)
    assert 6 <= until_percent(drawn, 20).rounds < 20
    decided = until_decided(drawn, World(within=0.05, between=0.02, noisier=1.0))
    assert 4 <= decided.rounds < 20
    assert decided.covered.high >= 0.95


def test_every_kind_of_run_has_its_rows() -> None:
    found = list(rows(4, 7))
    assert len(found) == 5 * (3 + 3 + 1 + 1)
    assert all(row.bound is not None for row in found)
    assert len({(row.what, row.setting.split(",")[0]) for row in found}) == 8
