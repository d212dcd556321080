"""The machine: what it is, and what it was doing. What a platform cannot give is None."""

import contextlib
import math
import os
import platform
import re
import ssl
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench import cgroup
from bench.digest import digest
from bench.sample import Machine, Program

MACHINE_ID = Path("/etc/machine-id")


def describe() -> dict[str, object]:
    """What a reader of the results needs to know of this machine, and nothing personal."""
    return {
        "system": platform.system(),
        "kernel": platform.release(),
        "architecture": platform.machine(),
        "cpu": _cpu_model(),
        "cores": cores(),
        "memory_bytes": psutil.virtual_memory().total,
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "openssl": ssl.OPENSSL_VERSION,
    }


def identity() -> str:
    """A digest that another machine, kernel or Python does not have; it tells nothing of this."""
    described = describe()
    # Cores may change during a run, and how much memory is left to us says nothing.
    for changing in ("cores", "memory_bytes"):
        del described[changing]
    with contextlib.suppress(OSError):
        described["id"] = MACHINE_ID.read_text()
    return digest(described)


def cores() -> int:
    """The cores this process may run on; where its cgroup allows less, that, rounded up."""
    if sys.platform == "linux":
        count = len(os.sched_getaffinity(0))
    else:
        count = os.cpu_count() or 1
    quota = cgroup.quota()
    return count if quota is None else min(count, math.ceil(quota))


def _cpu_model() -> str | None:
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor() or None
    match = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return match[1].strip() if match else None


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

    def until(
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
