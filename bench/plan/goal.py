"""`--until`: rounds until every ratio is known well enough, and what to say meanwhile."""

from pathlib import Path

import msgspec

from lab import display
from lab.files.run_json import Goal
from lab.files.summary_json import Progress, read_progress

FORECAST_ROUNDS = 3
MOST_ROUNDS = 20


class Pursuit:
    """A goal, and how near the run is to it."""

    def __init__(self, goal: Goal) -> None:
        self._goal = goal
        self._known: Progress | None = None
        self._done = 0

    @property
    def goal(self) -> Goal:
        """What was asked for, and whether that is reached."""
        return msgspec.structs.replace(self._goal, reached=self._reached)

    @property
    def _reached(self) -> bool:
        return self._known is not None and self._known.reached

    def learn(self, summary: Path, *, done: int) -> None:
        """Take in what `summary.json` says after `done` rounds."""
        self._known = read_progress(summary)
        self._done = done

    @property
    def over(self) -> bool:
        """Whether there is no more to learn: all is known, or nothing can be."""
        hopeless = not self._ratios and self._done >= FORECAST_ROUNDS
        return self._reached or hopeless

    @property
    def _ratios(self) -> int:
        return self._known.ratios if self._known else 0

    @property
    def rounds_expected(self) -> int | None:
        """With how many rounds the run will probably end; None before one can tell."""
        expected = self._known.rounds_expected if self._known else None
        if expected is None or self._done < FORECAST_ROUNDS:
            return None
        return min(self.goal.max_rounds, max(expected, self._done + 1))

    def news(self, elapsed_s: float) -> str | None:
        """What to tell the user after a round: what to expect, or how it ended."""
        if self.over or self._done == self.goal.max_rounds:
            return self._outcome()
        return self._forecast(elapsed_s) if self._done == FORECAST_ROUNDS else None

    def _forecast(self, elapsed_s: float) -> str:
        goal = f"every RPS ratio to the baseline to +-{self.goal.percent:g} %"
        expected = self._known.rounds_expected if self._known else None
        most = self.goal.max_rounds
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
        if self._reached:
            return f"After {rounds} every RPS ratio to the baseline is known to {goal}."
        if not self._ratios:
            return (
                f"After {rounds} no RPS ratio to the baseline can be known: no cell of it is valid."
            )
        return f"{rounds} did not tell every RPS ratio to the baseline to {goal}."
