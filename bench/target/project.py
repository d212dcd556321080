"""Projects of the user's: folders from anywhere on disk that are targets of a run."""

import os
from collections.abc import Sequence
from pathlib import Path

from bench.target.manifest import Manifest, parse_bench
from bench.target.table import read_toml
from bench.target.target import TABLE, Target, name_trouble, names, read, with_ancestors
from lab.errors import UsageError
from lab.paths import TARGETS

FILE = "bench.toml"
GUIDE = "docs/your-project.md"


def joined(selected: Sequence[Target], paths: Sequence[str]) -> list[Target]:
    """The selected targets, and the projects in these folders.

    Raises `UsageError` where one is none, or is called like another target of the run.
    """
    targets = list(selected)
    labs = {name.casefold(): name for name in names(TARGETS)} if TARGETS.is_dir() else {}
    for given in paths:
        target = read_project(given)
        for other in targets:
            if other.project and other.folder == target.folder:
                raise UsageError(f"--target {given!r} is named twice.")
            # Some file systems take two such names for one, and samples are named after targets.
            if other.name.casefold() == target.name.casefold():
                raise UsageError(
                    f"--target {given!r} is called {target.name!r}, as another target of this run "
                    f"is: set 'name' in {target.table}."
                )
        ours = labs.get(target.name.casefold())
        if ours and target.folder != (TARGETS / ours).resolve():
            # By its name it would be the parent of others, the baseline, or the article's view.
            raise UsageError(
                f"--target {given!r} is called {target.name!r}, as a target of the lab is: set "
                f"'name' in {target.table}."
            )
        targets.append(target)
    known = [*(names(TARGETS) if TARGETS.is_dir() else ()), *(target.name for target in targets)]
    projects = {target.name: target for target in targets if target.project}
    for target in projects.values():
        with_ancestors(
            target,
            list(dict.fromkeys(known)),
            lambda name: projects[name] if name in projects else read(TARGETS / name),
        )
    return targets


def read_project(given: str) -> Target:
    """The project in a folder. Raises `UsageError` where it is none, or its manifest wrong."""
    folder = _folder(given)
    manifest, table = _manifest(folder, given)
    name = folder.name if manifest.name is None else manifest.name
    if trouble := name_trouble(name):
        raise UsageError(f"--target {given!r}: {trouble} Set 'name' in {table}.")
    return Target(name, folder, manifest, kept(folder), table)


def kept(folder: Path) -> str:
    """A path as it is kept and shown: from home on, so that nobody's name gets onto a page."""
    try:
        home = Path.home().resolve()
        return str(Path("~", folder.relative_to(home)))
    except (ValueError, OSError, RuntimeError):  # elsewhere, or there is no home
        return str(folder)


def _folder(given: str) -> Path:
    try:
        folder = Path(given).expanduser().resolve()
        there = bool(given) and folder.is_dir() and os.access(folder, os.R_OK | os.X_OK)
    except (OSError, ValueError, RuntimeError):  # too long, or a user who is unknown
        there = False
    if not there:
        raise UsageError(
            f"--target {given!r} is no folder that can be read. It takes that of a Django project; "
            f"{GUIDE} tells more."
        )
    if not str(folder).isprintable():
        raise UsageError(
            f"--target {given!r}: its path holds what cannot be shown. Make a copy, or rename it."
        )
    return folder


def _manifest(folder: Path, given: str) -> tuple[Manifest, str]:
    """The manifest of a project, and what to call it."""
    pyproject, own = folder / "pyproject.toml", folder / FILE
    root = read_toml(pyproject) if pyproject.is_file() else None
    tool = root.values.get("tool") if root else None
    in_pyproject = isinstance(tool, dict) and "bench" in tool
    if root and in_pyproject:
        if own.exists():
            raise UsageError(
                f"--target {given!r} has two manifests, [tool.bench] in its pyproject.toml and "
                f"its {FILE}: take one away."
            )
        return parse_bench(root.table("tool").table("bench")), TABLE
    if not own.is_file():
        raise UsageError(
            f"--target {given!r} has no manifest: neither a {FILE} nor a [tool.bench] table in a "
            f"pyproject.toml. {GUIDE} shows one."
        )
    return parse_bench(read_toml(own)), f"its {FILE}"
