"""How far a run is: `run.json` is made from it."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench.plan.blocks import Block, Plan
from lab.files.folder import utc_now
from lab.files.sample import Sample

Entry = dict[str, object]
Key = tuple[int, str]


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
class RunState:
    """What has happened so far, in this sitting and in those before it.

    `entries` tell what became of a block, by round and target, and `earlier` what had become
    of those that this sitting measures again: they failed, or lack a sample.
    """

    plan: Plan
    entries: dict[Key, Entry] = field(default_factory=dict)
    earlier: Mapping[Key, Entry] = field(default_factory=dict)
    started: str = field(default_factory=utc_now)
    resumed: list[dict[str, object]] = field(default_factory=list)
    before_s: float = 0.0  # the wall time of earlier sittings
    loaded_s: float = 0.0
    failures: int = 0  # in samples
    began_s: float = field(default_factory=time.monotonic)

    @property
    def wall_s(self) -> float:
        return self.before_s + time.monotonic() - self.began_s

    @property
    def todo(self) -> list[Block]:
        """The blocks that are left, in the order of the plan."""
        return [block for block in self.plan.blocks if key_of_block(block) not in self.entries]

    @property
    def again(self) -> bool:
        """Whether one is left that was begun in an earlier sitting."""
        return not self.entries.keys() >= self.earlier.keys()

    @property
    def rounds_done(self) -> int:
        """Rounds of which every block was measured or has failed."""
        settled = Counter(number for number, _ in self.entries)
        return sum(1 for blocks in settled.values() if blocks == len(self.plan.targets))

    @property
    def failed(self) -> bool:
        """Whether anything has: a block, or a request of one that was measured."""
        return self.failures > 0 or any(entry["error"] for entry in self.blocks())

    def errors_of(self, block: Block) -> list[str]:
        """Why the block failed in earlier sittings, in order."""
        entry = self.earlier.get(key_of_block(block), {})
        errors = [*_list(entry.get("earlier")), entry.get("error")]
        return [error for error in errors if isinstance(error, str)]

    def settle(self, block: Block, entry: Entry, outcome: Outcome) -> None:
        """The block is done with: it was measured, or has failed."""
        self.loaded_s += outcome.loaded_s
        self.failures += outcome.failures
        # Last, and one step: an interrupt finds the block settled or not.
        self.entries[key_of_block(block)] = entry

    def blocks(self) -> list[Entry]:
        """What became of each block so far, in the order of the plan."""
        known = {**self.earlier, **self.entries}
        keys = [key_of_block(block) for block in self.plan.blocks]
        return [known[key] for key in keys if key in known]


def key_of_block(block: Block) -> Key:
    return block.round, block.target


def key_of(entry: Mapping[str, object]) -> Key:
    """The key of an entry that was read from a file."""
    return int(str(entry["round"])), str(entry["target"])


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()
