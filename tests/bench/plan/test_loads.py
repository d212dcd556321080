"""Where the spread of RPS comes from: known answers, worked out by hand."""

import pytest

from bench.plan.loads import USUAL, Seen, Spread, load_s, spreads
from lab.condition import Condition
from lab.level import Level

AT = Condition(Level(150, 30))
CELL = ("a", AT)


def seen(*starts: tuple[float, ...]) -> list[Seen]:
    """Loads of one cell, by the start they had: the logarithms of their RPS."""
    return [
        Seen("a", AT, number, log, 1.0) for number, logs in enumerate(starts, 1) for log in logs
    ]


def spread_of(*starts: tuple[float, ...]) -> Spread:
    return spreads(seen(*starts))[CELL]


def test_a_single_load_tells_nothing_and_its_spread_is_taken_to_be_the_usual() -> None:
    found = spread_of((5.0,))
    assert found.within == pytest.approx(USUAL.within)
    assert found.between == pytest.approx(USUAL.between)


def test_what_single_loads_show_is_parted_as_is_usual() -> None:
    # Five starts with variance 0.04 count as much as the usual 0.0125.
    found = spread_of((-0.2,), (-0.2,), (0.0,), (0.2,), (0.2,))
    assert found.within + found.between == pytest.approx((4 * 0.0125 + 4 * 0.04) / 8)
    assert found.within == pytest.approx(4 * found.between)


def test_loads_of_one_start_that_lie_apart_are_spread_within_it() -> None:
    # Ten starts of two loads each, 0.4 apart about the same mean: 0.08 within, nothing between.
    found = spread_of(*((-0.2, 0.2) for _ in range(10)))
    # The means' variance: (4 x (0.0025 + 0.005) + 9 x 0) / 13; two thirds of it towards `within`.
    of_means = 4 * 0.0075 / 13
    assert found.within == pytest.approx((4 * of_means * 0.01 / 0.0075 + 10 * 0.08) / 14)
    assert found.between == 0.0


def test_starts_that_lie_apart_and_whose_loads_do_not_are_spread_between() -> None:
    found = spread_of(*((value, value) for value in (-0.3, 0.3) * 10))
    assert found.between > 0.07
    assert found.within < 0.02


def test_a_start_with_more_loads_has_a_mean_that_is_spread_less() -> None:
    assert Spread(within=0.04, between=0.01).of_start(1) == pytest.approx(0.05)
    assert Spread(within=0.04, between=0.01).of_start(4) == pytest.approx(0.02)


def test_how_long_a_load_takes_is_the_mean_of_what_loads_of_its_cell_took() -> None:
    loads = [Seen("a", AT, 1, 0.0, 2.0), Seen("a", AT, 2, 0.0, 4.0), Seen("b", AT, 1, 0.0, 7.0)]
    assert load_s(loads) == {("a", AT): 3.0, ("b", AT): 7.0}
