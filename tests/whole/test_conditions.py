"""A run in which more than the level varies: from its plan through its samples to the page."""

import json
from typing import Any

import pytest

from tests.support.lab import Lab

SLOWER = {"level": "40/10", "latency": {"fixed_ms": 60.0}}
LEVELS: list[object] = ["40/10", SLOWER]


def planned(lab: Lab, levels: list[object]) -> None:
    """Plan a run of two targets and rounds under these conditions, of which nothing is measured.

    No option varies more than the level yet, but a run that is gone on with has what its plan
    says.
    """
    lab.add("one")
    lab.add("two")
    lab.compare("--only", "one,two", "--levels", "40/10", "--rounds", "2", "--seed", "3")
    run = lab.read("run.json")
    run["plan"]["levels"] = levels
    for number, block in enumerate(run["plan"]["blocks"]):
        block["levels"] = levels if number % 2 else levels[::-1]
    run |= {"blocks": [], "complete": False, "finished": None}
    (lab.latest / "run.json").write_text(json.dumps(run))
    for sample in lab.latest.glob("samples/*.json"):
        sample.unlink()


def under(cells: list[Any], condition: object) -> list[Any]:
    return [cell for cell in cells if cell.get("condition") == condition]


@pytest.mark.slow
def test_two_latencies_of_the_upstream_are_measured_compared_and_shown_apart(lab: Lab) -> None:
    planned(lab, LEVELS)

    done = lab.run("compare", "--resume", "latest")

    assert (done.code, done.err) == (0, "")
    run, summary = lab.read("run.json"), lab.read("summary.json")
    assert (run["complete"], run["plan"]["levels"]) == (True, LEVELS)
    samples = {path.name: json.loads(path.read_text()) for path in lab.latest.glob("samples/*")}
    assert sorted(samples) == sorted(
        f"r{number}-{target}-40x10{slug}.json"
        for number in (1, 2)
        for target in ("one", "two")
        for slug in ("", "-60ms")
    )
    # The witness, not the plan, says what the calls took.
    for name, sample in samples.items():
        asked_s = 0.06 if "60ms" in name else 0.005
        assert sample["upstream"]["asked_mean_s"] == pytest.approx(asked_s)
    slower = {"latency": {"fixed_ms": 60.0}}
    assert [len(under(summary["cells"], each)) for each in (None, slower)] == [2, 2]
    # Ten connections, each of which waits for 60 ms.
    assert all(cell["rps"]["value"] < 10 / 0.06 for cell in under(summary["cells"], slower))
    compared = [each for each in summary["comparisons"] if each["kind"] == "baseline"]
    assert [
        (each["target"], each["baseline"], each["rounds"])
        for each in under(compared, slower)
        if each["metric"] == "rps"
    ] == [("two", "one", 2)]
    # A machine busy with other tests may take all ranks away from one of them.
    ranked = [cell.get("condition") for cell in summary["cells"] if cell["ranked"]]
    assert all(each in ranked for each in (lead.get("condition") for lead in summary["leads"]))
    assert slower in [lead.get("condition") for lead in summary["leads"]]
    page = (lab.latest / "index.html").read_text()
    text = (lab.latest / "summary.md").read_text()
    for said in (page, text, done.out):
        assert "40/10, upstream fixed 60 ms" in " ".join(said.split())


@pytest.mark.slow
def test_a_condition_that_this_version_cannot_make_is_refused(lab: Lab) -> None:
    planned(lab, ["40/10", {"level": "40/10", "front": "nginx"}])

    done = lab.run("compare", "--resume", "latest")

    assert (done.code, lab.samples()) == (2, [])
    assert done.err.startswith("40/10, behind nginx: this version varies the level, ")


@pytest.mark.slow
def test_a_condition_of_a_later_version_is_refused_by_its_key(lab: Lab) -> None:
    planned(lab, ["40/10", {"level": "40/10", "moon": "full"}])

    done = lab.run("compare", "--resume", "latest")

    assert (done.code, lab.samples()) == (2, [])
    assert "unknown field `moon`" in done.err
