"""`--resume`: what an interrupted run has, what is missing, and whether it may go on here."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench import cores, machine
from bench.environment import lock_sha256
from bench.errors import UsageError
from bench.latency import Latency, from_json
from bench.level import parse_level, parse_levels
from bench.paths import shown
from bench.plan import Block, Plan
from bench.profile import Profile
from bench.record import FILE, Run, Sitting, read
from bench.sample import BrokenSampleError, Sample, loads
from bench.store import RunFolder, utc_now
from bench.tally import Tally, key_of
from bench.target import CONTROL, Target, control_of, select

PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)(\s*;)?", re.MULTILINE)

# What may change of a machine while a run lasts, or says nothing of what was measured.
CHANGING = ("cores", "memory_bytes")


@dataclass(frozen=True)
class Past:
    """A run as its folder holds it: `record` is its run.json with checked types."""

    folder: RunFolder
    record: Run
    entries: Sequence[dict[str, Any]]
    plan: Plan
    profile: Profile
    targets: Sequence[Target]

    @property
    def file(self) -> str:
        return shown(self.folder.path / FILE)


@dataclass(frozen=True)
class Kept:
    """What is there of a run.

    `todo` are blocks to measure: those never begun, cut off, failed, or with a sample that
    is missing or broken. `aside` are the samples there are of these, `notes` what a user
    should know of them. `failures` counts what failed in the samples that stay.
    """

    todo: list[Block]
    aside: list[str]
    notes: list[str]
    failures: int


def read_past(folder: RunFolder) -> Past:
    """Read a run's plan, profile and targets.

    Raises `UsageError` where run.json is broken, or names targets that are gone.
    """
    record, values = read(folder.path)
    file = shown(folder.path / FILE)
    return Past(
        folder=folder,
        record=record,
        entries=[dict(entry) for entry in values["blocks"]],
        plan=_plan(record, file),
        profile=_profile(record, file),
        targets=_targets(record, file),
    )


def _plan(record: Run, file: str) -> Plan:
    try:
        blocks = tuple(
            Block(b.round, b.position, b.target, tuple(parse_level(text) for text in b.levels))
            for b in record.plan.blocks
        )
        levels = parse_levels(record.plan.levels)
    except UsageError as error:
        raise UsageError(f"{file}: its plan is broken: {error}") from None
    targets, rounds = tuple(record.plan.targets), record.plan.rounds
    places = sorted((block.round, block.position) for block in blocks)
    each = [
        (number, place) for number in range(1, rounds + 1) for place in range(1, len(targets) + 1)
    ]
    names = {block.target for block in blocks}
    if (
        not blocks
        or places != each
        or names != set(targets)
        or names != set(record.targets)
        or len({(block.round, block.target) for block in blocks}) != len(blocks)
        or any(not block.levels or not set(block.levels) <= set(levels) for block in blocks)
    ):
        raise UsageError(
            f"{file}: its plan is broken: it does not hold every target once in every round."
        )
    return Plan(record.seed, rounds, targets, levels, blocks)


def _profile(record: Run, file: str) -> Profile:
    profile = record.profile
    try:
        return Profile(
            name=profile.name,
            latency=_latency(record),
            trust="lab" if profile.trust == "lab" else "certifi",
            levels=parse_levels(profile.levels),
            rounds=profile.rounds,
            repeats={parse_level(text): count for text, count in profile.repeats.items()},
            source=profile.source,
        )
    except UsageError as error:
        raise UsageError(f"{file}: its profile is broken: {error}") from None


def _latency(record: Run) -> Latency:
    latency = {
        key: value for key, value in asdict(record.profile.latency).items() if value is not None
    }
    if len(latency) != 1:
        raise UsageError("its latency is neither fixed_ms nor lognormal.")
    return from_json(latency)


def _targets(record: Run, file: str) -> list[Target]:
    """The targets in the run's order. Raises `UsageError` where one is gone."""
    names = [name for name in record.targets if name != CONTROL]
    if record.baseline not in names:
        raise UsageError(f"{file}: its baseline {record.baseline!r} is none of its targets.")
    targets = {target.name: target for target in select(names)}
    targets[CONTROL] = control_of(targets[record.baseline])
    return [targets[name] for name in record.targets]


def look_through(past: Past) -> Kept:
    """Read every sample of the run.

    Raises `UsageError` for one that does not belong to it, or is of another version.
    """
    failed: dict[str, int] = {}
    notes = []
    planned = {name for block in past.plan.blocks for name in block.sample_names}
    for path in sorted(past.folder.samples.glob("*.json")):
        if path.name not in planned:
            raise UsageError(f"{shown(path)}: {past.file} plans no such sample. Move it away.")
        try:
            sample = _read(path, past)
        except BrokenSampleError as error:
            notes.append(f"{error} Its block is measured again.")
        else:
            failed[path.name] = sample.failed + len(sample.doubts)
    entries = {key_of(entry): entry for entry in past.entries}
    todo, aside, failures = [], [], 0
    for block in past.plan.blocks:
        entry = entries.get((block.round, block.target))
        names = block.sample_names
        if entry and entry["error"] is None and all(name in failed for name in names):
            failures += sum(failed[name] for name in names)
        # `--until` may have ended a run before all of its rounds.
        elif entry or not past.record.complete:
            todo.append(block)
            aside += names
    return Kept(todo, aside, notes, failures)


def _read(path: Path, past: Past) -> Sample:
    file = shown(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}.") from None
    sample = loads(data, file=file)
    if sample.file_name != path.name:
        raise UsageError(
            f"{file}: it holds the sample {sample.file_name}. It does not belong to this run: "
            f"move it away."
        )
    origin, run = sample.origin, past.record.origin
    lock = past.record.targets[sample.target].lock_sha256
    if origin and run and (
        (origin.machine, origin.profile) != (run.machine, run.profile)
        or not lock.startswith(origin.lock)
    ):  # fmt: skip
        raise UsageError(
            f"{file}: measured with another machine, profile or lock than {past.file} says. It "
            f"does not belong to this run: move it away."
        )
    return sample


def tally_of(past: Past, kept: Kept) -> Tally:
    """Where the next sitting begins."""
    record = past.record
    tally = Tally(
        plan=past.plan,
        todo=kept.todo,
        entries={key_of(entry): entry for entry in past.entries},
        started=record.started,
        before_s=record.wall_s,
        loaded_s=record.load_share * record.wall_s,
        failures=kept.failures,
    )
    sitting = Sitting(started=utc_now(), rounds_done=tally.rounds_done)
    tally.resumed = [asdict(each) for each in (*record.resumed, sitting)]
    return tally


def refuse_changes(past: Past, kept: Kept) -> None:
    """Raise `UsageError` where new samples could not be compared with those there are."""
    record = past.record
    found = _machine_differences(record)
    if record.pinned and cores.of_this_machine() != record.pinned:
        found.append("load, upstream and servers cannot have the CPUs that they had")
    todo = {(block.round, block.target) for block in kept.todo}
    measured = {
        block.target for block in past.plan.blocks if (block.round, block.target) not in todo
    }
    for target in past.targets:
        found += _target_differences(
            target, record.targets[target.name], measured=target.name in measured
        )
    if found:
        lines = "\n".join(f"- {line}" for line in dict.fromkeys(found))
        raise UsageError(
            f"{past.folder.id} cannot go on here: new samples could not be compared with those it "
            f"has.\n{lines}\n"
            f"Go on where it began, undo what has changed, or begin anew: nox -s compare"
        )


def _machine_differences(record: Run) -> list[str]:
    then, now = asdict(record.machine), machine.describe()
    differing = [
        f"{key} {then[key]} there, {now[key]} here"
        for key in then
        if key not in CHANGING and then[key] != now[key]
    ]
    if not differing and record.origin and record.origin.machine != machine.identity():
        differing = ["its /etc/machine-id is another"]
    return [f"another machine: {', '.join(differing)}"] if differing else []


def _target_differences(target: Target, then: Any, *, measured: bool) -> list[str]:  # noqa: ANN401
    """What has changed of a target; its code counts where it has samples that stay."""
    manifest = target.manifest
    found = [
        f"{target.name}: {name!r} in its [tool.bench] was {was!r}, and is {now!r}"
        for name, was, now in (
            ("serve", then.serve, manifest.serve),
            ("path", then.path, manifest.path),
            ("upstream_calls", then.upstream_calls, manifest.upstream_calls),
            ("tags", list(then.tags), list(manifest.tags)),
        )
        if was != now
    ]
    if not target.lock.is_file():
        found.append(f"{target.name}: its lock, requirements.txt, is gone")
    elif lock_sha256(target) != then.lock_sha256:
        said = lock_difference(then.versions, target.lock.read_text(errors="replace"))
        found.append(f"{target.name}: its lock, requirements.txt, is another: {said}")
    if measured and then.code_sha256 not in (None, target.code_sha256):
        found.append(f"{target.name}: its code has changed (a .py file in {shown(target.folder)})")
    return found


def lock_difference(versions: Mapping[str, str], lock: str) -> str:
    """Which of the installed `versions` a lock's text no longer names, or names beside them."""
    pins = {_normal(name): version for name, version, _ in PIN.findall(lock)}
    conditional = {_normal(name) for name, _, marker in PIN.findall(lock) if marker}
    installed = {_normal(name): version for name, version in versions.items()}
    changes = []
    for name in sorted(installed.keys() | pins.keys() - conditional):
        then, now = installed.get(name), pins.get(name)
        if then != now:
            changes.append(f"{name} {then or 'not'} there, {now or 'not'} here")
    return ", ".join(changes) or "the same versions, with other hashes or conditions"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
