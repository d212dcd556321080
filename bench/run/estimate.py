"""How long the rest of a run will take."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from lab.condition import Condition
from lab.files.plan import Block


@dataclass(frozen=True)
class Done:
    """A sample that is finished, and how long its load took."""

    target: str
    at: Condition
    wall_s: float


@dataclass
class _Pace:
    """Seconds per request, each sample counting alike."""

    total_s: float = 0.0
    samples: int = 0

    def add(self, per_request_s: float) -> None:
        self.total_s += per_request_s
        self.samples += 1

    @property
    def mean_s(self) -> float:
        return self.total_s / self.samples


class Estimate:
    """What is left of a plan, learned from its samples as they come.

    `blocks` are the plan's, and samples are taken in its order. Kept as sums, one for each
    target and condition: this runs after every sample, in the process that measures.
    """

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._loaded_s = 0.0
        self._everything = _Pace()
        self._of_target: dict[str, _Pace] = defaultdict(_Pace)
        self._of_cell: dict[tuple[str, Condition], _Pace] = defaultdict(_Pace)
        self.finished = 0
        self.expect(blocks)

    def expect(self, blocks: Sequence[Block]) -> None:
        """These will be measured, of which the first are done."""
        self._order = [(block.target, each) for block in blocks for each in block.conditions]
        self._left = Counter(self._order[self.finished :])

    @property
    def samples(self) -> int:
        """How many there will be in all."""
        return len(self._order)

    def add(self, done: Done) -> None:
        self._loaded_s += done.wall_s
        per_request_s = done.wall_s / done.at.level.requests
        self._everything.add(per_request_s)
        self._of_target[done.target].add(per_request_s)
        self._of_cell[done.target, done.at].add(per_request_s)
        self.skip(1)

    def skip(self, samples: int) -> None:
        """So many were lost with a failed block."""
        self._left.subtract(self._order[self.finished : self.finished + samples])
        self.finished += samples

    def take_back(self, samples: int) -> None:
        """The last so many will be taken once more. How long they took is as good to know."""
        self.finished -= samples
        self._left.update(self._order[self.finished : self.finished + samples])

    def left_s(self, elapsed_s: float) -> float | None:
        """Seconds left, from what samples took in `elapsed_s`; None before the first.

        A target under a condition not seen yet is taken to need as long per request as the
        target's others, else as everything so far.
        """
        taken = self._everything.samples
        if not taken:
            return None
        overhead_s = max(0.0, elapsed_s - self._loaded_s) / taken
        return sum(
            count * (self._pace(target, at).mean_s * at.level.requests + overhead_s)
            for (target, at), count in self._left.items()
        )

    def _pace(self, target: str, at: Condition) -> _Pace:
        return self._of_cell.get((target, at)) or self._of_target.get(target) or self._everything
