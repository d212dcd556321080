"""As many minutes for a run of now as the runs of before took: pure.

A profile that says how long a run may take has a line `minutes = 7.5`.
"""

import re
from collections.abc import Iterable
from statistics import median

from tests.calibration.widths import BEFORE, Measured

LINE = re.compile(r"^minutes[ \t]*=.*$", re.MULTILINE)

# A profile takes no fewer.
LEAST_MINUTES = 0.1


def has_minutes(profile: str) -> bool:
    """Whether the profile's text says how long a run may take."""
    return LINE.search(profile) is not None


def taken_minutes(runs: Iterable[Measured]) -> float:
    """The median wall time of the runs of before, to 0.1 min. Raises `ValueError` without one."""
    walls_s = [run.wall_s for run in runs if run.procedure == BEFORE]
    if not walls_s:
        raise ValueError("no run of before has taken any minutes")
    return max(LEAST_MINUTES, round(median(walls_s) / 60, 1))


def with_minutes(profile: str, minutes: float) -> str:
    """The profile's text with these in place of its own."""
    return LINE.sub(f"minutes = {minutes:.1f}", profile)
