"""What can go wrong, and the exit code each kind of it means.

A message says what, where and what next. `python -m bench` prints it alone; a
traceback is a defect of the lab.
"""

from typing import ClassVar

# The exit code after Ctrl-C or TERM; what was measured is kept.
INTERRUPTED = 130


class LabError(Exception):
    """A failure the lab can explain. Exit code 1: a cell failed."""

    exit_code: ClassVar[int] = 1


class UsageError(LabError):
    """Wrong use, or a broken manifest, profile or result."""

    exit_code = 2


class MachineError(LabError):
    """Something this machine lacks."""

    exit_code = 3


class BlockError(LabError):
    """One block could not be measured; the others still can."""


class UpstreamError(BlockError):
    """The upstream died, does not answer, or is kept busy: this block has no witness."""
