"""The fixture that a fault's test begins with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.case import Case
from tests.faults.fault import Fault
from tests.support.lab import Lab, again


@pytest.fixture
def fault_row(request: pytest.FixtureRequest) -> Fault:
    marker = request.node.get_closest_marker("fault")
    row = marker.args[0]
    assert isinstance(row, Fault)
    return row


@pytest.fixture
def case(tmp_path: Path, empty_lab: Lab, fault_row: Fault) -> Iterator[Case]:
    """A lab without targets. Nothing of it may be left when the test ends."""
    lab = again(empty_lab, tmp_path)
    (tmp_path / "tmp").mkdir()
    made = Case(Lab(lab.root, {**lab.env, "TMPDIR": str(tmp_path / "tmp")}), fault_row)
    yield made
    made.check_clean()
