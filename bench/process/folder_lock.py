"""Locks on folders: they leave no file behind, and end with the process that holds them."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self


class FolderLock:
    """A lock on a folder, which other processes of the lab see. Held by none at first.

    Use as a context manager: leaving it gives the lock up. Raises `OSError` for no folder.
    Where a file system knows no locks, as some network ones, holding one has no effect.
    """

    def __init__(self, folder: Path) -> None:
        self._descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)

    def share(self, wait: Callable[[], None]) -> None:
        """Hold it together with others that share it; give up what was held before."""
        self._take(fcntl.LOCK_SH, wait)

    def own(self, wait: Callable[[], None]) -> None:
        """Hold it alone; give up what was held before, so that two that do this cannot block."""
        self._take(fcntl.LOCK_EX, wait)

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
        """Take it. Where another process is in the way, call `wait` first, then wait."""
        try:
            fcntl.flock(self._descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            wait()
            fcntl.flock(self._descriptor, kind)
        except OSError:
            return
