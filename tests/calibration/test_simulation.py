"""How often the report's rules are right: the simulation in small, and that it can fail."""

import math
import random
from collections.abc import Iterator

import numpy as np
import pytest

from lab.files.summary_json import Verdict
from report.statistics.interval import geometric
from report.statistics.verdict import adjust, judge, p_beyond, rounds_needed
from tests.calibration import simulation
from tests.calibration.simulation import (
    LONE,
    PERCENTS,
    ROUNDS,
    SPREADS,
    USUAL,
    VERDICTS,
    Family,
    Floats,
    Rate,
    Row,
    coverage,
    decided,
    deciding_rounds,
    draw_run,
    estimate,
    false_equivalents,
    false_verdicts,
    hardest_spread,
    settles,
    stops,
    until_coverage,
    until_false_verdicts,
)

TRIALS = 4_000
SEED = 7

# What 4,000 trials can tell: a rate that is truly at its bound lies on the wrong side of it
# by more than 2.58 sqrt(p (1 - p) / 4000) once in two hundred times. 0.94: 0.0097.
ALLOWANCES = {0.94: 0.0097, 0.95: 0.0089, 0.05: 0.0089}


def runs(number: int = 300) -> Iterator[tuple[Floats, float]]:
    """Log ratios of runs of all sizes, spreads and truths, with an interval's confidence."""
    draws = random.Random(11)  # noqa: S311 - repeatable, not secret
    generator = np.random.default_rng(11)
    for _ in range(number):
        family = Family(draws.randint(2, 5), draws.randint(1, 3), parents=draws.random() < 0.5)
        rounds = draws.choice([2, 3, 5, 8, 20])
        logs = draw_run(family, rounds, draws.choice([0.01, 0.05, 0.1, 0.3]), 1, generator)
        logs += np.array([draws.choice([0.0, 0.02, 0.14, -0.3, 0.7]) for _ in logs[0]])[:, None]
        yield logs, draws.choice([0.95, 0.97])


def test_the_simulated_interval_is_the_reports() -> None:
    for logs, confidence in runs():
        found = estimate(logs, confidence=confidence)
        for place, values in enumerate(np.exp(logs[0])):
            ours = geometric(values.tolist(), confidence=confidence)
            theirs = found.value, found.low, found.high, found.sd, found.p
            assert [float(end[0, place]) for end in theirs] == pytest.approx(
                [ours.value, ours.low, ours.high, ours.sd, ours.p], rel=1e-12, abs=1e-12
            )


def test_the_simulated_verdicts_are_the_reports() -> None:
    seen: set[Verdict | None] = set()
    for logs, confidence in runs():
        found = estimate(logs, confidence=confidence)
        adjusted = simulation.adjust(found.p)
        words = [VERDICTS[place] for place in simulation.judge(found, adjusted, margin=0.1)[0]]

        ours = [geometric(row.tolist(), confidence=confidence) for row in np.exp(logs[0])]
        p_adjusted = adjust([ratio.p for ratio in ours if ratio.p is not None])
        assert adjusted[0] == pytest.approx(p_adjusted, rel=1e-9, abs=1e-15)
        expected = [judge(ratio, p, margin=0.1) for ratio, p in zip(ours, p_adjusted, strict=True)]
        assert words == expected
        seen |= set(expected)
    assert seen == set(VERDICTS)


def test_the_simulated_verdicts_of_settled_runs_are_the_reports() -> None:
    seen: set[Verdict | None] = set()
    for logs, _ in runs():
        found, places = simulation.looks(logs, 0.03)

        ours = [geometric(row.tolist(), confidence=0.97) for row in np.exp(logs[0])]
        p_adjusted = adjust([ratio.p for ratio in ours if ratio.p is not None])
        beyond = adjust([p_beyond(ratio, margin=0.1) for ratio in ours])
        assert found.p[0] == pytest.approx([ratio.p for ratio in ours], rel=1e-9, abs=1e-15)
        expected = [
            judge(ratio, p, margin=0.1, significance=0.03, beyond_adjusted=outside)
            for ratio, p, outside in zip(ours, p_adjusted, beyond, strict=True)
        ]
        assert [VERDICTS[place] for place in places[0]] == expected
        seen |= set(expected)
    assert seen == set(VERDICTS)


def test_the_simulated_rounds_needed_are_the_reports() -> None:
    seen = set()
    for logs, _ in runs(100):
        found = estimate(logs)
        adjusted = simulation.adjust(found.p)
        needed = simulation.rounds_needed(found, adjusted, margin=0.1)[0]

        ours = [geometric(row.tolist()) for row in np.exp(logs[0])]
        p_adjusted = adjust([ratio.p for ratio in ours if ratio.p is not None])
        assert needed.tolist() == [
            rounds_needed(ratio, p, margin=0.1) for ratio, p in zip(ours, p_adjusted, strict=True)
        ]
        seen |= set(needed.tolist())
    assert {1, 51} < seen


def test_the_simulated_end_of_a_run_is_the_first_round_at_which_every_ratio_is_known() -> None:
    logs = draw_run(Family(3, 1), 20, 0.15, 60, np.random.default_rng(5))
    rounds = stops(logs, 20, least=3, most=20)

    def known(ratios: Floats) -> bool:
        found = [geometric(row.tolist(), confidence=0.97) for row in np.exp(ratios)]
        return all(
            ratio.high is not None
            and ratio.value is not None
            and math.log(ratio.high / ratio.value) <= math.log(1.2)
            for ratio in found
        )

    expected = [
        next((count for count in range(3, 20) if known(trial[:, :count])), 20) for trial in logs
    ]
    assert rounds.tolist() == expected
    assert len(set(expected)) > 5


def test_targets_that_share_a_baseline_have_ratios_that_correlate_by_a_half() -> None:
    logs = draw_run(Family(3, 2), 1, 0.2, 20_000, np.random.default_rng(SEED))[..., 0]
    assert logs.std(axis=0) == pytest.approx([0.2] * 4, rel=0.03)
    correlations = np.atleast_2d(np.corrcoef(logs.T))
    # In order: target 1 at both levels, then target 2 at both.
    assert correlations[0] == pytest.approx([1.0, 0.0, 0.5, 0.0], abs=0.03)


@pytest.mark.parametrize("noise", ["normal", "student", "mixture", "skewed"])
def test_noise_has_mean_0_and_the_spread_asked_for(noise: simulation.Noise) -> None:
    values = simulation.draw(noise, (200_000,), 0.3, np.random.default_rng(SEED))
    assert values.mean() == pytest.approx(0, abs=0.003)
    assert values.std() == pytest.approx(0.3, rel=0.02)


def test_a_run_shows_each_target_against_the_first_and_its_parent_at_each_level() -> None:
    assert Family(4, 3).ratios == 9
    assert Family(4, 3, parents=True).pairs == [(1, 0), (2, 0), (3, 0), (2, 1), (3, 2)]
    assert LONE.ratios == 1


@pytest.mark.parametrize("rounds", ROUNDS)
def test_the_plain_interval_has_the_true_ratio_in_94_of_100_runs(rounds: int) -> None:
    for sd in SPREADS:
        rate = coverage(rounds, sd, TRIALS, SEED + rounds)
        assert rate.value >= 0.94 - ALLOWANCES[0.94]


@pytest.mark.parametrize("noise", ["student", "mixture"])
@pytest.mark.parametrize("rounds", ROUNDS)
def test_heavy_tails_do_not_take_the_true_ratio_out(rounds: int, noise: simulation.Noise) -> None:
    rate = coverage(rounds, 0.2, TRIALS, SEED, noise=noise)
    assert rate.value >= 0.94 - ALLOWANCES[0.94]


@pytest.mark.parametrize("percent", PERCENTS)
def test_stopping_when_it_is_known_leaves_the_true_ratio_in_95_of_100(percent: int) -> None:
    for sd in (*SPREADS, hardest_spread(percent)):
        rate = until_coverage(percent, sd, TRIALS, SEED + percent)
        assert rate.value >= 0.95 - ALLOWANCES[0.95]


@pytest.mark.parametrize("rounds", ROUNDS)
def test_equal_targets_are_called_different_in_at_most_5_of_100_runs(rounds: int) -> None:
    for sd in SPREADS:
        rate = false_verdicts(USUAL, rounds, sd, TRIALS, SEED + rounds)
        assert rate.value <= 0.05 + ALLOWANCES[0.05]


def test_the_ratios_to_parents_add_no_false_verdicts() -> None:
    rate = false_verdicts(Family(parents=True), 3, 0.3, TRIALS, SEED)
    assert rate.value <= 0.05 + ALLOWANCES[0.05]


def test_stopping_when_it_is_known_adds_no_false_verdicts() -> None:
    for family in (LONE, USUAL):
        for percent in (10, 20, 30):
            rate = until_false_verdicts(family, percent, 0.3, TRIALS, SEED)
            assert rate.value <= 0.05 + ALLOWANCES[0.05]


def test_the_simulated_end_of_a_settled_run_is_the_first_look_at_which_no_verdict_is_open() -> None:
    logs = draw_run(Family(3, 1), 20, 0.1, 60, np.random.default_rng(5)) + math.log(1.2)

    def settled(ratios: Floats) -> bool:
        found = [geometric(row.tolist(), confidence=0.9914) for row in np.exp(ratios)]
        adjusted = adjust([each.p for each in found if each.p is not None])
        beyond = adjust([p_beyond(each, margin=0.1) for each in found])
        return "inconclusive" not in [
            judge(each, p, margin=0.1, significance=0.0086, beyond_adjusted=outside)
            for each, p, outside in zip(found, adjusted, beyond, strict=True)
        ]

    expected = [
        next((count for count in range(4, 20) if settled(trial[:, :count])), 20) for trial in logs
    ]
    assert settles(logs, 0.0086, first=4, most=20).tolist() == expected
    assert len(set(expected)) > 5


@pytest.mark.parametrize("others", [1, 4, 29])
@pytest.mark.parametrize("ratio", [1.0, 1.101, 1.3])
def test_settled_verdicts_are_right_in_95_of_100_runs(ratio: float, others: int) -> None:
    for sd in (0.05, 0.1, 0.3):
        found = decided([ratio] * others, sd, TRIALS // others, SEED)
        allowed = ALLOWANCES[0.05] * math.sqrt(others)
        assert found.wrong.value <= 0.05 + allowed
        assert found.covered.value >= 0.95 - allowed


@pytest.mark.parametrize("most", [4, 8, 50])
def test_the_level_of_a_look_holds_for_other_numbers_of_rounds(most: int) -> None:
    found = decided([1.0], 0.3, TRIALS, SEED, most=most)
    assert found.wrong.value <= 0.05 + ALLOWANCES[0.05]
    assert found.covered.value >= 0.95 - ALLOWANCES[0.05]


@pytest.mark.parametrize("ratio", [1.15, 1.25])
def test_a_difference_beyond_the_margin_is_hardly_ever_called_equivalent(ratio: float) -> None:
    for rounds in ROUNDS:
        for sd in SPREADS:
            rate = false_equivalents(ratio, rounds, sd, TRIALS, SEED)
            assert rate.value <= 0.025


def test_the_rounds_named_for_a_real_difference_are_mostly_enough() -> None:
    found = deciding_rounds(1.3, 5, 0.2, TRIALS, SEED)
    assert found.enough.low > 0.8
    assert found.named.low > 0.8


def test_the_rounds_named_are_enough_four_times_in_five_where_the_estimate_is_the_truth() -> None:
    """SD 0.1 and 1.0: rounds_needed names 14 in all. One round less is not enough."""

    def decided(rounds: int) -> float:
        logs = simulation.draw("normal", (TRIALS, 1, rounds), 0.1, np.random.default_rng(SEED))
        found = estimate(logs)
        return float((simulation.judge(found, found.p) == simulation.EQUIVALENT).mean())

    assert decided(14) == pytest.approx(0.8, abs=0.03)
    assert decided(11) < 0.75


# That the simulation can fail


def test_narrower_intervals_miss_the_bound() -> None:
    for rounds in ROUNDS:
        rate = coverage(rounds, 0.2, TRIALS, SEED, confidence=0.8)
        assert rate.value == pytest.approx(0.8, abs=0.02)


def test_noise_that_repeats_in_every_round_misses_the_bound() -> None:
    rate = coverage(8, 0.2, TRIALS, SEED, repeated=0.2)
    assert rate.high < 0.85


def test_skewed_noise_misses_the_bound() -> None:
    assert coverage(5, 0.2, TRIALS, SEED, noise="skewed").high < 0.92


def test_stopping_as_soon_as_two_rounds_agree_misses_the_bound() -> None:
    assert until_coverage(20, 0.3, TRIALS, SEED, least=2).high < 0.95


def test_stopping_with_plain_intervals_misses_the_bound() -> None:
    assert until_coverage(10, 0.15, TRIALS, SEED, least=3, confidence=0.95).high < 0.95


def test_looking_after_each_round_as_if_it_were_the_only_one_misses_the_bound() -> None:
    found = decided([1.0], 0.3, TRIALS, SEED, level=0.05)
    assert found.wrong.low > 0.15
    assert found.covered.high < 0.85


def test_without_adjusting_equal_targets_are_called_different_far_too_often() -> None:
    """1 - 0.95^9 is 0.37 for independent ratios; those that share a baseline give less."""
    logs = draw_run(USUAL, 5, 0.3, TRIALS, np.random.default_rng(SEED))
    found = estimate(logs)
    words = simulation.judge(found, found.p)
    wrong = (words == simulation.FASTER) | (words == simulation.SLOWER)
    assert float(wrong.any(axis=-1).mean()) > 0.2


# Rates and rows


def test_the_interval_of_a_rate_is_wilsons() -> None:
    """Agresti and Coull (1998): 95 % of 0 in 10 is 0 to z^2/(10 + z^2); here z = 2.5758."""
    assert Rate(0, 10).low == pytest.approx(0.0, abs=1e-12)
    assert Rate(0, 10).high == pytest.approx(6.634897 / 16.634897, rel=1e-6)
    assert Rate(10, 10).low == pytest.approx(10 / 16.634897, rel=1e-6)


def test_a_rate_of_no_trials_is_not_a_number() -> None:
    empty = Rate(0, 0)
    assert math.isnan(empty.value)
    assert (empty.low, empty.high) == (0.0, 1.0)


def test_a_row_holds_unless_its_interval_lies_on_the_wrong_side_of_its_bound() -> None:
    """9,500 of 10,000: 94.41 % to 95.53 %."""
    rate = Rate(9_500, 10_000)
    assert Row("", "", rate, 0.955).holds
    assert not Row("", "", rate, 0.956).holds
    assert Row("", "", rate, 0.945, at_least=False).holds
    assert not Row("", "", rate, 0.944, at_least=False).holds
    assert Row("", "", rate).holds


def test_the_table_is_the_same_for_the_same_seed() -> None:
    once, again = simulation.rows(50, SEED), simulation.rows(50, SEED)
    assert once == again
    assert len({(row.what, row.setting) for row in once}) == len(once)
