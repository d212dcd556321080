"""Where the time of a run went: known blocks, and what is beside them."""

from typing import Any

import pytest

from report.output.time_spent import time_spent
from report.samples.measured import measure
from tests.support import runs

STAGES = {"start_s": 1.0, "check_s": 0.25, "warm_up_s": 2.0, "load_s": 30.0, "stop_s": 0.5}


def block(number: int, **stages: float) -> dict[str, Any]:
    return {
        "round": number,
        "position": 1,
        "target": "sync_requests",
        "error": None,
        "stages": {**STAGES, **stages} if stages else None,
    }


def run_of(*blocks: dict[str, Any], **values: Any) -> dict[str, Any]:
    return {**runs.run(levels=["30/10", "20/5"]), "blocks": list(blocks), **values}


def test_a_run_that_has_not_kept_it_says_nothing() -> None:
    assert time_spent(runs.read(run_of(block(1))), []) is None


def test_stages_are_averaged_over_blocks_and_loads_added_up_within_one() -> None:
    run = run_of(block(1, start_s=1.0), block(2, start_s=2.0), wall_s=80.0, pages_s=4.0)
    samples = [
        runs.sample("sync_requests", number, 3.0, level="30/10", repeat=repeat)
        for number, repeat in ((1, 1), (2, 1), (2, 2))
    ]

    spent = time_spent(runs.read(run), [measure(sample) for sample in samples])

    assert spent is not None
    (row,) = spent.rows
    assert (row.target, row.start_s, row.check_s, row.warm_up_s) == ("sync_requests", 1.5, 0.25, 2)
    assert row.stop_s == 0.5
    # Three loads in two blocks, and none at the second level.
    assert row.load_s == pytest.approx((4.5, 0.0))
    assert row.all_s == pytest.approx(2 * 33.75 + 1)
    assert spent.beside == (
        "Beside these blocks, 4 s went to the pages between rounds, 8 s to all else."
    )
