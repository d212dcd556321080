"""`lock`: compiles each requirements.txt from the pyproject.toml it belongs to, with uv.

Needs nothing but the standard library: a lock that cannot be installed can still be made anew.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.errors import LabError, MachineError, UsageError
from bench.parser import Parser
from bench.paths import ROOT, TARGETS, shown
from bench.target import names, unknown
from bench.uv import call, find_uv

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
    Lock(ROOT / "requirements-tools.txt", ("--group", "tools")),
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


def command(arguments: Sequence[str]) -> int:
    """Make the locks of the targets named, or else every one of the repository."""
    parser = Parser(prog="lock", allow_abbrev=False, description="Compile locks.")
    add = parser.add_argument
    add("names", nargs="*", metavar="NAME", help="targets; default: each, and the lab itself")
    add("--upgrade", action="store_true", help="take the newest versions of all packages")
    add(
        "--upgrade-package", action="append", default=[], metavar="PACKAGE",
        help="take the newest version of this one (may repeat)",
    )  # fmt: skip
    options = parser.parse(arguments)
    known = names()
    for name in options.names:
        if name not in known:
            raise unknown(name, known)
    folders = [TARGETS / name for name in options.names or known]
    words = ["--upgrade"] if options.upgrade else []
    words += [word for name in options.upgrade_package for word in ("--upgrade-package", name)]
    for lock in [*([] if options.names else LABS), *map(of_target, folders)]:
        compile_lock(lock, words)
        print(f"locked  {shown(lock.made)}", flush=True)
    return 0


def main(arguments: Sequence[str]) -> int:
    """`python -m bench lock ...` without `bench.cli`, which needs what the lab's lock lists."""
    try:
        return command(arguments[1:])
    except LabError as error:
        print(error, file=sys.stderr)
        return error.exit_code
