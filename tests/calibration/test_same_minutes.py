"""What minutes a run of now is given: literal wall times and profiles."""

import pytest

from tests.calibration.same_minutes import has_minutes, taken_minutes, with_minutes
from tests.calibration.widths import BEFORE, NOW, Measured

PROFILE = """\
[load]
rounds = 5
# As many minutes = as that.
minutes = 7.5
"""


def ran(procedure: str, wall_s: float) -> Measured:
    return Measured(1, procedure, wall_s, 0.0, 3, ())


def test_the_minutes_are_those_of_the_median_run_of_before_to_a_tenth() -> None:
    assert taken_minutes([ran(BEFORE, 485.0)]) == 8.1
    runs = [ran(BEFORE, 600.0), ran(NOW, 60.0), ran(BEFORE, 480.0), ran(BEFORE, 485.0)]
    assert taken_minutes(runs) == 8.1
    assert taken_minutes([ran(BEFORE, 480.0), ran(BEFORE, 492.0)]) == 8.1


def test_a_run_of_a_second_gives_the_fewest_minutes_that_a_profile_takes() -> None:
    assert taken_minutes([ran(BEFORE, 1.0)]) == 0.1


def test_without_a_run_of_before_there_are_no_minutes() -> None:
    with pytest.raises(ValueError, match="no run of before"):
        taken_minutes([ran(NOW, 60.0)])


def test_the_line_of_minutes_is_replaced_and_no_other() -> None:
    assert with_minutes(PROFILE, 8.0) == (
        "[load]\nrounds = 5\n# As many minutes = as that.\nminutes = 8.0\n"
    )
    assert with_minutes("minutes=7\nrounds = 5\n", 12.34) == "minutes = 12.3\nrounds = 5\n"


def test_a_profile_without_that_line_has_no_minutes() -> None:
    assert has_minutes(PROFILE)
    assert not has_minutes("[load]\n# minutes = 7.5\nrounds = 3\n")
