"""`--until`: rounds until enough is known, and what to say meanwhile."""

from pathlib import Path

import msgspec

from lab import display
from lab.files.run_json import Goal
from lab.files.summary_json import Progress, read_progress

FORECAST_ROUNDS = 3
MOST_ROUNDS = 20

# From how many on a ratio has an interval, and what is open can be told.
FEWEST_ROUNDS = 2


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
        """What to tell the user after a round: what to expect, or how it ended.

        Of verdicts that shall be settled after each round, as one may still end it by hand.
        """
        if self.over or self._done == self.goal.max_rounds:
            return self._outcome()
        if self.goal.percent is None:
            return self._still_open(elapsed_s)
        return self._forecast(elapsed_s) if self._done == FORECAST_ROUNDS else None

    def _still_open(self, elapsed_s: float) -> str | None:
        known = self._known
        if known is None or not known.open or self._done < FEWEST_ROUNDS:
            return None
        return f"Still open: {display.first_few(known.open)}. {self._forecast(elapsed_s)}"

    def _forecast(self, elapsed_s: float) -> str:
        expected = self._known.rounds_expected if self._known else None
        most = self.goal.max_rounds
        per_round_s = elapsed_s / self._done
        tell, what = self._wanted
        if expected is None:
            return f"How many rounds will {tell} {what} cannot be said yet."
        if expected > most:
            return (
                f"{display.plural(most, 'round')}, the most that --max-rounds allows, will "
                f"probably not {tell} {what}. They take "
                f"{display.duration(per_round_s * (most - self._done))} more."
            )
        return (
            f"About {display.plural(expected, 'round')} will {tell} {what}: "
            f"{display.duration(per_round_s * max(0, expected - self._done))} more."
        )

    @property
    def _wanted(self) -> tuple[str, str]:
        if self.goal.percent is None:
            return "settle", "every RPS verdict"
        return "tell", f"every RPS ratio to the baseline to +-{self.goal.percent:g} %"

    def _outcome(self) -> str:
        rounds = display.plural(self._done, "round")
        tell, what = self._wanted
        if not self._ratios:
            return (
                f"After {rounds} no RPS ratio to the baseline can be known: no cell of it is valid."
            )
        if not self._reached:
            still_open = self._known.open if self._known else []
            named = f" Open: {display.first_few(still_open)}." if still_open else ""
            return f"{rounds} did not {tell} {what}.{named}"
        if self.goal.percent is None:
            return f"After {rounds} {what} is settled."
        return (
            f"After {rounds} every RPS ratio to the baseline is known to +-{self.goal.percent:g} %."
        )
