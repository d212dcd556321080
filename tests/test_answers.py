"""The answer at a glance, in words, from hand-made summaries."""

from typing import Any

import pytest

from bench.level import Level
from report.answers import Answer, Order, answers, headline
from report.ratios import Ratio
from report.words import lead_over_next, sentences
from tests.summaries import cell, lead, over, summary, target

SMALL, MIDDLE, LARGE = Level(150, 30), Level(300, 50), Level(1000, 100)


BASELINE = "sync_requests"


@pytest.mark.parametrize(
    ("best", "said"),
    [
        ({SMALL: "a"}, "a served most requests at 150/30"),
        ({SMALL: "a", LARGE: "a"}, "a served most requests at every level"),
        ({SMALL: "a", LARGE: "b"}, "a served most requests at 150/30, b at 1000/100"),
        (
            {SMALL: "a", MIDDLE: "b", LARGE: "b"},
            "b served most requests at 300/50 and 1000/100, a at 150/30",
        ),
        (
            {SMALL: "a", MIDDLE: "a", LARGE: "a", Level(10, 1): "b"},
            "a served most requests at 150/30, 300/50 and 1000/100, b at 10/1",
        ),
        ({SMALL: None, LARGE: "a"}, "a served most requests at 1000/100"),
        (
            {SMALL: "a", MIDDLE: None, LARGE: "a"},
            "a served most requests at 150/30 and 1000/100",
        ),
        ({SMALL: None, LARGE: None}, "No target has a valid measurement"),
        ({}, "No target has a valid measurement"),
    ],
    ids=[
        "one level", "every level", "one each", "most levels first", "three of four",
        "one not ranked", "all that are ranked", "nothing ranked", "nothing",
    ],
)  # fmt: skip
def test_the_headline_names_who_served_most_and_where(
    best: dict[Level, str | None], said: str
) -> None:
    assert headline([Answer(level, name) for level, name in best.items()]) == said


TIE = "a and b are too close to call at 150/30"


def close(level: Level, best: str, rival: str) -> Answer:
    return Answer(level, best, rival=rival, order="too close to call")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([close(SMALL, "b", "a")], TIE),
        (
            [close(SMALL, "a", "b"), close(LARGE, "b", "a")],
            "a and b are too close to call at every level",
        ),
        (
            [close(SMALL, "a", "b"), Answer(LARGE, "a", rival="b", order="clear lead")],
            "a served most requests at 1000/100; " + TIE,
        ),
        (
            [
                close(SMALL, "a", "b"),
                Answer(MIDDLE, "a", rival="c", order="likely lead"),
                Answer(LARGE, "b", rival="a", order="one round"),
                Answer(Level(10, 1), "a", order="nothing to compare"),
            ],
            "a served most requests at 300/50 and 10/1, b at 1000/100; " + TIE,
        ),
        (
            [close(SMALL, "a", "b"), close(MIDDLE, "b", "c"), close(LARGE, "c", "b")],
            "b and c are too close to call at 300/50 and 1000/100; " + TIE,
        ),
        ([close(SMALL, "a", "b"), Answer(LARGE)], TIE),
    ],
    ids=["a tie", "at every level", "a lead and a tie", "each order", "two ties", "one not ranked"],
)
def test_the_headline_names_nobody_where_two_are_too_close_to_call(
    given: list[Answer], said: str
) -> None:
    assert headline(given) == said


def test_a_card_says_who_served_most_by_how_much_and_for_what_cpu_time() -> None:
    cells = [
        cell(BASELINE, 50.0, cpu_s=0.037),
        cell("fast", 204.4, cpu_s=0.0091),
        cell("next", 100.0),
    ]
    comparisons = [over("fast", 4.0, (3.5, 4.5), "faster"), over("next", 2.0, (1.5, 2.5), "faster")]
    targets = {
        BASELINE: target(),
        "fast": target(title="A view that is fast"),
        "next": target(title="Another"),
    }

    assert answers(
        summary(cells, comparisons, [lead("fast", "next", 2.0, (1.5, 2.5))], targets=targets),
        BASELINE,
    ) == [
        Answer(
            level=LARGE,
            best="fast",
            title="A view that is fast",
            rps="204",
            baseline=BASELINE,
            ratio=Ratio("4.00", "3.50, 4.50", "faster"),
            order="likely lead",
            rival="next",
            ahead="2.00 [1.50, 2.50] times the RPS of next, the next",
            cpu=f"CPU 9.1\N{NO-BREAK SPACE}ms a request, {BASELINE} 37.0\N{NO-BREAK SPACE}ms",
        )
    ]


def test_the_baseline_is_not_compared_with_itself() -> None:
    cells = [cell(BASELINE, 50.0, cpu_s=0.037), cell("slow", 25.0, cpu_s=0.5)]
    compared = over("slow", 0.5, (0.4, 0.6), "slower")

    (answer,) = answers(
        summary(cells, [compared], [lead(BASELINE, "slow", 2.0, (1.6, 2.5))]), BASELINE
    )

    assert (answer.best, answer.ratio) == (BASELINE, None)
    assert answer.cpu == "CPU 37.0\N{NO-BREAK SPACE}ms a request"
    assert (answer.order, answer.rival) == ("clear lead", "slow")
    assert answer.ahead == "2.00 [1.60, 2.50] times the RPS of slow, the next"


def test_where_the_next_is_the_baseline_the_ratio_says_how_far_ahead_the_first_was() -> None:
    cells = [cell("fast", 200.0), cell(BASELINE, 50.0)]
    compared = over("fast", 4.0, (3.5, 4.5), "faster")

    (answer,) = answers(
        summary(cells, [compared], [lead("fast", BASELINE, 4.0, (3.5, 4.5))]), BASELINE
    )

    assert (answer.order, answer.rival, answer.ahead) == ("clear lead", BASELINE, None)


def test_each_level_has_a_card_also_where_nothing_could_be_ranked() -> None:
    cells = [
        cell("a", 50.0, level="150/30", ranked=False),
        cell("b", None, level="150/30"),
        cell("a", 50.0, level="300/50"),
        cell("b", 40.0, level="300/50"),
    ]

    first, second = answers(summary(cells), "b")
    assert first == Answer(SMALL)
    assert (second.level, second.best) == (MIDDLE, "a")


def test_the_control_serves_most_of_no_level_and_is_no_rival() -> None:
    (answer,) = answers(summary([cell(BASELINE, 50.0), cell("control", 60.0)]), BASELINE)

    assert (answer.best, answer.order, answer.rival) == (BASELINE, "nothing to compare", None)


def of_next(*args: Any, **values: Any) -> dict[str, Any]:
    """`fast` over `next`, which is its parent."""
    return over("fast", *args, **{"kind": "parent", "baseline": "next"} | values)


def of_fast(*args: Any) -> dict[str, Any]:
    """`next` over `fast`, which is its parent."""
    return over("next", *args, kind="parent", baseline="fast")


FAR = (2.0, (1.5, 2.5))  # beyond 1, and beyond a margin of 10 %


@pytest.mark.parametrize(
    ("lead_over", "comparisons", "order"),
    [
        (FAR, [of_next(*FAR, "faster")], "clear lead"),
        (FAR, [of_fast(0.5, (0.4, 0.6), "slower")], "clear lead"),
        ((1.05, (1.01, 1.09)), [of_next(1.05, (1.01, 1.09), "faster")], "clear lead"),
        (FAR, [of_next(*FAR, "inconclusive")], "too close to call"),
        (FAR, [of_fast(*FAR, "inconclusive")], "too close to call"),
        (FAR, [of_next(*FAR, "equivalent")], "too close to call"),
        (FAR, [of_fast(1.5, (1.2, 1.9), "faster")], "too close to call"),
        (FAR, [of_next(*FAR, "slower")], "too close to call"),
        (FAR, [], "likely lead"),
        (FAR, [of_next(*FAR)], "likely lead"),
        (FAR, [of_next(*FAR, "equivalent", level="150/30")], "likely lead"),
        (FAR, [of_next(*FAR, "equivalent", metric="latency_mean_s")], "likely lead"),
        (FAR, [over("fast", *FAR, "inconclusive", needed=3)], "likely lead"),
        ((1.125, (1.01, 1.3)), [], "likely lead"),
        ((1.09, (1.01, 1.2)), [], "too close to call"),
        ((2.0, (1.0, 4.0)), [], "too close to call"),
        ((2.0, None), [], "one round"),
        ((None, None), [], "too close to call"),
    ],
    ids=[
        "a verdict", "the other way round", "it needs no margin", "not decided",
        "not decided, the other way round", "equivalent", "paired, the next is faster",
        "paired, the first is slower", "an interval alone", "not judged", "another level",
        "of latency", "over the baseline", "beyond the margin", "within the margin",
        "the interval holds 1", "one round", "no round in common",
    ],
)  # fmt: skip
def test_how_the_first_stands_to_the_next(
    lead_over: tuple[float | None, tuple[float, float] | None],
    comparisons: list[dict[str, Any]],
    order: Order,
) -> None:
    """A verdict on the two goes before an interval of them, found once it was known who led."""
    cells = [cell("fast", 200.0), cell("next", 100.0), cell(BASELINE, 50.0)]
    led = lead("fast", "next", *lead_over)

    (answer,) = answers(summary(cells, comparisons, [led], margin=0.1), BASELINE)

    assert (answer.rival, answer.order) == ("next", order)


def test_the_lead_at_another_level_says_nothing_of_this_one() -> None:
    cells = [cell("fast", 200.0), cell("next", 100.0)]

    (answer,) = answers(
        summary(cells, leads=[lead("fast", "next", *FAR, level="300/50")]), BASELINE
    )

    assert (answer.order, answer.ahead) == ("too close to call", None)


# Samples of a run may have been removed: there is a lead, of no rounds.
APART = summary([cell("fast", 200.0), cell("next", 100.0)], leads=[lead("fast", "next", None)])


def test_of_two_that_share_no_round_nothing_is_said_of_their_ratio() -> None:
    (answer,) = answers(APART, BASELINE)

    assert (answer.best, answer.ahead) == ("fast", None)
    assert lead_over_next(APART, LARGE) is None


def test_the_sentences_of_two_that_share_no_round_are_those_of_their_rps() -> None:
    assert sentences(APART) == [
        "At 1000/100 fast served most: 200 RPS. Next: next with 100 RPS.",
    ]


def test_the_lead_of_a_level_is_that_of_its_own_first() -> None:
    there, here = lead("a", "b", *FAR, level="150/30"), lead("b", "a", 1.25, (1.2, 1.3))

    assert lead_over_next(summary(leads=[there, here]), LARGE) == here
    assert lead_over_next(summary(leads=[there]), LARGE) is None


@pytest.mark.parametrize(
    ("best_s", "baseline_s", "said"),
    [
        (None, 0.037, None),
        (0.0091, None, "CPU 9.1\N{NO-BREAK SPACE}ms a request"),
    ],
)
def test_cpu_time_that_is_not_known_is_not_told(
    best_s: float | None, baseline_s: float | None, said: str | None
) -> None:
    cells = [cell("fast", 200.0, cpu_s=best_s), cell(BASELINE, 50.0, cpu_s=baseline_s)]

    (answer,) = answers(summary(cells), BASELINE)

    assert answer.cpu == said
