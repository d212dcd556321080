"""Targets: folders under `targets/`, found without a list."""

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

from bench.target.manifest import Manifest, parse_manifest
from bench.target.table import did_you_mean, read_toml
from lab.errors import UsageError
from lab.names import BESIDE, CONTROL, REFERENCE
from lab.paths import REFERENCE_FOLDER, TARGETS, shown

CORE = "core"

LOCK = "requirements.txt"

TABLE = "its [tool.bench]"

# Files of a run carry it, with level and round, and take 255 bytes.
LONGEST_NAME = 100


@dataclass(frozen=True)
class Target:
    """One standalone Django project and the server that serves it.

    What it answers here is so of the lab's own, which lie under `targets/`; of other kinds are a
    user's `Project` and the `Reference`. `table` is what messages call its manifest.
    """

    name: str
    folder: Path
    manifest: Manifest
    table: str = field(default=TABLE, kw_only=True)

    # What it is installed from where its manifest names nothing: the first that is there.
    lock_names: ClassVar[tuple[str, ...]] = (LOCK,)
    # Whether its lock must have a hash for every package, as those that `nox -s lock` writes.
    must_have_hashes: ClassVar[bool] = True
    # Why a run cannot go on without its lock; None where what was looked for is to be told.
    lock_gone: ClassVar[str | None] = f"its lock, {LOCK}, is gone"
    # Whether its server must be in its environment, unless it is named by its path.
    must_bring_server: ClassVar[bool] = False
    # Whether its check fails where it differs from its parent in what `change` does not name.
    must_name_changes: ClassVar[bool] = True
    # Whether its user is told what to change where it does not answer as it should.
    needs_advice: ClassVar[bool] = False
    # What its server finds in its environment beside what all servers do.
    server_variables: ClassVar[Mapping[str, str]] = {}

    @property
    def lock(self) -> Path:
        return self.folder / (self.manifest.requirements or LOCK)

    @property
    def slug(self) -> str:
        """What its environment is called: no two folders have the same."""
        return self.folder.name

    @property
    def uv_folder(self) -> Path | None:
        """The folder whose configuration of uv counts, where it is not the lab's."""
        return None

    @property
    def compare_options(self) -> tuple[str, ...]:
        """What `compare` has to be told to take it into a run of the lab's own."""
        return ()

    def shown_file(self, name: str) -> str:
        """The path of a file in its folder, as messages have it."""
        return shown(self.folder / name)

    def manifest_place(self) -> str:
        """Where its manifest is, as messages have it."""
        return self.shown_file("pyproject.toml")

    def in_tree(self) -> bool:
        """Whether its parent is one of `targets/`, if that holds one of that name."""
        return self.folder.parent == TARGETS.resolve()

    def no_lock(self) -> str:
        """What to tell where nothing says what to install."""
        return (
            f"{shown(self.folder)}: no {LOCK}, the lock it is installed from. "
            f"`nox -s lock` writes it."
        )

    def no_program(self, program: str) -> str:
        """What to tell where the program that serves it is not found."""
        return (
            f"{self.name}: {program!r} is not installed in its environment. "
            f"Is it in its pyproject.toml's dependencies? Then: nox -s lock"
        )


@dataclass(frozen=True)
class Reference(Target):
    """nginx as a proxy to the upstream: no Django project, so it has no lock, and no rank."""


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


def reference() -> Reference:
    """nginx, which is served and loaded as a target is."""
    return Reference(
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
        file = child.manifest_place()
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
