"""What rules look at, and the words that their messages share."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lab import display
from lab.condition import Condition
from lab.display import listed
from report.samples.measured import Measured

# Where more of a cell's rounds than this are spoilt, it is not ranked.
SPOILT_SHARE = 0.2

# Rounds that a message counts instead of naming each.
MANY_ROUNDS = 8


@dataclass(frozen=True)
class Evidence:
    """What rules need to know of a target under a condition.

    `rounds` are its samples in the order of their rounds, `of_target` the target's under
    every condition, these included. `block_errors` are rounds and messages of its failed
    blocks, `earlier_errors` those of blocks that failed before they were measured again,
    `serve` the command line of its server, `versions` its packages, `cores` those of the
    run's machine. `pinned` tells whether
    load, upstream and servers had cores of their own, `lab_upstream` whether the upstream
    was the lab's. `parent` is the target it was made from, where that is part of the run,
    `undeclared` what differs between the two beyond its change.
    """

    target: str
    at: Condition
    rounds: Sequence[Measured]
    of_target: Sequence[Measured]
    block_errors: Sequence[tuple[int, str]]
    earlier_errors: Sequence[tuple[int, str]]
    serve: str
    versions: Mapping[str, str]
    pinned: bool
    cores: int
    lab_upstream: bool
    parent: str | None = None
    undeclared: Sequence[str] = ()

    @property
    def engine(self) -> str:
        """The engine's name, by which messages call it: every sample of a run has the same."""
        return self.rounds[0].engine


def in_rounds(concerned: Iterable[Measured], cell: Evidence) -> str:
    """`in round 2`, `in rounds 2 and 5`, `in every round`; counted where there are many."""
    numbers, every = round_numbers(concerned), round_numbers(cell.rounds)
    if len(numbers) == 1:
        return f"in round {numbers[0]}"
    if numbers == every:
        return "in every round"
    if len(numbers) > MANY_ROUNDS:
        return f"in {len(numbers)} of {len(every)} rounds"
    return f"in rounds {listed(numbers)}"


def round_numbers(samples: Iterable[Measured]) -> list[int]:
    """The rounds of samples, each once."""
    return sorted({sample.round for sample in samples})


def over(value: float | None, limit: float) -> bool:
    return value is not None and value > limit


def most(values: Iterable[float | None]) -> float:
    return max(value for value in values if value is not None)


def ms(value_s: float | None) -> str:
    if value_s is None:
        return display.NONE
    return f"{value_s * 1e3:.3g} ms" if value_s < 1 else f"{value_s:.3g} s"


def percent(share: float) -> str:
    return f"{share * 100:.{0 if share >= 0.1 else 1}f} %"  # noqa: PLR2004 - digits shown
