"""The machine: what it is, and what it was doing. What a platform cannot give is None."""

import os
import platform
import re
import ssl
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil

CPU_STAT = Path("/sys/fs/cgroup/cpu.stat")


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
    """The cores this process may run on."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _cpu_model() -> str | None:
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor() or None
    match = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return match[1].strip() if match else None


@dataclass(frozen=True)
class Pressure:
    """Counters of the whole machine at one moment; only differences mean something."""

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
    steal_s = getattr(psutil.cpu_times(), "steal", None)
    throttled_s = None
    try:
        match = re.search(r"^throttled_usec (\d+)$", CPU_STAT.read_text(), re.MULTILINE)
        throttled_s = int(match[1]) / 1e6 if match else None
    except OSError:
        pass
    return Pressure(steal_s, throttled_s)


def _difference(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else after - before
