"""What runs have left that were killed together with all that cleans up after them.

Alone, a killed bench leaves nothing: its keepers and janitors see to that. Where those are killed
with it, servers' workers and folders stay, and whoever has the machine next ends them.
"""

import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

from bench.process.folder_lock import FolderLock
from bench.process.mark import RUN, sessions
from bench.process.scratch import HIDDEN, NAME, OF
from lab import display
from lab.files.janitor import sweep
from lab.paths import TARGETS

# How long the keepers and janitors of a run that was killed just now have, to do it themselves.
GRACE_S = 2.0
PAUSE_S = 0.02
# A process that cannot be killed, as it waits for a disk, keeps nobody from measuring.
MOST_S = 5.0

CLEANERS = ("/process/keeper.py", "/files/janitor.py")
MOST_SHOWN = 5
LONGEST = 80


def end_left(machine: Path) -> list[str]:
    """End and remove what ended runs have left; a line on each kind of it.

    `machine` is the folder of the lock on the machine, which this process holds. Where a file
    system knows no locks nothing is done: a run may live that nobody can tell from an ended one.
    """
    with FolderLock(machine) as lock:
        if not lock.is_held():
            return []
    _wait_for_cleaners(machine)
    ended = _kill(machine)
    removed = list(_remove_folders())
    for run in machine.glob("run-*"):
        shutil.rmtree(run, ignore_errors=True)
    sweep(str(machine))
    lines = []
    if ended:
        count = "1 process" if len(ended) == 1 else f"{len(ended)} processes"
        lines.append(f"Ended {count} that a killed run had left: {_listed(ended)}")
    if removed:
        count = display.plural(len(removed), "temporary folder")
        lines.append(f"Removed {count} that a killed run had left: {_listed(removed)}")
    return lines


def _listed(texts: Sequence[str]) -> str:
    more = len(texts) - MOST_SHOWN
    return "; ".join([*texts[:MOST_SHOWN], *([f"and {more} more"] if more > 0 else [])])


def _wait_for_cleaners(machine: Path) -> None:
    deadline_s = time.monotonic() + GRACE_S
    while time.monotonic() < deadline_s and any(map(_cleans, _left(machine))):
        time.sleep(PAUSE_S)


def _cleans(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return any(word.endswith(CLEANERS) for word in process.cmdline())
    return False


def _kill(machine: Path) -> list[str]:
    """Kill what is left until there is no more, for a master may start workers meanwhile."""
    told: dict[int, str] = {}
    deadline_s = time.monotonic() + MOST_S
    while (left := list(_left(machine))) and time.monotonic() < deadline_s:
        for process in left:
            with contextlib.suppress(psutil.Error):
                command = _shown(process.cmdline())
                process.kill()
                told[process.pid] = f"{process.pid} {command}".strip()
        time.sleep(PAUSE_S)
    return list(told.values())


def _shown(command: Sequence[str]) -> str:
    """A command, without the folder of its program: others may be long, and the same for all."""
    words = [Path(word).name if word.startswith("/") else word for word in command[:1]]
    return display.printable(" ".join([*words, *command[1:]]).strip())[:LONGEST]


def _left(machine: Path) -> Iterator[psutil.Process]:
    """This user's processes of runs that have ended."""
    spared = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    boot_s = psutil.boot_time()
    begun = {leader for run in machine.glob("run-*") for leader in sessions(run, since_s=boot_s)}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid in spared or process.uids().real != os.getuid():
                continue
            env = process.environ()
            if RUN in env:
                if _has_ended(env[RUN], process, machine):
                    yield process
            elif not env and begun:
                # It has written over its environment. The session's number may be another's by
                # now, but not while its first process, the keeper, is gone and others are in it.
                session = os.getsid(process.pid)
                if session in begun and not _lives(session):
                    yield process


def _lives(pid: int) -> bool:
    """Whether there is such a process, and not only what its parent has yet to look at."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _has_ended(run: str, process: psutil.Process, machine: Path) -> bool:
    """Whether the run of a process has ended: nobody holds the lock that it held.

    The lock's folder is looked at from where the process runs: in a container it is another one
    than here. What cannot be seen is taken for alive, such as a run whose folder somebody removed.
    """
    folder = Path(f"/proc/{process.pid}/root{run}" if sys.platform == "linux" else run)
    if not folder.is_dir():
        return False
    try:
        if folder.parent.samefile(machine):
            return True
        with FolderLock(folder.parent) as lock:
            return lock.is_held() is False
    except OSError:
        return False


def folders_left() -> list[Path]:
    """Scratch folders of this user that nobody holds."""
    free = []
    for folder in _folders():
        with contextlib.suppress(OSError), FolderLock(folder) as lock:
            if lock.own_if_free():
                free.append(folder)
    return free


def _folders() -> Iterator[Path]:
    """This user's scratch folders, of runs under way too."""
    places = [*Path(tempfile.gettempdir()).glob(f"{NAME}*"), *TARGETS.glob(f"{HIDDEN}{NAME}*")]
    for folder in places:
        with contextlib.suppress(OSError):
            if not folder.is_symlink() and folder.lstat().st_uid == os.geteuid():
                yield folder


def _remove_folders() -> Iterator[str]:
    """Remove scratch folders that nobody holds, and what was being written for those."""
    for folder in _folders():
        with contextlib.suppress(OSError), FolderLock(folder) as lock:
            if not lock.own_if_free():
                continue
            with contextlib.suppress(OSError):
                sweep(os.readlink(folder / OF))  # noqa: PTH115 - the text, for what takes one
            shutil.rmtree(folder, ignore_errors=True)
            yield str(folder)
