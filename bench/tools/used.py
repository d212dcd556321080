"""When something that is installed was last used: `nox -s clean` removes what nobody uses."""

import contextlib
from pathlib import Path

# In a folder: the file whose time says so. noxfile.py sets it too.
USED = "used"


def note_use(stamp: Path) -> None:
    """Set the time of a file to now, for what it stands for is used."""
    # Where that cannot be, as on a read-only disk, a run goes on.
    with contextlib.suppress(OSError):
        stamp.touch()
