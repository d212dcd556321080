"""Takes one program out of one of the distribution's packages, without touching the system."""

import os
import shutil
import tempfile
from pathlib import Path

from bench.process import child
from bench.process.child import StartError
from bench.process.scratch import scratch
from lab.errors import MachineError

FETCH_TIMEOUT_S = 180


def packages_are_here() -> bool:
    """Whether this is Debian, or what is made from it."""
    return bool(shutil.which("apt-get") and shutil.which("dpkg"))


def fetch(package: str, program: str, destination: Path, *, advice: str) -> None:
    """Download `package` with an apt state of its own, and copy `program` of it to `destination`.

    `program` is its path from the root of the file system. Raises `MachineError` with `advice`
    where it cannot be had.
    """
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
        said += _output([*apt, "download", package], folder / "deb")
        packages = list((folder / "deb").glob(f"{package}_*.deb"))
        if packages:
            said += _output(["dpkg", "-x", str(packages[0]), str(folder / "root")], folder)
        unpacked = folder / "root" / program
        if not unpacked.is_file():
            last = "\n".join(said.strip().splitlines()[-5:])
            raise MachineError(
                f"{destination.name} is missing, and its package could not be fetched. {advice}\n"
                f"{last}"
            )
        destination.parent.mkdir(parents=True, exist_ok=True)
        # Whole or not at all, also where two runs fetch at once.
        partial = destination.with_name(f".{destination.name}-{os.getpid()}")
        shutil.copy(unpacked, partial)
        partial.replace(destination)


def _output(command: list[str], cwd: Path) -> str:
    program = shutil.which(command[0]) or command[0]
    with tempfile.TemporaryFile() as output:
        try:
            ended = child.run(
                [program, *command[1:]], output=output, cwd=cwd, timeout_s=FETCH_TIMEOUT_S
            )
        except StartError as error:
            return f"{error}\n"
        if ended is None:
            return f"{command[0]} took longer than {FETCH_TIMEOUT_S} s.\n"
        output.seek(0)
        return output.read().decode(errors="replace")
