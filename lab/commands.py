"""The commands that a user goes on with."""

import shlex

from lab.files.folder import RunFolder
from lab.paths import RESULTS


def page_command(folder: RunFolder) -> str:
    """What writes the page of a run again."""
    return shlex.join(["nox", "-s", "report", "--", name_of(folder)])


def resume_command(folder: RunFolder) -> str:
    """What goes on with a run."""
    return shlex.join(["nox", "-s", "compare", "--", "--resume", name_of(folder)])


def name_of(folder: RunFolder) -> str:
    """By which a command finds the run: its id, or its path where it lies elsewhere."""
    return folder.id if folder.path.parent == RESULTS else str(folder.path)
