"""What `nox -s precision` makes of whole runs: literal figures, and known answers."""

import math
from pathlib import Path

import pytest

from lab.files.run_json import MachineFacts
from lab.level import Level, parse_level
from tests.calibration.widths import (
    BEFORE,
    NOW,
    Change,
    Goal,
    Measured,
    Pair,
    Repetition,
    Widths,
    change,
    goals,
    measured,
    render,
    widths,
)
from tests.support import runs, summaries

MACHINE = MachineFacts(
    system="Linux",
    kernel="6.1.0",
    architecture="x86_64",
    cpu="Imaginary 9000",
    cores=2,
    memory_bytes=8 * 2**30,
    python="3.11.2",
    implementation="CPython",
    openssl="OpenSSL 3.0.19",
)


def pair(target: str, level: str, width: float | None) -> Pair:
    """A ratio of 2 with an interval of that width; without one for None."""
    at = parse_level(level)
    if width is None:
        return Pair(target, at, 2.0, None, None)
    return Pair(target, at, 2.0, 2 * math.exp(-width), 2 * math.exp(width))


def whole(
    repetition: int,
    procedure: str,
    *pairs: Pair,
    wall_s: float = 400.0,
    load_s: float = 300.0,
) -> Measured:
    return Measured(repetition, procedure, wall_s, load_s, 3, pairs)


def test_a_width_is_half_of_the_interval_of_the_logarithm() -> None:
    it = Pair("a", Level(150, 30), 1.0, math.exp(-0.1), math.exp(0.3))
    assert it.width == pytest.approx(0.2)
    assert Pair("a", Level(150, 30), None, None, None).width is None


def test_of_a_run_count_its_rps_ratios_to_the_baseline_and_no_others(tmp_path: Path) -> None:
    values = runs.run(
        targets={**runs.TARGETS, "control": runs.CONTROL}, wall_s=400.0, load_share=0.75
    )
    samples = [*runs.SAMPLES, *runs.rounds("control", 50, 52, 48)]
    summary = runs.summary(tmp_path / "run", values, samples)
    kinds = {(each.kind, each.metric) for each in summary.comparisons}
    assert kinds > {("baseline", "rps"), ("control", "rps"), ("baseline", "latency_p95_s")}
    it = measured(2, NOW, runs.read(values), summary)
    assert (it.repetition, it.procedure, it.wall_s, it.load_s, it.rounds) == (
        2, NOW, 400.0, 300.0, 3,
    )  # fmt: skip
    assert [(each.target, each.level) for each in it.pairs] == [
        ("async_httpx", Level(150, 30)),
        ("sync_pooled", Level(150, 30)),
    ]
    # Logarithms of 2, 4 and 8 lie ln 2 apart, and t of 2 degrees of freedom is 4.3027.
    pooled = it.pairs[1]
    assert (pooled.ratio, pooled.width) == pytest.approx((4.0, 4.302653 * math.log(2) / 3**0.5))


def test_medians_are_over_all_figures_of_all_repetitions() -> None:
    it = change([Repetition((1.0, 9.0), (0.5,)), Repetition((3.0,), (0.75, 4.0))])
    assert it is not None
    assert (it.before, it.now, it.times) == (3.0, 0.75, 0.25)


def test_repetitions_are_drawn_with_both_of_their_runs() -> None:
    """Machine's hours differ by four times, now is half of before in each: that is certain."""
    it = change([
        Repetition((1.0,), (0.5,)), Repetition((2.0,), (1.0,)), Repetition((4.0,), (2.0,)),
    ])  # fmt: skip
    assert it == Change(before=2.0, now=1.0, low=0.5, high=0.5)


def test_the_interval_of_two_repetitions_goes_from_the_one_to_the_other() -> None:
    """A quarter of draws has the first alone, and a quarter the second."""
    it = change([Repetition((1.0,), (0.5,)), Repetition((1.0,), (0.75,))])
    assert it == Change(before=1.0, now=0.625, low=0.5, high=0.75)


def test_the_interval_cuts_off_the_rarest_draws_and_keeps_the_next() -> None:
    """The median of three is the lowest where two or more draws are: in 7 of 27 draws."""
    it = change([Repetition((1.0,), (now,)) for now in (0.5, 0.6, 0.7)])
    assert it == Change(before=1.0, now=0.6, low=0.5, high=0.7)
    # Of nine, it is the lowest where five or more are: in 0.1 %.
    nine = change([Repetition((1.0,), (float(now),)) for now in range(1, 10)])
    assert nine == Change(before=1.0, now=5.0, low=2.0, high=8.0)


def test_figures_of_repetitions_that_have_fewer_are_not_filled_up() -> None:
    it = change([Repetition((1.0,), (0.5,)), Repetition((1.0, 1.0, 1.0), (0.5, 0.5))])
    assert it == Change(before=1.0, now=0.5, low=0.5, high=0.5)


def test_one_repetition_has_no_interval_and_none_has_nothing() -> None:
    assert change([Repetition((2.0,), (1.0,))]) == Change(before=2.0, now=1.0, low=None, high=None)
    assert change([]) is None


TWO = [
    whole(1, BEFORE, pair("a", "150/30", 0.2), pair("b", "150/30", 0.4), wall_s=500, load_s=400),
    whole(1, NOW, pair("a", "150/30", 0.1), pair("b", "150/30", 0.2), wall_s=450, load_s=380),
    whole(2, NOW, pair("a", "150/30", 0.1), pair("b", "150/30", 0.2), wall_s=450, load_s=380),
    whole(2, BEFORE, pair("a", "150/30", 0.2), pair("b", "150/30", 0.4), wall_s=500, load_s=400),
]


def figures(it: Change | None) -> tuple[float, float, float]:
    assert it is not None
    return it.before, it.now, it.times


def test_widths_are_told_by_level_by_target_and_by_time() -> None:
    it = widths(TWO)
    assert figures(it.by_level[Level(150, 30)]) == pytest.approx((0.3, 0.15, 0.5))
    assert figures(it.by_target["a", Level(150, 30)]) == pytest.approx((0.2, 0.1, 0.5))
    assert figures(it.by_target["b", Level(150, 30)]) == pytest.approx((0.4, 0.2, 0.5))
    assert it.wall_s == Change(before=500, now=450, low=0.9, high=0.9)
    assert it.load_s == Change(before=400, now=380, low=0.95, high=0.95)
    assert (it.repetitions, it.ratios, it.without) == (2, 8, 0)


def test_levels_are_not_mixed() -> None:
    it = widths([
        whole(1, BEFORE, pair("a", "150/30", 0.2), pair("a", "1000/100", 0.8)),
        whole(1, NOW, pair("a", "150/30", 0.1), pair("a", "1000/100", 0.2)),
    ])  # fmt: skip
    assert list(it.by_level) == [Level(150, 30), Level(1000, 100)]
    assert figures(it.by_level[Level(150, 30)]) == pytest.approx((0.2, 0.1, 0.5))
    assert figures(it.by_level[Level(1000, 100)]) == pytest.approx((0.8, 0.2, 0.25))


def test_a_pair_without_an_interval_is_counted_and_left_out() -> None:
    it = widths([*TWO[:3], whole(2, BEFORE, pair("a", "150/30", None), pair("b", "150/30", 0.4))])
    assert (it.ratios, it.without) == (8, 1)
    # With its counterpart: before has 0.2, 0.4 and 0.4, now 0.1, 0.2 and 0.2.
    assert figures(it.by_level[Level(150, 30)]) == pytest.approx((0.4, 0.2, 0.5))
    a = it.by_target["a", Level(150, 30)]  # the first repetition alone has both runs of it
    assert a is not None
    assert (a.low, a.high) == (None, None)


def test_what_has_no_interval_at_all_has_no_width() -> None:
    it = widths([
        whole(1, BEFORE, pair("a", "150/30", None)), whole(1, NOW, pair("a", "150/30", 0.1)),
    ])  # fmt: skip
    assert it.by_level == {Level(150, 30): None}
    assert it.by_target == {("a", Level(150, 30)): None}


def test_a_repetition_that_lacks_one_of_its_runs_does_not_count() -> None:
    it = widths([*TWO, whole(3, NOW, pair("a", "150/30", 9.0))])
    assert it == widths(TWO)


def test_goals_go_by_the_medians_up_to_their_bound() -> None:
    it = Widths(
        by_level={
            Level(150, 30): Change(before=0.4, now=0.4, low=0.75, high=1.25),
            Level(1000, 100): Change(before=1.0, now=0.65, low=0.5, high=0.875),
        },
        by_target={},
        wall_s=Change(before=500, now=500, low=0.9, high=1.1),
        load_s=None,
        repetitions=6,
        ratios=96,
        without=0,
    )
    assert goals(it) == [
        Goal("Median width at 1000/100 at most 0.65 of before", True, "0.650 [0.500, 0.875]"),  # noqa: FBT003
        Goal(
            "No level's median wider",
            True,  # noqa: FBT003
            "150/30: 1.000 [0.750, 1.250]; 1000/100: 0.650 [0.500, 0.875]",
        ),
        Goal("In the same or less time", True, "1.000 [0.900, 1.100]"),  # noqa: FBT003
    ]


def test_goals_are_missed_by_less_than_a_hundredth_too() -> None:
    it = Widths(
        by_level={
            Level(150, 30): Change(before=1.0, now=1.004, low=None, high=None),
            Level(1000, 100): Change(before=1.0, now=0.654, low=None, high=None),
        },
        by_target={},
        wall_s=Change(before=500, now=502, low=None, high=None),
        load_s=None,
        repetitions=1,
        ratios=16,
        without=0,
    )
    assert [(goal.reached, goal.seen) for goal in goals(it)] == [
        (False, "0.654"),
        (False, "150/30: 1.004; 1000/100: 0.654"),
        (False, "1.004"),
    ]


@pytest.mark.parametrize(("now", "reached"), [(0.5, None), (1.5, False)], ids=["narrower", "wider"])
def test_what_was_not_measured_reaches_no_goal(now: float, reached: bool | None) -> None:  # noqa: FBT001
    it = Widths(
        by_level={
            Level(150, 30): Change(before=1.0, now=now, low=None, high=None),
            Level(300, 50): None,
        },
        by_target={},
        wall_s=None,
        load_s=None,
        repetitions=1,
        ratios=2,
        without=1,
    )
    assert [goal.reached for goal in goals(it)] == [None, reached, None]


def tables(page: str) -> list[str]:
    return [line for line in page.splitlines() if line.startswith("|") and "---" not in line]


def test_the_page_has_a_row_for_each_level_target_time_and_goal() -> None:
    page = render(widths(TWO), MACHINE, day="2026-01-02")
    assert page.startswith(
        "# Narrower intervals for the same minutes\n\n"
        "Written by `nox -s precision` on 2026-01-02: Imaginary 9000, 2 cores, Linux 6.1.0, "
        "Python 3.11.2.\n"
    )
    assert "\n2 times, in turn." in page
    assert "Each of the 8 ratios has an interval." in page
    assert tables(page) == [
        "| level | before | now | now / before |",
        "| 150/30 | 0.300 | 0.150 | 0.500 [0.500, 0.500] |",
        "| target | level | before | now | now / before |",
        "| a | 150/30 | 0.200 | 0.100 | 0.500 [0.500, 0.500] |",
        "| b | 150/30 | 0.400 | 0.200 | 0.500 [0.500, 0.500] |",
        "| time | before | now | now / before |",
        "| whole run, s | 500 | 450 | 0.900 [0.900, 0.900] |",
        "| under load, s | 400 | 380 | 0.950 [0.950, 0.950] |",
        "| goal | reached | now / before |",
        "| Median width at 1000/100 at most 0.65 of before | - | - |",
        "| No level's median wider | yes | 150/30: 0.500 [0.500, 0.500] |",
        "| In the same or less time | yes | 0.900 [0.900, 0.900] |",
    ]


def test_the_page_says_that_both_had_the_same_minutes_where_they_had() -> None:
    said = (
        "drawn at random.\n\nEach run of now was given the minutes that the runs of before had "
        "taken: the median of those so far,\nto a tenth of a minute.\n\nA run says"
    )
    assert said in render(widths(TWO), MACHINE, day="2026-01-02", same_minutes=True)
    assert "drawn at random.\n\nA run says" in render(widths(TWO), MACHINE, day="2026-01-02")


def test_the_page_says_what_it_left_out_what_is_missed_and_what_was_asked_for() -> None:
    page = render(
        widths([
            whole(1, BEFORE, pair("a", "150/30", 0.2), pair("b", "150/30", None)),
            whole(1, NOW, pair("a", "150/30", 0.3), pair("b", "150/30", 0.1)),
        ]),
        MACHINE,
        day="2026-01-02",
        options="--levels 150/30",
    )  # fmt: skip
    assert "Written by `nox -s precision -- --levels 150/30` on" in page
    assert "Without an interval: 1 of 4 ratios, as" in page
    assert "| b | 150/30 | - | - | - |" in page
    assert "| No level's median wider | **no** | 150/30: 1.500 |" in page


def test_a_summary_without_ratios_gives_a_run_without_pairs() -> None:
    summary = summaries.summary(comparisons=[])
    assert measured(1, BEFORE, runs.read(runs.run()), summary).pairs == ()
