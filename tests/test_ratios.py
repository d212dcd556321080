"""Ratios as the page shows them."""

from bench.level import Level
from report.ratios import Compared, Ratio, compared, interval, ratio
from tests.summaries import over, summary


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


def test_stalls_are_told_with_the_ratio_of_the_other_rounds() -> None:
    other = {"rounds": 2, "ratio": 4.0, "low": 3.5, "high": 4.5, "verdict": "faster"}

    found = ratio(over("a", 2.0, (0.5, 8.0), "inconclusive", needed=51, without_stalls=other))

    assert found.without_stalls == "without stalls 4.00 [3.50, 4.50] times: faster"
    assert found.needed == "more than 50 more rounds may be needed"


def test_of_one_round_that_did_not_stall_there_is_no_verdict_to_tell() -> None:
    """Its ratio is known, and not how sure it is: the sentences leave it out as well."""
    other = {"rounds": 1, "ratio": 4.0, "low": None, "high": None, "verdict": None}

    found = ratio(over("a", 2.0, (0.5, 8.0), "inconclusive", needed=5, without_stalls=other))

    assert found.without_stalls is None


def test_where_every_round_stalled_there_is_no_other_ratio() -> None:
    other = {"rounds": 0, "ratio": None, "low": None, "high": None, "verdict": None}

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
        Compared(
            "a", "sync_requests", ((Level(150, 30), Ratio("2.00")), (Level(300, 50), Ratio("-")))
        ),
        Compared("b", "sync_requests", ((Level(150, 30), Ratio("0.50")),)),
    ]
    assert compared(summary((), comparisons), "parent") == [
        Compared("b", "a", ((Level(150, 30), Ratio("3.00")),))
    ]
    assert compared(summary((), comparisons), "control") == []


def test_an_interval_has_both_of_its_ends() -> None:
    assert interval({"low": 0.25, "high": 100.4}) == "0.25, 100"
    assert interval({"low": None, "high": None}) is None
