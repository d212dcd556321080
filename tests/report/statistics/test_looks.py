"""The level of each look of `--until decided`."""

import pytest

from report.statistics.looks import look_level


@pytest.mark.parametrize(
    ("max_rounds", "level"),
    [
        (2, 0.0494), (4, 0.0494), (5, 0.0322), (6, 0.0247), (7, 0.0205), (8, 0.0177),
        (9, 0.0143), (10, 0.0143), (11, 0.0123), (12, 0.0123), (13, 0.0104), (15, 0.0104),
        (16, 0.0086), (20, 0.0086), (21, 0.0068), (30, 0.0068), (31, 0.0053), (50, 0.0053),
        (51, 0.0041), (100, 0.0041), (101, 0.0033), (200, 0.0033), (201, 0.0025), (500, 0.0025),
        (501, 0.0021), (1000, 0.0021), (1001, 0.00135), (10_000, 0.00135),
    ],
)  # fmt: skip
def test_a_look_takes_what_the_most_rounds_ask_for_and_between_entries_a_few_more(
    max_rounds: int, level: float
) -> None:
    assert look_level(max_rounds) == level


def test_more_looks_take_more_of_each() -> None:
    levels = [look_level(most) for most in range(2, 1100)]

    assert levels == sorted(levels, reverse=True)
