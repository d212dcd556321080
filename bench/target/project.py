"""Projects of the user's: folders from anywhere on disk that are targets of a run."""

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from bench.target.manifest import Manifest, parse_bench
from bench.target.table import read_toml
from bench.target.target import LOCK, TABLE, Target, name_trouble, names, read, with_ancestors
from lab.errors import UsageError
from lab.paths import TARGETS

FILE = "bench.toml"
UV_LOCK = "uv.lock"
GUIDE = "docs/your-project.md"


@dataclass(frozen=True)
class Project(Target):
    """One of the user's; `path` is that of its folder, as it is kept and shown."""

    path: str

    lock_names: ClassVar[tuple[str, ...]] = (UV_LOCK, LOCK)
    must_have_hashes: ClassVar[bool] = False
    lock_gone: ClassVar[str | None] = None
    must_bring_server: ClassVar[bool] = True
    must_name_changes: ClassVar[bool] = False
    needs_advice: ClassVar[bool] = True
    # Nothing is written into a folder of the user's.
    server_variables: ClassVar[Mapping[str, str]] = {"PYTHONDONTWRITEBYTECODE": "1"}

    @property
    def slug(self) -> str:
        # No name of a target holds a dot.
        digest = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:8]
        return f"{re.sub(r'[^A-Za-z0-9_-]', '-', self.folder.name)[:40]}.{digest}"

    @property
    def uv_folder(self) -> Path:
        return self.folder

    @property
    def compare_options(self) -> tuple[str, ...]:
        return "--target", self.path

    def shown_file(self, name: str) -> str:
        return f"{self.path}/{name}"

    def manifest_place(self) -> str:
        return self.path

    def in_tree(self) -> bool:
        return True

    def no_lock(self) -> str:
        return (
            f"{self.name}: nothing says what to install for {self.path}. Put a {LOCK} or a "
            f"{UV_LOCK} there, or name another file as 'requirements', or a ready virtual "
            f"environment as 'venv', in {self.table}."
        )

    def no_program(self, program: str) -> str:
        return f"{self.name}: {program!r} in 'serve' is not there, or not to be run."


def joined(selected: Sequence[Target], paths: Sequence[str]) -> list[Target]:
    """The selected targets, and the projects in these folders.

    Raises `UsageError` where one is none, or is called like another target of the run.
    """
    projects: dict[str, Project] = {}
    labs = {name.casefold(): name for name in names(TARGETS)} if TARGETS.is_dir() else {}
    for given in paths:
        target = read_project(given)
        if any(other.folder == target.folder for other in projects.values()):
            raise UsageError(f"--target {given!r} is named twice.")
        for other in (*selected, *projects.values()):
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
        projects[target.name] = target
    targets = [*selected, *projects.values()]
    known = [*(names(TARGETS) if TARGETS.is_dir() else ()), *(target.name for target in targets)]
    for target in projects.values():
        with_ancestors(
            target,
            list(dict.fromkeys(known)),
            lambda name: projects[name] if name in projects else read(TARGETS / name),
        )
    return targets


def read_project(given: str) -> Project:
    """The project in a folder. Raises `UsageError` where it is none, or its manifest wrong."""
    folder = _folder(given)
    manifest, table = _manifest(folder, given)
    name = folder.name if manifest.name is None else manifest.name
    if trouble := name_trouble(name):
        raise UsageError(f"--target {given!r}: {trouble} Set 'name' in {table}.")
    return Project(name, folder, manifest, kept(folder), table=table)


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
