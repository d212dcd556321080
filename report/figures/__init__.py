"""The page's figures: a panel for each level, and the data of them as a table."""

from report.figures.panel import DataTable, Panel, PanelGroup
from report.figures.rates import ratios, rounds_are_marked, rps
from report.figures.spread import MOST_CURVES, curves, over_time

__all__ = [
    "MOST_CURVES",
    "DataTable",
    "Panel",
    "PanelGroup",
    "curves",
    "over_time",
    "ratios",
    "rounds_are_marked",
    "rps",
]
