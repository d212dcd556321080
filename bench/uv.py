"""uv: where it is, and running it to its end. Needs nothing but the standard library."""

import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import process
from bench.errors import MachineError
from bench.paths import TOOLS
from bench.process import StartError

TIMEOUT_S = 600

# Its errors begin with what is wrong; a traceback of a build may follow.
SHOWN_LINES = 10


@dataclass(frozen=True)
class Ended:
    """How uv ended: `code` is 0 where it did what it was to do; `said` is what it printed."""

    code: int
    said: str

    @property
    def reason(self) -> str:
        """The first lines of what it printed."""
        return "\n".join(self.said.strip().splitlines()[:SHOWN_LINES])


def find_uv() -> str:
    """The path of uv. Raises `MachineError` with the line that installs it."""
    ours = TOOLS / "nox" / "bin" / "uv"
    found = os.environ.get("UV") or shutil.which("uv") or shutil.which(str(ours))
    if not found:
        raise MachineError("uv is missing. `make compare` brings it; or: pip install uv")
    return found


def run_uv(command: Sequence[str], *, doing: str, cwd: Path | None = None) -> Ended:
    """Run uv, whose path comes first. Raises `MachineError` where it cannot run, or takes too long.

    `doing` completes "uv took longer than 600 s to ...".
    """
    env = os.environ | {"UV_COMPILE_BYTECODE": "1", "UV_PYTHON_DOWNLOADS": "never"}
    with tempfile.TemporaryFile() as output:
        try:
            ended = process.run(command, output=output, cwd=cwd, env=env, timeout_s=TIMEOUT_S)
        except StartError as error:
            raise MachineError(f"uv cannot be run: {error}") from None
        if ended is None:
            raise MachineError(f"uv took longer than {TIMEOUT_S} s to {doing}.")
        output.seek(0)
        return Ended(ended.code, output.read().decode(errors="replace"))
