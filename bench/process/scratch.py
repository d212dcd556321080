"""A folder for what must not stay: it goes with the bench, in whatever way that ends."""

import contextlib
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.process.folder_lock import making
from lab.files import janitor

JANITOR = Path(janitor.__file__)

# What such a folder is told by, and what hides it.
NAME = "viewlab-scratch-"
HIDDEN = "."

# In it, a link to the run that it is for.
OF = ".of"


@contextlib.contextmanager
def scratch(run: Path | None = None, *, place: Path | None = None) -> Iterator[Path]:
    """A new folder in the system's place for temporary files, for as long as the block lasts.

    In `place`, where one is named, it is hidden: what is made in it can be renamed to lie beside
    it. A process of its own removes it, so that it does not outlive a killed bench. In the folder
    `run` that process also removes what was being written and is not whole. Where that process is
    killed too, the next run does it (`bench.process.left`), for nobody holds the folder any more.
    """
    # Named first, made when the janitor is there: a kill in between leaves nothing.
    name = f"{NAME}{secrets.token_hex(4)}"
    folder = place / f"{HIDDEN}{name}" if place else Path(tempfile.gettempdir(), name)
    words = [str(folder), *([str(run)] if run else [])]
    janitor = subprocess.Popen(
        [sys.executable, "-I", "-S", JANITOR, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        with making(folder):
            if run:
                (folder / OF).symlink_to(run.absolute())
            yield folder
    finally:
        if janitor.stdin:
            janitor.stdin.close()
        if janitor.wait():  # it was killed itself
            shutil.rmtree(folder, ignore_errors=True)
