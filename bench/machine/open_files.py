"""Limits of this process that a run may meet: how many files and connections may be open."""

import resource
from collections.abc import Callable, Iterable

from lab.errors import MachineError
from lab.level import Level

# Beside connections: a server's own files, sockets and pipes.
SPARE_FILES = 64

# A request that makes more calls hardly makes them all at once.
MOST_CALLS_AT_ONCE = 10


def files_needed(levels: Iterable[Level], calls: int = 1) -> int:
    """The open files of the process that has the most: a server of one process.

    It holds a connection to the engine and one for each of the `calls` to the upstream that a
    request makes, for each request in flight.
    """
    return (1 + min(calls, MOST_CALLS_AT_ONCE)) * max(
        level.concurrency for level in levels
    ) + SPARE_FILES


def allow_files(levels: Iterable[Level], say: Callable[[str], None], calls: int = 1) -> None:
    """See that this process, and all it starts, may open as many files as `levels` take.

    The soft limit is raised where the hard one allows it, and `say` is told. Raises
    `MachineError` where it does not.
    """
    needed = files_needed(levels, calls)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    takes = f"these levels take {needed} open files in one process, and the limit is {soft}"
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
    except (ValueError, OSError):  # over the hard limit, or on macOS over the kernel's
        raise MachineError(
            f"The limit of open files is too low (ulimit -n): {takes}. Raise it: ulimit -n "
            f"{needed}. Where the shell may not, root can: ulimit -Hn shows the hard limit, which "
            f"nofile in /etc/security/limits.conf, LimitNOFILE= of systemd or --ulimit of a "
            f"container sets. Or load with less: --levels."
        ) from None
    say(f"{takes[0].upper()}{takes[1:]}: raised for this run, as `ulimit -n {needed}` would.")
