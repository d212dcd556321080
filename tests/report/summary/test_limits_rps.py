"""What a level and slots allow, and what it would take to match: Little's law by hand."""

import pytest

from lab.condition import Condition
from lab.files.summary_json import Cell
from lab.level import Level, parse_level
from report.summary.bounds import BreakEven, break_even, closed_loop_rps, cpu_rps, slots_rps
from tests.support.summaries import cell, summary, target

AT = Condition(Level(1000, 100))
TARGETS = {
    "sync_requests": target(slots=40, tags=["core", "sync"]),
    "async_httpx": target(tags=["core", "async"]),
}


def test_connections_that_all_wait_bound_the_throughput() -> None:
    """30 connections that wait an eighth of a second each ask 8 times a second: 240."""
    assert closed_loop_rps(30, 0.125) == 240.0


def test_slots_that_are_all_held_bound_the_throughput() -> None:
    assert slots_rps(40, 0.125) == 320.0


def test_without_slots_there_is_no_bound() -> None:
    assert slots_rps(None, 0.125) is None


@pytest.mark.parametrize("waits_s", [None, 0.0])
def test_where_nobody_knows_how_long_an_answer_takes_there_is_no_bound(
    waits_s: float | None,
) -> None:
    assert closed_loop_rps(30, waits_s) is None
    assert slots_rps(40, waits_s) is None


def test_cores_that_do_nothing_else_bound_the_throughput() -> None:
    """Three cores have three seconds a second, and each request takes a sixteenth: 48."""
    assert cpu_rps(3, 0.0625) == 48.0


@pytest.mark.parametrize("cpu_s", [None, 0.0])
def test_where_no_cpu_time_was_counted_it_bounds_nothing(cpu_s: float | None) -> None:
    assert cpu_rps(3, cpu_s) is None


def test_threads_to_match_are_throughput_times_the_time_that_each_is_held() -> None:
    """40 slots serve 100 RPS, so each is held 0.4 s; 150 RPS take 60, and 150 / 4 s of CPU.

    40 that all wait could serve 160 RPS; 100 RPS are five of eight of them: 25 wait.
    """
    cells = [
        cell("sync_requests", 100.0, cpu_s=0.25, slots=160.0, closed_loop=400.0, cpu=8.0),
        cell("async_httpx", 150.0, cpu_s=0.125, slots=900.0),
    ]

    found = break_even(summary(cells, targets=TARGETS), AT)

    assert found == BreakEven(
        at=AT,
        sync_target="sync_requests",
        async_target="async_httpx",
        async_rps=150.0,
        slots=40,
        held_s=0.4,
        waiting=25.0,
        cores_needed=37.5,
        cores=2,
    )
    assert found.threads == 60


def test_the_fastest_of_either_kind_are_matched() -> None:
    """`sync_pooled` holds each of 50 slots 0.25 s at 200 RPS: 240 RPS take 60."""
    targets = {
        **TARGETS,
        "sync_pooled": target(slots=50, tags=["sync"]),
        "async_aiohttp": target(tags=["async"]),
        "neither": target(slots=40),
    }
    rps = {
        "sync_requests": 100.0,
        "sync_pooled": 200.0,
        "async_httpx": 220.0,
        "async_aiohttp": 240.0,
        "neither": 900.0,
    }

    found = break_even(
        summary([cell(name, value) for name, value in rps.items()], targets=targets), AT
    )

    assert found is not None
    assert (found.sync_target, found.async_target) == ("sync_pooled", "async_aiohttp")
    assert (found.slots, found.held_s, found.threads) == (50, 0.25, 60)


def test_neither_cpu_time_nor_waiting_that_nobody_counted_is_told() -> None:
    found = break_even(
        summary([cell("sync_requests", 100.0), cell("async_httpx", 150.0)], targets=TARGETS),
        AT,
    )

    assert found is not None
    assert (found.waiting, found.cores_needed) == (None, None)


SYNC, ASYNC = cell("sync_requests", 100.0), cell("async_httpx", 150.0)


@pytest.mark.parametrize(
    "cells",
    [
        [SYNC, cell("async_httpx", 90.0)],
        [SYNC, cell("async_httpx", 100.0)],
        [SYNC],
        [ASYNC],
        [],
        [cell("sync_requests", 100.0, ranked=False), ASYNC],
        [SYNC, cell("async_httpx", 150.0, ranked=False)],
        [SYNC, cell("async_httpx", None)],
        [SYNC, cell("async_httpx", 150.0, level="300/50")],
    ],
    ids=[
        "sync ahead", "equal", "no async", "no sync", "nothing", "sync not ranked",
        "async not ranked", "async not measured", "another level",
    ],
)  # fmt: skip
def test_there_is_nothing_to_match(cells: list[Cell]) -> None:
    assert break_even(summary(cells, targets=TARGETS), AT) is None


def test_without_slots_there_are_no_threads_to_count() -> None:
    targets = {**TARGETS, "sync_requests": target(tags=["sync"])}

    assert break_even(summary([SYNC, ASYNC], targets=targets), AT) is None


@pytest.mark.parametrize(("rps", "threads"), [(250.0, 100), (251.0, None)])
def test_more_threads_than_a_level_has_connections_would_not_help(
    rps: float, threads: int | None
) -> None:
    """Each is held 0.4 s: 250 RPS hold the 100 that there are, and 251 would take 100.4."""
    found = break_even(summary([SYNC, cell("async_httpx", rps)], targets=TARGETS), AT)

    assert (found and found.threads) == threads


@pytest.mark.parametrize("control", [125.0, 900.0])
def test_the_control_is_nothing_that_one_could_give_more_threads(control: float) -> None:
    """It is the baseline once more, tags and slots included, and by luck ahead of it."""
    targets = {**TARGETS, "control": TARGETS["sync_requests"]}

    found = break_even(summary([SYNC, ASYNC, cell("control", control)], targets=targets), AT)

    assert found is not None
    assert (found.sync_target, found.threads) == ("sync_requests", 60)


@pytest.mark.parametrize(("level", "threads"), [("150/30", None), ("400/40", None), ("410/41", 41)])
def test_where_there_is_a_thread_for_each_connection_more_of_them_would_not_help(
    level: str, threads: int | None
) -> None:
    """30 connections never hold more than 30 of 40 threads; 41 may wait for one more."""
    cells = [cell("sync_requests", 50.0, level=level), cell("async_httpx", 51.0, level=level)]

    found = break_even(summary(cells, targets=TARGETS), Condition(parse_level(level)))

    assert (found and found.threads) == threads
