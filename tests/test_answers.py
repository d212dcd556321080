"""The answer at a glance, in words, from hand-made summaries."""

from typing import Any

import pytest

from bench.level import Level
from report.answers import (
    Answer,
    Order,
    answers,
    article_holds,
    break_evens,
    headline,
    largest_change,
    main_finding,
    why,
)
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


def bound(cpu_s: float | None = 0.04, limit: float | None = 50.0, **values: Any) -> dict[str, Any]:
    """The baseline, whose requests take 40 ms of CPU: two cores serve 50 of them a second."""
    return cell(BASELINE, 45.0, cpu_s=cpu_s, cpu=limit, **values)


@pytest.mark.parametrize(
    ("cores", "limit", "so"),
    [
        (1, 25.0, "1 core cannot serve more than 25.0 RPS"),
        (2, 50.0, "2 cores cannot serve more than 50.0 RPS"),
        (4, 50.0, "2 cores cannot serve more than 50.0 RPS"),
    ],
    ids=["one", "two", "two of four are the servers'"],
)
def test_cpu_time_is_why_where_the_first_serves_more_than_the_baseline_ever_could(
    cores: int, limit: float, so: str
) -> None:
    """The cores are those that the limit was counted for: a run may pin its servers to some."""
    cells = [bound(limit=limit), cell("fast", 200.0, cpu_s=0.0091, closed_loop=200.0)]

    assert why(summary(cells, cores=cores), BASELINE) == (
        "At 1000/100 a request of sync_requests takes 40.0\N{NO-BREAK SPACE}ms of CPU, so "
        f"{so}; one of fast takes 9.1\N{NO-BREAK SPACE}ms."
    )


@pytest.mark.parametrize(
    "cells",
    [
        [bound(limit=200.0), cell("fast", 200.0, cpu_s=0.0091)],
        [bound(None, None), cell("fast", 200.0, cpu_s=0.0091)],
        [bound(), cell("fast", 200.0)],
        [cell("fast", 200.0, cpu_s=0.0091)],
        [bound(), cell("slow", 20.0, cpu_s=0.01)],
        [bound(ranked=False), cell("fast", 200.0, ranked=False)],
        [bound(ranked=False), cell("control", 200.0, cpu_s=0.0091)],
    ],
    ids=[
        "it could", "not counted", "not counted of the first", "no baseline",
        "the baseline is first", "nothing ranked", "the control alone",
    ],
)  # fmt: skip
def test_cpu_time_is_not_why_where_it_did_not_keep_the_baseline_from_it(
    cells: list[dict[str, Any]],
) -> None:
    assert why(summary(cells), BASELINE) is None


CAME_TO = "At 1000/100 fast came to {} waiting for the API."


@pytest.mark.parametrize(
    ("closed_loop", "slots", "came_to"),
    [
        (None, None, None),
        (201.0, None, None),
        (None, 201.0, None),
        (200.0, None, "85 % of what is possible with all connections"),
        (None, 200.0, "85 % of what is possible with all slots"),
        (400.0, 180.0, "94 % of what is possible with all slots"),
        (180.0, 175.0, "94 % of what is possible with all connections"),
    ],
    ids=[
        "no limit", "84.6 %", "84.6 % of slots", "85 %", "slots", "slots, not connections", "both",
    ],
)  # fmt: skip
def test_a_limit_that_is_all_but_reached_is_why(
    closed_loop: float | None, slots: float | None, came_to: str | None
) -> None:
    """170 RPS: 84.6 % of 201, 94.4 % of 180."""
    told = why(summary([cell("fast", 170.0, closed_loop=closed_loop, slots=slots)]), BASELINE)

    assert told == (came_to and CAME_TO.format(came_to))


@pytest.mark.parametrize(
    ("levels", "at"),
    [
        (["1000/100", "300/50"], "1000/100"),
        (["2000/50", "300/100"], "300/100"),
        (["200/100", "900/100", "300/100", "500/100", "400/100"], "900/100"),
    ],
    ids=["most of both", "most at once", "of as many at once the most"],
)
def test_why_is_told_of_the_level_with_most_requests_at_once(levels: list[str], at: str) -> None:
    cells = [cell("fast", 190.0, level=level, closed_loop=200.0) for level in levels]

    assert why(summary(cells), BASELINE) == (
        f"At {at} fast came to 95 % of what is possible with all connections waiting for the API."
    )


def test_where_nothing_is_ranked_at_that_level_no_other_is_asked_why() -> None:
    cells = [cell("fast", 190.0, level="150/30", closed_loop=200.0), cell("fast", None)]

    assert why(summary(cells), BASELINE) is None


def httpx(*args: Any, **values: Any) -> dict[str, Any]:
    return over("async_httpx", *args, **values)


@pytest.mark.parametrize(
    ("compared", "said"),
    [
        (httpx(0.5, (0.4, 0.6), "slower"), "holds at LEVEL (0.50 [0.40, 0.60]; "),
        (httpx(2.0, (1.5, 2.5), "faster"), "is reversed at LEVEL (2.00 [1.50, 2.50]; "),
        (
            httpx(1.0, (0.95, 1.05), "equivalent"),
            "does not hold, they are equivalent, at LEVEL (1.00 [0.95, 1.05]; ",
        ),
        (httpx(0.9, (0.5, 1.5), "inconclusive"), "is open at LEVEL (0.90 [0.50, 1.50]; "),
        (httpx(0.9), "came out again, in one round, at LEVEL (0.90; "),
        (httpx(1.1), "came out the other way round, in one round, at LEVEL (1.10; "),
    ],
    ids=["slower", "faster", "equivalent", "inconclusive", "one round", "one round, faster"],
)
def test_whether_the_articles_result_holds(compared: dict[str, Any], said: str) -> None:
    """At 1000/100 the article has 42.0 and 81.4 RPS: 0.52 times."""
    cells = [cell(BASELINE, 50.0), cell("async_httpx", 50.0)]

    assert article_holds(summary(cells, [compared])) == (
        "Its result, sync_requests ahead of async_httpx, "
        f"{said.replace('LEVEL', '1000/100')}the article 0.52)."
    )


def test_levels_at_which_it_comes_out_alike_are_told_together() -> None:
    """35.0 over 41.3 is 0.85, and 38.1 over 86.2 0.44; of 600/60 the article has nothing."""
    levels = ("150/30", "300/50", "600/60", "1000/100")
    comparisons = [
        httpx(0.9, (0.8, 1.1), "inconclusive", level="150/30"),
        httpx(0.5, (0.4, 0.6), "slower", level="300/50"),
        httpx(0.25, (0.2, 0.3), "slower", level="600/60"),
        httpx(1.5, (1.2, 1.9), "faster", level="1000/100"),
    ]

    assert article_holds(
        summary([cell("async_httpx", 50.0, level=level) for level in levels], comparisons)
    ) == (
        "Its result, sync_requests ahead of async_httpx, is open at "
        "150/30 (0.90 [0.80, 1.10]; the article 0.85); holds at "
        "300/50 (0.50 [0.40, 0.60]; the article 0.44) and 600/60 (0.25 [0.20, 0.30]); "
        "is reversed at 1000/100 (1.50 [1.20, 1.90]; the article 0.52)."
    )


@pytest.mark.parametrize(
    "comparisons",
    [
        [],
        [httpx(None)],
        [httpx(0.5, (0.4, 0.6), "slower", baseline="sync_pooled")],
        [httpx(0.5, (0.4, 0.6), "slower", kind="parent")],
        [httpx(0.5, (0.4, 0.6), "slower", metric="latency_mean_s")],
        [over("async_aiohttp", 0.5, (0.4, 0.6), "slower")],
    ],
    ids=["none", "no ratio", "another baseline", "parent", "latency", "another target"],
)
def test_without_the_articles_two_views_nothing_is_said_of_it(
    comparisons: list[dict[str, Any]],
) -> None:
    assert article_holds(summary([cell("async_httpx", 50.0)], comparisons)) is None


CHANGES = {
    BASELINE: target(),
    "pooled": target(parent=BASELINE, change="one Session per thread"),
    "logged": target(parent="pooled", change="a log of each request"),
}


def parent(name: str, *args: Any, **values: Any) -> dict[str, Any]:
    return over(name, *args, kind="parent", baseline=CHANGES[name]["parent"], **values)


def test_the_change_that_did_most_may_be_for_the_worse() -> None:
    """A quarter is further from 1 than three times."""
    comparisons = [
        parent("pooled", 3.0, (2.5, 3.5), "faster", level="150/30"),
        parent("logged", 0.25, (0.2, 0.3), "slower", level="300/50"),
        parent("logged", 0.5, (0.4, 0.6), "slower", level="1000/100"),
    ]

    assert largest_change(summary((), comparisons, targets=CHANGES)) == (
        "a log of each request (logged, from pooled): "
        "0.25 [0.20, 0.30] times the requests at 300/50."
    )


def test_only_a_change_whose_verdict_says_that_it_did_something_is_named() -> None:
    comparisons = [
        over("logged", 9.0, (8.0, 10.0), "faster"),
        parent("logged", 9.0, (8.0, 10.0), "faster", metric="latency_mean_s"),
        parent("logged", 8.0, (0.5, 128.0), "inconclusive"),
        parent("logged", 7.0),
        parent("logged", None),
        parent("logged", 1.0, (0.95, 1.05), "equivalent"),
    ]
    pooled = parent("pooled", 1.5, (1.25, 1.75), "faster")

    assert largest_change(summary((), comparisons, targets=CHANGES)) is None
    assert largest_change(summary((), [*comparisons, pooled], targets=CHANGES)) == (
        "one Session per thread (pooled, from sync_requests): "
        "1.50 [1.25, 1.75] times the requests at 1000/100."
    )


INFO = ("info", "delayed_ack", "Each answer took 40 ms longer.")
BUSY = ("warn", "load_busy", "hey was busy.\nIts core was full.")
BUSIER = ("warn", "load_busy", "hey was busier.")
TAIL = ("warn", "tail", "Its last connections took long.")
WORST = ("unranked", "errors", "12 of 450 requests failed.\nSee the log.")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([], None),
        ([INFO], None),
        ([INFO, BUSY], "load_busy (a at 1000/100): hey was busy. ..."),
        ([INFO, BUSY, WORST], "a at 1000/100: 12 of 450 requests failed. ..."),
    ],
    ids=["nothing", "information", "a warning", "not ranked"],
)
def test_the_worst_of_what_was_found_is_told_in_a_line(
    found: list[tuple[str, str, str]], said: str | None
) -> None:
    assert main_finding(summary([cell("a", 50.0, findings=found), cell("b", 40.0)])) == said


def test_of_what_is_as_bad_that_which_concerns_most_cells_is_told() -> None:
    cells = [
        cell("a", 50.0, findings=[BUSY, BUSIER, INFO]),
        cell("b", 50.0, findings=[TAIL, INFO]),
        cell("c", 50.0, findings=[TAIL, INFO]),
        cell("d", 50.0, findings=[INFO]),
    ]

    assert main_finding(summary(cells)) == (
        "tail (b at 1000/100; c at 1000/100): Its last connections took long."
    )


def test_what_is_worse_is_told_though_it_concerns_fewer_cells() -> None:
    cells = [cell("a", 50.0, findings=[WORST, BUSY]), cell("b", 50.0, findings=[BUSY])]

    assert main_finding(summary(cells)) == "a at 1000/100: 12 of 450 requests failed. ..."


def test_one_that_reads_otherwise_in_each_cell_is_told_by_what_it_means() -> None:
    cells = [cell("a", 50.0, findings=[BUSY]), cell("b", 50.0, findings=[BUSIER])]

    assert main_finding(summary(cells)) == "load_busy (everywhere): hey was near a full core."


@pytest.mark.parametrize(
    ("found", "said"),
    [([], None), ([BUSY], "load_busy (a at 1000/100): hey was busy. ...")],
)
def test_what_was_found_of_the_control_alone_is_not_the_main_finding(
    found: list[tuple[str, str, str]], said: str | None
) -> None:
    """The control is the baseline once more, and none of the figures shown."""
    cells = [
        cell("a", 50.0, findings=found),
        cell("b", 50.0),
        cell("control", 50.0, findings=[WORST, BUSY, TAIL]),
    ]

    assert main_finding(summary(cells)) == said


def test_of_what_is_as_bad_and_as_wide_the_first_is_told() -> None:
    """In the order of the findings: a page must read alike each time that it is written."""
    codes = ("upstream_busy", "load_busy", "machine_busy", "throttled", "tail", "workers_uneven")
    found = [("warn", code, f"{code} it was.") for code in codes]

    assert main_finding(summary([cell("a", 50.0, findings=found), cell("b", 40.0)])) == (
        "upstream_busy (a at 1000/100): upstream_busy it was."
    )


def matched(
    *,
    cpu_s: float | None = None,
    slots: float | None = None,
    limit: float | None = None,
    cores: int = 2,
    rps: float = 160.0,
    level: str = "1000/100",
) -> list[str]:
    """`sync_requests` serves 100 RPS with 40 slots, `async_httpx` 160."""
    targets = {
        BASELINE: target(slots=40, tags=["sync"]),
        "async_httpx": target(tags=["async"]),
    }
    cells = [
        cell(BASELINE, 100.0, cpu_s=cpu_s, level=level, slots=slots, cpu=limit),
        cell("async_httpx", rps, level=level),
    ]
    return break_evens(summary(cells, targets=targets, cores=cores))


MATCH = (
    "At 1000/100 sync_requests with about 64 threads in place of 40 would match async_httpx "
    "(160 RPS), if its RPS grew as its threads do"
)


@pytest.mark.parametrize("cpu_s", [None, 0.00625, 0.0125], ids=["not known", "1 core", "2 cores"])
def test_threads_that_the_cores_can_feed_would_match(cpu_s: float | None) -> None:
    """40 / 100 RPS = 0.4 s, times 160 RPS. 12.5 ms of CPU times 160 are 2 cores, and no more."""
    assert matched(cpu_s=cpu_s) == [f"{MATCH}."]


def test_it_is_told_how_many_of_the_threads_only_waited() -> None:
    """With all 40 waiting 175 RPS are possible: 100 RPS are 22.9 that wait."""
    assert matched(slots=175.0) == [f"{MATCH}; on average 23 of the 40 were waiting for the API."]


@pytest.mark.parametrize(
    ("slots", "waiting"),
    [(None, ""), (175.0, "; on average 23 of the 40 were waiting for the API")],
    ids=["not known", "known"],
)
def test_threads_alone_would_not_do_where_cpu_time_is_what_is_short(
    slots: float | None, waiting: str
) -> None:
    """25 ms times 160 RPS are 4 cores, and 25 ms and a limit of 120 RPS three."""
    (said,) = matched(cpu_s=0.025, limit=120.0, slots=slots)

    assert said == (
        f"{MATCH}{waiting}. But its CPU time a request makes that 4.0 cores, and servers "
        "had 3: threads alone would not do."
    )


def test_threads_alone_would_not_do_either_where_the_servers_are_pinned_to_few_cores() -> None:
    """25 ms and a limit of 120 RPS are three cores, of the eight that the machine has."""
    (said,) = matched(cpu_s=0.025, limit=120.0, cores=8)

    assert said.endswith("and servers had 3: threads alone would not do.")


def test_where_sync_is_ahead_nothing_is_said_of_threads() -> None:
    assert matched(rps=99.0) == []


def test_threads_beyond_the_connections_of_a_level_are_not_said_to_match() -> None:
    """64 threads of 0.4 s take 64 requests in flight; the level has 50, which serve 125 RPS."""
    assert matched(level="300/50") == []


def test_a_lead_that_no_further_thread_would_make_up_is_no_advice() -> None:
    """101 RPS times 0.4 s are 40.4: about 40 threads in place of 40."""
    assert matched(rps=101.0) == []


def test_each_level_at_which_threads_would_match_has_its_sentence() -> None:
    """Not 150/30, whose 30 connections have a thread each."""
    targets = {
        BASELINE: target(slots=40, tags=["sync"]),
        "async_httpx": target(tags=["async"]),
    }
    cells = [
        cell(name, rps, level=level)
        for level, served in (
            ("150/30", (50.0, 60.0)), ("800/80", (80.0, 120.0)), ("1000/100", (100.0, 160.0)),
        )
        for name, rps in zip(targets, served, strict=True)
    ]  # fmt: skip

    small, large = break_evens(summary(cells, targets=targets))

    assert small == (
        "At 800/80 sync_requests with about 60 threads in place of 40 would match async_httpx "
        "(120 RPS), if its RPS grew as its threads do."
    )
    assert large == f"{MATCH}."
