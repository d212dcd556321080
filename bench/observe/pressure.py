"""What the machine was doing. What a platform cannot give is None."""

import os
import sys
import time
from dataclasses import dataclass

import psutil

from bench.machine import cgroup
from bench.machine.facts import cores
from lab.files.sample import Machine, Program


@dataclass(frozen=True)
class Pressure:
    """Counters at one moment, of some CPUs and of this process's cgroups.

    Only differences mean something. `busy_s` is the CPU time of every process on the
    `cpus` that this one may use, `steal_s` what the host of a virtual machine kept of
    them, `own_s` the CPU time of this process.
    """

    cpus: int | None
    busy_s: float | None
    steal_s: float | None
    throttled_s: float | None
    own_s: float

    def spent_until(
        self, later: "Pressure", *, lab_s: float, others: tuple[Program, ...] | None = None
    ) -> Machine:
        """What a sample records: the differences, the load average and the cores now.

        `other_s` is the CPU time that went to neither this process nor the lab's others,
        which used `lab_s`. It and `steal_s` are of `cpus`, which a quota may not let us
        use in full; `cores` is what it does. `others` are who used `other_s`, where known.
        """
        other_s = _difference(self.busy_s, later.busy_s)
        if other_s is not None:
            other_s = max(0.0, other_s - (later.own_s - self.own_s) - lab_s)
        return Machine(
            load1=os.getloadavg()[0],
            steal_s=_difference(self.steal_s, later.steal_s),
            throttled_s=_difference(self.throttled_s, later.throttled_s),
            other_s=other_s,
            cpus=later.cpus,
            cores=cores(),
            others=others,
        )


BUSY = ("user", "nice", "system", "irq", "softirq")


def pressure() -> Pressure:
    try:
        of_cpus = psutil.cpu_times(percpu=True)
    except (OSError, RuntimeError):
        of_cpus = []
    if sys.platform == "linux" and len(of_cpus) == os.cpu_count():
        of_cpus = [times for cpu, times in enumerate(of_cpus) if cpu in os.sched_getaffinity(0)]
    return Pressure(
        cpus=len(of_cpus) or None,
        busy_s=sum(getattr(times, name, 0.0) for times in of_cpus for name in BUSY) or None,
        steal_s=sum(times.steal for times in of_cpus)
        if of_cpus and hasattr(of_cpus[0], "steal")
        else None,
        throttled_s=cgroup.throttled_s(),
        own_s=time.process_time(),
    )


def _difference(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else after - before
