"""`--until`: when a run is over, how many rounds it will take, and what is said meanwhile."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from bench.plan.goal import Pursuit
from lab.files.run_json import Goal
from lab.files.summary_json import Progress


def pursued(
    folder: Path,
    *,
    done: int,
    expected: int | None = None,
    ratios: int = 2,
    reached: bool = False,
    most: int = 20,
    percent: float | None = 5.0,
    still_open: Sequence[str] = (),
) -> Pursuit:
    """A run to +-5 %, at most 20 rounds, of which so much is known after `done`."""
    summary = folder / "summary.json"
    until = Progress(percent, most, reached, ratios, [], expected, list(still_open))
    summary.write_bytes(msgspec.json.encode({"run": {"until": until}}))
    pursuit = Pursuit(Goal(percent, most))
    pursuit.learn(summary, done=done)
    return pursuit


def test_before_the_first_round_nothing_is_known() -> None:
    pursuit = Pursuit(Goal(5.0, 20))

    assert pursuit.goal == Goal(5.0, 20, reached=False)
    assert (pursuit.over, pursuit.rounds_expected) == (False, None)
    assert pursuit.news(60.0) is None


def test_a_run_is_over_when_its_goal_is_reached(tmp_path: Path) -> None:
    pursuit = pursued(tmp_path, done=6, expected=6, reached=True)

    assert pursuit.goal == Goal(5.0, 20, reached=True)
    assert pursuit.over
    assert pursuit.news(600.0) == (
        "After 6 rounds every RPS ratio to the baseline is known to +-5 %."
    )


@pytest.mark.parametrize(("done", "over"), [(1, False), (2, False), (3, True), (4, True)])
def test_without_a_ratio_that_can_be_known_it_is_over_after_three_rounds(
    tmp_path: Path, done: int, *, over: bool
) -> None:
    pursuit = pursued(tmp_path, done=done, ratios=0)

    assert pursuit.over is over
    assert pursuit.news(60.0) == (
        f"After {done} rounds no RPS ratio to the baseline can be known: no cell of it is valid."
        if over
        else None
    )


def test_a_single_ratio_that_can_be_known_keeps_it_going(tmp_path: Path) -> None:
    assert not pursued(tmp_path, done=3, ratios=1).over


@pytest.mark.parametrize(
    ("done", "expected", "rounds"),
    [
        (2, 9, None),  # too early to tell
        (3, None, None),  # a ratio has no interval yet
        (3, 9, 9),
        (3, 20, 20),
        (3, 21, 20),  # no more than it may take
        (8, 9, 9),
        (9, 9, 10),  # another round is measured, whatever was expected
        (12, 9, 13),
        (20, 9, 20),
    ],
)
def test_the_rounds_expected_are_known_after_three_and_lie_ahead(
    tmp_path: Path, done: int, expected: int | None, rounds: int | None
) -> None:
    assert pursued(tmp_path, done=done, expected=expected).rounds_expected == rounds


@pytest.mark.parametrize("done", [1, 2, 4, 5, 19])
def test_between_forecast_and_end_there_is_no_news(tmp_path: Path, done: int) -> None:
    assert pursued(tmp_path, done=done, expected=9).news(60.0) is None


TOLD = "every RPS ratio to the baseline to +-5 %"
TOLD_NOT = f"will probably not tell {TOLD}"


@pytest.mark.parametrize(
    ("expected", "news"),
    [
        # 30 s a round
        (9, f"About 9 rounds will tell {TOLD}: 3 min 00 s more."),
        (20, f"About 20 rounds will tell {TOLD}: 8 min 30 s more."),
        (4, f"About 4 rounds will tell {TOLD}: 30 s more."),
        (3, f"About 3 rounds will tell {TOLD}: 0 s more."),
        (2, f"About 2 rounds will tell {TOLD}: 0 s more."),
        (
            21,
            f"20 rounds, the most that --max-rounds allows, {TOLD_NOT}. They take 8 min 30 s more.",
        ),
        (None, f"How many rounds will tell {TOLD} cannot be said yet."),
    ],
)
def test_after_three_rounds_a_forecast_is_made_from_how_long_they_took(
    tmp_path: Path, expected: int | None, news: str
) -> None:
    assert pursued(tmp_path, done=3, expected=expected).news(90.0) == news


def test_after_the_last_round_it_is_told_that_the_goal_was_missed(tmp_path: Path) -> None:
    assert pursued(tmp_path, done=3, expected=4, most=3).news(90.0) == (
        "3 rounds did not tell every RPS ratio to the baseline to +-5 %."
    )


def test_what_is_not_known_at_the_end_is_named(tmp_path: Path) -> None:
    missed = pursued(tmp_path, done=3, expected=4, most=3, still_open=["b over a at 150/30"])

    assert missed.news(90.0) == (
        "3 rounds did not tell every RPS ratio to the baseline to +-5 %. Open: b over a at 150/30."
    )


# `--until decided`


OPEN = ["b over a at 150/30", "c over a at 150/30"]


@pytest.mark.parametrize(
    ("done", "expected", "forecast"),
    [
        (2, 9, "About 9 rounds will settle every RPS verdict: 3 min 30 s more."),
        (5, 9, "About 9 rounds will settle every RPS verdict: 2 min 00 s more."),
        (5, None, "How many rounds will settle every RPS verdict cannot be said yet."),
        (
            5,
            21,
            (
                "20 rounds, the most that --max-rounds allows, will probably not settle every RPS "
                "verdict. They take 7 min 30 s more."
            ),
        ),
    ],
)
def test_after_each_round_it_says_which_verdicts_are_open_and_how_long_they_will_take(
    tmp_path: Path, done: int, expected: int | None, forecast: str
) -> None:
    pursuit = pursued(tmp_path, done=done, expected=expected, percent=None, still_open=OPEN)

    assert pursuit.news(30.0 * done) == (
        f"Still open: b over a at 150/30, c over a at 150/30. {forecast}"
    )


def test_of_many_open_verdicts_the_first_are_named(tmp_path: Path) -> None:
    named = [f"{name} over a at 150/30" for name in "bcdefg"]
    news = pursued(tmp_path, done=5, percent=None, still_open=named).news(30.0)

    assert news is not None
    assert news.startswith(f"Still open: {', '.join(named[:4])}, and 2 more. ")


@pytest.mark.parametrize(("done", "still_open"), [(1, OPEN), (3, [])])
def test_there_is_no_news_of_a_single_round_nor_where_nothing_is_open(
    tmp_path: Path, done: int, still_open: list[str]
) -> None:
    pursuit = pursued(tmp_path, done=done, expected=4, percent=None, still_open=still_open)

    assert pursuit.news(30.0) is None


def test_it_ends_with_what_is_settled_or_what_is_not(tmp_path: Path) -> None:
    settled = pursued(tmp_path, done=6, expected=6, percent=None, reached=True)
    missed = pursued(tmp_path, done=20, expected=21, percent=None, still_open=OPEN)

    assert settled.news(60.0) == "After 6 rounds every RPS verdict is settled."
    assert missed.news(60.0) == (
        "20 rounds did not settle every RPS verdict. Open: b over a at 150/30, c over a at 150/30."
    )
