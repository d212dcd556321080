"""A run as its folder holds it: read so that it can be gone on with."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.plan.blocks import Block, Plan
from bench.plan.goal import Goal
from bench.plan.profile import Profile, Trust
from bench.plan.spec import RunSpec
from bench.target.project import joined
from bench.target.target import Target, control_of, reference, select
from bench.upstream.real import same_upstream
from lab.errors import UsageError
from lab.files.folder import RunFolder
from lab.files.run_json import FILE, Run, read
from lab.latency import Latency, from_json
from lab.level import parse_level, parse_levels
from lab.names import BESIDE, CONTROL, REFERENCE
from lab.paths import shown


@dataclass(frozen=True)
class Reopened:
    """A run as its folder holds it.

    `values` is its run.json, `record` the same with checked types, and `plan`, `profile` and
    `targets` are what it says as the bench has them.
    """

    folder: RunFolder
    record: Run
    values: dict[str, Any]
    plan: Plan
    profile: Profile
    targets: Sequence[Target]

    @property
    def entries(self) -> list[dict[str, Any]]:
        """What became of each block so far."""
        return [dict(entry) for entry in self.values["blocks"]]

    @property
    def file(self) -> str:
        return shown(self.folder.path / FILE)


def reopen(folder: RunFolder) -> Reopened:
    """Read a run's plan, profile and targets.

    Raises `UsageError` where run.json is broken, or names targets that are gone.
    """
    record, values = read(folder.path)
    file = shown(folder.path / FILE)
    return Reopened(
        folder=folder,
        record=record,
        values=values,
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
    names = {block.target for block in blocks}
    if (
        not blocks
        or len(blocks) != rounds * len(targets)
        or places != [(1 + n // len(targets), 1 + n % len(targets)) for n in range(len(blocks))]
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
            trust=_trust(profile.trust),
            levels=parse_levels(profile.levels),
            rounds=profile.rounds,
            repeats={parse_level(text): count for text, count in profile.repeats.items()},
            source=profile.source,
        )
    except UsageError as error:
        raise UsageError(f"{file}: its profile is broken: {error}") from None


def _trust(text: str) -> Trust:
    if text not in ("certifi", "lab"):
        raise UsageError(f"its trust is {text!r}, and not 'certifi' or 'lab'.")
    return "lab" if text == "lab" else "certifi"


def _latency(record: Run) -> Latency:
    latency = {
        key: value for key, value in asdict(record.profile.latency).items() if value is not None
    }
    if len(latency) != 1:
        raise UsageError("its latency is neither fixed_ms nor lognormal.")
    return from_json(latency)


def _targets(record: Run, file: str) -> list[Target]:
    """The targets in the run's order. Raises `UsageError` where one is gone."""
    names = [name for name in record.targets if name not in BESIDE]
    if record.baseline not in names:
        raise UsageError(f"{file}: its baseline {record.baseline!r} is none of its targets.")
    projects = {name: path for name in names if (path := record.targets[name].project) is not None}
    ours = [name for name in names if name not in projects]
    selected = select(ours) if ours else []
    try:
        targets = {target.name: target for target in joined(selected, list(projects.values()))}
    except UsageError as error:
        raise UsageError(f"{file}: a project that it measured is not as it was: {error}") from None
    if gone := [name for name in projects if name not in targets]:
        raise UsageError(
            f"{file}: the project in {projects[gone[0]]} was called {gone[0]!r}, and is no longer: "
            f"set 'name' in its manifest to that."
        )
    targets[CONTROL] = control_of(targets[record.baseline])
    targets[REFERENCE] = reference()
    return [targets[name] for name in record.targets]


def spec_of(reopened: Reopened, upstream_url: str | None) -> RunSpec:
    """What the run was asked for. `upstream_url` is what its user says of it now, if anything."""
    run = reopened.record
    return RunSpec(
        targets=reopened.targets,
        profile=reopened.profile,
        plan=reopened.plan,
        baseline=run.baseline,
        results=reopened.folder.path.parent,
        margin=run.margin,
        until=Goal(run.until.percent, run.until.max_rounds) if run.until else None,
        upstream_url=same_upstream(run.upstream, upstream_url),
        pin=run.pinned is not None,
        added=tuple(run.added),
        python=run.python,
    )
