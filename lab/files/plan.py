"""The plan of a run: every block and condition in the order in which it is measured."""

from typing import Annotated

from msgspec import Meta, Struct

from lab.condition import Condition
from lab.files.profile import MOST_ROUNDS
from lab.files.sample import file_name
from lab.key import key


class Block(Struct, frozen=True, rename={"conditions": "levels"}):
    """One target in one round: fresh server, check, warm-up, all conditions, stop."""

    round: Annotated[int, key("Its round, counted from 1.")]
    position: Annotated[int, key("Its place in the round, counted from 1.")]
    target: Annotated[str, key("Name of the target.")]
    conditions: Annotated[
        tuple[Condition, ...],
        key("Its conditions in the order they are loaded; one may come more than once."),
    ]

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


class Room(Struct, frozen=True):
    """What a plan that is made anew between rounds may come to."""

    fewest: Annotated[int, Meta(ge=1), key("How many rounds it has at least.")]
    most: Annotated[int, Meta(ge=1, le=MOST_ROUNDS), key("How many rounds it has at most.")]
    minutes: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        key(
            "How long it may take, where that does not need fewer rounds than `fewest`.",
            unit="min",
            null="the number of rounds was asked for",
        ),
    ] = None


class Plan(Struct, frozen=True, rename={"conditions": "levels"}):
    """Every block of the run, as it is to be measured by what is known so far."""

    targets: Annotated[
        tuple[str, ...],
        key("Names of the targets, the baseline first, then the control and nginx at the end."),
    ]
    conditions: Annotated[
        tuple[Condition, ...],
        Meta(min_length=1),
        key("The conditions under which each target is measured."),
    ]
    rounds: Annotated[int, key("How many rounds there are; with `--until`, at the most.")]
    blocks: Annotated[tuple[Block, ...], key("Every block in the order of measuring.")]
    room: Annotated[
        Room | None,
        key(
            "Between what it is made anew, from the samples there are: rounds that were begun stay "
            "as they are.",
            null="it stays as it was when the run began",
        ),
    ] = None

    def __post_init__(self) -> None:
        if len(set(self.conditions)) < len(self.conditions):
            raise ValueError("one of its levels is given twice")
