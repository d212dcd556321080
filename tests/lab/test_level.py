"""Levels: what is read, what is refused, and what is offered in its place."""

import re

import pytest

from lab.errors import UsageError
from lab.level import Level, parse_level, parse_levels

EXAMPLE = "A level is requests/concurrency, for example 1000/100."


def refusal(text: str) -> str:
    with pytest.raises(UsageError) as caught:
        parse_level(text)
    assert caught.type is UsageError
    assert caught.value.exit_code == 2
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("1000/100", Level(1000, 100)),
        ("1/1", Level(1, 1)),
        ("30/30", Level(30, 30)),
        (" 150/30 ", Level(150, 30)),
        ("0150/030", Level(150, 30)),
        ("1000000/1000", Level(1_000_000, 1000)),
    ],
)
def test_a_level_is_requests_and_concurrency(text: str, level: Level) -> None:
    assert level == parse_level(text)


def test_a_level_is_shown_as_it_is_written_and_named_for_files() -> None:
    assert str(Level(1000, 100)) == "1000/100"
    assert Level(1000, 100).slug == "1000x100"


def test_levels_sort_by_requests_and_then_concurrency() -> None:
    ordered = [Level(150, 30), Level(300, 30), Level(300, 50)]
    assert ordered == sorted([Level(300, 50), Level(150, 30), Level(300, 30)])


@pytest.mark.parametrize(
    "text",
    ["", " ", "abc", "100", "100/", "/30", "100/30/5", "-5/3", "1e3/10", "1_000/10", "10.0/5",
     "150 / 30", "150x30", "\N{FULLWIDTH DIGIT ONE}0/5", "1234567890/1"],
)  # fmt: skip
def test_what_is_no_level_is_shown_with_an_example(text: str) -> None:
    assert refusal(text) == f"{text!r} is no level. {EXAMPLE}"


@pytest.mark.parametrize("text", ["0/5", "5/0", "0/0"])
def test_a_level_of_nothing_is_refused(text: str) -> None:
    assert refusal(text) == f"level {text!r}: requests and concurrency are 1 or more."


def test_a_level_written_the_wrong_way_round_is_turned() -> None:
    expected = "level '30/150': 30 requests cannot keep 150 connections busy. Did you mean 150/30?"
    assert expected == refusal("30/150")


def test_a_level_that_does_not_divide_names_the_two_that_do() -> None:
    expected = (
        "level '100/30': 30 does not divide 100, and each connection sends as many: 90 in all. "
        "Write 90/30 or 120/30."
    )
    assert expected == refusal("100/30")


def accepted(text: str) -> bool:
    try:
        parse_level(text)
    except UsageError:
        return False
    return True


def test_every_level_that_a_message_offers_is_itself_accepted() -> None:
    levels = [f"{requests}/{at_once}" for requests in range(1, 41) for at_once in range(1, 41)]
    wrong = [
        message
        for message in [refusal(level) for level in levels if not accepted(level)]
        if not all(accepted(offer) for offer in re.findall(r"\d+/\d+", message)[1:])
    ]
    assert wrong == []


def test_levels_keep_the_order_they_are_given_in() -> None:
    assert parse_levels(["300/50", "150/30"]) == (Level(300, 50), Level(150, 30))


def test_no_level_at_all_is_refused_with_an_example() -> None:
    with pytest.raises(UsageError) as caught:
        parse_levels([])
    assert str(caught.value) == f"no level given. {EXAMPLE}"


@pytest.mark.parametrize("again", ["150/30", "0150/30", " 150/30"])
def test_a_level_given_twice_is_refused(again: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_levels(["150/30", "300/50", again])
    assert str(caught.value) == "level '150/30' is given twice."


def test_levels_are_ordered_by_requests_and_none_comes_before_itself() -> None:
    assert sorted([Level(300, 50), Level(150, 30)]) == [Level(150, 30), Level(300, 50)]
    assert not Level(150, 30) < Level(150, 30)
