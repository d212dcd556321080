"""What a calibration asks, what it saw, and how much work it puts into it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.display import NONE

Json = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """A line of the table. `holds` is None where something is stated, and nothing demanded."""

    calibration: int
    what: str
    expected: str
    seen: str
    holds: bool | None


@dataclass(frozen=True)
class Outcome:
    """The answers of one calibration, with every figure they were made from."""

    answers: tuple[Answer, ...]
    figures: Json


@dataclass(frozen=True)
class Effort:
    """How much is measured; `wrk_s` is how long each run of wrk takes."""

    pairs: int = 60
    same_rounds: int = 5
    slower_rounds: int = 12
    burn_rounds: int = 8
    faults_rounds: int = 5
    reference_runs: int = 5
    wrk_s: int = 10
    trials: int = 20_000


FULL = Effort()

# To see whether everything runs; no verdict on anything.
SMALL = Effort(
    pairs=5,
    same_rounds=3,
    slower_rounds=3,
    burn_rounds=3,
    faults_rounds=2,
    reference_runs=2,
    wrk_s=2,
    trials=500,
)


@dataclass(frozen=True)
class Setting:
    """What a calibration works with; `folder` is its own and empty."""

    folder: Path
    hey: str
    seed: int
    effort: Effort
    say: Callable[[str], None]


def span(value: float | None, low: float | None, high: float | None, digits: int = 3) -> str:
    """`1.02 [0.98, 1.06]`; `NONE` for what there is not."""
    if value is None:
        return NONE
    if low is None or high is None:
        return f"{value:.{digits}f}"
    return f"{value:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"
