"""Finds hey, or brings it from Debian's packages without touching the system; tells its build."""

import hashlib
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from bench.tools import debian, go
from bench.tools.used import note_use
from lab.engines import Build
from lab.errors import MachineError
from lab.paths import TOOLS, shown


def find_hey(say: Callable[[str], None], *, tools: Path = TOOLS) -> str:
    """The path of hey: from PATH, from an earlier fetch, or fetched now.

    Raises `MachineError` with the line that installs it where it cannot be had.
    """
    fetched = tools / "bin" / "hey"
    found = shutil.which("hey") or shutil.which(str(fetched))
    if found:
        if Path(found) == fetched:
            note_use(fetched)
        return found
    if sys.platform == "darwin":
        raise MachineError("hey is missing. Install it: brew install hey")
    if not debian.packages_are_here():
        raise MachineError(
            "hey is missing. Install it: go install github.com/rakyll/hey@latest, "
            "and see that it is on PATH."
        )
    say(f"hey is missing: taking it from the distribution's packages, into {shown(fetched)}")
    debian.fetch("hey", "usr/bin/hey", fetched, advice="Install it: apt-get install hey (as root).")
    return str(fetched)


def build_of(program: str) -> Build:
    """Which hey lies there. It has no `--version`: the file is read, and nothing is run."""
    try:
        data = Path(program).read_bytes()
    except OSError:  # one may be run without being read
        return Build("hey")
    return Build("hey", go.version(data), hashlib.sha256(data).hexdigest())
