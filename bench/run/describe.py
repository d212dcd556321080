"""What run.json says of a target."""

from typing import Any

from bench.environment.prepare import Environment
from bench.machine.facts import machine_id
from bench.target.code import code_digest
from bench.target.edges.ends import undeclared_of
from bench.target.manifest import Manifest
from bench.target.project import Project
from bench.target.target import Reference, Target
from lab.files.digest import digest
from lab.files.run_json import TargetFacts


def describe(target: Target, environment: Environment) -> TargetFacts:
    """The target as run.json has it. What may be a secret is there by its name alone."""
    manifest = target.manifest
    return TargetFacts(
        title=manifest.title,
        parent=manifest.parent,
        change=manifest.change,
        serve=manifest.serve,
        path=manifest.path,
        slots=manifest.slots,
        tags=list(manifest.tags),
        upstream_calls=manifest.upstream_calls,
        project=target.path if isinstance(target, Project) else None,
        settings=manifest.settings,
        env=[name for name, _ in manifest.env],
        method=manifest.request.method,
        headers=manifest.request.header_names,
        status=manifest.wanted.status,
        body=manifest.wanted.kind,
        values=values_digest(manifest),
        source=environment.source,
        lock_sha256=environment.lock_sha256,
        environment_sha256=environment.sha256,
        code_sha256=code_digest(target),
        versions=environment.versions,
        reference=isinstance(target, Reference),
        python=environment.python,
        undeclared=undeclared_of(target),
    )


def values_digest(manifest: Manifest) -> str:
    """A digest of what run.json does not show, as it may be a secret; empty without any.

    The machine's id is in it: a short value could else be guessed by whoever has the run.
    """
    values: list[Any] = [manifest.env, manifest.request.headers, manifest.request.post]
    if manifest.wanted.kind == "text":
        values.append(manifest.wanted.body)
    return digest([machine_id(), *values]) if values != [(), (), None] else ""
