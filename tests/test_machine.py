"""How many cores there are to use, and what the machine did between two moments."""

import os
import sys

import pytest

from bench import cgroup, machine
from bench.machine import Pressure


@pytest.mark.parametrize(
    ("before", "after", "steal_s", "throttled_s"),
    [
        (Pressure(1.0, 2.0), Pressure(1.5, 4.0), 0.5, 2.0),
        (Pressure(None, None), Pressure(None, None), None, None),
        (Pressure(1.0, None), Pressure(1.0, 3.0), 0.0, None),
        (Pressure(None, 2.0), Pressure(3.0, None), None, None),
    ],
)
def test_pressure_is_the_difference_and_what_is_not_known_stays_unknown(
    before: Pressure, after: Pressure, steal_s: float | None, throttled_s: float | None
) -> None:
    recorded = before.until(after)
    load1 = recorded.pop("load1")
    assert load1 is not None
    assert load1 >= 0
    assert recorded == {"steal_s": steal_s, "throttled_s": throttled_s}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says which CPUs may be used")
@pytest.mark.parametrize(
    ("quota", "cores"), [(None, 4), (8.0, 4), (4.0, 4), (2.5, 3), (2.0, 2), (0.5, 1)]
)
def test_the_cores_to_use_are_those_allowed_as_far_as_a_quota_lets_them(
    quota: float | None, cores: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1, 4, 5})
    monkeypatch.setattr(cgroup, "quota", lambda: quota)
    assert machine.cores() == cores
    assert machine.describe()["cores"] == cores


def test_time_held_back_by_a_cgroup_is_part_of_the_pressure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cgroup, "throttled_s", lambda: 1.5)
    assert machine.pressure().throttled_s == 1.5
