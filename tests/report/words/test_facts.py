"""What there is to know first, in words, from hand-made summaries."""

from typing import Any

import pytest

from lab.condition import Condition
from lab.files.summary_json import Cell, Comparison, Severity, SyncOrAsync, Verdict
from lab.level import Level
from report.words.highlights import (
    LargestChanges,
    article_holds,
    break_evens,
    largest_changes,
    main_finding,
    sync_or_async,
    why,
)
from tests.support.summaries import cell, kinds, over, summary, target

BASELINE = "sync_requests"


def bound(cpu_s: float | None = 0.04, limit: float | None = 50.0, **values: Any) -> Cell:
    """The baseline, whose requests take 40 ms of CPU: two cores serve 50 of them a second."""
    return cell(BASELINE, 45.0, cpu_s=cpu_s, cpu=limit, **values)


@pytest.mark.parametrize(
    ("cores", "server_cores", "limit", "so"),
    [
        (1, 1, 25.0, "1 core cannot serve more than 25.0 RPS"),
        (2, 2, 50.0, "2 cores cannot serve more than 50.0 RPS"),
        (4, 2, 50.0, "2 cores cannot serve more than 50.0 RPS"),
    ],
    ids=["one", "two", "two of four are the servers'"],
)
def test_cpu_time_is_why_where_the_first_serves_more_than_the_baseline_ever_could(
    cores: int, server_cores: int, limit: float, so: str
) -> None:
    """The cores are those that the limit was counted for: a run may pin its servers to some."""
    cells = [bound(limit=limit), cell("fast", 200.0, cpu_s=0.0091, closed_loop=200.0)]
    faster = over("fast", 4.0, (3.5, 4.5), "faster")

    whole = summary(cells, [faster], cores=cores, server_cores=server_cores)

    assert why(whole, BASELINE) == (
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
        [bound(ranked=False), cell("fast", 200.0, cpu_s=0.0091)],
    ],
    ids=[
        "it could", "not counted", "not counted of the first", "no baseline",
        "the baseline is first", "nothing ranked", "the control alone", "the baseline not ranked",
    ],
)  # fmt: skip
def test_cpu_time_is_not_why_where_it_did_not_keep_the_baseline_from_it(
    cells: list[Cell],
) -> None:
    assert why(summary(cells, [over("fast", 4.0, (3.5, 4.5), "faster")]), BASELINE) is None


def test_an_order_that_is_not_known_has_no_why() -> None:
    cells = [bound(), cell("fast", 200.0, cpu_s=0.0091)]

    assert why(summary(cells, [over("fast", 4.0, (0.9, 18.0), "inconclusive")]), BASELINE) is None


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


def httpx(*args: Any, **values: Any) -> Comparison:
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
        (
            httpx(0.65, (0.46, 0.91), "inconclusive", p_adjusted=0.06, adjusted_for=18),
            "is open at LEVEL (0.65 [0.46, 0.91]; ",
        ),
        (httpx(0.9), "came out again, in one round, at LEVEL (0.90; "),
        (httpx(1.1), "came out the other way round, in one round, at LEVEL (1.10; "),
    ],
    ids=[
        "slower", "faster", "equivalent", "inconclusive", "inconclusive among so many", "one round",
        "one round, faster",
    ],
)  # fmt: skip
def test_whether_the_articles_result_holds(compared: Comparison, said: str) -> None:
    """At 1000/100 the article has 42.0 and 81.4 RPS: 0.52 times."""
    cells = [cell(BASELINE, 50.0), cell("async_httpx", 50.0)]
    luck = "; its interval excludes 1, but of 18 ratios compared one such may be luck"

    assert article_holds(summary(cells, [compared])) == (
        "Its result, sync_requests ahead of async_httpx, "
        f"{said.replace('LEVEL', '1000/100')}the article 0.52"
        f"{luck if compared.p_adjusted else ''})."
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
    comparisons: list[Comparison],
) -> None:
    assert article_holds(summary([cell("async_httpx", 50.0)], comparisons)) is None


CHANGES = {
    BASELINE: target(),
    "pooled": target(parent=BASELINE, change="one Session per thread"),
    "shared": target(parent="pooled", change="one Session for all threads"),
    "logged": target(parent="pooled", change="a log of each request"),
    "traced": target(parent="pooled", change="a trace of each request"),
}


def parent(name: str, *args: Any, **values: Any) -> Comparison:
    return over(name, *args, kind="parent", baseline=str(CHANGES[name].parent), **values)


def test_the_largest_gain_and_the_largest_loss_are_told_of_the_level_with_most_at_once() -> None:
    comparisons = [
        parent("pooled", 9.0, (8.0, 10.0), "faster", level="150/30"),
        parent("pooled", 3.0, (2.5, 3.5), "faster"),
        parent("shared", 1.5, (1.25, 1.75), "faster"),
        parent("logged", 0.5, (0.4, 0.6), "slower"),
        parent("traced", 0.25, (0.2, 0.3), "slower"),
    ]

    assert largest_changes(summary((), comparisons, targets=CHANGES)) == LargestChanges(
        Condition(Level(1000, 100)),
        gain=(
            "one Session per thread (pooled, from sync_requests): "
            "3.00 [2.50, 3.50] times the requests."
        ),
        loss="a trace of each request (traced, from pooled): 0.25 [0.20, 0.30] times the requests.",
    )


@pytest.mark.parametrize(
    ("name", "ratio", "verdict", "gain", "loss"),
    [
        ("pooled", (3.0, (2.5, 3.5)), "faster", True, False),
        ("logged", (0.5, (0.4, 0.6)), "slower", False, True),
    ],
)
def test_a_loss_is_no_gain_and_a_gain_no_loss(
    name: str, ratio: tuple[float, tuple[float, float]], verdict: Verdict, *, gain: bool, loss: bool
) -> None:
    found = largest_changes(summary((), [parent(name, *ratio, verdict)], targets=CHANGES))

    assert found is not None
    assert (found.gain is not None, found.loss is not None) == (gain, loss)


def test_only_a_change_whose_verdict_says_that_it_did_something_is_named() -> None:
    comparisons = [
        over("logged", 9.0, (8.0, 10.0), "faster"),
        parent("logged", 9.0, (8.0, 10.0), "faster", metric="latency_mean_s"),
        parent("logged", 8.0, (0.5, 128.0), "inconclusive"),
        parent("logged", 7.0),
        parent("logged", None),
        parent("logged", 1.0, (0.95, 1.05), "equivalent"),
    ]
    pooled = parent("pooled", 1.5, (1.25, 1.75), "faster", level="150/30")

    assert largest_changes(summary((), comparisons, targets=CHANGES)) is None
    assert largest_changes(summary((), [*comparisons, pooled], targets=CHANGES)) == LargestChanges(
        Condition(Level(150, 30)),
        gain=(
            "one Session per thread (pooled, from sync_requests): "
            "1.50 [1.25, 1.75] times the requests."
        ),
        loss=None,
    )


Found = tuple[Severity, str, str]

INFO: Found = ("info", "delayed_ack", "Each answer took 40 ms longer.")


BUSY: Found = ("warn", "load_busy", "hey was busy.\nIts core was full.")


BUSIER: Found = ("warn", "load_busy", "hey was busier.")


TAIL: Found = ("warn", "tail", "Its last connections took long.")


WORST: Found = ("unranked", "errors", "12 of 450 requests failed.\nSee the log.")


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
    found: list[Found], said: str | None
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

    assert main_finding(summary(cells)) == (
        "load_busy (everywhere): the load generator was near a full core."
    )


@pytest.mark.parametrize(
    ("found", "said"),
    [([], None), ([BUSY], "load_busy (a at 1000/100): hey was busy. ...")],
)
def test_what_was_found_of_the_control_alone_is_not_the_main_finding(
    found: list[Found], said: str | None
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
    found: list[Found] = [("warn", code, f"{code} it was.") for code in codes]

    assert main_finding(summary([cell("a", 50.0, findings=found), cell("b", 40.0)])) == (
        "upstream_busy (a at 1000/100): upstream_busy it was."
    )


def matched(
    *,
    cpu_s: float | None = None,
    slots: float | None = None,
    limit: float | None = None,
    cores: int = 2,
    server_cores: int | None = None,
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
    ahead = kinds("async_httpx", BASELINE, rps / 100, verdict="faster", level=level)
    whole = summary(cells, of_both=[ahead], targets=targets, cores=cores, server_cores=server_cores)
    return break_evens(whole)


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
    (said,) = matched(cpu_s=0.025, limit=120.0, slots=slots, cores=3)

    assert said == (
        f"{MATCH}{waiting}. But its CPU time a request makes that 4.0 cores, and servers "
        "had 3: threads alone would not do."
    )


def test_threads_alone_would_not_do_either_where_the_servers_are_pinned_to_few_cores() -> None:
    """25 ms and a limit of 120 RPS are three cores, of the eight that the machine has."""
    (said,) = matched(cpu_s=0.025, limit=120.0, cores=8, server_cores=3)

    assert said.endswith("and servers had 3: threads alone would not do.")


def test_where_sync_is_ahead_nothing_is_said_of_threads() -> None:
    assert matched(rps=99.0) == []


@pytest.mark.parametrize(
    ("ratio", "verdict", "told"),
    [
        ((1.6, (1.4, 1.8)), "faster", True),
        ((1.6, (0.9, 2.8)), "inconclusive", False),
        ((1.6, (1.4, 1.8)), "equivalent", False),
        ((1.6, (1.4, 1.8)), None, True),
        ((1.6, (0.9, 2.8)), None, False),
        ((1.6, None), None, True),
    ],
    ids=["faster", "open", "equivalent", "not judged", "not judged, open", "one round"],
)
def test_nothing_is_said_of_threads_where_the_two_are_not_told_apart(
    ratio: tuple[float, tuple[float, float] | None], verdict: Verdict | None, *, told: bool
) -> None:
    targets = {BASELINE: target(slots=40, tags=["sync"]), "async_httpx": target(tags=["async"])}
    cells = [cell(BASELINE, 100.0), cell("async_httpx", 160.0)]
    both = kinds("async_httpx", BASELINE, *ratio, verdict=verdict)

    assert bool(break_evens(summary(cells, of_both=[both], targets=targets))) is told


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

    ahead = [
        kinds("async_httpx", BASELINE, 1.2, verdict="faster", level=level)
        for level in ("150/30", "800/80", "1000/100")
    ]

    small, large = break_evens(summary(cells, of_both=ahead, targets=targets))

    assert small == (
        "At 800/80 sync_requests with about 60 threads in place of 40 would match async_httpx "
        "(120 RPS), if its RPS grew as its threads do."
    )
    assert large == f"{MATCH}."


VIEWS = {
    "threads": target(tags=["sync", "pooled"]),
    "loop": target(tags=["async"]),
}
HELD = [cell("threads", 900.0, pss_bytes=400e6), cell("loop", 800.0, pss_bytes=250e6)]


@pytest.mark.parametrize(
    ("of_both", "said"),
    [
        (
            kinds("threads", "loop", 1.13, (1.05, 1.2), verdict="faster"),
            (
                "At 1000/100 the fastest sync view, threads, served 1.13 [1.05, 1.20] times the "
                "requests of the fastest async one, loop"
            ),
        ),
        (
            kinds("loop", "threads", 1.13),
            (
                "At 1000/100 the fastest async view, loop, served 1.13 times the requests of the "
                "fastest sync one, threads, in one round"
            ),
        ),
        (
            kinds("threads", "loop", 1.13, (0.95, 1.3)),
            (
                "At 1000/100 the fastest sync view, threads, and the fastest async one, loop, are "
                "not told apart (1.13 [0.95, 1.30])"
            ),
        ),
        (
            kinds("threads", "loop", 1.13, (1.05, 1.2), verdict="inconclusive"),
            (
                "At 1000/100 the fastest sync view, threads, and the fastest async one, loop, are "
                "not told apart (1.13 [1.05, 1.20])"
            ),
        ),
        (
            kinds("threads", "loop", 1.03, (0.99, 1.07), verdict="equivalent"),
            (
                "At 1000/100 the fastest sync view, threads, and the fastest async one, loop, are "
                "equivalent (1.03 [0.99, 1.07])"
            ),
        ),
    ],
    ids=["sync leads", "async leads in one round", "open", "open among so many", "equivalent"],
)
def test_the_fastest_sync_and_async_views_stand_side_by_side(
    of_both: SyncOrAsync, said: str
) -> None:
    cells = [cell("threads", 900.0), cell("loop", 800.0)]

    assert sync_or_async(summary(cells, of_both=[of_both], targets=VIEWS)) == f"{said}."


def test_beside_them_stands_the_memory_that_each_held() -> None:
    of_both = [
        kinds("threads", "loop", 1.13, (1.05, 1.2)),
        kinds("loop", "threads", 2.0, level="150/30"),
    ]

    said = sync_or_async(summary(HELD, of_both=of_both, targets=VIEWS))

    assert said is not None
    assert said.replace("\N{NO-BREAK SPACE}", " ").endswith(
        "async one, loop. threads held 400 MB of memory. loop held 250 MB of memory."
    )


def test_without_a_sync_and_an_async_target_nothing_is_said_of_the_two() -> None:
    assert sync_or_async(summary(HELD, targets=VIEWS)) is None
