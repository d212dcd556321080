"""The first sample after a start, compared with later ones at all levels of a target."""

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
from scipy import stats

from lab.condition import Condition
from lab.level import Level
from report.findings.servers import Effect, first_effect
from report.samples.measured import Measured
from tests.report.findings.test_findings import SOUND, cell, found, message


def samples(
    firsts: Sequence[float], others: Sequence[float], requests: int = 150
) -> list[Measured]:
    """Samples at one level with these RPS, the first ones after a start and the others."""
    return [
        replace(
            SOUND,
            at=Condition(Level(requests, 30)),
            round=number,
            rps=rps,
            level_position=1 if number <= len(firsts) else 2,
        )
        for number, rps in enumerate([*firsts, *others], start=1)
    ]


# Half the RPS, with a spread of some percent.
SLOW = samples([50.0, 51.0, 49.0], [100.0, 102.0, 98.0])


def effect(of: Sequence[Measured]) -> Effect:
    found_effect = first_effect(of)
    assert found_effect is not None
    return found_effect


def test_at_one_level_it_is_the_t_test_of_two_samples() -> None:
    firsts, others = [50.0, 61.0, 44.0], [71.0, 66.0, 58.0, 80.0]

    ours = effect(samples(firsts, others))

    logs = [math.log(rps) for rps in firsts], [math.log(rps) for rps in others]
    assert ours.p == pytest.approx(stats.ttest_ind(*logs).pvalue, rel=1e-9)
    assert ours.factor == pytest.approx(stats.gmean(firsts) / stats.gmean(others))
    assert (ours.firsts, ours.others) == (3, 4)


def test_levels_are_compared_within_themselves() -> None:
    """At each level first samples have half the RPS; the levels are ten times apart."""
    slow = samples([50.0, 50.0], [100.0], requests=150)
    fast = samples([500.0], [1000.0, 1000.0, 1000.0], requests=300)

    ours = effect([*slow, *fast])

    assert ours.factor == pytest.approx(0.5)
    assert (ours.firsts, ours.others) == (3, 4)


def test_a_level_with_one_kind_of_sample_tells_nothing() -> None:
    only_firsts = samples([1.0, 2.0, 3.0], [], requests=300)

    assert first_effect([*SLOW, *only_firsts]) == first_effect(SLOW)
    assert first_effect(only_firsts) is None


def test_fewer_than_three_of_each_kind_tell_nothing() -> None:
    assert first_effect(SLOW[1:]) is None
    assert first_effect(SLOW[:-1]) is None


def test_samples_with_failures_are_left_out() -> None:
    assert first_effect([*SLOW[1:], replace(SLOW[0], errors=1)]) is None
    assert first_effect([*SLOW[1:], replace(SLOW[0], rps=None)]) is None


def test_a_repeat_is_no_first_sample() -> None:
    assert first_effect([*SLOW[1:], replace(SLOW[0], repeat=2)]) is None


def test_without_any_spread_a_difference_is_certain_and_equality_too() -> None:
    assert effect(samples([64.0] * 3, [128.0] * 3)).p == 0
    assert effect(samples([64.0] * 3, [64.0] * 3)).p == 1


def test_a_slow_first_sample_is_a_finding() -> None:
    slow = cell(rounds=SLOW, of_target=SLOW)

    assert found(slow) == [("first_sample", "warn")]
    assert message(slow, "first_sample") == (
        "The first sample after a start of sync_requests has 0.50 times the RPS of later ones "
        "(3 first and 3 later samples at all of its levels). First ones are here in rounds 1, 2 "
        "and 3. The order of levels is drawn anew in each round, so that more rounds spread them "
        "evenly."
    )


def test_a_fast_first_sample_is_a_finding() -> None:
    fast = samples([100.0, 102.0, 98.0], [50.0, 51.0, 49.0])

    assert found(cell(rounds=fast, of_target=fast)) == [("first_sample", "warn")]


def test_it_belongs_to_the_cells_that_have_first_samples() -> None:
    later = [sample for sample in SLOW if not sample.first]

    assert found(cell(rounds=later, of_target=SLOW)) == []


def test_a_small_difference_is_no_finding_however_certain() -> None:
    certain = samples([100.0, 100.1, 99.9], [114.0, 114.1, 113.9])
    beyond = samples([100.0, 100.1, 99.9], [116.0, 116.1, 115.9])

    assert found(cell(rounds=certain, of_target=certain)) == []
    assert found(cell(rounds=beyond, of_target=beyond)) == [("first_sample", "warn")]


def test_an_uncertain_difference_is_no_finding_however_large() -> None:
    uncertain = samples([50.0, 100.0, 200.0], [100.0, 200.0, 400.0])

    assert effect(uncertain).factor == pytest.approx(0.5)
    assert found(cell(rounds=uncertain, of_target=uncertain)) == []
