"""Each target's own virtual environment, made from its lock by uv."""

import hashlib
import importlib.metadata
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bench.errors import MachineError, UsageError
from bench.paths import ENVIRONMENTS, TOOLS, shown
from bench.target import Target

SYNC_TIMEOUT_S = 600


@dataclass(frozen=True)
class Environment:
    """An environment that holds what a target's lock says, and nothing else.

    `versions` maps each package to the version that is installed.
    """

    folder: Path
    lock_sha256: str
    versions: dict[str, str]

    @property
    def bin(self) -> Path:
        return self.folder / "bin"


def find_uv() -> str:
    """The path of uv. Raises `MachineError` with the line that installs it."""
    ours = TOOLS / "nox" / "bin" / "uv"
    found = os.environ.get("UV") or shutil.which("uv") or shutil.which(str(ours))
    if not found:
        raise MachineError("uv is missing. `make compare` brings it; or: pip install uv")
    return found


def prepare(targets: Sequence[Target]) -> dict[str, Environment]:
    """Environments by target name, created or brought up to date. Warm, this takes no network.

    Raises `UsageError` for a target without a lock, `MachineError` where uv fails.
    """
    uv = find_uv()
    for target in targets:
        if not target.lock.is_file():
            raise UsageError(
                f"{shown(target.folder)}: no requirements.txt, the lock it is installed from. "
                f"`nox -s lock` writes it."
            )
    # The control is the baseline under another name, and has its environment.
    projects = {target.folder: target for target in targets}
    with ThreadPoolExecutor(max_workers=4) as pool:
        made = dict(
            zip(projects, pool.map(lambda t: _prepare(uv, t), projects.values()), strict=True)
        )
    return {target.name: made[target.folder] for target in targets}


def _prepare(uv: str, target: Target) -> Environment:
    folder = ENVIRONMENTS / target.folder.name
    lock_sha256 = hashlib.sha256(target.lock.read_bytes()).hexdigest()
    # Written last. Without it an environment may be half made: uv takes a package whose
    # metadata was there before it was cut off for an installed one.
    stamp = folder / "whole"
    content = f"{sys.version}\n{lock_sha256}\n"
    whole = stamp.is_file() and stamp.read_text() == content
    # Its python is a link, and what it points to may have been removed.
    if not whole or not (folder / "bin" / "python").exists():
        _make(uv, folder, target)
        stamp.write_text(content)
    packages = [str(path) for path in folder.glob("lib/python*/site-packages")]
    found = importlib.metadata.distributions(path=packages)
    versions = {distribution.name.lower(): distribution.version for distribution in found}
    return Environment(folder, lock_sha256, dict(sorted(versions.items())))


def _make(uv: str, folder: Path, target: Target) -> None:
    # Relocatable, as its programs else name a folder that a moved clone no longer has.
    _run_uv(
        [
            uv, "venv", "--quiet", "--clear", "--relocatable",
            "--python", sys.executable, str(folder),
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


def _run_uv(command: list[str], target: Target) -> None:
    env = os.environ | {"UV_COMPILE_BYTECODE": "1", "UV_PYTHON_DOWNLOADS": "never"}
    try:
        done = subprocess.run(
            command,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SYNC_TIMEOUT_S,
            check=False,
        )
    except OSError as error:
        raise MachineError(f"uv cannot be run ({command[0]}): {error.strerror}.") from None
    except subprocess.TimeoutExpired:
        raise MachineError(
            f"{target.name}: uv took longer than {SYNC_TIMEOUT_S} s to install "
            f"{shown(target.lock)}."
        ) from None
    if done.returncode:
        last = "\n".join(done.stderr.strip().splitlines()[-8:])
        raise MachineError(f"{target.name}: uv could not install {shown(target.lock)}:\n{last}")
