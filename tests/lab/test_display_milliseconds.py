"""How a short span reads."""

import pytest

from lab import display


@pytest.mark.parametrize(
    ("value_s", "text"),
    [
        (None, "-"),
        (0.0, "0.0"),
        (0.00004, "0.0"),
        (0.00912, "9.1"),
        (0.0371, "37.1"),
        (0.09996, "100"),
        (0.1234, "123"),
        (1.5, "1500"),
    ],
)
def test_milliseconds_have_three_digits_where_there_are_that_many(
    value_s: float | None, text: str
) -> None:
    assert text == display.milliseconds(value_s)
