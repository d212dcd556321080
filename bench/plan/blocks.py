"""The plan of a run: every block and level in the order in which it is measured."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lab.files.sample import file_name
from lab.level import Level


@dataclass(frozen=True)
class Block:
    """One target in one round: fresh server, check, warm-up, all levels, stop."""

    round: int  # from 1
    position: int  # within the round, from 1
    target: str
    levels: tuple[Level, ...]  # in the order they are loaded; one may come more than once

    @property
    def sample_names(self) -> list[str]:
        """The files that its samples are written to, in the order of its levels."""
        return [
            file_name(self.target, level, self.round, self.levels[:position].count(level) + 1)
            for position, level in enumerate(self.levels)
        ]

    @property
    def warm_up(self) -> int:
        """Concurrency of the warm-up: that of the largest level."""
        return max(level.concurrency for level in self.levels)


@dataclass(frozen=True)
class Plan:
    seed: int
    rounds: int
    targets: tuple[str, ...]
    levels: tuple[Level, ...]
    blocks: tuple[Block, ...]

    def to_json(self) -> dict[str, object]:
        return {
            "targets": list(self.targets),
            "levels": [str(level) for level in self.levels],
            "rounds": self.rounds,
            "blocks": [
                {
                    "round": block.round,
                    "position": block.position,
                    "target": block.target,
                    "levels": [str(level) for level in block.levels],
                }
                for block in self.blocks
            ],
        }


def make_plan(
    targets: Sequence[str],
    levels: Sequence[Level],
    *,
    rounds: int,
    seed: int,
    repeats: Mapping[Level, int] | None = None,
) -> Plan:
    """Every target in every round, targets and levels in an order that `seed` settles.

    `repeats` says how often a level is loaded within a block, where that is not once. A
    round's order depends on the seed and its own number alone, so that a longer run begins
    like a shorter one.
    """
    blocks = []
    loaded = [level for level in levels for _ in range((repeats or {}).get(level, 1))]
    for round_number in range(1, rounds + 1):
        order = random.Random(f"{seed}/{round_number}/order")  # noqa: S311 - repeatable on purpose
        for position, target in enumerate(order.sample(targets, len(targets)), start=1):
            shuffled = tuple(order.sample(loaded, len(loaded)))
            blocks.append(Block(round_number, position, target, shuffled))
    return Plan(seed, rounds, tuple(targets), tuple(levels), tuple(blocks))
