"""`new`: a target that is a copy of its parent, checked and ready to be changed in one thing."""

import shutil
from pathlib import Path

from tomlkit.exceptions import TOMLKitError

from bench.command import check
from bench.command import new_text as text
from bench.command.new_text import NewTarget
from bench.environment.lock import compile_lock, of_target
from bench.plan.profile import load_profile
from bench.process.cancellation import Cancellation
from bench.process.scratch import scratch
from bench.target.target import Target, name_trouble, read, select
from bench.tools.uv import find_uv
from lab.errors import LabError, MachineError, UsageError
from lab.paths import TARGETS, shown

MANIFEST = "pyproject.toml"
VIEWS = "project/views.py"

BYTE_CODE = "__pycache__"
# Beside what makes a project lie what others have made of it.
NOT_COPIED = shutil.ignore_patterns(BYTE_CODE, "*.pyc", ".git", ".venv", ".*_cache", ".DS_Store")


def new(child: NewTarget, cancellation: Cancellation) -> int:
    """Make the target; 0. Until it has passed its check there is nothing of it under `targets/`.

    Raises `UsageError` for a name or a parent that cannot be, `MachineError` where it cannot be
    locked, `LabError` where it fails its check, as its parent then does.
    """
    if trouble := name_trouble(child.name):
        raise UsageError(trouble[0].upper() + trouble[1:])
    (parent,) = select([child.parent])
    _require_free(child.name)
    find_uv()
    folder = TARGETS / child.name
    with scratch(place=TARGETS) as hidden:
        made = hidden / child.name
        _copy(parent, made, child)
        print(f"Locking {child.name}, with the versions that {parent.name} has.", flush=True)
        _lock(made)
        print(f"Checking {child.name}.", flush=True)
        if check.check([read(made)], load_profile("steady"), cancellation):
            raise LabError(
                f"{child.name} was not made: a copy of {parent.name} fails its check. Does "
                f"{parent.name} itself pass? nox -s check -- {parent.name}"
            )
        for path in list(made.rglob(BYTE_CODE)):
            shutil.rmtree(path)
        _require_free(child.name)
        made.rename(folder)
    views = folder / VIEWS
    print(
        text.what_next(
            child,
            shown(folder),
            manifest=(MANIFEST, _read(folder / MANIFEST)),
            views=(VIEWS, _read(views)) if views.is_file() else None,
        )
    )
    return 0


def _require_free(name: str) -> None:
    """Raise `UsageError` where something has this name, in capitals too: not all disks tell."""
    for path in TARGETS.iterdir():
        if path.name.casefold() == name.casefold():
            raise UsageError(
                f"{shown(TARGETS)}/{path.name} is there already. Take another name, or remove it "
                f"first."
            )


def _copy(parent: Target, made: Path, child: NewTarget) -> None:
    manifest, views = made / MANIFEST, made / VIEWS
    try:
        shutil.copytree(parent.folder, made, symlinks=True, ignore=NOT_COPIED)
        _write(manifest, text.pyproject(_read(manifest), child))
        if views.is_file():
            _write(views, text.views(_read(views), child))
    except TOMLKitError as error:
        raise UsageError(f"{shown(parent.folder / MANIFEST)}: {error}.") from None
    except (SyntaxError, ValueError) as error:
        raise UsageError(f"{shown(parent.folder / VIEWS)}: no Python: {error}.") from None
    except OSError as error:
        raise MachineError(f"{shown(parent.folder)} cannot be copied: {error}.") from None


def _read(path: Path) -> str:
    # Not as text: its line ends stay what they are.
    return path.read_bytes().decode()


def _write(path: Path, content: str) -> None:
    path.write_bytes(content.encode())


def _lock(made: Path) -> None:
    try:
        # The parent's lock is in place: uv keeps its versions.
        compile_lock(of_target(made))
    except LabError as error:
        # The hidden folder, which is gone when this is read, tells nobody anything.
        said = str(error).replace(shown(made), shown(TARGETS / made.name))
        raise MachineError(
            f"{said}\n{made.name} was not made. To lock it takes the network: see that packages "
            f"can be had, and try again."
        ) from None
