"""What run.json says of a target, and what of it may not change while its run lasts."""

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from bench import record
from bench.digest import digest
from bench.edges.sides import undeclared_of
from bench.environment import Environment, lock_sha256, of_reference
from bench.errors import UsageError
from bench.manifest import Manifest
from bench.paths import shown
from bench.source import source_of
from bench.target import Target

PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)(\s*;)?", re.MULTILINE)


def describe(target: Target, environment: Environment) -> dict[str, object]:
    """The target as run.json has it. What may be a secret is there by its name alone."""
    manifest = target.manifest
    return {
        "title": manifest.title,
        "parent": manifest.parent,
        "change": manifest.change,
        "serve": manifest.serve,
        "path": manifest.path,
        "slots": manifest.slots,
        "tags": list(manifest.tags),
        "upstream_calls": manifest.upstream_calls,
        "project": target.project,
        "settings": manifest.settings,
        "env": [name for name, _ in manifest.env],
        "method": manifest.request.method,
        "headers": manifest.request.header_names,
        "status": manifest.wanted.status,
        "body": manifest.wanted.kind,
        "values": values_digest(manifest),
        "source": environment.source,
        "lock_sha256": environment.lock_sha256,
        "environment_sha256": environment.sha256,
        "code_sha256": target.code_sha256,
        "versions": environment.versions,
        "reference": target.is_reference,
        "python": asdict(environment.python) if environment.python else None,
        "undeclared": undeclared_of(target),
    }


def values_digest(manifest: Manifest) -> str:
    """A digest of what run.json does not show, as it may be a secret; empty without any."""
    values: list[Any] = [manifest.env, manifest.request.headers, manifest.request.post]
    if manifest.wanted.kind == "text":
        values.append(manifest.wanted.body)
    return digest(values) if values != [(), (), None] else ""


def differences(target: Target, then: record.Target, *, measured: bool) -> list[str]:
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
    if measured and then.code_sha256 not in (None, target.code_sha256):
        found.append(f"{target.name}: its code has changed (a .py file in {shown(target.folder)})")
    return found


def _of_environment(target: Target, then: record.Target) -> list[str]:
    if target.is_reference:
        here = of_reference()
        if here.lock_sha256 == then.lock_sha256:
            return []
        there = then.versions.get(target.name)
        return [f"{target.name}: version {there} there, {here.versions[target.name]} here"]
    try:
        source = source_of(target)
    except UsageError as error:
        gone = f"{target.name}: its lock, requirements.txt, is gone"
        return [str(error) if target.project else gone]
    if lock_sha256(target) == then.lock_sha256:
        return []
    if source.kind != "requirements":
        return [f"{target.name}: what it is installed from, {source}, is not what it was"]
    said = lock_difference(then.versions, source.path.read_text(errors="replace"))
    return [f"{target.name}: its lock, {source.name}, is another: {said}"]


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
