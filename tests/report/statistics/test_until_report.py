"""`--until` in `summary.json`: how near a run is to its goal, worked out by hand.

Ratios of `spread` swing between 1.1 and 1/1.1 times their mean in eight rounds: the SD of
their logarithms is sqrt(8/7) ln 1.1 = 0.101893, their error ln 1.1 / sqrt(7) = 0.036025.
"""

import math
from pathlib import Path
from typing import Any

import pytest

from lab.condition import Condition
from lab.files.run_json import Goal
from lab.files.sample import Sample
from lab.files.summary_json import Comparison, Summary
from lab.level import Level
from report.output import markdown
from report.statistics import goal
from report.statistics.comparison import Judged, Pair
from report.statistics.interval import Interval
from report.words import caveats
from tests.support import runs
from tests.support.runs import cell_of, ratio_of
from tests.support.summaries import over

ERROR = math.log(1.1) / math.sqrt(7)

# Student's t with 7 degrees of freedom.
T_97, T_95 = 2.714573014, 2.364624252


def spread(target: str, rps: float, *, level: str = "150/30") -> list[Sample]:
    return runs.rounds(target, *[rps * 1.1, rps / 1.1] * 4, level=level)


def steady(target: str, rps: float, *, rounds: int = 8, level: str = "150/30") -> list[Sample]:
    return runs.rounds(target, *[rps] * rounds, level=level)


SAMPLES = [
    *steady("sync_requests", 50.0),
    *spread("async_httpx", 75.0),
    *steady("sync_pooled", 99.0),
]


def until(
    folder: Path,
    percent: float | None,
    samples: list[Sample] = SAMPLES,
    *,
    most: int = 20,
    done: int = 8,
    **values: Any,
) -> Summary:
    """The summary of a run with this goal after `done` rounds."""
    goal = {"percent": percent, "max_rounds": most, "reached": False}
    return runs.summary(folder, runs.run(asked=most, done=done, until=goal, **values), samples)


def progress(*args: Any, **values: Any) -> dict[str, Any]:
    """How far `until` says that it is."""
    return dict(runs.as_json(until(*args, **values).run.until))


def test_ratios_are_given_with_97_percent_intervals(tmp_path: Path) -> None:
    summary = until(tmp_path / "until", 10.0)
    plain = runs.summary(tmp_path / "plain", runs.run(asked=8, done=8), SAMPLES)

    assert (summary.run.ratio_confidence, plain.run.ratio_confidence) == (0.97, 0.95)
    for of, t in ((summary, T_97), (plain, T_95)):
        compared = ratio_of(of, "async_httpx")
        assert math.log(compared["high"] / compared["ratio"]) == pytest.approx(t * ERROR)
        assert math.log(compared["ratio"] / compared["low"]) == pytest.approx(t * ERROR)


def test_cells_keep_their_95_percent_intervals(tmp_path: Path) -> None:
    rps = cell_of(until(tmp_path / "run", 10.0), "async_httpx")["rps"]

    assert math.log(rps["high"] / rps["value"]) == pytest.approx(T_95 * ERROR)


@pytest.mark.parametrize(
    ("percent", "reached", "expected"), [(12.0, True, 7), (10.3, True, 8), (10.2, False, 9)]
)
def test_the_goal_is_reached_when_every_ratio_is_known_that_well(
    tmp_path: Path, percent: float, expected: int, *, reached: bool
) -> None:
    """Half a width is 2.7146 x 0.036025 = 0.09779 or 10.27 %; with 95 % it would be 8.89 %.

    With seven rounds it would be 2.8289 x 0.101893 / sqrt(7) = 0.10895 or 11.51 %, with nine
    2.6338 x 0.101893 / 3 = 0.08946 or 9.36 %.
    """
    assert progress(tmp_path / "run", percent) == {
        "percent": percent,
        "max_rounds": 20,
        "reached": reached,
        "ratios": 2,
        "left_out": [],
        "rounds_expected": expected,
        "open": [] if reached else ["async_httpx over sync_requests at 150/30"],
    }


@pytest.mark.parametrize(("most", "expected"), [(30, 24), (24, 24), (23, 24), (20, 21)])
def test_rounds_beyond_the_cap_count_as_one_more_than_it(
    tmp_path: Path, most: int, expected: int
) -> None:
    """For 5 %, ln 1.05 = 0.04879 is to hold t(0.985) x 0.101893 / sqrt(n).

    For n = 23 that is 2.3202 x 0.021246 = 0.04930, for n = 24 2.3132 x 0.020799 = 0.04811.
    """
    assert progress(tmp_path / "run", 5.0, most=most)["rounds_expected"] == expected


@pytest.mark.parametrize(("rounds", "reached"), [(5, False), (6, True)])
def test_fewer_than_six_rounds_can_agree_by_luck(
    tmp_path: Path, rounds: int, *, reached: bool
) -> None:
    """There is no spread at all."""
    samples = [
        *steady("sync_requests", 50.0, rounds=rounds),
        *steady("async_httpx", 75.0, rounds=rounds),
    ]

    known = progress(tmp_path / "run", 10.0, samples, done=rounds)

    assert (known["reached"], known["ratios"], known["rounds_expected"]) == (reached, 1, 6)


def test_a_cap_of_fewer_rounds_may_be_reached(tmp_path: Path) -> None:
    samples = [
        *steady("sync_requests", 50.0, rounds=4),
        *steady("async_httpx", 75.0, rounds=4),
    ]

    known = progress(tmp_path / "run", 10.0, samples, done=4, most=4)

    assert (known["reached"], known["rounds_expected"]) == (True, 4)


def test_a_ratio_of_one_round_tells_nothing_of_those_it_will_take(tmp_path: Path) -> None:
    samples = [*SAMPLES, *steady("async_pooled", 60.0, rounds=1)]
    targets = {**runs.TARGETS, "async_pooled": runs.TARGETS["async_httpx"]}

    known = progress(tmp_path / "run", 10.3, samples, targets=targets)

    assert (known["reached"], known["ratios"], known["rounds_expected"]) == (False, 3, None)


def test_a_cell_that_is_not_ranked_is_not_waited_for(tmp_path: Path) -> None:
    targets = {**runs.TARGETS, "fails": {"title": "Fails", "parent": None, "change": None}}
    samples = [*SAMPLES, runs.sample("fails", 1, 3.0, rejected=1)]

    known = progress(tmp_path / "run", 10.3, samples, targets=targets)

    assert (known["reached"], known["ratios"], known["rounds_expected"]) == (True, 2, 8)


def test_neither_the_control_nor_a_ratio_to_a_parent_is_waited_for(tmp_path: Path) -> None:
    """Over the baseline both swing by 2 %, known to 2.05 %; over the parent that is 4 %."""
    targets = {
        **runs.TARGETS,
        "async_pooled": {"title": "One client", "parent": "async_httpx", "change": "one client"},
        "control": runs.CONTROL,
    }
    samples = [
        *steady("sync_requests", 50.0),
        *runs.rounds("async_httpx", *[75.0 * 1.02, 75.0 / 1.02] * 4),
        *runs.rounds("async_pooled", *[90.0 / 1.02, 90.0 * 1.02] * 4),
        *spread("control", 50.0),
    ]

    known = progress(tmp_path / "run", 3.0, samples, targets=targets)

    assert (known["reached"], known["ratios"], known["rounds_expected"]) == (True, 2, 6)


def test_every_level_counts(tmp_path: Path) -> None:
    samples = [
        *steady("sync_requests", 50.0),
        *steady("async_httpx", 75.0),
        *spread("sync_requests", 50.0, level="300/50"),
        *steady("async_httpx", 75.0, level="300/50"),
    ]

    levels = ["150/30", "300/50"]
    known = progress(tmp_path / "run", 10.0, samples, levels=levels)

    assert (known["reached"], known["ratios"], known["rounds_expected"]) == (False, 2, 9)


def test_without_a_valid_ratio_nothing_can_be_known(tmp_path: Path) -> None:
    samples = [runs.sample("sync_requests", 1, 3.0, rejected=1), *steady("async_httpx", 75.0)]

    assert progress(tmp_path / "run", 10.0, samples) == {
        "percent": 10.0,
        "max_rounds": 20,
        "reached": False,
        "ratios": 0,
        "left_out": ["async_httpx at 150/30", "sync_pooled at 150/30"],
        "rounds_expected": None,
        "open": [],
    }


@pytest.mark.parametrize(
    ("percent", "enough"),
    [(10.3, "enough."), (10.2, "not enough. Open: async_httpx over sync_requests at 150/30.")],
)
def test_how_it_ended_is_said(tmp_path: Path, percent: float, enough: str) -> None:
    summary = until(tmp_path / "run", percent, complete=True)

    said = (
        f"--until asked for every RPS ratio to the baseline to ±{percent:g} %; "
        f"8 rounds were {enough}"
    )
    assert caveats.goal_reached(summary) == said
    assert f"- {said}\n" in markdown.render(summary).replace("\\_", "_")


def test_a_stall_that_more_rounds_may_outweigh_is_waited_for(tmp_path: Path) -> None:
    """In one round of three it takes the rank away, in one of six it does not."""
    samples = [
        *steady("sync_requests", 50.0, rounds=6),
        *runs.rounds("async_httpx", *[75.0] * 6, stalled=(2,)),
    ]

    early = progress(tmp_path / "3", 10.0, [s for s in samples if s.round <= 3], done=3)
    assert early["ratios"] == 1
    assert early["reached"] is False
    late = progress(tmp_path / "6", 10.0, samples, done=6)
    assert late["reached"] is True


def test_while_it_goes_on_and_without_a_goal_nothing_is_said_of_it(tmp_path: Path) -> None:
    assert caveats.goal_reached(until(tmp_path / "run", 10.3)) is None
    plain = runs.summary(tmp_path / "plain", runs.run(asked=8, done=8), SAMPLES)
    assert caveats.goal_reached(plain) is None


# `--until decided`: with 20 rounds at the most each look takes 99.14 %.

T7_9914 = 3.612109320  # Student's t with 7 degrees of freedom, for 0.9957


def test_where_verdicts_shall_be_settled_intervals_are_those_of_each_look(tmp_path: Path) -> None:
    summary = until(tmp_path / "run", None)

    compared = ratio_of(summary, "async_httpx")
    assert summary.run.ratio_confidence == pytest.approx(0.9914)
    assert summary.run.significance == 0.0086
    assert math.log(compared["high"] / compared["ratio"]) == pytest.approx(T7_9914 * ERROR)


def test_verdicts_are_settled_where_none_is_inconclusive(tmp_path: Path) -> None:
    """1.5 and 1.98 times the baseline, and 1.32 times of each other: all beyond luck."""
    assert progress(tmp_path / "run", None) == {
        "percent": None,
        "max_rounds": 20,
        "reached": True,
        "ratios": 3,
        "left_out": [],
        "rounds_expected": 8,
        "open": [],
    }


def test_a_rival_of_the_first_is_waited_for_too(tmp_path: Path) -> None:
    """Twice the baseline both; one over the other is 1.05 and swings by a tenth."""
    samples = [
        *steady("sync_requests", 50.0),
        *steady("async_httpx", 105.0),
        *spread("sync_pooled", 100.0),
    ]

    known = progress(tmp_path / "run", None, samples)

    assert known["open"] == ["async_httpx over sync_pooled at 150/30"]
    assert (known["reached"], known["ratios"]) == (False, 3)
    # 50 more rounds would, with luck; 20 in all would not.
    assert known["rounds_expected"] == 21


def test_where_the_baseline_is_the_first_an_open_pair_is_named_once(tmp_path: Path) -> None:
    samples = [*steady("sync_requests", 105.0), *spread("async_httpx", 100.0)]

    known = progress(tmp_path / "run", None, samples)

    assert known["ratios"] == 1
    assert known["open"] == ["async_httpx over sync_requests at 150/30"]


def test_what_is_within_the_margin_is_settled(tmp_path: Path) -> None:
    samples = [*steady("sync_requests", 50.0), *runs.rounds("async_httpx", *[50.5, 49.5] * 4)]

    known = progress(tmp_path / "run", None, samples)

    assert (known["reached"], known["open"]) == (True, [])


def test_what_is_barely_within_the_margin_is_not_settled_where_it_is_one_of_several(
    tmp_path: Path,
) -> None:
    """Its P value of lying beyond the margin is 0.0051: under 0.0086 alone, not as one of two."""
    step = math.exp(0.0628)
    near = [
        *steady("sync_requests", 50.0),
        *runs.rounds("async_httpx", *[50 * step, 50 / step] * 4),
    ]
    alone = progress(tmp_path / "one", None, near)
    beside = progress(tmp_path / "two", None, [*near, *steady("sync_pooled", 100.0)])

    assert alone["open"] == []
    assert beside["open"] == ["async_httpx over sync_requests at 150/30"]


@pytest.mark.parametrize(("rounds", "reached"), [(3, False), (4, True)])
def test_the_first_look_is_after_four_rounds(tmp_path: Path, rounds: int, *, reached: bool) -> None:
    samples = [
        *steady("sync_requests", 50.0, rounds=rounds),
        *steady("async_httpx", 75.0, rounds=rounds),
    ]

    known = progress(tmp_path / "run", None, samples, done=rounds)

    assert (known["reached"], known["open"], known["rounds_expected"]) == (reached, [], 4)


def test_one_round_settles_nothing(tmp_path: Path) -> None:
    samples = [steady("sync_requests", 50.0)[0], steady("async_httpx", 75.0)[0]]

    known = progress(tmp_path / "run", None, samples, done=1)

    assert (known["reached"], known["rounds_expected"]) == (False, None)
    assert known["open"] == [
        "async_httpx over sync_requests at 150/30",
    ]


def test_a_verdict_that_hangs_on_a_stalled_round_is_open(tmp_path: Path) -> None:
    """1.12 in each round but the stalled one, which has 0.95: with it 1.10 is not beyond 10 %."""
    samples = [
        *steady("sync_requests", 50.0),
        *runs.rounds("async_httpx", *[56.0, 47.5, *[56.0] * 6], stalled=(2,)),
    ]

    known = progress(tmp_path / "run", None, samples)

    assert (known["reached"], known["open"]) == (
        False,
        ["async_httpx over sync_requests at 150/30"],
    )


def test_verdicts_of_what_failed_are_not_waited_for(tmp_path: Path) -> None:
    samples = [*steady("sync_requests", 50.0), *steady("async_httpx", 75.0)]

    known = progress(tmp_path / "run", None, samples)

    assert (known["reached"], known["left_out"]) == (True, ["sync_pooled at 150/30"])


def test_what_stays_open_at_the_end_is_said(tmp_path: Path) -> None:
    samples = [
        *steady("sync_requests", 50.0),
        *steady("async_httpx", 105.0),
        *spread("sync_pooled", 100.0),
    ]
    summary = until(tmp_path / "run", None, samples, complete=True)

    assert caveats.goal_reached(summary) == (
        "--until asked for every RPS verdict on the baseline and on the first to be settled; "
        "8 rounds were not enough. Open: async_httpx over sync_pooled at 150/30."
    )


@pytest.mark.parametrize(("high", "reached"), [(1.05, True), (1.0500001, False)])
def test_a_ratio_is_known_where_its_interval_ends_at_the_percentage(
    high: float, *, reached: bool
) -> None:
    at = Condition(Level(150, 30))
    judged = {Pair("baseline", "b", "a", at): Judged(Interval(6, 1.0, 0.95, high, 0.02, 0.5))}

    found = goal.known_to(5.0, Goal(5.0, 20), judged, failed=frozenset(), done=6)

    assert found.reached is reached


def expected(*compared: Comparison, done: int = 5) -> int | None:
    """With how many rounds all verdicts will probably be settled, 20 being the most."""
    return goal.settled(
        Goal(percent=None, max_rounds=20), compared, failed=frozenset(), done=done
    ).rounds_expected


FAR = over("b", 2.0, (1.9, 2.1), "faster")


def test_the_verdict_that_takes_most_rounds_settles_how_many_are_expected() -> None:
    near = over("c", 1.2, (0.9, 1.6), "inconclusive", needed=7)
    nearer = over("d", 1.1, (0.9, 1.3), "inconclusive", needed=3)

    assert expected(FAR, near, nearer) == 12
    assert expected(FAR, nearer) == 8
    assert expected(FAR) == 5
    assert expected(FAR, near, done=14) == 21
    assert expected(FAR, over("e", 1.0, (0.5, 2.0), "inconclusive", needed=51)) == 21


def test_while_one_has_no_verdict_no_rounds_are_expected() -> None:
    assert expected(FAR, over("c", 1.2)) is None
