"""Locks: each requirements.txt, compiled by uv from the pyproject.toml it belongs to.

Needs nothing but the standard library: a lock that cannot be installed can still be made anew.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.tools.uv import call, find_uv
from lab.errors import MachineError, UsageError
from lab.paths import ROOT, shown

LOCK = "requirements.txt"

# Hashes, for every platform. It names no index, and nothing of the machine it is made on.
COMPILE = (
    "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--python-version", "3.11",
    "--no-header", "--no-annotate", "--no-emit-index-url", "--python", sys.executable,
)  # fmt: skip

# uv's exit code where no set of versions fits; 2 is any other failure, such as no network.
NO_SOLUTION = 1
OFFLINE = "network was disabled"

# Its errors begin with what is wrong; the traceback of a build may follow.
SHOWN_LINES = 10


@dataclass(frozen=True)
class Lock:
    """A file to be made, and what uv is told to make it from."""

    made: Path
    sources: tuple[str, ...]


LABS = (
    Lock(ROOT / LOCK, ("pyproject.toml",)),
    Lock(ROOT / "requirements-dev.txt", ("pyproject.toml", "--group", "dev")),
    Lock(ROOT / "requirements-mutations.txt", ("pyproject.toml", "--group", "mutations")),
    Lock(ROOT / "requirements-tools.txt", ("--group", "tools")),
    Lock(ROOT / "requirements-audit.txt", ("--group", "audit")),
)


def of_target(folder: Path) -> Lock:
    return Lock(folder / LOCK, (str((folder / "pyproject.toml").relative_to(ROOT)),))


def compile_lock(lock: Lock, options: Sequence[str] = ()) -> None:
    """Make the file. Versions that it holds already stay, unless `options` of uv say otherwise.

    Raises `UsageError` where no versions fit what is asked for, `MachineError` where uv fails.
    """
    where = shown(lock.made)
    called = call(
        [find_uv(), *COMPILE, *options, *lock.sources, "--output-file", str(lock.made)],
        doing=where,
        cwd=ROOT,
    )
    if called.code:
        unsolved = called.code == NO_SOLUTION and OFFLINE not in called.said
        error = UsageError if unsolved else MachineError
        said = "\n".join(called.said.splitlines()[:SHOWN_LINES])
        raise error(f"{where}: uv could not lock it:\n{said}")
