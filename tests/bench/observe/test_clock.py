"""How long the machine has slept, by the clocks that a platform has."""

import time

import pytest

from bench.observe.clock import slept_s

READINGS = {"boot": 100.0, "monotonic": 60.0, "uptime": 48.0}


def clocks(monkeypatch: pytest.MonkeyPatch, **named: str) -> None:
    """A platform with these clocks, and no other."""
    for name in ("CLOCK_BOOTTIME", "CLOCK_UPTIME_RAW", "CLOCK_MONOTONIC"):
        monkeypatch.delattr(time, name, raising=False)
    for name, reading in named.items():
        monkeypatch.setattr(time, f"CLOCK_{name}", reading, raising=False)
    monkeypatch.setattr(time, "clock_gettime", READINGS.__getitem__, raising=False)


def test_linux_has_a_clock_that_goes_on_in_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    clocks(monkeypatch, BOOTTIME="boot", MONOTONIC="monotonic")
    assert slept_s() == 40.0


def test_macos_has_one_that_stops_in_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    clocks(monkeypatch, UPTIME_RAW="uptime", MONOTONIC="monotonic")
    assert slept_s() == 12.0


def test_a_platform_with_neither_has_not_slept(monkeypatch: pytest.MonkeyPatch) -> None:
    clocks(monkeypatch, MONOTONIC="monotonic")
    assert slept_s() == 0.0
