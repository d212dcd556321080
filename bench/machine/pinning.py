"""Which cores load, upstream and server run on: each on its own, where there are enough."""

import os
import sys
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path

from bench.machine import facts
from lab.files.run_json import FEWEST_TO_PIN, Cores

SIBLINGS = "/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list"

# From here on the engine, which can use more than one, gets two.
ENOUGH_FOR_TWO = 8


def split(siblings: Mapping[int, tuple[int, ...]], usable: int) -> Cores | None:
    """Each part's CPUs; None where fewer than six can be used, as nothing is pinned then.

    `siblings` maps every CPU that may be used to the hyperthreads of its physical core,
    itself included; of these CPUs `usable` are taken. Parts get whole physical cores where
    there are six, so that no two parts share one.
    """
    if usable < FEWEST_TO_PIN:
        return None
    # Where a quota leaves some out: one of each physical core before a second of any, and
    # from the last ones on, so that second ones fall to the server.
    rank = {cpu: place for core in _by_core(siblings, siblings) for place, cpu in enumerate(core)}
    taken = sorted(siblings, key=lambda cpu: (rank[cpu], -cpu))[:usable]
    cores = _by_core(taken, siblings)
    units = cores if len(cores) >= FEWEST_TO_PIN else [(cpu,) for core in cores for cpu in core]
    of_load = 2 if len(units) >= ENOUGH_FOR_TWO else 1
    return Cores(
        # The upstream is one process with one thread.
        load=_cpus(units[:of_load]),
        upstream=_cpus(units[of_load : of_load + 1]),
        server=_cpus(units[of_load + 1 :]),
    )


def _by_core(cpus: Iterable[int], siblings: Mapping[int, tuple[int, ...]]) -> list[tuple[int, ...]]:
    """These CPUs, those of one physical core together."""
    ordered = sorted(cpus, key=lambda cpu: (siblings[cpu], cpu))
    return [tuple(core) for _, core in groupby(ordered, key=siblings.__getitem__)]


def _cpus(units: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(sorted(cpu for unit in units for cpu in unit))


def of_this_machine() -> Cores | None:
    """The parts that this machine's CPUs are split into; None where nothing is to be pinned."""
    if sys.platform != "linux":
        return None
    cpus = os.sched_getaffinity(0)
    return split({cpu: _siblings(cpu) for cpu in cpus}, facts.cores())


def _siblings(cpu: int) -> tuple[int, ...]:
    try:
        return parse_cpus(Path(SIBLINGS.format(cpu=cpu)).read_text())
    except OSError:  # some virtual machines and containers tell nothing of it
        return (cpu,)


def parse_cpus(text: str) -> tuple[int, ...]:
    """The numbers in the kernel's way to list CPUs: `0-2,8`."""
    cpus: list[int] = []
    for part in text.strip().split(","):
        first, _, last = part.partition("-")
        cpus += range(int(first), int(last or first) + 1)
    return tuple(cpus)
