"""What the machine is. What a platform cannot give is None."""

import contextlib
import math
import os
import platform
import re
import ssl
import sys
from pathlib import Path

import msgspec
import psutil

from bench.machine import cgroup
from lab.files.digest import digest
from lab.files.run_json import MachineFacts

MACHINE_ID = Path("/etc/machine-id")


def describe() -> MachineFacts:
    """What a reader of the results needs to know of this machine, and nothing personal."""
    return MachineFacts(
        system=platform.system(),
        kernel=platform.release(),
        architecture=platform.machine(),
        cpu=_cpu_model(),
        cores=cores(),
        memory_bytes=psutil.virtual_memory().total,
        python=platform.python_version(),
        implementation=platform.python_implementation(),
        openssl=ssl.OPENSSL_VERSION,
    )


def identity() -> str:
    """A digest that another machine, kernel or Python does not have; it tells nothing of this."""
    described: dict[str, object] = msgspec.structs.asdict(describe())
    # Cores may change during a run, and how much memory is left to us says nothing.
    for changing in ("cores", "memory_bytes"):
        del described[changing]
    if (own := machine_id()) is not None:
        described["id"] = own
    return digest(described)


def machine_id() -> str | None:
    """What tells this machine from every other one, and is for nobody else to know."""
    with contextlib.suppress(OSError):
        return MACHINE_ID.read_text()
    return None


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
