"""The plan of a run: every block and condition in the order in which it is measured."""

from typing import Annotated

from msgspec import Meta, Struct

from lab.condition import Condition
from lab.files.sample import file_name


class Block(Struct, frozen=True, rename={"conditions": "levels"}):
    """One target in one round: fresh server, check, warm-up, all conditions, stop.

    `position` is its place in the round. Conditions are in the order they are loaded; one may
    come more than once. Rounds and positions count from 1.
    """

    round: int
    position: int
    target: str
    conditions: tuple[Condition, ...]

    @property
    def sample_names(self) -> list[str]:
        """The files that its samples are written to, in the order of its conditions."""
        return [
            file_name(
                self.target, condition, self.round, self.conditions[:position].count(condition) + 1
            )
            for position, condition in enumerate(self.conditions)
        ]

    @property
    def warm_up(self) -> int:
        """Concurrency of the warm-up: that of the largest level."""
        return max(condition.level.concurrency for condition in self.conditions)


class Plan(Struct, frozen=True, rename={"conditions": "levels"}):
    """Every block, round by round; `conditions` are those of all targets."""

    targets: tuple[str, ...]
    conditions: Annotated[tuple[Condition, ...], Meta(min_length=1)]
    rounds: int
    blocks: tuple[Block, ...]

    def __post_init__(self) -> None:
        if len(set(self.conditions)) < len(self.conditions):
            raise ValueError("one of its levels is given twice")
