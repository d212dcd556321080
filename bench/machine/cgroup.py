"""What the control groups of this process allow it of the CPU, and for how long they held it back.

A limit binds every group below it, so all groups up to the root are looked at. In a
container the root that is mounted is often the container's own group, while
`/proc/self/cgroup` may name it by its path on the host: a folder that is not there is
passed over, and the mounted root is always among those that are read.
https://docs.kernel.org/admin-guide/cgroup-v2.html
https://docs.kernel.org/scheduler/sched-bwc.html
"""

import re
from pathlib import Path, PurePosixPath

MEMBERSHIPS = Path("/proc/self/cgroup")
MOUNTED = Path("/sys/fs/cgroup")

# Without a limit the quota is `max` in version 2, -1 in version 1.
LIMIT = re.compile(r"([1-9]\d*)\s+([1-9]\d*)")
THROTTLED = re.compile(r"^(throttled_usec|throttled_time) (\d+)$", re.MULTILINE)
UNITS_PER_S = {"throttled_usec": 1e6, "throttled_time": 1e9}


def quota(memberships: Path = MEMBERSHIPS, mounted: Path = MOUNTED) -> float | None:
    """The CPU time that may be used, in cores; None where nothing limits it."""
    limits = (_limit(group) for group in groups(_read(memberships), mounted))
    return min((limit for limit in limits if limit is not None), default=None)


def throttled_s(memberships: Path = MEMBERSHIPS, mounted: Path = MOUNTED) -> float | None:
    """For how long the groups were held back so far, each core counted by itself.

    Only differences mean something. None where no group counts it.
    """
    stats = (_read(group / "cpu.stat") for group in groups(_read(memberships), mounted))
    counted = [seconds for stat in stats if (seconds := parse_throttled(stat)) is not None]
    return sum(counted) if counted else None


def groups(memberships: str, mounted: Path) -> list[Path]:
    """The folders of the groups that share out the CPU, the own one first, then up to the root.

    `memberships` is what `/proc/self/cgroup` says: a line `ID:CONTROLLERS:PATH` for each
    hierarchy, of version 2 where no controllers are named.
    """
    found = []
    for line in memberships.splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        root = mounted / "cpu" if controllers else mounted
        names = PurePosixPath(path).parts[1:]
        found += [root.joinpath(*names[:depth]) for depth in range(len(names), -1, -1)]
    return found


def parse_limit(text: str) -> float | None:
    """The cores that a quota and its period allow (`150000 100000`: 1.5); None for no limit."""
    match = LIMIT.fullmatch(text.strip())
    return int(match[1]) / int(match[2]) if match else None


def parse_throttled(stat: str) -> float | None:
    """The time that a `cpu.stat` of either version counts; None where it counts none."""
    match = THROTTLED.search(stat)
    return int(match[2]) / UNITS_PER_S[match[1]] if match else None


def _limit(group: Path) -> float | None:
    version_1 = f"{_read(group / 'cpu.cfs_quota_us')} {_read(group / 'cpu.cfs_period_us')}"
    return parse_limit(_read(group / "cpu.max") or version_1)


def _read(path: Path) -> str:
    """Empty where there is no such file, or it may not be read."""
    try:
        return path.read_text()
    except OSError:
        return ""
