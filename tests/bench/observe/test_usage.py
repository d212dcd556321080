"""CPU that a server spent between two moments."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace

import psutil
import pytest

from bench.observe import server_usage
from bench.observe.server_usage import Usage, measure, pss_bytes


@dataclass(frozen=True)
class Process:
    """A process as psutil shows it, with readings of which no two add up to a third."""

    pid: int
    user: float
    system: float
    children_user: float = 0.0
    children_system: float = 0.0
    cmdline_words: Sequence[str] = ("python", "-m", "server")
    rss: int = 0
    pss: int = 0
    gone: bool = False

    def oneshot(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    def cpu_times(self) -> "Process":
        if self.gone:
            raise psutil.NoSuchProcess(self.pid)
        return self

    def cmdline(self) -> Sequence[str]:
        return self.cmdline_words

    def memory_info(self) -> SimpleNamespace:
        return SimpleNamespace(rss=self.rss)

    def memory_full_info(self) -> SimpleNamespace:
        if self.gone:
            raise psutil.NoSuchProcess(self.pid)
        return SimpleNamespace(pss=self.pss)


def of_group(monkeypatch: pytest.MonkeyPatch, *processes: Process) -> None:
    groups = {7: list(processes)}
    monkeypatch.setattr(server_usage, "group", groups.__getitem__)


def test_a_process_has_used_its_user_and_its_system_time(monkeypatch: pytest.MonkeyPatch) -> None:
    of_group(monkeypatch, Process(7, 1.0, 0.0), Process(8, 4.0, 0.5))
    assert measure(7).own_s == {7: 1.0, 8: 4.5}


def test_a_leader_has_used_also_what_its_ended_children_had(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """User and system time of both; a worker's children are not looked at."""
    of_group(monkeypatch, Process(7, 1.0, 0.5, 8.0, 2.0), Process(8, 4.0, 0.25, 64.0, 32.0))
    assert measure(7).own_s == {7: 11.5, 8: 4.25}


def test_workers_are_all_but_the_leader_and_pythons_helper(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    helper = "from multiprocessing.resource_tracker import main;main(5)"
    of_group(
        monkeypatch,
        Process(7, 1.0, 0.0),
        Process(8, 1.0, 0.0),
        Process(9, 2.0, 0.0, cmdline_words=("python", "-c", helper)),
    )
    usage = measure(7)
    assert usage.workers == {8}
    assert usage.own_s == {7: 1.0, 8: 1.0, 9: 2.0}


def test_resident_memory_is_that_of_all_together(monkeypatch: pytest.MonkeyPatch) -> None:
    of_group(monkeypatch, Process(7, 1.0, 0.0, rss=100), Process(8, 1.0, 0.0, rss=40))
    assert measure(7).rss_bytes == 140


def test_a_process_that_ends_while_it_is_looked_at_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    of_group(monkeypatch, Process(8, 9.0, 9.0, gone=True), Process(7, 1.0, 0.5, rss=100))
    assert measure(7) == Usage({7: 1.5}, frozenset(), 100)


def test_shared_memory_counts_once_and_is_unknown_where_any_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    of_group(monkeypatch, Process(7, 1.0, 0.0, pss=70), Process(8, 1.0, 0.0, pss=30))
    assert pss_bytes(7) == 100
    of_group(monkeypatch, Process(7, 1.0, 0.0, pss=70), Process(8, 1.0, 0.0, gone=True))
    assert pss_bytes(7) is None
    of_group(monkeypatch)
    assert pss_bytes(7) is None


def test_cpu_is_the_difference_and_workers_come_least_first() -> None:
    before = Usage({1: 1.0, 2: 10.0, 3: 20.0}, frozenset({2, 3}), 100)
    after = Usage({1: 1.5, 2: 14.0, 3: 22.0}, frozenset({2, 3}), 200)
    assert before.spent_until(after) == (6.5, [2.0, 4.0])


def test_a_server_without_workers_has_none() -> None:
    assert Usage({1: 1.0}, frozenset(), 1).spent_until(Usage({1: 3.0}, frozenset(), 1)) == (2.0, [])


def test_a_helper_counts_for_the_group_and_is_no_worker() -> None:
    before = Usage({1: 0.0, 2: 0.0, 3: 0.0}, frozenset({3}), 1)
    after = Usage({1: 0.5, 2: 0.25, 3: 4.0}, frozenset({3}), 1)
    assert before.spent_until(after) == (4.75, [4.0])


def test_a_worker_that_was_started_in_between_counts_from_nothing() -> None:
    before = Usage({1: 1.0}, frozenset(), 1)
    after = Usage({1: 1.0, 2: 3.0}, frozenset({2}), 1)
    assert before.spent_until(after) == (3.0, [3.0])


def test_a_worker_that_ended_in_between_counts_with_what_it_spent_since() -> None:
    """It had used 5 s; it used 0.25 s more, and its master has waited for all 5.25 s."""
    before = Usage({1: 1.0, 2: 5.0}, frozenset({2}), 1)
    after = Usage({1: 6.25}, frozenset(), 1)
    assert before.spent_until(after) == (0.25, [])


def test_a_group_that_is_gone_spent_nothing_that_is_known() -> None:
    assert Usage({1: 0.0}, frozenset(), 1).spent_until(Usage({}, frozenset(), 0)) == (0, [])


def test_what_a_worker_had_used_that_nobody_has_waited_for_yet_is_not_less_than_nothing() -> None:
    before = Usage({1: 1.0, 2: 5.0}, frozenset({2}), 1)
    after = Usage({1: 1.5}, frozenset(), 1)
    assert before.spent_until(after) == (0.0, [])


def test_a_moment_up_to_itself_spent_nothing() -> None:
    usage = Usage({1: 1.5, 2: 2.5}, frozenset({2}), 1)
    assert usage.spent_until(usage) == (0.0, [0.0])
