"""Which other programs use the CPU: those of the machine's processes that are none of the lab's.

Looks are taken before a load and after it, never meanwhile: each takes about 0.14 ms for a process
(11 ms where there are 70, 40 ms where there are 300).
"""

import os
import sys
from collections import defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import psutil

from lab.display import printable
from lab.files.sample import Program

MOST_PROGRAMS = 5
LEAST_SHARE = 0.01  # of all cores

# As much of a name as the kernel keeps. psutil completes a longer one from the command line, where
# programs write what they do, and for whom.
NAME_LENGTH = 15


@dataclass(frozen=True)
class Used:
    """The CPU seconds that a process has used so far, and the name of its program."""

    name: str
    cpu_s: float


@dataclass(frozen=True)
class Look:
    """The processes of the machine at one moment; None for what may not be read.

    `lab` are this process and its descendants, `cpus` how many CPUs there are.
    """

    used: Mapping[Hashable, Used | None]
    lab: frozenset[Hashable]
    cpus: int


def look() -> Look | None:
    """None where processes cannot be listed, or may use other CPUs than this one may.

    The load of the machine is that of the CPUs that this process may use: who used these, and
    who the others, nobody can tell.
    """
    cpus = os.cpu_count()
    if not cpus or (sys.platform == "linux" and len(os.sched_getaffinity(0)) < cpus):
        return None
    used: dict[Hashable, Used | None] = {}
    try:
        # Not `psutil.process_iter`, which keeps processes, and takes one for another that got
        # its id since. Two of these are equal where id and start are.
        for pid in psutil.pids():
            try:
                process = psutil.Process(pid)
                used[process] = _used(process)
            except psutil.NoSuchProcess:
                continue
        us = psutil.Process()
        lab = frozenset([us, *us.children(recursive=True)])
    except (psutil.Error, OSError):
        return None
    return Look(used, lab, cpus)


def _used(process: psutil.Process) -> Used | None:
    try:
        with process.oneshot():
            times = process.cpu_times()
            name = process.name()[:NAME_LENGTH]
    except psutil.AccessDenied:
        return None
    return Used(printable(name) or "?", times.user + times.system)


def between(
    before: Look | None, after: Look | None, *, wall_s: float
) -> tuple[Program, ...] | None:
    """Which programs used most in a sample that took `wall_s`, largest first; None where unknown.

    What started and ended between the two looks is in neither, and not guessed.
    """
    if before is None or after is None:
        return None
    spent_s: defaultdict[str, float] = defaultdict(float)
    lab = before.lab | after.lab
    for process, now in after.used.items():
        # One that has started since had used nothing.
        then = before.used.get(process, Used("", 0.0))
        if now and then and process not in lab:
            spent_s[now.name] += now.cpu_s - then.cpu_s
    least_s = LEAST_SHARE * wall_s * after.cpus
    most = sorted(spent_s.items(), key=lambda item: (-item[1], item[0]))[:MOST_PROGRAMS]
    return tuple(Program(name, cpu_s) for name, cpu_s in most if cpu_s >= least_s)
