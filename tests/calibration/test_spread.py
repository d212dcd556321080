"""What `nox -s interleaving` makes of its figures: literal ones, and known answers."""

import math
import random

import pytest
from scipy import stats

from tests.calibration.spread import (
    INTERLEAVED,
    USUAL,
    Answers,
    Figure,
    answers,
    narrowing,
    sources,
)


def figure(
    repetition: int,
    procedure: str,
    target: str,
    rps: float,
    *,
    round_number: int = 1,
    repeat: int = 1,
) -> Figure:
    return Figure("a,b", repetition, procedure, target, round_number, repeat, 100, 100 / rps)


def test_an_answer_is_the_ratio_of_geometric_means_in_one_repetition() -> None:
    figures = [
        figure(1, USUAL, "a", 10.0), figure(1, USUAL, "b", 20.0),
        figure(2, USUAL, "b", 10.0), figure(2, USUAL, "a", 20.0),
        figure(1, INTERLEAVED, "a", 10.0), figure(1, INTERLEAVED, "a", 40.0, repeat=2),
        figure(1, INTERLEAVED, "b", 40.0),
    ]  # fmt: skip
    usual = answers(figures, "a,b", USUAL)
    assert usual.ratios == pytest.approx((2.0, 0.5))
    assert usual.loaded_s == pytest.approx(15.0)
    assert answers(figures, "a,b", INTERLEAVED).ratios == pytest.approx((2.0,))


def test_the_width_is_that_of_the_t_interval() -> None:
    it = Answers((1.0, math.e, math.e**2), 30.0)
    assert it.sd == pytest.approx(1.0)
    assert it.width == pytest.approx(math.exp(2 * 4.302652729911275 / math.sqrt(3)))


def test_half_the_spread_is_half_the_width_and_the_interval_is_that_of_f() -> None:
    ours = Answers((1.0, math.exp(0.1), math.exp(-0.1)), 30.0)
    theirs = Answers((1.0, math.exp(0.2), math.exp(-0.2)), 30.0)
    found = narrowing(ours, theirs)
    swing = math.sqrt(stats.f.ppf(0.975, 2, 2))
    assert (found.times, found.low, found.high) == pytest.approx((0.5, 0.5 / swing, 0.5 * swing))


def test_spread_within_starts_and_between_them_is_told_apart() -> None:
    draw = random.Random(1)  # noqa: S311 - repeatable on purpose
    figures = []
    for repetition in range(1, 201):
        figures.append(figure(repetition, USUAL, "a", math.exp(draw.gauss(0, 0.3))))
        for number in range(1, 6):
            start = draw.gauss(0, 0.1)
            figures += [
                figure(
                    repetition, INTERLEAVED, "a", math.exp(start + draw.gauss(0, 0.2)),
                    round_number=number, repeat=repeat,
                )
                for repeat in (1, 2, 3)
            ]  # fmt: skip
    found = sources(figures, "a,b", "a")
    assert (found.within, found.between, found.long_runs) == pytest.approx((0.2, 0.1, 0.3), rel=0.1)


def test_starts_that_differ_by_less_than_chance_have_no_spread_of_their_own() -> None:
    figures = [
        figure(1, INTERLEAVED, "a", rps, round_number=number, repeat=repeat)
        for number in (1, 2)
        for repeat, rps in enumerate((10.0, 20.0), start=1)
    ] + [figure(1, USUAL, "a", 10.0), figure(2, USUAL, "a", 10.0)]
    found = sources(figures, "a,b", "a")
    assert (found.between, found.long_runs) == (0.0, 0.0)
    assert found.within == pytest.approx(math.log(2) / math.sqrt(2))
