"""The CPU quota, and the time it held the run back, as both versions of cgroups tell them."""

from pathlib import Path

import pytest

from bench.machine.cgroup import groups, quota, throttled_s

VERSION_2 = "0::/user.slice/job.scope\n"
VERSION_1 = "4:memory:/docker/ab\n3:cpuset:/docker/ab\n2:cpu,cpuacct:/docker/ab\n0::/docker/ab\n"


class Tree:
    """A `/proc/self/cgroup` and a `/sys/fs/cgroup` of a test's own."""

    def __init__(self, folder: Path) -> None:
        self.memberships = folder / "memberships"
        self.mounted = folder / "mounted"

    def write(self, memberships: str, files: dict[str, str]) -> None:
        self.memberships.write_text(memberships)
        for name, text in files.items():
            path = self.mounted / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


@pytest.mark.parametrize(
    ("memberships", "files", "cores"),
    [
        (VERSION_2, {"user.slice/job.scope/cpu.max": "150000 100000\n"}, 1.5),
        (VERSION_2, {"user.slice/job.scope/cpu.max": "max 100000\n"}, None),
        (
            VERSION_2,
            {
                "user.slice/job.scope/cpu.max": "800000 100000\n",
                "user.slice/cpu.max": "200000 50000\n",
            },
            4.0,
        ),
        (
            VERSION_2,
            {
                "user.slice/job.scope/cpu.max": "200000 100000\n",
                "user.slice/cpu.max": "max 100000\n",
            },
            2.0,
        ),
        ("0::/\n", {"cpu.max": "600000 100000\n"}, 6.0),
        ("0::/system.slice/docker-ab.scope\n", {"cpu.max": "50000 100000\n"}, 0.5),
        ("0::/../other\n", {"cpu.max": "300000 100000\n"}, 3.0),
        (VERSION_2, {"cpu.stat": "usage_usec 5\n"}, None),
        (
            VERSION_1,
            {
                "cpu/docker/ab/cpu.cfs_quota_us": "250000\n",
                "cpu/docker/ab/cpu.cfs_period_us": "100000\n",
                "cpu/cpu.cfs_quota_us": "-1\n",
                "cpu/cpu.cfs_period_us": "100000\n",
            },
            2.5,
        ),
        (
            VERSION_1,
            {"cpu/cpu.cfs_quota_us": "700000\n", "cpu/cpu.cfs_period_us": "100000\n"},
            7.0,
        ),
        (
            VERSION_1,
            {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"},
            None,
        ),
        ("3:cpuset:/\n", {"cpu/cpu.cfs_quota_us": "100000", "cpu/cpu.cfs_period_us": "1000"}, None),
        ("0::/\n", {"cpu.max": "what is this\n"}, None),
    ],
    ids=[
        "2: own group", "2: no limit", "2: a group above allows less", "2: a group above does not",
        "2: a container's root", "2: a container named by its path on the host",
        "2: outside of its namespace", "2: the controller is off",
        "1: own group", "1: a container named by its path on the host", "1: no limit",
        "1: cpuset is not cpu", "not understood",
    ],
)  # fmt: skip
def test_the_smallest_quota_on_the_way_to_the_root_counts(
    tree: Tree, memberships: str, files: dict[str, str], cores: float | None
) -> None:
    tree.write(memberships, files)
    assert quota(tree.memberships, tree.mounted) == cores


@pytest.mark.parametrize(
    ("memberships", "files", "seconds"),
    [
        (
            VERSION_2,
            {"user.slice/job.scope/cpu.stat": "nr_throttled 2\nthrottled_usec 2500000\n"},
            2.5,
        ),
        (
            VERSION_2,
            {
                "user.slice/job.scope/cpu.stat": "throttled_usec 0\n",
                "user.slice/cpu.stat": "throttled_usec 1500000\n",
                "cpu.stat": "usage_usec 9\nuser_usec 8\n",
            },
            1.5,
        ),
        (
            VERSION_1,
            {"cpu/docker/ab/cpu.stat": "nr_periods 3\nnr_throttled 1\nthrottled_time 250000000\n"},
            0.25,
        ),
        (VERSION_1, {"cpu/cpu.stat": "nr_periods 0\nnr_throttled 0\nthrottled_time 0\n"}, 0.0),
        (VERSION_2, {"cpu.stat": "usage_usec 9\nuser_usec 8\nsystem_usec 1\n"}, None),
        (VERSION_2, {}, None),
    ],
    ids=["2", "2: a group above", "1", "1: never", "2: not counted", "no file"],
)
def test_time_held_back_is_read_in_seconds(
    tree: Tree, memberships: str, files: dict[str, str], seconds: float | None
) -> None:
    tree.write(memberships, files)
    assert throttled_s(tree.memberships, tree.mounted) == seconds


def test_where_there_are_no_control_groups_nothing_is_known(tree: Tree) -> None:
    assert quota(tree.memberships, tree.mounted) is None
    assert throttled_s(tree.memberships, tree.mounted) is None


def test_groups_are_looked_up_from_the_own_one_to_the_root() -> None:
    mounted = Path("/sys/fs/cgroup")
    assert groups(VERSION_1, mounted) == [
        mounted / "cpu/docker/ab", mounted / "cpu/docker", mounted / "cpu",
        mounted / "docker/ab", mounted / "docker", mounted,
    ]  # fmt: skip
