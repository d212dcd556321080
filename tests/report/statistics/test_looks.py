"""The level of each look of `--until decided`."""

import pytest

from report.statistics.looks import LEVELS, look_level


@pytest.mark.parametrize(("max_rounds", "level"), LEVELS)
def test_each_entry_is_the_level_of_its_rounds(max_rounds: int, level: float) -> None:
    assert look_level(max_rounds) == level


@pytest.mark.parametrize(
    ("max_rounds", "level"),
    [(2, 0.0494), (9, 0.0143), (16, 0.0086), (21, 0.0068), (10_000, 0.00135)],
)
def test_between_them_a_look_takes_what_more_rounds_would(max_rounds: int, level: float) -> None:
    assert look_level(max_rounds) == level


def test_more_looks_take_more_of_each() -> None:
    levels = [look_level(most) for most in range(2, 1100)]

    assert levels == sorted(levels, reverse=True)
