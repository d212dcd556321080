"""`--resume`: what an interrupted run has, and what is missing."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.plan.loads import Seen
from bench.resume.reread import Reopened
from bench.run.state import Key, RunState, key_of, seen_of
from lab.errors import UsageError
from lab.files.blocks_jsonl import BlockRecord
from lab.files.folder import utc_now
from lab.files.run_json import Sitting
from lab.files.sample import BrokenSampleError, Sample, read
from lab.paths import shown


@dataclass(frozen=True)
class Kept:
    """What is there of a run.

    `whole` are the records of blocks that were measured and have all their samples,
    `again` those of blocks that failed, or lack one. `aside` names the samples of blocks
    that are not whole, there or not; `notes` tell a user of damaged ones. `failures`
    counts what failed in the samples that stay, `seen` tells how long they took.
    """

    whole: dict[Key, BlockRecord]
    again: dict[Key, BlockRecord]
    aside: list[str]
    notes: list[str]
    failures: int
    seen: list[Seen] = field(default_factory=list)


def look_through(reopened: Reopened) -> Kept:
    """Read every sample of the run.

    Raises `UsageError` for one that does not belong to it, or is of another version.
    """
    failed: dict[str, int] = {}
    seen: dict[str, Seen] = {}
    notes = []
    planned = {name for block in reopened.run.plan.blocks for name in block.sample_names}
    for path in sorted(reopened.folder.samples.glob("*.json")):
        if path.name not in planned:
            raise UsageError(f"{shown(path)}: {reopened.file} plans no such sample. Move it away.")
        try:
            sample = _read(path, reopened)
        except BrokenSampleError as error:
            notes.append(f"{error} Its block is measured again.")
        else:
            failed[path.name] = sample.failed + len(sample.doubts)
            if one := seen_of(sample):
                seen[path.name] = one
    records = {key_of(record): record for record in reopened.run.blocks}
    kept = Kept(whole={}, again={}, aside=[], notes=notes, failures=0)
    failures = 0
    for block in reopened.run.plan.blocks:
        key, names = key_of(block), block.sample_names
        record = records.get(key)
        if record and record.error is None and all(name in failed for name in names):
            kept.whole[key] = record
            failures += sum(failed[name] for name in names)
            kept.seen.extend(seen[name] for name in names if name in seen)
            continue
        kept.aside.extend(names)
        if record:
            kept.again[key] = record
    return replace(kept, failures=failures)


def _read(path: Path, reopened: Reopened) -> Sample:
    file = shown(path)
    sample = read(path)
    if sample.file_name != path.name:
        raise UsageError(
            f"{file}: it holds the sample {sample.file_name}. It does not belong to this run: "
            f"move it away."
        )
    origin, run = sample.origin, reopened.run.origin
    target = reopened.run.targets[sample.target]
    lock = target.environment_sha256 or target.lock_sha256
    build = reopened.run.engine.word if reopened.run.engine else None
    if origin and run and (
        (origin.machine, origin.profile, origin.engine) != (run.machine, run.profile, build)
        or not lock.startswith(origin.lock)
    ):  # fmt: skip
        raise UsageError(
            f"{file}: measured with another machine, profile, lock or load generator than "
            f"{reopened.file} says. It does not belong to this run: move it away."
        )
    return sample


def state_of(reopened: Reopened, kept: Kept) -> RunState:
    """Where the next sitting begins."""
    run = reopened.run
    state = RunState(
        plan=run.plan,
        records=dict(kept.whole),
        earlier=kept.again,
        started=run.started,
        before_s=run.wall_s,
        loaded_s=run.load_share * run.wall_s,
        failures=kept.failures,
        pages_s=run.pages_s or 0.0,
        seen=list(kept.seen),
    )
    sitting = Sitting(started=utc_now(), rounds_done=state.rounds_done)
    state.resumed = [*run.resumed, sitting]
    return state
