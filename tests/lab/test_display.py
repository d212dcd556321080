"""How figures read."""

import pytest

from lab import display


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (0.0, "0.0"),
        (8.04, "8.0"),
        (99.94, "99.9"),
        (100.0, "100"),
        (651.4, "651"),
        (3246.0, "3246"),
    ],
)
def test_rps_has_three_digits_where_there_are_that_many(value: float | None, text: str) -> None:
    assert text == display.rps(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "0.50"), (2.314, "2.31"), (9.994, "9.99"), (12.34, "12.3"), (99.94, "99.9"),
     (100.0, "100"), (1234.5, "1234")],
)  # fmt: skip
def test_a_ratio_has_three_digits_where_it_has_that_many(value: float, text: str) -> None:
    assert text == display.ratio(value)


def test_what_rounds_up_to_one_digit_more_shows_no_fourth_one() -> None:
    assert display.rps(99.96) == "100"
    assert display.ratio(9.996) == "10.0"
    assert display.ratio(99.96) == "100"


@pytest.mark.parametrize(
    ("sd", "text"), [(0.0, "0 %"), (0.01, "1 %"), (0.203, "23 %"), (0.6931471805599453, "100 %")]
)
def test_a_spread_of_logarithms_is_said_in_percent(sd: float, text: str) -> None:
    """It is a factor: ln 2 is one of 2, 100 % more."""
    assert text == display.spread(sd)


@pytest.mark.parametrize(
    ("value", "text"), [(None, "-"), (0.1, "0.10"), (0.234, "0.23"), (12.3456, "12.35")]
)
def test_a_latency_has_two_decimals_as_in_the_article(value: float | None, text: str) -> None:
    assert text == display.seconds(value)


def test_a_short_latency_has_a_digit_more() -> None:
    assert (display.seconds(0.0), display.seconds(0.0123)) == ("0.000", "0.012")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0 s"),
        (45.4, "45 s"),
        (59.6, "1 min 00 s"),
        (60.0, "1 min 00 s"),
        (185.0, "3 min 05 s"),
        (3725.0, "62 min 05 s"),
    ],
)
def test_a_span_reads_as_one_says_it(value: float, text: str) -> None:
    assert text == display.duration(value)


@pytest.mark.parametrize(("count", "text"), [(0, "0 rounds"), (1, "1 round"), (3, "3 rounds")])
def test_one_is_singular_and_the_rest_is_plural(count: int, text: str) -> None:
    assert text == display.plural(count, "round")


def test_a_message_for_the_terminal_has_lines_and_nothing_that_moves_the_cursor() -> None:
    text = "a:\n\tb\x1b[2J\x9bc\u202ed\N{NO-BREAK SPACE}e\r\n"
    assert display.for_terminal(text) == ("a:\n\tb\\x1b[2J\\x9bc\\u202ed\N{NO-BREAK SPACE}e\\r\n")
