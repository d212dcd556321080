"""Finds hey, or brings it from Debian's packages without touching the system."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench import process
from bench.errors import MachineError
from bench.paths import TOOLS, shown
from bench.process import StartError
from bench.scratch import scratch

FETCH_TIMEOUT_S = 180


def find_hey(say: Callable[[str], None], *, tools: Path = TOOLS) -> str:
    """The path of hey: from PATH, from an earlier fetch, or fetched now.

    Raises `MachineError` with the line that installs it where it cannot be had.
    """
    fetched = tools / "bin" / "hey"
    found = shutil.which("hey") or shutil.which(str(fetched))
    if found:
        return found
    if sys.platform == "darwin":
        raise MachineError("hey is missing. Install it: brew install hey")
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        raise MachineError(
            "hey is missing. Install it: go install github.com/rakyll/hey@latest, "
            "and see that it is on PATH."
        )
    say(f"hey is missing: taking it from the distribution's packages, into {shown(fetched)}")
    _fetch(fetched)
    return str(fetched)


def _fetch(destination: Path) -> None:
    """Download the package with an apt state of its own, and unpack its one program."""
    with scratch() as folder:
        for part in ("state/lists/partial", "cache/archives/partial", "deb", "root"):
            (folder / part).mkdir(parents=True)
        apt = [
            "apt-get", "-q",
            "-o", f"Dir::State={folder}/state",
            "-o", "Dir::State::status=/var/lib/dpkg/status",
            "-o", f"Dir::Cache={folder}/cache",
            "-o", "APT::Sandbox::User=",
            "-o", "Acquire::Retries=1",
            "-o", "Acquire::http::Timeout=20",
            "-o", "Acquire::https::Timeout=20",
        ]  # fmt: skip
        # A third party's source that fails does not matter: only the download counts.
        said = _output([*apt, "update"], folder)
        said += _output([*apt, "download", "hey"], folder / "deb")
        packages = list((folder / "deb").glob("hey_*.deb"))
        if packages:
            said += _output(["dpkg", "-x", str(packages[0]), str(folder / "root")], folder)
        program = folder / "root" / "usr" / "bin" / "hey"
        if not program.is_file():
            last = "\n".join(said.strip().splitlines()[-5:])
            raise MachineError(
                "hey is missing, and its package could not be fetched. Install it: "
                f"apt-get install hey (as root).\n{last}"
            )
        destination.parent.mkdir(parents=True, exist_ok=True)
        # Whole or not at all, also where two runs fetch at once.
        partial = destination.with_name(f".hey-{os.getpid()}")
        shutil.copy(program, partial)
        partial.replace(destination)


def _output(command: list[str], cwd: Path) -> str:
    program = shutil.which(command[0]) or command[0]
    with tempfile.TemporaryFile() as output:
        try:
            ended = process.run(
                [program, *command[1:]], output=output, cwd=cwd, timeout_s=FETCH_TIMEOUT_S
            )
        except StartError as error:
            return f"{error}\n"
        if ended is None:
            return f"{command[0]} took longer than {FETCH_TIMEOUT_S} s.\n"
        output.seek(0)
        return output.read().decode(errors="replace")
