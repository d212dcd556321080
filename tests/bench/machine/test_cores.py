"""Which CPUs load, upstream and server get."""

import os
import sys
from collections.abc import Iterable

import pytest

from bench.machine import facts
from bench.machine.pinning import of_this_machine, parse_cpus, split
from lab.display import show_cpus
from lab.files.run_json import Cores


def plain(count: int) -> dict[int, tuple[int, ...]]:
    """CPUs that each are a physical core."""
    return {cpu: (cpu,) for cpu in range(count)}


def threaded(cores: int, allowed: Iterable[int] | None = None) -> dict[int, tuple[int, ...]]:
    """CPUs as Linux numbers them with hyperthreads: the second ones come after all the first."""
    return {
        cpu: (cpu % cores, cpu % cores + cores)
        for cpu in (range(2 * cores) if allowed is None else allowed)
    }


@pytest.mark.parametrize(
    ("siblings", "usable", "expected"),
    [
        (plain(1), 1, None),
        (plain(5), 5, None),
        (plain(6), 6, Cores((0,), (1,), (2, 3, 4, 5))),
        (plain(7), 7, Cores((0,), (1,), (2, 3, 4, 5, 6))),
        (plain(8), 8, Cores((0, 1), (2,), (3, 4, 5, 6, 7))),
        ({cpu: (cpu,) for cpu in (3, 5, 7, 9, 11, 13)}, 6, Cores((3,), (5,), (7, 9, 11, 13))),
        # Too few physical cores: hyperthreads of one stay together as far as may be.
        (threaded(3), 6, Cores((0,), (3,), (1, 2, 4, 5))),
        (threaded(4), 8, Cores((0, 4), (1,), (2, 3, 5, 6, 7))),
        (threaded(5), 10, Cores((0, 5), (1,), (2, 3, 4, 6, 7, 8, 9))),
        # Six physical cores or more: no two parts share one.
        (threaded(6), 12, Cores((0, 6), (1, 7), (2, 3, 4, 5, 8, 9, 10, 11))),
        (
            threaded(8),
            16,
            Cores((0, 1, 8, 9), (2, 10), (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)),
        ),
        # Neighbours are the hyperthreads.
        (
            {cpu: (cpu // 2 * 2, cpu // 2 * 2 + 1) for cpu in range(12)},
            12,
            Cores((0, 1), (2, 3), (4, 5, 6, 7, 8, 9, 10, 11)),
        ),
        # Four cores with hyperthreads, four without.
        (
            threaded(4) | {cpu: (cpu,) for cpu in range(8, 12)},
            12,
            Cores((0, 1, 4, 5), (2, 6), (3, 7, 8, 9, 10, 11)),
        ),
        # One hyperthread of each may be used.
        (threaded(8, allowed=range(8)), 8, Cores((0, 1), (2,), (3, 4, 5, 6, 7))),
        # A quota: as many CPUs as it allows, on as many physical cores as there are.
        (plain(8), 5, None),
        (plain(8), 6, Cores((2,), (3,), (4, 5, 6, 7))),
        (threaded(16), 8, Cores((8, 9), (10,), (11, 12, 13, 14, 15))),
        (threaded(8), 12, Cores((0, 1), (2,), (3, 4, 5, 6, 7, 12, 13, 14, 15))),
        (threaded(4), 6, Cores((0,), (1,), (2, 3, 6, 7))),
    ],
    ids=[
        "1 core", "5 cores", "6 cores", "7 cores", "8 cores", "numbers with gaps",
        "3 cores with 6 hyperthreads", "4 with 8", "5 with 10", "6 with 12", "8 with 16",
        "neighbouring hyperthreads", "two kinds of cores", "half of the hyperthreads",
        "quota of 5 of 8", "quota of 6 of 8", "quota of 8 of 32 hyperthreads",
        "quota of 12 of 16 hyperthreads", "quota of 6 of 8 hyperthreads",
    ],
)  # fmt: skip
def test_each_part_gets_its_own_cpus_where_there_are_six(
    siblings: dict[int, tuple[int, ...]], usable: int, expected: Cores | None
) -> None:
    assert split(siblings, usable) == expected


@pytest.mark.parametrize(
    ("text", "cpus"),
    [
        ("0\n", (0,)),
        ("0-1\n", (0, 1)),
        ("3,19\n", (3, 19)),
        ("0-2,8,10-11\n", (0, 1, 2, 8, 10, 11)),
    ],
)
def test_lists_of_cpus_are_read_and_shown_as_the_kernel_writes_them(
    text: str, cpus: tuple[int, ...]
) -> None:
    assert parse_cpus(text) == cpus
    assert show_cpus(cpus) == text.strip()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux pins")
def test_this_machines_parts_are_cpus_that_it_may_use_each_in_one_part() -> None:
    cores = of_this_machine()
    if facts.cores() < 6:
        assert cores is None
        return
    assert cores is not None
    parts = [*cores.load, *cores.upstream, *cores.server]
    assert len(parts) == len(set(parts)) == facts.cores()
    assert set(parts) <= os.sched_getaffinity(0)


@pytest.mark.parametrize("platform", ["darwin", "freebsd14"])
def test_elsewhere_than_on_linux_nothing_is_pinned(
    platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(facts, "cores", lambda: 16)
    assert of_this_machine() is None
