"""Orders of rounds: all targets in all places, after all others, about as often."""

from collections import Counter
from itertools import islice, pairwise

import pytest

from bench.plan.order import orders


def first(size: int, rounds: int, seed: int = 1) -> list[tuple[str, ...]]:
    return list(islice(orders([f"t{number}" for number in range(size)], seed), rounds))


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6, 7, 27, 30])
def test_in_as_many_rounds_as_there_are_targets_each_has_every_place_once(size: int) -> None:
    for place in zip(*first(size, size), strict=True):
        assert len(set(place)) == size


@pytest.mark.parametrize(
    ("size", "rounds", "times"),
    [(2, 2, 1), (4, 4, 1), (6, 6, 1), (30, 30, 1), (3, 6, 2), (5, 10, 2), (27, 54, 2)],
)
def test_each_follows_every_other_one_as_often(size: int, rounds: int, times: int) -> None:
    followed = Counter(pair for order in first(size, rounds) for pair in pairwise(order))

    assert len(followed) == size * (size - 1)
    assert set(followed.values()) == {times}


def test_what_comes_next_is_drawn_anew_each_time_through() -> None:
    """Six targets: of rounds 1 to 6 and 7 to 12 each is balanced, and they are not the same."""
    rounds = first(6, 12)

    assert set(rounds[:6]) != set(rounds[6:])
    assert len(set(rounds)) == 12


def test_another_seed_gives_another_order() -> None:
    assert len({tuple(first(6, 4, seed=seed)) for seed in range(50)}) == 50


@pytest.mark.parametrize("size", [2, 6, 7])
def test_no_target_is_first_more_often_than_another_over_many_seeds(size: int) -> None:
    """Of 3,000 draws; 4 standard deviations are 4 sqrt(3000 (n - 1)) / n."""
    firsts = Counter(first(size, 1, seed=seed)[0][0] for seed in range(3000))

    allowed = 4 * (3000 * (size - 1)) ** 0.5 / size
    assert all(abs(times - 3000 / size) < allowed for times in firsts.values())
    assert len(firsts) == size
