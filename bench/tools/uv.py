"""uv, called as the lab needs it. Needs nothing but the standard library."""

import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.process.child import Child, StartError
from bench.tools.used import USED, note_use
from lab.errors import MachineError
from lab.paths import TOOLS

TIMEOUT_S = 600


@dataclass(frozen=True)
class Called:
    """How uv ended, and what it printed on either stream."""

    code: int
    out: str
    errors: str

    @property
    def said(self) -> str:
        return f"{self.out}\n{self.errors}".strip()


def find_uv() -> str:
    """The path of uv. Raises `MachineError` with the line that installs it."""
    ours = TOOLS / "nox" / "bin" / "uv"
    found = os.environ.get("UV") or shutil.which("uv") or shutil.which(str(ours))
    if not found:
        raise MachineError("uv is missing. `make compare` brings it; or: pip install uv")
    if Path(found) == ours:
        note_use(TOOLS / "nox" / USED)
    return found


def call(command: Sequence[str], *, doing: str, cwd: Path | None = None) -> Called:
    """Run uv to its end. `doing` is for the message, where that took too long."""
    env = os.environ | {"UV_COMPILE_BYTECODE": "1", "UV_PYTHON_DOWNLOADS": "never"}
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        try:
            with Child(command, output=output, errors=errors, cwd=cwd, env=env) as child:
                ended = child.wait(TIMEOUT_S)
        except StartError as error:
            raise MachineError(f"uv cannot be run: {error}") from None
        if ended is None:
            raise MachineError(f"{doing}: uv took longer than {TIMEOUT_S} s.")
        output.seek(0)
        errors.seek(0)
        texts = [stream.read().decode(errors="replace").strip() for stream in (output, errors)]
        return Called(ended.code, *texts)
