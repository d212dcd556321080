"""What must be as it was for a run to go on."""

from collections.abc import Mapping, Sequence

import msgspec
from packaging.utils import canonicalize_name

from bench.environment.prepare import Environment, lock_sha256, of_reference
from bench.environment.source import source_of
from bench.machine import facts, pinning
from bench.plan.spec import RunSpec
from bench.reference.nginx import finds_no_name_of
from bench.resume.kept import Kept
from bench.resume.reread import Reopened
from bench.run.describe import values_digest
from bench.target.code import code_digest
from bench.target.target import Reference, Target
from lab.commands import page_command
from lab.engines import Build
from lab.errors import UsageError
from lab.files.run_json import Run, TargetFacts
from lab.package import pins
from lab.paths import shown

# What may change of a machine while a run lasts, or says nothing of what was measured.
CHANGING = ("cores", "memory_bytes")


def refuse_changes(reopened: Reopened, kept: Kept, spec: RunSpec) -> None:
    """Raise `UsageError` where new samples could not be compared with those there are."""
    run = reopened.run
    found = _machine_differences(run)
    if run.origin and spec.profile_digest != run.origin.profile:
        found.append("its profile, or the URL of --upstream, is not what it began with")
    if run.pinned and pinning.of_this_machine() != run.pinned:
        found.append("load, upstream and servers cannot have the CPUs that they had")
    measured = {target for _, target in kept.whole}
    for target in reopened.targets:
        found += differences(target, run.targets[target.name], measured=target.name in measured)
    _refuse(reopened, found)


def refuse_reference(reopened: Reopened, spec: RunSpec) -> None:
    """Raise `UsageError` where nginx is to be measured too, and could not call the API.

    A new run is refused by its options; this one began before they were.
    """
    address = finds_no_name_of(spec.upstream_url or "")
    if address and any(isinstance(target, Reference) for target in spec.targets):
        raise UsageError(
            f"{reopened.folder.id} cannot go on: in it nginx calls the API at {address}. It looks "
            f"for no address in a certificate, and would refuse that of this API. Begin anew with "
            f"the name of its host in --upstream, or without --reference. To write the page of "
            f"what was measured: {page_command(reopened.folder)}"
        )


def refuse_other_versions(reopened: Reopened, environments: Mapping[str, Environment]) -> None:
    """Raise `UsageError` where the environments, now that they are made, hold something else."""
    found = []
    for name, then in reopened.run.targets.items():
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
    _refuse(reopened, found)


def refuse_other_engine(reopened: Reopened, now: Build) -> None:
    """Raise `UsageError` where the load would be made by another engine, or build of it.

    A run that does not know its own build, as of an older version, goes on with what there is.
    """
    then = reopened.run.engine
    if then and (then.name != now.name or (then.word and then != now)):
        _refuse(reopened, [f"another load generator: {then} there, {now} here"])


def _refuse(reopened: Reopened, found: Sequence[str]) -> None:
    if found:
        lines = "\n".join(f"- {line}" for line in dict.fromkeys(found))
        raise UsageError(
            f"{reopened.folder.id} cannot go on here: new samples could not be compared with those "
            f"it has.\n{lines}\n"
            f"Go on where it began, undo what has changed, or begin anew: nox -s compare"
        )


def _machine_differences(run: Run) -> list[str]:
    then, now = (msgspec.structs.asdict(each) for each in (run.machine, facts.describe()))
    differing = [
        f"{key} {then[key]} there, {now[key]} here"
        for key in then
        if key not in CHANGING and then[key] != now[key]
    ]
    if not differing and run.origin and run.origin.machine != facts.identity():
        differing = ["its /etc/machine-id is another"]
    return [f"another machine: {', '.join(differing)}"] if differing else []


def differences(target: Target, then: TargetFacts, *, measured: bool) -> list[str]:
    """What has changed of a target; its code counts where it has samples that stay."""
    manifest = target.manifest
    found = [
        f"{target.name}: {name!r} in {target.table} was {was!r}, and is {now!r}"
        for name, was, now in (
            ("serve", then.serve, manifest.serve),
            ("path", then.path, manifest.path),
            ("upstream_calls", then.upstream_calls, manifest.upstream_calls),
            ("tags", list(then.tags), list(manifest.tags)),
            ("settings", then.settings, manifest.settings),
            ("status", then.status, manifest.wanted.status),
        )
        if was != now
    ]
    values = (then.env, then.method, then.headers, then.body, then.values)
    if values != (
        [name for name, _ in manifest.env],
        manifest.request.method,
        manifest.request.header_names,
        manifest.wanted.kind,
        values_digest(manifest),
    ):
        found.append(
            f"{target.name}: 'env', 'headers', 'post' or 'body' in {target.table} is not what it "
            f"was"
        )
    found += _of_environment(target, then)
    if measured and then.code_sha256 not in (None, code_digest(target)):
        found.append(f"{target.name}: its code has changed (a .py file in {shown(target.folder)})")
    return found


def _of_environment(target: Target, then: TargetFacts) -> list[str]:
    if isinstance(target, Reference):
        here = of_reference()
        if here.lock_sha256 == then.lock_sha256:
            return []
        there = then.versions.get(target.name)
        return [f"{target.name}: version {there} there, {here.versions[target.name]} here"]
    try:
        source = source_of(target)
    except UsageError as error:
        return [f"{target.name}: {target.lock_gone}" if target.lock_gone else str(error)]
    if lock_sha256(target) == then.lock_sha256:
        return []
    if source.kind != "requirements":
        return [
            f"{target.name}: what it is installed from, {source.described()}, is not what it was"
        ]
    said = lock_difference(then.versions, source.path.read_text(errors="replace"))
    return [f"{target.name}: its lock, {source.name}, is another: {said}"]


def lock_difference(versions: Mapping[str, str], lock: str) -> str:
    """Which of the installed `versions` a lock's text no longer names, or names beside them."""
    pinned: dict[str, str] = {pin.name: pin.version for pin in pins(lock)}
    conditional = {pin.name for pin in pins(lock) if pin.conditional}
    installed: dict[str, str] = {
        canonicalize_name(name): version for name, version in versions.items()
    }
    changes = []
    for name in sorted(installed.keys() | pinned.keys() - conditional):
        then, now = installed.get(name), pinned.get(name)
        if then != now:
            changes.append(f"{name} {then or 'not'} there, {now or 'not'} here")
    return ", ".join(changes) or "the same versions, with other hashes or conditions"
