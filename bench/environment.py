"""Each target's own virtual environment, made from its lock by uv."""

import contextlib
import hashlib
import importlib.metadata
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench import nginx_install
from bench.errors import MachineError, UsageError
from bench.interpreter import Python, find
from bench.lock import FolderLock
from bench.paths import ENVIRONMENTS, shown
from bench.recipe import Recipe, add, require_new_enough
from bench.store import make_folder
from bench.target import Target
from bench.uv import call, find_uv


@dataclass(frozen=True)
class Environment:
    """An environment that holds what a target's lock says, and what its recipe adds to that.

    `versions` maps each package to the version that is installed.
    """

    folder: Path
    lock_sha256: str
    versions: dict[str, str]
    recipe: Recipe = field(default_factory=Recipe)

    @property
    def bin(self) -> Path:
        return self.folder / "bin"

    @property
    def python(self) -> Python | None:
        """What it runs on; None for the lab's own interpreter."""
        return self.recipe.python.about if self.recipe.python else None

    @property
    def sha256(self) -> str:
        """What no environment of another lock or recipe has."""
        return self.recipe.sha256(self.lock_sha256, self.versions)


@contextlib.contextmanager
def prepared(
    targets: Sequence[Target],
    say: Callable[[str], None],
    *,
    added: Sequence[str] = (),
    python: str | None = None,
) -> Iterator[dict[str, Environment]]:
    """Environments by target name, for as long as the block lasts: nobody changes them meanwhile.

    They are created or brought up to date, with what is `added` on top of each lock, on the
    interpreter that `python` names, or the lab's own. Warm, this takes no network.
    Raises `UsageError` for a target without a lock, or one that does not go with these,
    `MachineError` where uv fails.
    """
    uv = find_uv()
    own = [target for target in targets if not target.is_reference]
    for target in own:
        if not target.lock.is_file():
            raise UsageError(
                f"{shown(target.folder)}: no requirements.txt, the lock it is installed from. "
                f"`nox -s lock` writes it."
            )
    recipe = Recipe(tuple(added), find(python, uv) if python else None)
    for target in own:
        require_new_enough(target, recipe.version)
    # The control is the baseline under another name, and has its environment.
    projects = {target.folder: target for target in own}.values()

    def wait() -> None:
        say(f"Another process is using {shown(ENVIRONMENTS)}: waiting for it to end.")

    with FolderLock(make_folder(ENVIRONMENTS)) as environments:
        environments.share(wait)
        if not all(_whole(target, recipe) for target in projects):
            environments.own(wait)
            for target in projects:
                if not _whole(target, recipe):
                    _make(uv, target, recipe)
            environments.share(wait)
        made = {target.folder: _read(target, recipe) for target in projects}
        made |= {target.folder: of_reference() for target in targets if target.is_reference}
        yield {target.name: made[target.folder] for target in targets}


def of_reference() -> Environment:
    """The lab's own, whose Python starts nginx; the version of nginx is the lock.

    Raises `MachineError` where there is no nginx that will do.
    """
    version = nginx_install.nginx_version()
    digest = hashlib.sha256(f"nginx {version}".encode()).hexdigest()
    return Environment(Path(sys.prefix), digest, {"nginx": version})


def _folder(target: Target, recipe: Recipe) -> Path:
    return ENVIRONMENTS / f"{target.folder.name}{recipe.suffix}"


def _stamp(folder: Path) -> Path:
    """Written last. Without it an environment may be half made.

    uv takes a package whose metadata was there before it was cut off for an installed one.
    """
    return folder / "whole"


def lock_sha256(target: Target) -> str:
    return hashlib.sha256(target.lock.read_bytes()).hexdigest()


def _whole(target: Target, recipe: Recipe) -> bool:
    folder = _folder(target, recipe)
    stamp = _stamp(folder)
    whole = stamp.is_file() and stamp.read_text() == recipe.stamp(lock_sha256(target))
    # Its python is a link, and what it points to may have been removed.
    return whole and (folder / "bin" / "python").exists()


def _read(target: Target, recipe: Recipe) -> Environment:
    folder = _folder(target, recipe)
    packages = [str(path) for path in folder.glob("lib/python*/site-packages")]
    found = importlib.metadata.distributions(path=packages)
    versions = {distribution.name.lower(): distribution.version for distribution in found}
    return Environment(folder, lock_sha256(target), dict(sorted(versions.items())), recipe)


def _make(uv: str, target: Target, recipe: Recipe) -> None:
    folder = _folder(target, recipe)
    try:
        _install(uv, folder, target, recipe)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    _stamp(folder).write_text(recipe.stamp(lock_sha256(target)))


def _install(uv: str, folder: Path, target: Target, recipe: Recipe) -> None:
    # Relocatable, as its programs else name a folder that a moved clone no longer has.
    _run_uv(
        [
            uv, "venv", "--quiet", "--clear", "--relocatable",
            "--python", recipe.executable, str(folder),
        ],
        target,
    )  # fmt: skip
    python = str(folder / "bin" / "python")
    _run_uv(
        [uv, "pip", "sync", "--quiet", "--require-hashes", "--python", python, str(target.lock)],
        target,
    )
    if not Path(python).exists():
        raise MachineError(f"{target.name}: {uv} made no environment in {shown(folder)}.")
    if recipe.added:
        add(uv, python, recipe, target)


def _run_uv(command: list[str], target: Target) -> None:
    called = call(command, doing=f"{target.name}: installing {shown(target.lock)}")
    if called.code:
        last = "\n".join(called.said.splitlines()[-8:])
        raise MachineError(f"{target.name}: uv could not install {shown(target.lock)}:\n{last}")
