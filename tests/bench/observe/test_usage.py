"""CPU that a server spent between two moments."""

from bench.observe.server_usage import Usage


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


def test_a_moment_up_to_itself_spent_nothing() -> None:
    usage = Usage({1: 1.5, 2: 2.5}, frozenset({2}), 1)
    assert usage.spent_until(usage) == (0.0, [0.0])
