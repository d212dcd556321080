"""Intervals that hold at any look: known answers, and that those in use are narrower."""

import math

import pytest

from report.statistics.looks import FIRST_LOOK
from tests.calibration.always_valid import (
    MOST,
    always_valid_t,
    best_prior,
    coverage,
    pocock_t,
)


def test_the_bound_is_where_the_likelihood_ratio_is_one_over_alpha() -> None:
    for rounds, prior in ((4, 0.5), (10, 2.0), (20, 1.0)):
        square = always_valid_t(rounds, prior) ** 2 / (rounds - 1)
        share = prior / (rounds + prior)
        ratio = math.sqrt(share) * ((1 + square) / (1 + square * share)) ** (rounds / 2)
        assert ratio == pytest.approx(20)


def test_with_too_few_rounds_for_a_prior_nothing_is_excluded() -> None:
    assert always_valid_t(2, 100.0) == math.inf


def test_the_truth_is_inside_at_every_look_of_95_runs_in_100() -> None:
    assert coverage(0.3, 20_000, 5) >= 0.95


def test_the_boundary_in_use_is_the_narrower_one_at_every_look() -> None:
    for rounds in range(FIRST_LOOK, MOST + 1):
        assert always_valid_t(rounds, best_prior(rounds)) > pocock_t(rounds)
