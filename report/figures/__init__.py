"""The page's figures: a panel for each level, and the data of them as a table."""

from report.figures.panel import Group, Panel, Table
from report.figures.rates import ratios, rounds_are_marked, rps
from report.figures.spread import MOST_CURVES, curves, over_time

__all__ = [
    "MOST_CURVES",
    "Group",
    "Panel",
    "Table",
    "curves",
    "over_time",
    "ratios",
    "rounds_are_marked",
    "rps",
]
