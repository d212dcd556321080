"""A run's summary and page, and the commands that a user goes on with."""

import shlex
import sys

from bench.errors import LabError
from bench.paths import RESULTS, ROOT, shown
from bench.process import Child
from bench.store import RunFolder


def write_page(folder: RunFolder, *, quiet: bool) -> None:
    """Write summary and page in a process of its own: pandas would stay in this one's memory."""
    command = [sys.executable, "-m", "report", str(folder.path), *(["--quiet"] if quiet else [])]
    sys.stdout.flush()
    with Child(command, output=sys.stdout, errors=sys.stderr, cwd=ROOT) as child:
        ended = child.wait()
    if ended is None or ended.code:
        raise LabError(
            f"The page could not be written. Every sample is kept in {shown(folder.samples)}; "
            f"try: {page_command(folder)}"
        )


def page_command(folder: RunFolder) -> str:
    """What writes the page of a run again."""
    return shlex.join(["nox", "-s", "report", "--", name_of(folder)])


def resume_command(folder: RunFolder) -> str:
    """What goes on with a run."""
    return shlex.join(["nox", "-s", "compare", "--", "--resume", name_of(folder)])


def name_of(folder: RunFolder) -> str:
    """By which a command finds the run: its id, or its path where it lies elsewhere."""
    return folder.id if folder.path.parent == RESULTS else str(folder.path)
