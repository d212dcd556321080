"""docs/mutations.md is of docs/mutations.csv, 95 % of the changes are killed, and no survivor is
without an explanation."""

from tests.mutations.kept import Row, explanations, faults, read, write
from tests.mutations.page import render
from tests.mutations.paths import CSV, EXPLAINED, LEAST, PAGE

KILLED = [Row("lab/a.py", "f", "AddNot", nth, "killed") for nth in range(1, 20)]
LEFT = Row("lab/a.py", "f", "NumberReplacer", 1, "survived", "return 1", "return 2")
WHY = {LEFT.key: "Nobody calls it."}


def test_what_is_kept_is_killed_by_95_percent_and_explained() -> None:
    rows = read(CSV)

    assert faults(rows, explanations(EXPLAINED), LEAST) == []
    assert len(rows) > 1500
    assert LEAST == 0.95


def test_the_page_is_of_what_is_kept() -> None:
    assert PAGE.read_text() == render(read(CSV), explanations(EXPLAINED))
    assert CSV.read_text() == write(read(CSV))


def test_a_survivor_that_nobody_has_explained_is_a_fault() -> None:
    assert faults([*KILLED, LEFT], WHY, 0.95) == []
    (fault,) = faults([*KILLED, LEFT], {}, 0.95)
    assert fault == (
        "lab/a.py f: no test tells `return 1` from `return 2`. "
        "Write one, or explain it in tests/mutations/explained.toml."
    )


def test_what_no_test_runs_is_a_fault_as_well() -> None:
    unseen = Row("lab/a.py", "f", "NumberReplacer", 1, "no test", "return 1", "return 2")

    assert len(faults([*KILLED, unseen], {}, 0.95)) == 1


def test_too_few_killed_are_a_fault() -> None:
    assert faults([*KILLED[1:], LEFT], WHY, 0.95) == ["94.7% were killed, less than 95%."]


def test_an_explanation_of_what_is_killed_is_a_fault() -> None:
    (fault,) = faults(KILLED, WHY, 0.95)
    assert fault == (
        "lab/a.py f: `return 1` changed to `return 2` does not survive, or is no more. "
        "Take its entry out of tests/mutations/explained.toml."
    )


def test_the_page_counts_by_module_and_tells_why_each_survives() -> None:
    other = Row("lab/b.py", "", "SwapName", 1, "killed")
    page = render([*KILLED, LEFT, other], WHY)

    assert "Each of 21 small changes" in page
    assert "**20 of them (95.2%) failed a test**; 1 survived" in page
    assert page.split("|---|---:|---:|---:|---:|\n")[1].split("\n\n")[0].splitlines() == [
        "| lab/a.py | 20 | 19 | 1 | 95 |",
        "| lab/b.py | 1 | 1 | 0 | 100 |",
        "| all | 21 | 20 | 1 | 95 |",
    ]
    assert page.endswith(
        "\n## What survives\n\n- lab/a.py, `f`: `return 1` → `return 2`  \n  Nobody calls it.\n"
    )
