"""A run's summary and page, written by a process of their own."""

import sys

from bench.process.child import Child
from lab.commands import page_command
from lab.errors import LabError, MachineError, UsageError
from lab.files.folder import RunFolder
from lab.paths import ROOT, shown


def write_page(folder: RunFolder, *, quiet: bool) -> None:
    """Write summary and page in a process of its own: pandas would stay in this one's memory.

    Raises the error that it ended with, where it is known: what it printed says the rest.
    """
    command = [sys.executable, "-m", "report", str(folder.path), *(["--quiet"] if quiet else [])]
    sys.stdout.flush()
    with Child(command, output=sys.stdout, errors=sys.stderr, cwd=ROOT) as child:
        ended = child.wait()
    if ended is None or ended.code:
        known = {error.exit_code: error for error in (UsageError, MachineError)}
        raise known.get(ended.code if ended else 1, LabError)(
            f"The page could not be written. Every sample is kept in {shown(folder.samples)}; "
            f"try: {page_command(folder)}"
        )
