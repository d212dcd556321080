"""Targets: folders under `targets/`, found without a list."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.errors import UsageError
from bench.manifest import Manifest, parse_manifest
from bench.paths import TARGETS, shown
from bench.table import did_you_mean, read_toml

CORE = "core"
CONTROL = "control"


@dataclass(frozen=True)
class Target:
    """One standalone Django project and the server that serves it."""

    name: str
    folder: Path
    manifest: Manifest

    @property
    def lock(self) -> Path:
        return self.folder / "requirements.txt"

    @property
    def code_sha256(self) -> str:
        """A digest of its Python files: their paths, and what they hold."""
        digest = hashlib.sha256()
        for path in sorted(self.folder.rglob("*.py")):
            relative = path.relative_to(self.folder)
            if path.is_file() and not any(part.startswith(".") for part in relative.parts):
                digest.update(f"{relative.as_posix()}\n".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()


def names(folder: Path = TARGETS) -> list[str]:
    """The names of all targets under `folder`, in order."""
    if not folder.is_dir():
        raise UsageError(f"{shown(folder)}: no such folder, and targets are found there.")
    return sorted(
        path.name
        for path in folder.iterdir()
        if path.is_dir() and not path.name.startswith((".", "__"))
    )


def read(folder: Path) -> Target:
    """The target in `folder`. Raises `UsageError` where its name or manifest is wrong."""
    name = folder.name
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", name):
        raise UsageError(
            f"{shown(folder)}: {name!r} is no name for a target: use letters, digits, "
            f"'_' and '-', and begin with a letter."
        )
    if name.casefold() == CONTROL:
        raise UsageError(
            f"{shown(folder)}: the name {CONTROL!r} is taken: "
            f"under it the baseline runs a second time. Rename the folder."
        )
    pyproject = folder / "pyproject.toml"
    if not pyproject.is_file():
        raise UsageError(
            f"{shown(folder)}: no pyproject.toml. A target has one, with a [tool.bench] table; "
            f"the README says how to add a target."
        )
    return Target(name, folder.resolve(), parse_manifest(read_toml(pyproject)))


def control_of(baseline: Target) -> Target:
    """The baseline once more, as the control of a run: the same project under another name."""
    manifest = replace(
        baseline.manifest, title=f"{baseline.name} once more", parent=None, change=None
    )
    return replace(baseline, name=CONTROL, manifest=manifest)


def _with_parent(target: Target, known: Sequence[str]) -> Target:
    """`target` itself. Raises `UsageError` where its parent is none of the other targets."""
    parent = target.manifest.parent
    if parent is not None and (parent not in known or parent == target.name):
        others = [name for name in known if name != target.name]
        hint = did_you_mean(parent, others) or f" Targets: {', '.join(others) or 'none'}."
        raise UsageError(
            f"{shown(target.folder / 'pyproject.toml')}: 'parent' in [tool.bench] is {parent!r}, "
            f"which is no other target.{hint}"
        )
    return target


def select(
    only: Sequence[str] = (), *, everything: bool = False, folder: Path = TARGETS
) -> list[Target]:
    """The targets named in `only`; else every one, or those that are tagged `core`.

    Order: as named, else by name. Raises `UsageError` for a name that is unknown or
    given twice, and where nothing is left to run.
    """
    known = names(folder)
    for name in only:
        if name not in known:
            hint = did_you_mean(name, known) or f" Targets: {', '.join(known) or 'none'}."
            raise UsageError(f"unknown target {name!r}.{hint}")
        if only.count(name) > 1:
            raise UsageError(f"target {name!r} is named twice.")
    targets = [_with_parent(read(folder / name), known) for name in only or known]
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
