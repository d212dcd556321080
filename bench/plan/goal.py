"""`--until`: rounds until every ratio is known well enough, and what to say meanwhile."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab import display

FORECAST_ROUNDS = 3
MOST_ROUNDS = 20


@dataclass(frozen=True)
class Goal:
    """Until every RPS ratio to the baseline is known to +-`percent`, or `max_rounds` are done."""

    percent: float
    max_rounds: int = MOST_ROUNDS


@dataclass(frozen=True)
class Known:
    """What `summary.json` says of how far a run is.

    `ratios` can be known, with `rounds_expected` in all: None where one round, or no
    ratio, tells nothing of it, and one more than the cap where that will probably not do.
    """

    reached: bool
    ratios: int
    rounds_expected: int | None


class Pursuit:
    """A goal, and how near the run is to it."""

    def __init__(self, goal: Goal) -> None:
        self.goal = goal
        self._known = Known(reached=False, ratios=0, rounds_expected=None)
        self._done = 0

    def learn(self, summary: Path, *, done: int) -> None:
        """Take in what `summary.json` says after `done` rounds."""
        said: dict[str, Any] = json.loads(summary.read_text(encoding="utf-8"))["run"]["until"]
        self._known = Known(said["reached"], said["ratios"], said["rounds_expected"])
        self._done = done

    @property
    def over(self) -> bool:
        """Whether there is no more to learn: all is known, or nothing can be."""
        hopeless = not self._known.ratios and self._done >= FORECAST_ROUNDS
        return self._known.reached or hopeless

    @property
    def rounds_expected(self) -> int | None:
        """With how many rounds the run will probably end; None before one can tell."""
        expected = self._known.rounds_expected
        if expected is None or self._done < FORECAST_ROUNDS:
            return None
        return min(self.goal.max_rounds, max(expected, self._done + 1))

    def news(self, elapsed_s: float) -> str | None:
        """What to tell the user after a round: what to expect, or how it ended."""
        if self.over or self._done == self.goal.max_rounds:
            return self._outcome()
        return self._forecast(elapsed_s) if self._done == FORECAST_ROUNDS else None

    def to_json(self) -> dict[str, object]:
        return {
            "percent": self.goal.percent,
            "max_rounds": self.goal.max_rounds,
            "reached": self._known.reached,
        }

    def _forecast(self, elapsed_s: float) -> str:
        goal = f"every RPS ratio to the baseline to +-{self.goal.percent:g} %"
        expected, most = self._known.rounds_expected, self.goal.max_rounds
        per_round_s = elapsed_s / self._done
        if expected is None:
            return f"How many rounds will tell {goal} cannot be said yet."
        if expected > most:
            return (
                f"{display.plural(most, 'round')}, the most that --max-rounds allows, will "
                f"probably not tell {goal}. They take "
                f"{display.duration(per_round_s * (most - self._done))} more."
            )
        return (
            f"About {display.plural(expected, 'round')} will tell {goal}: "
            f"{display.duration(per_round_s * max(0, expected - self._done))} more."
        )

    def _outcome(self) -> str:
        rounds, goal = display.plural(self._done, "round"), f"+-{self.goal.percent:g} %"
        if self._known.reached:
            return f"After {rounds} every RPS ratio to the baseline is known to {goal}."
        if not self._known.ratios:
            return (
                f"After {rounds} no RPS ratio to the baseline can be known: no cell of it is valid."
            )
        return f"{rounds} did not tell every RPS ratio to the baseline to {goal}."
