"""Looking things up in a summary."""

from lab.condition import Condition
from lab.level import Level
from report.summary.query import ordered
from tests.support.summaries import cell, summary

AT = Condition(Level(1000, 100))


def test_cells_that_are_ranked_come_first_by_falling_rps_however_little_that_is() -> None:
    cells = [
        cell("failed", 900.0, ranked=False),
        cell("slow", 0.25),
        cell("nothing", None),
        cell("fast", 50.0),
        cell("control", 60.0),
        cell("nginx", 70.0),
        cell("elsewhere", 80.0, level="300/50"),
    ]

    assert [each.target for each in ordered(summary(cells), AT)] == [
        "fast",
        "slow",
        "failed",
        "nothing",
    ]
