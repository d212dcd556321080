"""The machine: what it is, and what it was doing. What a platform cannot give is None."""

import math
import os
import platform
import re
import ssl
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench import cgroup


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
    """Counters at one moment, of the whole machine and of this process's cgroups.

    Only differences mean something.
    """

    steal_s: float | None
    throttled_s: float | None

    def until(self, later: "Pressure") -> dict[str, float | None]:
        """What a sample records: the differences, and the load average now."""
        return {
            "load1": os.getloadavg()[0],
            "steal_s": _difference(self.steal_s, later.steal_s),
            "throttled_s": _difference(self.throttled_s, later.throttled_s),
        }


def pressure() -> Pressure:
    return Pressure(getattr(psutil.cpu_times(), "steal", None), cgroup.throttled_s())


def _difference(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else after - before
