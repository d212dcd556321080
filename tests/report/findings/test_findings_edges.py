"""The finding that a target differs from its parent in more than its change says."""

from pathlib import Path
from typing import Any

import pytest

from lab.files.summary_json import Summary
from tests.report.findings.test_findings import SOUND, cell, found, message
from tests.support.lab import Lab
from tests.support.runs import SAMPLES, TARGETS, cell_of, page_of, run, summary

THREADS = "--threads 10 there, 64 here"


def test_it_names_the_differences_what_they_spoil_and_the_way_out() -> None:
    of = cell(SOUND, target="sync_pooled", parent="sync_requests", undeclared=[THREADS, "x is new"])

    assert found(of) == [("two_changes", "warn")]
    assert message(of, "two_changes") == (
        "sync_pooled differs from sync_requests in more than its 'change' says: --threads 10 "
        "there, 64 here; x is new. How many times the RPS of sync_requests it had is not what "
        "that change alone did. Say the rest in 'change', undo it, or put a target with one of "
        "the changes between the two."
    )


def test_it_takes_differences_and_a_parent() -> None:
    assert found(cell(SOUND, parent="sync_requests")) == []
    assert found(cell(SOUND, undeclared=[THREADS])) == []


def impure(**targets: dict[str, Any]) -> dict[str, Any]:
    child = {**TARGETS["sync_pooled"], "undeclared": [THREADS]}
    return run(targets={**TARGETS, "sync_pooled": child, **targets})


def codes(whole: Summary, target: str) -> list[str]:
    return [each["code"] for each in cell_of(whole, target)["findings"]]


def test_it_is_the_childs_and_not_its_parents(tmp_path: Path) -> None:
    whole = summary(tmp_path, impure(), SAMPLES)

    assert "two_changes" in codes(whole, "sync_pooled")
    assert "two_changes" not in codes(whole, "sync_requests")


def test_it_is_none_where_the_parent_takes_no_part(tmp_path: Path) -> None:
    alone = {"sync_pooled": impure()["targets"]["sync_pooled"]}
    samples = [each for each in SAMPLES if each.target == "sync_pooled"]
    whole = summary(tmp_path, run(targets=alone, baseline="sync_pooled"), samples)

    assert "two_changes" not in codes(whole, "sync_pooled")


def test_the_page_marks_the_edge_in_its_tree(tmp_path: Path) -> None:
    mark = 'More than this differs: <a href="#two_changes-warn">two_changes</a>'
    marked = page_of(tmp_path / "impure", impure(), SAMPLES).read_text()
    plain = page_of(tmp_path / "pure", run(), SAMPLES).read_text()

    assert (marked.count(mark), plain.count(mark)) == (1, 0)
    assert 'id="two_changes-warn"' in marked


@pytest.mark.slow
def test_a_run_goes_on_with_such_a_target_and_records_what_differs(lab: Lab) -> None:
    lab.add("old", serve="python server.py {port} --threads 10")
    lab.add(
        "young", serve="python server.py {port} --threads 64", parent="old", change="one Session"
    )

    result = lab.compare("--baseline", "old")

    assert (result.code, result.err) == (0, "")
    targets = lab.read("run.json")["targets"]
    assert {name: its["undeclared"] for name, its in targets.items()} == {
        "old": [],
        "young": [THREADS],
    }
    assert "two_changes" in codes_of(lab, "young")
    assert "two_changes" not in codes_of(lab, "old")


def codes_of(lab: Lab, target: str) -> list[str]:
    cells = lab.read("summary.json")["cells"]
    return [each["code"] for it in cells if it["target"] == target for each in it["findings"]]
