"""A run as its folder holds it: read so that it can be gone on with."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from bench.environment.interpreter import require_python
from bench.environment.requirement import require_requirement
from bench.plan.blocks import require_measurable
from bench.plan.spec import RunSpec
from bench.target.project import joined
from bench.target.target import Target, control_of, reference, select
from bench.upstream.real import same_upstream
from lab.errors import UsageError
from lab.files.folder import RunFolder
from lab.files.plan import Block
from lab.files.run_json import FILE, Run, read
from lab.names import BESIDE, CONTROL, REFERENCE
from lab.paths import shown


@dataclass(frozen=True)
class Reopened:
    """A run as its folder holds it: its run.json, and the targets that this names."""

    folder: RunFolder
    run: Run
    targets: Sequence[Target]

    @property
    def file(self) -> str:
        return shown(self.folder.path / FILE)


def reopen(folder: RunFolder) -> Reopened:
    """Read a run, and its targets as they are now.

    Raises `UsageError` where a file of it is broken, or it names targets that are gone.
    """
    run = read(folder.path)
    file = shown(folder.path / FILE)
    _require_plan(run, file)
    _require_overrides(run, file)
    require_measurable(run.plan.conditions, real_api=run.upstream != "lab")
    return Reopened(folder, run, _targets(run, file))


def _require_plan(run: Run, file: str) -> None:
    """Raise `UsageError` where every value is one that could be, and together they are no plan."""
    plan = run.plan
    targets, blocks = plan.targets, plan.blocks
    rounds: dict[int, list[Block]] = defaultdict(list)
    for block in blocks:
        rounds[block.round].append(block)
    if (
        not blocks
        or len(rounds) != plan.rounds
        or set(rounds) != set(range(1, len(rounds) + 1))
        or (plan.room and not plan.room.fewest <= plan.rounds <= plan.room.most)
        or set(targets) != set(run.targets)
        or not all(_is_round(each, targets) for each in rounds.values())
        or any(
            not block.conditions or not set(block.conditions) <= set(plan.conditions)
            for block in blocks
        )
    ):
        raise UsageError(
            f"{file}: its plan is broken: it does not hold every target once in every round."
        )


def _is_round(blocks: Sequence[Block], targets: Sequence[str]) -> bool:
    """Whether every target is measured once, one after the other. The control may be spared."""
    measured = {block.target for block in blocks}
    return (
        len(measured) == len(blocks)
        and measured | {CONTROL} == {*targets, CONTROL}
        and {block.position for block in blocks} == set(range(1, len(blocks) + 1))
    )


def _require_overrides(run: Run, file: str) -> None:
    """Raise `UsageError` for what `--with` and `--python` would not have taken: uv is given it."""
    try:
        for requirement in run.added:
            require_requirement(requirement)
        if run.python is not None:
            require_python(run.python)
    except UsageError as error:
        raise UsageError(f"{file}: {error}") from None


def _targets(run: Run, file: str) -> list[Target]:
    """The targets in the run's order. Raises `UsageError` where one is gone."""
    names = [name for name in run.targets if name not in BESIDE]
    if run.baseline not in names:
        raise UsageError(f"{file}: its baseline {run.baseline!r} is none of its targets.")
    projects = {name: path for name in names if (path := run.targets[name].project) is not None}
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
    targets[CONTROL] = control_of(targets[run.baseline])
    targets[REFERENCE] = reference()
    return [targets[name] for name in run.targets]


def spec_of(reopened: Reopened, upstream_url: str | None) -> RunSpec:
    """What the run was asked for. `upstream_url` is what its user says of it now, if anything."""
    run = reopened.run
    return RunSpec(
        targets=reopened.targets,
        profile=run.profile,
        plan=run.plan,
        seed=run.seed,
        baseline=run.baseline,
        results=reopened.folder.path.parent,
        margin=run.margin,
        until=run.until,
        upstream_url=same_upstream(run.upstream, upstream_url),
        pin=run.pinned is not None,
        added=tuple(run.added),
        python=run.python,
    )
