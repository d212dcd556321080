"""The answer at a glance, in words, from hand-made summaries."""

from typing import Any

import pytest

from lab.condition import Condition, conditions_at
from lab.files.summary_json import Comparison, Order
from lab.level import Level
from report.words.leaders import Leader, Next, few, headline, leaders
from report.words.ratios import Ratio
from tests.support.summaries import cell, lead, over, summary, target

SMALL, MIDDLE, LARGE = conditions_at([Level(150, 30), Level(300, 50), Level(1000, 100)])


BASELINE = "sync_requests"


def leads(at: Condition, best: str, order: Order = "leads") -> Leader:
    return Leader(at, best, order=order)


def close(at: Condition, best: str, *tied: str) -> Leader:
    return Leader(at, best, order="no clear lead", tied=tied)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([leads(SMALL, "a")], "a leads at 150/30"),
        ([leads(SMALL, "a"), leads(LARGE, "a")], "a leads at every level"),
        ([leads(SMALL, "a"), leads(LARGE, "b")], "a leads at 150/30, b at 1000/100"),
        (
            [leads(SMALL, "a"), leads(MIDDLE, "b"), leads(LARGE, "b")],
            "b leads at 300/50 and 1000/100, a at 150/30",
        ),
        ([leads(SMALL, "a", "likely leads")], "a likely leads at 150/30"),
        ([leads(SMALL, "a", "one round")], "a served most requests at 150/30"),
        ([leads(SMALL, "a", "alone")], "a served most requests at 150/30"),
        (
            [leads(SMALL, "a", "one round"), leads(MIDDLE, "b"), leads(LARGE, "b", "alone")],
            "b leads at 300/50; a served most requests at 150/30, b at 1000/100",
        ),
        ([Leader(SMALL), leads(LARGE, "a")], "a leads at 1000/100"),
        ([Leader(SMALL), Leader(LARGE)], "No target has a valid measurement"),
        ([], "No target has a valid measurement"),
    ],
    ids=[
        "one level", "every level", "one each", "most levels first", "likely", "one round", "alone",
        "each order", "one not ranked", "nothing ranked", "nothing",
    ],
)  # fmt: skip
def test_the_headline_names_who_leads_and_where(given: list[Leader], said: str) -> None:
    assert headline(given) == said


def shared(at: Condition, best: str, *equivalent: str) -> Leader:
    return Leader(at, best, order="shares the lead", equivalent=equivalent)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([shared(SMALL, "b", "a")], "a and b share the lead at 150/30"),
        (
            [shared(SMALL, "a", "b"), shared(LARGE, "a", "c")],
            "a shares the lead at every level with others",
        ),
        (
            [close(SMALL, "b", "a"), shared(LARGE, "b", "a")],
            (
                "a and b share the lead at 1000/100; no clear lead at 150/30: a and b are not "
                "told apart"
            ),
        ),
    ],
    ids=["two", "other ones", "and a tie"],
)
def test_the_headline_names_who_shares_a_lead(given: list[Leader], said: str) -> None:
    assert headline(given) == said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([close(SMALL, "b", "a")], "No clear lead at 150/30: a and b are not told apart"),
        (
            [close(SMALL, "a", "b", "c"), close(LARGE, "b", "c", "a")],
            "No clear lead: a, b and c are not told apart",
        ),
        (
            [close(SMALL, "a", "b"), leads(LARGE, "a")],
            "a leads at 1000/100; no clear lead at 150/30: a and b are not told apart",
        ),
        (
            [close(SMALL, "a", "b"), close(MIDDLE, "b", "c"), close(LARGE, "c", "b")],
            ("No clear lead: a served most requests at 150/30, b at 300/50, c at 1000/100"),
        ),
        (
            [close(SMALL, "a", *"bcde"), close(LARGE, "a", *"bcde")],
            "No clear lead: a served most requests at every level",
        ),
        (
            [close(SMALL, "a", "b"), Leader(LARGE)],
            "No clear lead at 150/30: a and b are not told apart",
        ),
    ],
    ids=["a tie", "of three", "a lead and a tie", "other ties", "of many", "one not ranked"],
)
def test_the_headline_names_no_leader_where_there_is_none(given: list[Leader], said: str) -> None:
    assert headline(given) == said


def best(name: str, other: str, *args: Any, **values: Any) -> Comparison:
    return over(name, *args, baseline=other, kind="best", **values)


def test_a_card_says_who_served_most_by_how_much_and_for_what_cpu_time() -> None:
    cells = [
        cell(BASELINE, 50.0, cpu_s=0.037),
        cell("fast", 204.4, cpu_s=0.0091),
        cell("next", 100.0),
    ]
    comparisons = [
        over("fast", 4.0, (3.5, 4.5), "faster"),
        over("next", 2.0, (1.5, 2.5), "faster"),
        best("fast", "next", 2.0, (1.5, 2.5), "faster"),
        best("fast", BASELINE, 4.0, (3.5, 4.5), "faster"),
    ]
    targets = {
        BASELINE: target(),
        "fast": target(title="A view that is fast"),
        "next": target(title="Another"),
    }

    assert leaders(summary(cells, comparisons, [lead("fast")], targets=targets)) == [
        Leader(
            at=LARGE,
            best="fast",
            title="A view that is fast",
            rps="204",
            ratio=Ratio("4.00", "3.50, 4.50", "faster"),
            order="leads",
            compared=2,
            next=Next("next", "100", "2.00 [1.50, 2.50] times"),
            cpu=f"CPU 9.1\N{NO-BREAK SPACE}ms a request, {BASELINE} 37.0\N{NO-BREAK SPACE}ms",
        )
    ]


def test_the_baseline_is_not_compared_with_itself() -> None:
    cells = [cell(BASELINE, 50.0, cpu_s=0.037), cell("slow", 25.0, cpu_s=0.5)]
    compared = over("slow", 0.5, (0.4, 0.6), "slower")

    (answer,) = leaders(summary(cells, [compared], [lead(BASELINE)]))

    assert (answer.best, answer.ratio, answer.order) == (BASELINE, None, "leads")
    assert answer.cpu == "CPU 37.0\N{NO-BREAK SPACE}ms a request"
    assert answer.next == Next("slow", "25.0", None)


def test_each_level_has_a_card_also_where_nothing_could_be_ranked() -> None:
    cells = [
        cell("a", 50.0, level="150/30", ranked=False),
        cell("b", None, level="150/30"),
        cell("a", 50.0, level="300/50"),
        cell("b", 40.0, level="300/50"),
    ]

    first, second = leaders(summary(cells, leads=[lead("a", level="300/50")]))
    assert first == Leader(SMALL)
    assert (second.at, second.best) == (MIDDLE, "a")


def test_the_control_is_no_rival() -> None:
    cells = [cell(BASELINE, 50.0), cell("control", 60.0)]

    (answer,) = leaders(summary(cells, leads=[lead(BASELINE, "alone")]))

    assert (answer.best, answer.order, answer.next) == (BASELINE, "alone", None)


@pytest.mark.parametrize(
    ("interval", "p_adjusted", "luck"),
    [((1.05, 1.3), 0.06, ("b",)), ((1.05, 1.3), 0.04, ()), ((0.9, 1.5), 0.3, ())],
    ids=["an interval that excludes 1", "one within the margin", "one that holds it"],
)
def test_a_tie_holds_what_the_first_is_not_told_apart_from(
    interval: tuple[float, float], p_adjusted: float, luck: tuple[str, ...]
) -> None:
    cells = [cell(name, 200.0 - place) for place, name in enumerate("abcd")]
    comparisons = [
        best("a", "b", 1.15, interval, "inconclusive", p_adjusted=p_adjusted, adjusted_for=3),
        best("a", "c", 1.05, (0.7, 1.4), "inconclusive", p_adjusted=0.7, adjusted_for=3),
        best("a", "d", 1.3, (1.2, 1.4), "inconclusive", p_adjusted=0.06, adjusted_for=3),
    ]
    tie = lead("a", "no clear lead", tied=["b", "c"], singly=["d"])

    (answer,) = leaders(summary(cells, comparisons, [tie]))

    assert (answer.tied, answer.singly, answer.compared) == (("b", "c"), ("d",), 3)
    assert answer.luck == luck


@pytest.mark.parametrize(
    ("names", "said"), [("b", "b"), ("bcd", "b, c and d"), ("bcde", "4 others")]
)
def test_where_there_is_little_room_many_are_counted(names: str, said: str) -> None:
    assert few(names) == said


def test_the_cpu_time_of_a_baseline_that_is_not_ranked_is_not_told() -> None:
    cells = [cell("fast", 200.0, cpu_s=0.0091), cell(BASELINE, 50.0, cpu_s=0.29, ranked=False)]

    (answer,) = leaders(summary(cells, leads=[lead("fast", "alone")]))

    assert answer.cpu == "CPU 9.1\N{NO-BREAK SPACE}ms a request"


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

    (answer,) = leaders(summary(cells, leads=[lead("fast")]))

    assert answer.cpu == said
