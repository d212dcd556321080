"""How far a run is: `run.json` is made from it."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench.plan import Block, Plan
from bench.sample import Sample
from bench.store import utc_now

Entry = dict[str, object]


@dataclass
class Outcome:
    """What one attempt at a block has given: samples, how long they loaded, what failed in them."""

    samples: int = 0
    loaded_s: float = 0.0
    failures: int = 0

    def add(self, sample: Sample) -> None:
        self.samples += 1
        self.loaded_s += sample.wall_s
        self.failures += sample.failed + len(sample.doubts)


@dataclass
class Tally:
    """What has happened so far, in this sitting and in those before it.

    `todo` are the blocks that this sitting has to measure, in order; `entries` tell what
    became of a block. One of an earlier sitting that is to be measured again has both.
    """

    plan: Plan
    todo: list[Block]
    entries: dict[tuple[int, str], Entry] = field(default_factory=dict)
    started: str = field(default_factory=utc_now)
    resumed: list[dict[str, object]] = field(default_factory=list)
    before_s: float = 0.0  # the wall time of earlier sittings
    loaded_s: float = 0.0
    failures: int = 0
    began_s: float = field(default_factory=time.monotonic)

    @property
    def wall_s(self) -> float:
        return self.before_s + time.monotonic() - self.began_s

    @property
    def rounds_done(self) -> int:
        """Rounds of which every block was measured or has failed."""
        todo = {(block.round, block.target) for block in self.todo}
        settled = Counter(number for number, target in self.entries if (number, target) not in todo)
        return sum(1 for blocks in settled.values() if blocks == len(self.plan.targets))

    def error_of(self, block: Block) -> list[str]:
        """Why the block has failed so far, in order."""
        entry = self.entries.get((block.round, block.target), {})
        errors = [*_texts(entry.get("earlier")), entry.get("error")]
        return [error for error in errors if isinstance(error, str)]

    def settle(self, block: Block, entry: Entry, outcome: Outcome) -> None:
        """The block is done with: it was measured, or has failed."""
        self.entries[block.round, block.target] = entry
        self.todo.remove(block)
        self.loaded_s += outcome.loaded_s
        self.failures += outcome.failures + (entry["error"] is not None)

    def blocks(self) -> list[Entry]:
        """The entries, in the order of the plan."""
        keys = [(block.round, block.target) for block in self.plan.blocks]
        return [self.entries[key] for key in keys if key in self.entries]


def _texts(values: object) -> Sequence[object]:
    return values if isinstance(values, list) else ()


def fresh(plan: Plan) -> Tally:
    """The tally of a run that begins."""
    return Tally(plan, list(plan.blocks))


def key_of(entry: Mapping[str, object]) -> tuple[int, str]:
    """Round and target of an entry."""
    return int(str(entry["round"])), str(entry["target"])
