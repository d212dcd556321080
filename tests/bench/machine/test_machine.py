"""How many cores there are to use, and what the machine did between two moments."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest
from msgspec import structs

from bench.machine import cgroup, facts
from bench.observe import pressure
from bench.observe.pressure import Pressure
from lab.files.sample import Machine


@pytest.mark.parametrize(
    ("before", "after", "recorded"),
    [
        (
            Pressure(2, 100.0, 1.0, 2.0, 1.0),
            Pressure(2, 110.0, 1.5, 4.0, 2.0),
            # 10 s of all CPU time, of which 1 is this process's and 6 the lab's.
            Machine(steal_s=0.5, throttled_s=2.0, other_s=3.0, cpus=2),
        ),
        (
            Pressure(None, None, None, None, 1.0),
            Pressure(None, None, None, None, 2.0),
            Machine(),
        ),
        (
            Pressure(4, 100.0, 1.0, None, 1.0),
            Pressure(4, 106.9, 1.0, 3.0, 2.0),  # clocks of coarser grain: not less than nothing
            Machine(steal_s=0.0, other_s=0.0, cpus=4),
        ),
        (
            Pressure(4, 1.0, None, 2.0, 1.0),
            Pressure(4, None, 3.0, None, 2.0),
            Machine(cpus=4),
        ),
    ],
)
def test_pressure_is_the_difference_and_what_is_not_known_stays_unknown(
    before: Pressure, after: Pressure, recorded: Machine
) -> None:
    found = before.spent_until(after, lab_s=6.0)
    assert found.load1 is not None
    assert found.load1 >= 0
    assert replace(recorded, load1=found.load1, cores=facts.cores()) == found


def test_a_busy_process_is_seen_beside_the_lab() -> None:
    """Another process burns a second of CPU; this one and the lab do nothing."""
    before = pressure.pressure()
    subprocess.run(
        [sys.executable, "-c", "import time\nwhile time.process_time() < 1: pass"], check=True
    )
    other_s = before.spent_until(pressure.pressure(), lab_s=0.0).other_s
    assert other_s is not None
    assert other_s > 0.9


def test_a_machine_is_known_by_a_digest_that_its_cores_and_memory_do_not_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    described = facts.describe()
    known = facts.identity()
    monkeypatch.setattr(
        facts, "describe", lambda: structs.replace(described, cores=99, memory_bytes=1)
    )
    assert facts.identity() == known
    monkeypatch.setattr(facts, "describe", lambda: structs.replace(described, kernel="another"))
    assert facts.identity() != known


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says which CPUs may be used")
@pytest.mark.parametrize(
    ("quota", "cores"), [(None, 4), (8.0, 4), (4.0, 4), (2.5, 3), (2.0, 2), (0.5, 1)]
)
def test_the_cores_to_use_are_those_allowed_as_far_as_a_quota_lets_them(
    quota: float | None, cores: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1, 4, 5})
    monkeypatch.setattr(cgroup, "quota", lambda: quota)
    assert facts.cores() == cores
    assert facts.describe().cores == cores


def test_time_held_back_by_a_cgroup_is_part_of_the_pressure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cgroup, "throttled_s", lambda: 1.5)
    assert pressure.pressure().throttled_s == 1.5
