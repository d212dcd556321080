"""What the machine's counters say at one moment: of the CPUs that this process may use."""

import os
import sys
import time
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from bench.machine import cgroup
from bench.observe.pressure import pressure


def cpu(**seconds: float) -> SimpleNamespace:
    """The times of one CPU; what it did besides user's work is a power of two each."""
    usual = {
        "nice": 2.0, "system": 4.0, "irq": 8.0, "softirq": 16.0,
        "idle": 100.0, "iowait": 200.0, "guest": 400.0,
    }  # fmt: skip
    return SimpleNamespace(**usual, **seconds)


def machine(monkeypatch: pytest.MonkeyPatch, *cpus: Any, usable: set[int]) -> None:
    def times(*, percpu: bool) -> list[Any]:
        assert percpu
        return list(cpus)

    monkeypatch.setattr(psutil, "cpu_times", times)
    monkeypatch.setattr(os, "cpu_count", lambda: len(cpus))
    monkeypatch.setattr(os, "sched_getaffinity", {0: usable}.__getitem__)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(cgroup, "throttled_s", lambda: 1.5)
    monkeypatch.setattr(time, "process_time", lambda: 0.25)


def test_busy_is_all_that_is_neither_idle_nor_waiting_on_every_cpu(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine(monkeypatch, cpu(user=1.0, steal=3.0), cpu(user=32.0, steal=0.5), usable={0, 1})
    found = pressure()
    assert (found.cpus, found.busy_s, found.steal_s) == (2, 31.0 + 62.0, 3.5)
    assert (found.throttled_s, found.own_s) == (1.5, 0.25)


def test_cpus_that_this_process_may_not_use_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(
        monkeypatch,
        cpu(user=1.0, steal=3.0),
        cpu(user=32.0, steal=0.5),
        cpu(user=64.0, steal=1.0),
        usable={1, 2},
    )
    found = pressure()
    assert (found.cpus, found.busy_s, found.steal_s) == (2, 62.0 + 94.0, 1.5)


def test_where_not_every_cpu_is_listed_none_can_be_told_from_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine(monkeypatch, cpu(user=1.0, steal=3.0), cpu(user=32.0, steal=0.5), usable={1})
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    assert (pressure().cpus, pressure().busy_s) == (2, 31.0 + 62.0)


def test_a_machine_of_a_single_cpu_has_what_that_has(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, cpu(user=1.0, steal=3.0), usable={0})
    assert (pressure().cpus, pressure().busy_s, pressure().steal_s) == (1, 31.0, 3.0)


def test_times_that_a_platform_does_not_count_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, SimpleNamespace(user=1.0, nice=2.0, system=4.0), usable={0})
    assert (pressure().busy_s, pressure().steal_s) == (7.0, None)


def test_the_load_is_that_of_the_last_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getloadavg", lambda: (0.5, 1.0, 2.0))
    assert pressure().spent_until(pressure(), lab_s=0.0).load1 == 0.5


def test_but_on_linux_all_cpus_count(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, cpu(user=1.0), cpu(user=32.0), usable={1})
    monkeypatch.setattr(sys, "platform", "darwin")
    found = pressure()
    assert (found.cpus, found.busy_s) == (2, 31.0 + 62.0)
    assert found.steal_s is None


@pytest.mark.parametrize("error", [OSError, RuntimeError])
def test_a_platform_without_such_times_leaves_them_unknown(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def none(**_: bool) -> list[Any]:
        raise error

    machine(monkeypatch, usable={0})
    monkeypatch.setattr(psutil, "cpu_times", none)
    found = pressure()
    assert (found.cpus, found.busy_s, found.steal_s) == (None, None, None)
    assert (found.throttled_s, found.own_s) == (1.5, 0.25)
