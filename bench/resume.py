"""`--resume`: what an interrupted run has, what is missing, and whether it may go on here."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from bench import cores, machine
from bench.described import differences
from bench.environment import Environment
from bench.errors import UsageError
from bench.order import Order
from bench.past import Past
from bench.paths import shown
from bench.record import Run, Sitting
from bench.sample import BrokenSampleError, Sample, read
from bench.scene import same_upstream
from bench.store import utc_now
from bench.tally import Entry, Key, Tally, key_of, key_of_block
from bench.until import Until

# What may change of a machine while a run lasts, or says nothing of what was measured.
CHANGING = ("cores", "memory_bytes")


@dataclass(frozen=True)
class Kept:
    """What is there of a run.

    `whole` are the entries of blocks that were measured and have all their samples,
    `again` those of blocks that failed, or lack one. `aside` names the samples of blocks
    that are not whole, there or not; `notes` tell a user of damaged ones. `failures`
    counts what failed in the samples that stay.
    """

    whole: dict[Key, Entry]
    again: dict[Key, Entry]
    aside: list[str]
    notes: list[str]
    failures: int


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
    kept = Kept(whole={}, again={}, aside=[], notes=notes, failures=0)
    failures = 0
    for block in past.plan.blocks:
        key, names = key_of_block(block), block.sample_names
        entry = entries.get(key)
        if entry and entry["error"] is None and all(name in failed for name in names):
            kept.whole[key] = entry
            failures += sum(failed[name] for name in names)
            continue
        kept.aside.extend(names)
        if entry:
            kept.again[key] = entry
    return replace(kept, failures=failures)


def _read(path: Path, past: Past) -> Sample:
    file = shown(path)
    sample = read(path)
    if sample.file_name != path.name:
        raise UsageError(
            f"{file}: it holds the sample {sample.file_name}. It does not belong to this run: "
            f"move it away."
        )
    origin, run = sample.origin, past.record.origin
    target = past.record.targets[sample.target]
    lock = target.environment_sha256 or target.lock_sha256
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
        entries=dict(kept.whole),
        earlier=kept.again,
        started=record.started,
        before_s=record.wall_s,
        loaded_s=record.load_share * record.wall_s,
        failures=kept.failures,
    )
    sitting = Sitting(started=utc_now(), rounds_done=tally.rounds_done)
    tally.resumed = [asdict(each) for each in (*record.resumed, sitting)]
    return tally


def order_of(past: Past, upstream_url: str | None) -> Order:
    """What the run was asked for. `upstream_url` is what its user says of it now, if anything."""
    run = past.record
    return Order(
        targets=past.targets,
        profile=past.profile,
        plan=past.plan,
        baseline=run.baseline,
        results=past.folder.path.parent,
        margin=run.margin,
        until=Until(run.until.percent, run.until.max_rounds) if run.until else None,
        upstream_url=same_upstream(run.upstream, upstream_url),
        pin=run.pinned is not None,
        added=tuple(run.added),
        python=run.python,
    )


def refuse_changes(past: Past, kept: Kept, order: Order) -> None:
    """Raise `UsageError` where new samples could not be compared with those there are."""
    record = past.record
    found = _machine_differences(record)
    if record.origin and order.profile_digest != record.origin.profile:
        found.append("its profile, or the URL of --upstream, is not what it began with")
    if record.pinned and cores.of_this_machine() != record.pinned:
        found.append("load, upstream and servers cannot have the CPUs that they had")
    measured = {target for _, target in kept.whole}
    for target in past.targets:
        found += differences(target, record.targets[target.name], measured=target.name in measured)
    _refuse(past, found)


def refuse_other_versions(past: Past, environments: Mapping[str, Environment]) -> None:
    """Raise `UsageError` where the environments, now that they are made, hold something else."""
    found = []
    for name, then in past.record.targets.items():
        now = environments[name]
        if then.python != now.python:
            found.append(f"another Python of the targets: {then.python} there, {now.python} here")
        elif then.versions == now.versions and then.environment_sha256 not in ("", now.sha256):
            found.append(f"{name}: another build of its Python, or one that lies elsewhere")
        found += [
            f"{name}: {package} {then.versions.get(package, 'not')} there, "
            f"{now.versions.get(package, 'not')} here"
            for package in sorted(then.versions.keys() | now.versions.keys())
            if then.versions.get(package) != now.versions.get(package)
        ]
    _refuse(past, found)


def _refuse(past: Past, found: Sequence[str]) -> None:
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
