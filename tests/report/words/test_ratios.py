"""Ratios as the page shows them."""

from typing import Any

import pytest

from lab.condition import Condition
from lab.files.summary_json import Verdict
from lab.level import Level
from report.words.ratios import Compared, Ratio, compared, doubt, interval, needed, ratio, verdict
from tests.support.summaries import over, summary, unstalled

SMALL, MIDDLE = Condition(Level(150, 30)), Condition(Level(300, 50))


def test_a_ratio_that_is_not_known_is_a_dash_and_says_nothing_else() -> None:
    assert ratio(over("a", None)) == Ratio("-")


def test_one_round_has_neither_interval_nor_verdict() -> None:
    assert ratio(over("a", 2.0)) == Ratio("2.00")


def test_a_verdict_that_stands_needs_nothing_more() -> None:
    assert ratio(over("a", 12.34, (9.5, 15.04), "faster", needed=7)) == Ratio(
        "12.3", "9.50, 15.0", "faster"
    )


def test_an_inconclusive_one_says_what_would_decide_it() -> None:
    found = ratio(over("a", 1.05, (0.5, 2.25), "inconclusive", needed=1))

    assert found == Ratio(
        "1.05", "0.50, 2.25", "inconclusive", "about 1 more round would probably decide"
    )


@pytest.mark.parametrize(
    ("interval", "values", "said"),
    [
        ((0.46, 0.91), {"p_adjusted": 0.06}, "but of 18 ratios compared one such may be luck"),
        ((1.1, 2.0), {"p_adjusted": 0.05}, "but of 18 ratios compared one such may be luck"),
        ((1.1, 2.0), {"p_adjusted": 0.049}, "but the difference may be too small to matter"),
        (
            (1.1, 2.0),
            {"p_adjusted": 0.01, "without_stalls": unstalled(1.3, (0.9, 1.9))},
            "but not without the rounds that stalled",
        ),
        (
            (1.1, 2.0),
            {"p_adjusted": 0.01, "without_stalls": unstalled(1.1, (1.07, 1.12))},
            "but the difference may be too small to matter",
        ),
        ((0.9, 2.0), {"p_adjusted": 0.2}, None),
        ((1.0, 2.0), {"p_adjusted": 0.05}, None),
    ],
    ids=[
        "slower",
        "faster",
        "within the margin",
        "stalls",
        "stalls that do not matter",
        "1 is in it",
        "1 is its end",
    ],
)
def test_an_interval_that_excludes_1_says_why_it_is_inconclusive_all_the_same(
    interval: tuple[float, float], values: dict[str, Any], said: str | None
) -> None:
    compared = over("a", 1.4, interval, "inconclusive", adjusted_for=18, **values)

    assert doubt(compared) == (said and f"its interval excludes 1, {said}")


@pytest.mark.parametrize("verdict", ["faster", "equivalent", None])
def test_what_is_decided_or_not_judged_is_not_in_doubt(verdict: Verdict | None) -> None:
    assert doubt(over("a", 1.4, (1.1, 2.0), verdict, p_adjusted=0.06)) is None


@pytest.mark.parametrize(
    ("rounds", "text"),
    [
        (1, "about 1 more round would probably decide"),
        (2, "about 2 more rounds would probably decide"),
        (50, "about 50 more rounds would probably decide"),
        (51, "more than 50 more rounds may be needed"),
    ],
)
def test_what_would_probably_decide_is_said_in_rounds(rounds: int, text: str) -> None:
    compared = over("a", 1.05, (0.5, 2.25), "inconclusive", needed=rounds)

    assert needed(compared) == text
    assert verdict(compared) == f"inconclusive ({text})"


def test_a_verdict_in_doubt_says_why_before_what_would_decide_it() -> None:
    compared = over(
        "a", 0.65, (0.46, 0.91), "inconclusive", needed=1, p_adjusted=0.06, adjusted_for=150
    )

    assert verdict(compared) == (
        "inconclusive (its interval excludes 1, but of 150 ratios compared one such may be luck; "
        "about 1 more round would probably decide)"
    )


@pytest.mark.parametrize("word", ["faster", "slower", "equivalent"])
def test_a_decided_verdict_is_a_word(word: Verdict) -> None:
    assert verdict(over("a", 2.0, (1.5, 2.5), word)) == word


def test_stalls_are_told_with_the_ratio_of_the_other_rounds() -> None:
    other = unstalled(4.0, (3.5, 4.5), "faster")

    found = ratio(over("a", 2.0, (0.5, 8.0), "inconclusive", needed=51, without_stalls=other))

    assert found.without_stalls == "without stalls 4.00 [3.50, 4.50] times: faster"
    assert found.needed == "more than 50 more rounds may be needed"


def test_of_one_round_that_did_not_stall_there_is_no_verdict_to_tell() -> None:
    """Its ratio is known, and not how sure it is: the sentences leave it out as well."""
    other = unstalled(4.0, rounds=1)

    found = ratio(over("a", 2.0, (0.5, 8.0), "inconclusive", needed=5, without_stalls=other))

    assert found.without_stalls is None


def test_where_every_round_stalled_there_is_no_other_ratio() -> None:
    other = unstalled(None, rounds=0)

    assert ratio(over("a", 2.0, without_stalls=other)) == Ratio("2.00")


def test_ratios_come_by_target_each_with_its_levels() -> None:
    """Only RPS, and only of the kind that is asked for."""
    comparisons = [
        over("a", 2.0, level="150/30"),
        over("a", 9.0, level="150/30", metric="latency_p95_s"),
        over("b", 0.5, level="150/30"),
        over("b", 3.0, level="150/30", kind="parent", baseline="a"),
        over("a", None, level="300/50"),
    ]

    assert compared(summary((), comparisons), "baseline") == [
        Compared("a", "sync_requests", ((SMALL, Ratio("2.00")), (MIDDLE, Ratio("-")))),
        Compared("b", "sync_requests", ((SMALL, Ratio("0.50")),)),
    ]
    assert compared(summary((), comparisons), "parent") == [
        Compared("b", "a", ((SMALL, Ratio("3.00")),))
    ]
    assert compared(summary((), comparisons), "control") == []


def test_an_interval_has_both_of_its_ends() -> None:
    assert interval(unstalled(5.0, (0.25, 100.4))) == "0.25, 100"
    assert interval(unstalled(5.0)) is None
