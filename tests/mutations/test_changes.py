"""Changes of a tiny project, and whether its tests notice them. Takes cosmic-ray."""

import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from tests.mutations.changes import changes
from tests.mutations.kept import Row, read
from tests.mutations.session import Session
from tests.mutations.trial import in_fork

MODULE = """\
LEAST = 3


def largest(values: list[int]) -> int | None:
    found = [each for each in values if each >= LEAST]
    if not found:
        return None
    return max(found)
"""
TESTS = """\
import pytest

from tiny.largest import largest


@pytest.mark.parametrize(("values", "largest_"), [([1, 4, 9], 9), ([1], None)])
def test_the_largest_is_found(values, largest_):
    assert largest(values) == largest_
"""


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    for name, text in (
        ("tiny/__init__.py", ""),
        ("tiny/largest.py", MODULE),
        ("tests_of_tiny/test_largest.py", TESTS),
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_changes_are_told_by_their_place_and_their_line(tiny: Path) -> None:
    found = [
        (each.place, each.operator, each.nth, each.after)
        for each in changes(tiny, "tiny/largest.py")
    ]

    filtered = "found = [each for each in values if each {} LEAST]"
    assert found == [
        ("largest", "AddNot", 1, "if not not found:"),
        ("", "NumberReplacer", 1, "LEAST = 4"),
        ("", "NumberReplacer", 2, "LEAST = 2"),
        ("largest", "ReplaceComparisonOperator_GtE_Gt", 1, filtered.format(">")),
        ("largest", "ReplaceComparisonOperator_GtE_Lt", 1, filtered.format("<")),
        ("largest", "ReplaceUnaryOperator_Delete_Not", 1, "if found:"),
        ("largest", "SwapName", 1, "return min(found)"),
        (
            "largest",
            "NegateFilter",
            1,
            "found = [each for each in values if not (each >= LEAST)]",
        ),
    ]


@pytest.mark.parametrize(
    ("before", "operator", "after"),
    [
        ("x = a in b", "NegateIn", "x = a not in b"),
        ("x = a not in b", "AffirmNotIn", "x = a in b"),
        ("x = all(a)", "SwapName", "x = any(a)"),
        ("x = a if b else c", "AddNot", "x = a if not b else c"),
    ],
)
def test_a_change_is_what_its_name_says(
    tmp_path: Path, before: str, operator: str, after: str
) -> None:
    (tmp_path / "one.py").write_text(f"{before}\n")

    assert [(each.operator, each.after) for each in changes(tmp_path, "one.py")] == [
        (operator, after)
    ]


def test_an_attribute_or_an_argument_is_no_name_to_swap(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("x = a.max(min=b)\n")

    assert list(changes(tmp_path, "one.py")) == []


def test_of_a_caught_exception_none_is_caught(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("try:\n    x()\nexcept (a.B, C):\n    pass\n")

    assert [each.after for each in changes(tmp_path, "one.py")] == ["except ():"]


def test_what_no_test_tells_survives_and_what_one_tells_is_killed(
    tiny: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """No value is 2 or 3, so neither the least nor what is equal to it is ever asked for."""
    scratch = tmp_path_factory.mktemp("scratch")
    line = "found = [each for each in values if each >= LEAST]"

    Session(tiny, scratch, scratch / "kept.csv").run(["tiny/largest.py"], ["tests_of_tiny"])
    rows = read(scratch / "kept.csv")

    assert [row for row in rows if row.outcome != "killed"] == [
        Row("tiny/largest.py", "", "NumberReplacer", 1, "survived", "LEAST = 3", "LEAST = 4"),
        Row("tiny/largest.py", "", "NumberReplacer", 2, "survived", "LEAST = 3", "LEAST = 2"),
        Row(
            "tiny/largest.py", "largest", "ReplaceComparisonOperator_GtE_Gt", 1, "survived",
            line, line.replace(">=", ">"),
        ),
    ]  # fmt: skip
    assert len(rows) == 8
    assert (tiny / "tiny" / "largest.py").read_text() == MODULE


def test_a_test_that_goes_on_forever_has_noticed(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.mutations.trial.GRACE_S", 1.0)
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "__init__.py").write_text("")
    (tmp_path / "tiny" / "one.py").write_text(
        "def end():\n    while True:\n        break\n    return 5\n"
    )
    (tmp_path / "test_one.py").write_text(
        "from tiny.one import end\ndef test_it_ends():\n    assert end() == 5\n"
    )
    scratch = tmp_path_factory.mktemp("scratch")

    Session(tmp_path, scratch, scratch / "kept.csv").run(["tiny/one.py"], ["test_one.py"])

    outcomes = {row.operator: row.outcome for row in read(scratch / "kept.csv")}

    assert outcomes["ReplaceBreakWithContinue"] == "killed"
    assert outcomes["AddNot"] == "survived"  # it ends at once


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_a_fork_ends_with_what_it_was_forked_from(tmp_path: Path) -> None:
    read, write = os.pipe()

    def wait() -> int:
        os.write(write, f"{os.getpid()}\n".encode())
        signal.pause()
        return 0

    session = os.fork()
    if session == 0:
        in_fork(wait, tmp_path, 1.0)
        os._exit(0)
    with os.fdopen(read) as said:
        forked = psutil.Process(int(said.readline()))
    os.kill(session, signal.SIGKILL)
    os.waitpid(session, 0)
    os.close(write)

    assert forked.wait(10) is None
