"""Every kind of failure means one exit code."""

import pytest

from lab.errors import BlockError, LabError, MachineError, UpstreamError, UsageError


@pytest.mark.parametrize(
    ("kind", "code"),
    [(LabError, 1), (BlockError, 1), (UpstreamError, 1), (UsageError, 2), (MachineError, 3)],
)
def test_a_kind_of_failure_has_its_exit_code(kind: type[LabError], code: int) -> None:
    assert code == kind("what, where and what next").exit_code


def test_a_lost_upstream_fails_its_block_only() -> None:
    assert issubclass(UpstreamError, BlockError)
    assert not issubclass(BlockError, UsageError | MachineError)
