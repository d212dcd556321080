"""How long the rest takes, from what was measured."""

from collections.abc import Sequence
from typing import Any

import pytest

from bench.plan.blocks import make_plan
from bench.run.estimate import Done, Estimate
from lab.condition import Condition
from lab.files.plan import Block
from lab.level import Level

SMALL, LARGE = Condition(Level(100, 10)), Condition(Level(200, 10))
BLOCKS = [
    Block(1, 1, "a", (SMALL, LARGE)),
    Block(1, 2, "b", (LARGE, SMALL)),
    Block(2, 1, "b", (SMALL, LARGE)),
    Block(2, 2, "a", (SMALL, LARGE)),
]


def time_left_s(
    blocks: Sequence[Block], done: Sequence[Done], elapsed_s: float, *, samples_skipped: int = 0
) -> float | None:
    estimate = Estimate(blocks)
    for sample in done:
        estimate.add(sample)
    estimate.skip(samples_skipped)
    return estimate.left_s(elapsed_s)


def test_before_the_first_sample_nothing_is_known() -> None:
    assert time_left_s(BLOCKS, [], 5.0) is None
    assert time_left_s(BLOCKS, [], 5.0, samples_skipped=2) is None


def test_what_was_not_seen_yet_is_taken_from_everything_so_far() -> None:
    """0.01 s a request, and 0.5 s around each sample."""
    left_s = time_left_s(BLOCKS[:2], [Done("a", SMALL, 1.0)], 1.5)
    assert left_s == pytest.approx((200 + 200 + 100) * 0.01 + 3 * 0.5)


def test_a_level_not_seen_yet_is_taken_from_the_targets_other_levels() -> None:
    done = [Done("a", SMALL, 1.0), Done("a", LARGE, 2.0), Done("b", LARGE, 20.0)]
    left_s = time_left_s(BLOCKS[:2], done, 23.0)
    assert left_s == pytest.approx(100 * 0.1)


def test_a_cell_that_was_seen_is_taken_from_itself() -> None:
    done = [
        Done("a", SMALL, 1.0),
        Done("a", LARGE, 4.0),
        Done("b", LARGE, 6.0),
        Done("b", SMALL, 2.0),
    ]
    assert time_left_s(BLOCKS, done, 13.0) == pytest.approx(13.0)
    assert time_left_s(BLOCKS, done, 17.0) == pytest.approx(17.0)  # a second around each


def test_rounds_of_the_same_cell_are_averaged() -> None:
    blocks = [Block(number, 1, "a", (SMALL,)) for number in (1, 2, 3)]
    done = [Done("a", SMALL, 1.0), Done("a", SMALL, 2.0)]
    assert time_left_s(blocks, done, 3.0) == pytest.approx(1.5)


def test_samples_lost_with_a_failed_block_are_not_waited_for() -> None:
    done = [Done("a", SMALL, 1.0)]
    assert time_left_s(BLOCKS[:2], done, 1.0, samples_skipped=1) == pytest.approx(3.0)


def test_at_the_end_nothing_is_left() -> None:
    assert time_left_s(BLOCKS[:1], [Done("a", SMALL, 1.0), Done("a", LARGE, 2.0)], 4.0) == 0
    assert time_left_s(BLOCKS[:1], [Done("a", SMALL, 1.0)], 4.0, samples_skipped=1) == 0


def test_a_clock_that_saw_less_than_hey_makes_no_negative_overhead() -> None:
    assert time_left_s(BLOCKS[:1], [Done("a", SMALL, 1.0)], 0.5) == pytest.approx(2.0)


def test_a_run_that_will_end_sooner_has_less_left() -> None:
    estimate = Estimate(BLOCKS)
    estimate.add(Done("a", SMALL, 1.0))
    assert estimate.samples == 8
    estimate.expect(BLOCKS[:2])
    assert (estimate.samples, estimate.finished) == (4, 1)
    assert estimate.left_s(1.0) == pytest.approx((200 + 200 + 100) * 0.01)
    estimate.expect(BLOCKS)
    assert estimate.left_s(1.0) == pytest.approx((1200 - 100) * 0.01)


class Counted(Sequence[Block]):
    """Blocks that count how often one of them is looked at."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks = blocks
        self.looks = 0

    def __len__(self) -> int:
        return len(self.blocks)

    def __getitem__(self, index: Any) -> Any:
        self.looks += 1
        return self.blocks[index]


def test_the_estimate_after_5000_samples_costs_what_it_does_after_one() -> None:
    """The plan is read once, and what is kept is a sum for each target and condition."""
    plan = make_plan(list("abcde"), [SMALL, LARGE], rounds=1000, seed=1)
    blocks = Counted(plan.blocks)
    estimate = Estimate(blocks)
    looks = blocks.looks
    for block in plan.blocks[:2500]:
        for condition in block.conditions:
            estimate.add(Done(block.target, condition, condition.level.requests * 0.01))
    assert estimate.left_s(9000.0) == pytest.approx(5000 * 150 * 0.01 + 5000 * 0.3)
    assert looks == blocks.looks == 5001  # the last look finds the end
    kept = [len(value) for value in vars(estimate).values() if isinstance(value, dict)]
    assert sorted(kept) == [5, 10, 10]
