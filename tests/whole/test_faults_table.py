"""docs/faults.md is what the tests of faults hold the lab to."""

import re
from collections import Counter
from pathlib import Path

import pytest

from bench.plan.blocks import make_plan
from lab.condition import conditions_at
from lab.level import parse_level
from lab.paths import ROOT
from tests.faults.__main__ import DOC, collect, render
from tests.faults.case import LEVELS, ROUNDS, SEED
from tests.faults.fault import Fault

FAULTS = collect()


def test_the_table_in_the_docs_is_that_of_the_tests() -> None:
    """Where it is not: `nox -s faults`, or `python -m tests.faults` where the tests are known."""
    assert DOC.read_text() == render(FAULTS)


def test_each_row_has_one_test_and_each_test_one_row() -> None:
    folder = Path(__file__).parents[1] / "faults"
    tests = [
        name
        for path in folder.glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)
    ]
    assert len(FAULTS) == len(tests)
    assert Counter((fault.group, fault.what) for fault in FAULTS).most_common(1)[0][1] == 1


def test_blocks_come_in_the_order_that_rows_rely_on() -> None:
    """Where it is another one: a seed that gives this order, in tests/faults/case.py."""
    conditions = conditions_at([parse_level(level) for level in LEVELS])
    blocks = make_plan(["bad", "good"], conditions, rounds=ROUNDS, seed=SEED).blocks

    assert [block.target for block in blocks] == ["good", "bad", "bad", "good"]
    firsts = [str(block.conditions[0]) for block in blocks if block.target == "bad"]
    assert firsts == ["40/10", "40/10"]


def test_there_are_faults_of_every_kind() -> None:
    counts = Counter(fault.group for fault in FAULTS)
    assert set(counts) == {"server", "upstream", "hey", "bench", "machine", "data"}
    assert len(FAULTS) >= 35


@pytest.mark.parametrize(
    ("sees", "printed", "seen"),
    [
        ("It died.", "round 1  It\n  died.", True),
        ("It died. ... Try again", "It died. Look. Try again", True),
        ("Try again ... It died.", "It died. Try again", False),
        ("It died.", "It lives.", False),
        ("", "whatever", True),
    ],
)
def test_what_is_seen_is_looked_for_in_order_whatever_the_lines(
    sees: str, printed: str, *, seen: bool
) -> None:
    assert Fault("server", "It dies", 1, sees, "").seen_in(printed) is seen


def test_the_readme_counts_them() -> None:
    assert f"{len(FAULTS)} faults, each with a test" in (ROOT / "README.md").read_text()
