"""docs/threats.md fits on a screen, and what it promises has the tests that it names."""

import ast
import re
from pathlib import Path

import pytest

from lab.paths import ROOT

THREATS = ROOT / "docs" / "threats.md"
COLUMNS, LINES = 100, 60
NAMED = re.compile(r"`([a-z_/]+\.py)::(\w+)`")
ACTORS = (
    "A stranger's manifest",
    "Results of others",
    "A foreign project's code",
    "Other users of the machine",
    "The network",
)


def rows(text: str) -> list[list[str]]:
    """The cells of each row of the table, below its head."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[1:]]


def missing(text: str, tests: Path = ROOT / "tests") -> list[str]:
    """The tests that are named and that there are not."""
    return [
        f"{file}::{name}" for file, name in NAMED.findall(text) if name not in defined(tests / file)
    ]


def defined(file: Path) -> set[str]:
    """The tests in a file, which is read and not run."""
    tree = ast.parse(file.read_text()) if file.is_file() else ast.Module([], [])
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_each_promise_has_a_test_that_there_is() -> None:
    text = THREATS.read_text()
    promises = rows(text)
    assert [cells[0] for cells in promises if cells[0]] == [f"**{name}**" for name in ACTORS]
    assert [cells for cells in promises if not (cells[1] and cells[2])] == []
    assert [cells[2] for cells in promises if not NAMED.search(cells[3])] == []
    assert missing(text) == []


def test_it_fits_on_a_screen() -> None:
    lines = THREATS.read_text().splitlines()
    assert sum(max(1, -(-len(line) // COLUMNS)) for line in lines) < LINES


@pytest.mark.parametrize("named", ["a.py::test_two", "b.py::test_one"], ids=["test", "file"])
def test_a_test_that_is_gone_is_found(tmp_path: Path, named: str) -> None:
    (tmp_path / "a.py").write_text("def test_one() -> None:\n    pass\n")
    assert missing(f"`a.py::test_one`, `{named}`", tmp_path) == [named]
