"""The lock on this machine: of all that load or serve, from whatever clone, one at a time.

It is one on the folder `viewlab-UID` in the system's place for temporary files, and so each
user's own. In it lie `holder`, a line on who has the lock (for people: whether it is held, the
lock says), and a folder for the run, which holds what `bench.process.mark` notes.
"""

import contextlib
import os
import re
import secrets
import shlex
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.process.folder_lock import FolderLock, making
from bench.process.left import end_left
from bench.process.mark import RUN
from lab.display import printable
from lab.errors import MachineError
from lab.files.folder import utc_now, write_whole
from lab.paths import shown

# Another place for the folder. All runs that shall see each other need the same.
PLACE = "VIEWLAB_LOCK_DIR"

OTHERS = stat.S_IRWXG | stat.S_IRWXO

# What follows in the address of an API may be a key.
LONGEST = 200
QUERY = re.compile(r"(https?://[^\s?]*\?)[^\s'\"]*")


@contextlib.contextmanager
def machine_held(wait: Callable[[str], None], say: Callable[[str], None]) -> Iterator[None]:
    """Have the machine for one run alone, for as long as the block lasts.

    Where another run has it, `wait` is told so first, and may raise. What runs that were killed
    have left is ended, and said. What a run starts is a part of it, and waits for nobody.
    Raises `MachineError` where the lock's folder cannot be had.
    """
    if _within_a_run():
        yield
        return
    folder = lock_folder()

    def say_who() -> None:
        wait(f"Another run is under way on this machine ({_holder(folder)})")

    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(making(folder, say_who))
            for line in end_left(folder):
                say(line)
            run = folder / f"run-{secrets.token_hex(8)}"
            run.mkdir(mode=0o700)
        except OSError as error:
            raise _refused(folder, str(error.strerror)) from None
        stack.callback(_forget, folder, run, os.environ.get(RUN))
        # Without it a run goes on; only whoever waits is not told for whom.
        with contextlib.suppress(MachineError):
            write_whole(folder / "holder", _about_this().encode())
        os.environ[RUN] = str(run)
        yield


def lock_folder() -> Path:
    """The folder, this user's alone, made where it is not there.

    Raises `MachineError` where it cannot be made, or is another's.
    """
    place = Path(os.environ.get(PLACE) or tempfile.gettempdir()).absolute()
    folder = place / f"viewlab-{os.geteuid()}"
    try:
        place.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        found = folder.lstat()
    except OSError as error:
        raise _refused(folder, str(error.strerror)) from None
    if not stat.S_ISDIR(found.st_mode):
        raise _refused(folder, "it is no folder. Remove it")
    if found.st_uid != os.geteuid():
        raise _refused(folder, f"it belongs to another user ({found.st_uid}). Have it removed")
    if found.st_mode & OTHERS:
        raise _refused(folder, f"other users may use it. Close it: chmod 700 {folder}")
    return folder


def _refused(folder: Path, why: str) -> MachineError:
    return MachineError(
        f"{shown(folder)}: the lock on this machine, which keeps two runs apart, cannot lie here: "
        f"{why}; or name another place in {PLACE}."
    )


def _within_a_run() -> bool:
    """Whether this process was started by a run that still has the machine."""
    run = Path(os.environ.get(RUN, ""))
    try:
        with FolderLock(run.parent) as lock:
            return run.name.startswith("run-") and run.is_dir() and lock.is_held() is not False
    except OSError:
        return False


def _about_this() -> str:
    program, *words = sys.orig_argv
    command = QUERY.sub(r"\1...", shlex.join([Path(program).name, *words]))
    command = command if len(command) <= LONGEST else f"{command[:LONGEST]} ..."
    return f"pid {os.getpid()}, since {utc_now()}, in {Path.cwd()}: {command}"


def _holder(folder: Path) -> str:
    """Who holds the lock, in words. It may have come just now, or have had no room to say it."""
    try:
        return printable((folder / "holder").read_text(errors="replace"))
    except OSError:
        return f"whose is not known; it holds {shown(folder)}"


def _forget(folder: Path, run: Path, before: str | None) -> None:
    os.environ.pop(RUN, None)
    if before is not None:
        os.environ[RUN] = before
    shutil.rmtree(run, ignore_errors=True)
    with contextlib.suppress(OSError):
        (folder / "holder").unlink()
