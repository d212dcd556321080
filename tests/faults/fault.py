"""What can go wrong, a row each: what the user sees, and what `--resume` does then."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest

GROUPS = {
    "server": "A target's server",
    "upstream": "The lab's upstream",
    "hey": "hey",
    "bench": "The bench",
    "machine": "The machine",
    "data": "The files of a run",
}

Test = TypeVar("Test", bound=Callable[..., Any])


@dataclass(frozen=True)
class Fault:
    """A row of docs/faults.md, and what its test holds the lab to.

    `code` is how the command ends, negative for a signal, as `subprocess` has it.
    `sees` is what is printed, with `...` for what differs from run to run; empty for nothing.
    `resume` says what `--resume` does once the fault is gone.
    """

    group: str
    what: str
    code: int
    sees: str
    resume: str

    def __str__(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", f"{self.group} {self.what}".lower()).strip("-")

    def seen_in(self, printed: str) -> bool:
        """Whether `printed` holds the parts of `sees`, in order, whatever the line breaks."""
        text, place = " ".join(printed.split()), 0
        for part in self.sees.split("..."):
            words = " ".join(part.split())
            place = text.find(words, place)
            if place < 0:
                return False
            place += len(words)
        return True


# In the order in which tests are imported; `python -m tests.faults` sorts by group.
FAULTS: list[Fault] = []


def fault(group: str, what: str, *, code: int, sees: str, resume: str) -> Callable[[Test], Test]:
    """Mark a test as the one of this row. It takes the row through its fixture `case`."""
    row = Fault(group, what, code, " ".join(sees.split()), " ".join(resume.split()))
    if group not in GROUPS:
        raise ValueError(f"no such group of faults: {group}")
    FAULTS.append(row)
    return pytest.mark.fault(row)
