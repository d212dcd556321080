"""Targets: folders under `targets/`, found without a list."""

import functools
import hashlib
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.target.manifest import Manifest, parse_manifest
from bench.target.table import did_you_mean, read_toml
from lab.errors import UsageError
from lab.names import BESIDE, CONTROL, REFERENCE
from lab.paths import REFERENCE_FOLDER, TARGETS, shown

CORE = "core"


TABLE = "its [tool.bench]"

# Files of a run carry it, with level and round, and take 255 bytes.
LONGEST_NAME = 100


@dataclass(frozen=True)
class Target:
    """One standalone Django project and the server that serves it.

    `project` is the path of one that lies elsewhere than under `targets/`, as it is kept and
    shown; `table` is what messages call its manifest.
    """

    name: str
    folder: Path
    manifest: Manifest
    project: str | None = None
    table: str = TABLE

    @property
    def is_reference(self) -> bool:
        """Whether it is nginx, and no Django project: it has no lock, and no rank."""
        return self.name == REFERENCE

    @property
    def lock(self) -> Path:
        return self.folder / (self.manifest.requirements or "requirements.txt")

    @property
    def slug(self) -> str:
        """What its environment is called: no two folders have the same."""
        if self.project is None:
            return self.folder.name
        # No name of a target holds a dot.
        digest = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:8]
        return f"{re.sub(r'[^A-Za-z0-9_-]', '-', self.folder.name)[:40]}.{digest}"


def names(folder: Path = TARGETS) -> list[str]:
    """The names of all targets under `folder`, in order."""
    if not folder.is_dir():
        raise UsageError(f"{shown(folder)}: no such folder, and targets are found there.")
    return sorted(
        path.name
        for path in folder.iterdir()
        if path.is_dir() and not path.name.startswith((".", "__"))
    )


def name_trouble(name: str) -> str | None:
    """Why nothing can be a target under this name; None where it can."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", name):
        return (
            f"{name!r} is no name for a target: use letters, digits, '_' and '-', and begin with "
            f"a letter."
        )
    if len(name) > LONGEST_NAME:
        return f"a target's name has {LONGEST_NAME} letters at the most, and this has {len(name)}."
    taken = name.casefold()
    if taken in BESIDE:
        return f"the name {taken!r} is taken: {BESIDE[taken]}."
    return None


def read(folder: Path) -> Target:
    """The target in `folder`. Raises `UsageError` where its name or manifest is wrong."""
    name = folder.name
    if trouble := name_trouble(name):
        raise UsageError(f"{shown(folder)}: {trouble} Rename the folder.")
    pyproject = folder / "pyproject.toml"
    if not pyproject.is_file():
        raise UsageError(
            f"{shown(folder)}: no pyproject.toml. A target has one, with a [tool.bench] table; "
            f"the README says how to add a target."
        )
    manifest = parse_manifest(read_toml(pyproject))
    if manifest.name not in (None, name):
        raise UsageError(
            f"{shown(pyproject)}: 'name' in [tool.bench] is {manifest.name!r}, and a target under "
            f"{shown(folder.parent)} is called as its folder, {name!r}: leave it out."
        )
    return Target(name, folder.resolve(), manifest)


def control_of(baseline: Target) -> Target:
    """The baseline once more, as the control of a run: the same project under another name."""
    manifest = replace(
        baseline.manifest, title=f"{baseline.name} once more", parent=None, change=None
    )
    return replace(baseline, name=CONTROL, manifest=manifest)


def reference() -> Target:
    """A proxy to the upstream, nginx, that is served and loaded as a target is."""
    return Target(
        REFERENCE,
        REFERENCE_FOLDER,
        Manifest(
            title="nginx as a proxy to the same upstream",
            # The lab's own Python: it only writes a configuration, and becomes nginx.
            serve="python3 nginx.py {host} {port}",
            path="/",
            tags=("pooled",),
        ),
    )


def with_ancestors(
    target: Target, known: Sequence[str], read_one: Callable[[str], Target]
) -> Target:
    """`target` itself. Raises `UsageError` where its line of parents does not end at a root."""
    line, child = [target.name], target
    while (parent := child.manifest.parent) is not None:
        file = child.project or shown(child.folder / "pyproject.toml")
        table = child.table.removeprefix("its ")
        if parent not in known or parent == child.name:
            others = [name for name in known if name != child.name]
            hint = did_you_mean(parent, others) or f" Targets: {', '.join(others) or 'none'}."
            raise UsageError(
                f"{file}: 'parent' in {table} is {parent!r}, which is no other target.{hint}"
            )
        if parent in line:
            circle = " -> ".join([*line[line.index(parent) :], parent])
            raise UsageError(
                f"{file}: 'parent' in {table} is {parent!r}, which closes a circle, from "
                f"child to parent: {circle}. One of them must have another parent, or none."
            )
        line.append(parent)
        child = read_one(parent)
    return target


def unknown(name: str, known: Sequence[str]) -> UsageError:
    """What is said of a name that no target has."""
    hint = did_you_mean(name, known) or f" Targets: {', '.join(known) or 'none'}."
    return UsageError(f"unknown target {name!r}.{hint}")


def select(
    only: Sequence[str] = (),
    *,
    everything: bool = False,
    tags: Sequence[str] = (),
    folder: Path = TARGETS,
) -> list[Target]:
    """The targets named in `only`; else those with any of `tags`, every one, or the `core`.

    Order: as named, else by name. Raises `UsageError` for a name that is unknown or
    given twice, for an unknown tag, and where nothing is left to run.
    """
    known = names(folder)
    for name in only:
        if name == REFERENCE:
            raise UsageError(f"{name!r} is no target, but what --reference adds: name others.")
        if name not in known:
            raise unknown(name, known)
        if only.count(name) > 1:
            raise UsageError(f"target {name!r} is named twice.")
    read_one = functools.cache(lambda name: read(folder / name))
    targets = [with_ancestors(read_one(name), known, read_one) for name in only or known]
    if tags:
        return _tagged(targets, tags)
    if not only and not everything:
        targets = [target for target in targets if CORE in target.manifest.tags]
    if not targets:
        raise UsageError(
            f"{shown(folder)}: no target to run: it holds none."
            if everything or not known
            else f"{shown(folder)}: no target to run: none is tagged {CORE!r}. "
            f"Name some with --only, or take --all."
        )
    return targets


def _tagged(targets: Sequence[Target], tags: Sequence[str]) -> list[Target]:
    """Those with any of `tags`. Raises `UsageError` for a tag that none has."""
    known = sorted({tag for target in targets for tag in target.manifest.tags})
    for tag in tags:
        if tag not in known:
            hint = did_you_mean(tag, known) or f" Tags: {', '.join(known) or 'none'}."
            raise UsageError(f"unknown tag {tag!r}.{hint}")
    return [target for target in targets if not set(tags).isdisjoint(target.manifest.tags)]
