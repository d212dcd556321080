"""Locks on folders: they leave no file behind, and end with the process that holds them.

That a lock is held says that its process lives, whatever this process can see of it: a process
of another PID namespace has a number here that is another's, or nobody's.
"""

import contextlib
import errno
import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self


class FolderLock:
    """A lock on a folder, which other processes of the lab see. Held by none at first.

    Use as a context manager: leaving it gives the lock up. Raises `OSError` for no folder.
    Where a file system knows no locks, as some network ones, holding one has no effect.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)

    def share(self, wait: Callable[[], None]) -> None:
        """Hold it together with others that share it; give up what was held before."""
        self._take(fcntl.LOCK_SH, wait)

    def own(self, wait: Callable[[], None]) -> None:
        """Hold it alone; give up what was held before, so that two that do this cannot block."""
        self._take(fcntl.LOCK_EX, wait)

    def own_if_free(self) -> bool:
        """Hold it alone where nobody does, and say whether.

        Not where a file system knows no locks: whether it is free is not known there.
        """
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def is_held(self) -> bool | None:
        """Whether somebody holds it alone; None where a file system knows no locks.

        Of two that ask at once neither is taken for one that holds it.
        """
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return None
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        return False

    def still_there(self) -> bool:
        """Whether the folder is still the one that was opened: others may have removed it."""
        try:
            return os.path.samestat(self._folder.stat(), os.fstat(self._descriptor))
        except OSError:
            return False

    def require_own(self) -> None:
        """Raise `OSError` for another user's folder, and for what a link leads to."""
        found = self._folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise PermissionError(errno.EPERM, "it is not this user's", str(self._folder))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        os.close(self._descriptor)

    def _take(self, kind: int, wait: Callable[[], None]) -> None:
        """Take it. Where another process is in the way, call `wait` first, then wait.

        What `wait` raises is raised, and nothing taken.
        """
        try:
            fcntl.flock(self._descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            wait()
            fcntl.flock(self._descriptor, kind)
        except OSError:
            return


@contextlib.contextmanager
def making(folder: Path, wait: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold a folder alone, which is made where it is not there, for as long as the block lasts.

    Whoever removes folders that nobody holds may do so between the two: then it is made again.
    Raises `OSError` where it cannot be made or is another user's, and what `wait` raises.
    """
    while True:
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        try:
            lock = FolderLock(folder)
        except FileNotFoundError:
            continue
        with lock:
            with contextlib.suppress(FileNotFoundError):  # removed: it is made again
                lock.require_own()
            lock.own(wait)
            if lock.still_there():
                yield
                return
