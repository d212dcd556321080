"""How far a run is: `run.json` is made from it."""

import math
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice

from bench.plan.loads import Seen
from lab.files.blocks_jsonl import BlockRecord, Stages
from lab.files.folder import utc_now
from lab.files.plan import Block, Plan
from lab.files.run_json import Sitting
from lab.files.sample import Sample

Key = tuple[int, str]


@dataclass
class Outcome:
    """What one attempt at a block has given: samples, how long they loaded, what failed in them.

    `warm_up_passes` is None before it is warm, `stages` until all is done.
    """

    samples: int = 0
    loaded_s: float = 0.0
    failures: int = 0
    warm_up_passes: int | None = None
    seen: list[Seen] = field(default_factory=list)
    stages: Stages | None = None

    def add(self, sample: Sample) -> None:
        self.samples += 1
        if seen := seen_of(sample):
            self.seen.append(seen)
        self.loaded_s += sample.wall_s
        self.failures += sample.failed + len(sample.doubts)


@dataclass
class RunState:
    """What has happened so far, in this sitting and in those before it.

    `records` tell what became of a block, by round and target, and `earlier` what had become
    of those that this sitting measures again: they failed, or lack a sample.
    """

    plan: Plan
    records: dict[Key, BlockRecord] = field(default_factory=dict)
    earlier: Mapping[Key, BlockRecord] = field(default_factory=dict)
    started: str = field(default_factory=utc_now)
    resumed: list[Sitting] = field(default_factory=list)
    before_s: float = 0.0  # the wall time of earlier sittings
    loaded_s: float = 0.0
    pages_s: float = 0.0  # those between rounds
    failures: int = 0  # in samples
    seen: list[Seen] = field(default_factory=list)  # in blocks that were measured
    began_s: float = field(default_factory=time.monotonic)
    _whole: set[int] = field(default_factory=set, init=False)  # rounds, of the records
    _counted: int = field(default=0, init=False)  # records that `_whole` knows
    _in_round: dict[int, list[str]] = field(init=False)  # the targets of each

    def __post_init__(self) -> None:
        self.plan_anew(self.plan)

    def plan_anew(self, plan: Plan) -> None:
        """What is left is measured as `plan` has it, which has every block that was begun."""
        self.plan = plan
        self._in_round = defaultdict(list)
        for block in plan.blocks:
            self._in_round[block.round].append(block.target)

    @property
    def wall_s(self) -> float:
        return self.before_s + time.monotonic() - self.began_s

    @property
    def todo(self) -> list[Block]:
        """The blocks that are left, in the order of the plan."""
        return [block for block in self.plan.blocks if key_of(block) not in self.records]

    @property
    def all_settled(self) -> bool:
        """Whether none is left."""
        return len(self.records) == len(self.plan.blocks)

    @property
    def again(self) -> bool:
        """Whether one is left that was begun in an earlier sitting."""
        return not self.records.keys() >= self.earlier.keys()

    @property
    def rounds_begun(self) -> int:
        """The last round in which a block was measured, or has failed; 0 before the first."""
        keys = (*self.earlier, *self.records)
        return max((number for number, _ in keys), default=0)

    @property
    def rounds_done(self) -> int:
        """Rounds of which every block was measured or has failed."""
        # Of what has come since: it is asked after every block, and there may be 50,000.
        for number, _ in islice(reversed(self.records), len(self.records) - self._counted):
            if all((number, target) in self.records for target in self._in_round[number]):
                self._whole.add(number)
        self._counted = len(self.records)
        return len(self._whole)

    @property
    def failed(self) -> bool:
        """Whether anything has: a block, or a request of one that was measured."""
        return self.failures > 0 or any(record.error for record in self.blocks())

    def errors_of(self, block: Block) -> list[str]:
        """Why the block failed in earlier sittings, in order."""
        record = self.earlier.get(key_of(block))
        if record is None:
            return []
        return [*record.earlier, *([record.error] if record.error else [])]

    def settle(self, record: BlockRecord, outcome: Outcome) -> None:
        """The block is done with: it was measured, or has failed."""
        self.loaded_s += outcome.loaded_s
        self.failures += outcome.failures
        self.seen += outcome.seen if record.error is None else []
        # Last, and one step: an interrupt finds the block settled or not.
        self.records[key_of(record)] = record

    def blocks(self) -> list[BlockRecord]:
        """What became of each block so far, in the order of the plan."""
        known = {**self.earlier, **self.records}
        keys = [key_of(block) for block in self.plan.blocks]
        return [known[key] for key in keys if key in known]


def seen_of(sample: Sample) -> Seen | None:
    """What a plan is made from; None where nothing was answered."""
    rps = sample.rps
    if rps is None:
        return None
    return Seen(sample.target, sample.at, sample.round, math.log(rps), sample.wall_s)


def key_of(block: Block | BlockRecord) -> Key:
    return block.round, block.target
