"""Whether a program gets anywhere, where it says nothing until its end."""

import sys
from pathlib import Path

import psutil


class Progress:
    """What a process has done, looked at now and then. Known on Linux alone."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._counters = self._count()
        self._sockets: frozenset[str] | None = None

    def moved(self) -> bool | None:
        """Whether it has done anything since the last look; None where that cannot be seen.

        That is read or written anything, taken a hundredth of a second of CPU, or opened or closed
        a socket: a request that waits to be connected does nothing else. What a runtime does to
        look after itself is less (Go's: 0.04 ms of CPU a minute).
        """
        before, self._counters = self._counters, self._count()
        if self._counters is None:
            return None
        if self._counters != before:
            return True
        # Only now, as it takes a call for each socket: what is under load reads and writes.
        known, self._sockets = self._sockets, self._list_sockets()
        return self._sockets != known

    def _count(self) -> tuple[float, ...] | None:
        if sys.platform != "linux":
            return None
        try:
            process = psutil.Process(self._pid)
            with process.oneshot():
                return (*process.io_counters(), *process.cpu_times())
        except (psutil.Error, OSError):  # it has just ended, or may not be looked at
            return None

    def _list_sockets(self) -> frozenset[str]:
        """The sockets that it has, each with the number that no other one gets."""
        try:
            files = [str(file.readlink()) for file in Path(f"/proc/{self._pid}/fd").iterdir()]
        except OSError:  # one was closed meanwhile
            return frozenset()
        return frozenset(file for file in files if file.startswith("socket:"))
