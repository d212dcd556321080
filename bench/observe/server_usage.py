"""CPU and memory of a server's processes."""

import contextlib
from dataclasses import dataclass

import psutil

from bench.process.tree import group

# `multiprocessing`, which uvicorn's master uses, starts one of these beside the workers.
HELPER = "multiprocessing.resource_tracker"


@dataclass(frozen=True)
class Usage:
    """What a process group had used at one moment.

    `own_s` maps each process to its CPU seconds, the leader's with those of children it
    has already waited for.
    """

    own_s: dict[int, float]
    workers: frozenset[int]
    rss_bytes: int

    def spent_until(self, later: "Usage") -> tuple[float, list[float]]:
        """CPU seconds spent up to `later`: of the whole group, and of each worker, least first.

        A worker is any process but the leader and Python's own helpers; a server without
        workers has none.
        """
        spent = {pid: used - self.own_s.get(pid, 0.0) for pid, used in later.own_s.items()}
        workers = sorted(used for pid, used in spent.items() if pid in later.workers)
        # What a worker that has ended had used is in the leader's figure by now.
        gone_s = sum(used for pid, used in self.own_s.items() if pid not in later.own_s)
        return max(0.0, sum(spent.values()) - gone_s), workers


def pss_bytes(leader: int) -> int | None:
    """The memory of a process group, pages that processes share once; None but on Linux.

    It takes milliseconds for each process, and its resident memory (`Usage.rss_bytes`) none,
    but of workers that were forked that counts what they share again and again.
    """
    try:
        return sum(process.memory_full_info().pss for process in group(leader)) or None
    except (psutil.Error, AttributeError):
        return None


def measure(leader: int) -> Usage:
    own_s: dict[int, float] = {}
    workers = set()
    rss_bytes = 0
    for process in group(leader):
        with contextlib.suppress(psutil.Error), process.oneshot():
            times = process.cpu_times()
            own_s[process.pid] = times.user + times.system
            if process.pid == leader:
                own_s[process.pid] += times.children_user + times.children_system
            elif not any(HELPER in part for part in process.cmdline()):
                workers.add(process.pid)
            rss_bytes += process.memory_info().rss
    return Usage(own_s, frozenset(workers), rss_bytes)
