"""Control, repeats and `--until` in real runs: real servers, real hey, real upstream."""

import signal
from typing import Any

import pytest

from tests.support.lab import PROFILE, Lab, wait_until

# Long enough that a machine busy with other tests is not late by much of it.
STEADY = PROFILE.replace("fixed_ms = 5", "fixed_ms = 100").replace("40/10", "10/10")


@pytest.fixture
def lab(lab: Lab) -> Lab:
    (lab.root / "quick.toml").write_text(STEADY)
    return lab


def compared(lab: Lab, kind: str) -> list[dict[str, Any]]:
    return [
        each
        for each in lab.read("summary.json")["comparisons"]
        if (each["kind"], each["metric"]) == (kind, "rps")
    ]


@pytest.mark.slow
def test_the_baseline_runs_once_more_in_each_round_as_the_control(lab: Lab) -> None:
    lab.add("one")
    lab.add("two")
    result = lab.compare("--baseline", "two", "--rounds", "2", control=True)
    assert (result.code, result.err) == (0, "")
    run = lab.read("run.json")
    assert run["control"] == "control"
    assert run["targets"]["control"]["title"] == "two once more"
    assert run["targets"]["control"]["serve"] == run["targets"]["two"]["serve"]
    assert not (lab.root / ".envs" / "control").exists()
    assert sorted((s["round"], s["target"]) for s in lab.samples()) == [
        (number, name) for number in (1, 2) for name in ("control", "one", "two")
    ]
    (control,) = compared(lab, "control")
    assert (control["target"], control["baseline"], control["rounds"]) == ("control", "two", 2)
    assert control["low"] < control["ratio"] < control["high"]
    assert [each["target"] for each in compared(lab, "baseline")] == ["one"]
    assert "two, measured a second time as the control" in " ".join(result.out.split())
    assert "control served most" not in result.out


@pytest.mark.slow
def test_without_the_control_there_is_none(lab: Lab) -> None:
    lab.add("one")
    assert lab.compare("--no-control").code == 0
    assert lab.read("run.json")["control"] is None
    assert compared(lab, "control") == []


@pytest.mark.slow
def test_a_level_that_the_profile_repeats_is_loaded_more_often_and_averaged(lab: Lab) -> None:
    (lab.root / "quick.toml").write_text(STEADY + 'repeats = { "10/10" = 3 }\n')
    lab.add("one")
    assert lab.compare("--rounds", "2").code == 0
    names = sorted(path.name for path in lab.latest.glob("samples/*"))
    assert names == [
        f"r{number}-one-10x10{again}.json" for number in (1, 2) for again in ("-2", "-3", "")
    ]
    for sample in lab.samples():
        assert (sample["repeat"], sample["level_position"]) in {(1, 1), (2, 2), (3, 3)}
        assert sample["upstream"]["calls"] == 10
    (cell,) = lab.read("summary.json")["cells"]
    assert (cell["rounds"], cell["sent"]) == (2, 60)


# Of every two loads one is much slower than the other.
UNEVEN = """
Handler.answer = lambda self, number: (
    time.sleep(0.3 * (number // 10 % 2)), self.reply(200, upstream())
)
"""


@pytest.mark.slow
def test_a_run_has_fewer_rounds_where_the_profiles_minutes_have_no_time_for_all(lab: Lab) -> None:
    (lab.root / "quick.toml").write_text(
        STEADY.replace("rounds = 1", "rounds = 30\nminutes = 0.25")
    )
    lab.add("one")
    result = lab.compare()
    assert (result.code, result.err) == (0, "")
    run = lab.read("run.json")
    rounds = run["plan"]["rounds"]
    assert 4 <= rounds < 30
    assert run["rounds"] == {"asked": rounds, "done": rounds}
    assert run["plan"]["room"] == {"fewest": 4, "most": 30, "minutes": 0.25}
    assert run["complete"] is True
    assert rounds == 4 or 10 < run["wall_s"] < 20
    assert ", not 30: that is what 0.25 minutes have time for." in result.out


@pytest.mark.slow
def test_what_is_planned_as_the_run_goes_on_is_on_record_and_measured_after_an_interrupt(
    lab: Lab,
) -> None:
    (lab.root / "quick.toml").write_text(STEADY + "minutes = 60\n")
    lab.add("one")
    lab.add("uneven", UNEVEN)
    options = ("--profile", "quick.toml", "--baseline", "one", "--rounds", "6", "--seed", "1")
    process = lab.start(*options, "--no-control")
    wait_until(process, "round 4/6")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    before = lab.read("run.json")["plan"]
    assert [
        block for block in before["blocks"] if block["round"] == 1 and len(block["levels"]) > 1
    ] == []
    again = {
        block["round"]: len(block["levels"])
        for block in before["blocks"]
        if block["target"] == "uneven"
    }
    assert again[6] > 1

    assert lab.run("--resume", "latest").code == 0

    run = lab.read("run.json")
    begun = [block for block in before["blocks"] if block["round"] <= 4]
    assert run["plan"]["blocks"][: len(begun)] == begun
    assert run["complete"] is True
    planned = sum(len(block["levels"]) for block in run["plan"]["blocks"])
    assert len(lab.samples()) == planned
    assert "10/10 was loaded 1 to " in (lab.latest / "index.html").read_text()


@pytest.mark.slow
def test_until_ends_when_every_ratio_is_known_and_says_when_that_will_be(lab: Lab) -> None:
    lab.add("one")
    lab.add("two")
    result = lab.compare("--baseline", "one", "--until", "900")
    assert (result.code, result.err) == (0, "")
    summary = lab.read("summary.json")
    assert summary["run"]["until"] == {
        "percent": 900.0, "max_rounds": 20, "reached": True, "ratios": 1, "left_out": [],
        "rounds_expected": 6, "open": [],
    }  # fmt: skip
    assert summary["run"]["rounds"] == {"asked": 20, "done": 6}
    assert summary["run"]["complete"] is True
    assert summary["run"]["ratio_confidence"] == 0.97
    assert lab.read("run.json")["until"]["reached"] is True
    assert "About 6 rounds will tell every RPS ratio to the baseline to +-900 %: " in result.out
    assert "After 6 rounds every RPS ratio to the baseline is known to +-900 %." in result.out
    assert "not complete" not in result.out


@pytest.mark.slow
def test_until_ends_at_its_cap_without_having_reached_its_goal(lab: Lab) -> None:
    lab.add("one")
    lab.add("two")
    result = lab.compare("--baseline", "one", "--until", "0.001", "--max-rounds", "4")
    assert (result.code, result.err) == (0, "")
    until = lab.read("summary.json")["run"]["until"]
    # What the machine did meanwhile may leave a cell unranked: then nothing can be expected.
    ranked = all(cell["ranked"] for cell in lab.read("summary.json")["cells"])
    assert (until["reached"], until["rounds_expected"]) == (False, 5 if ranked else None)
    assert lab.read("run.json")["until"]["reached"] is False
    assert lab.read("run.json")["complete"] is True
    assert not ranked or (
        "4 rounds, the most that --max-rounds allows, will probably not tell every RPS ratio to "
        "the baseline to +-0.001 %. They take " in result.out
    )
    assert "4 rounds did not tell every RPS ratio to the baseline to +-0.001 %." in result.out


@pytest.mark.slow
def test_until_decided_ends_when_every_verdict_is_settled_and_says_what_is_open(lab: Lab) -> None:
    """One answers at once, the other after 0.2 s."""
    lab.add("one")
    lab.add(
        "late",
        """
        Handler.answer = lambda self, number: (time.sleep(0.2), self.reply(200, upstream()))
        """,
    )
    result = lab.compare("--baseline", "one", "--until", "decided")
    assert (result.code, result.err) == (0, "")
    until = lab.read("summary.json")["run"]["until"]
    assert (until["percent"], until["reached"], until["open"]) == (None, True, [])
    done = lab.read("run.json")["rounds"]["done"]
    assert 4 <= done < 20
    assert f"After {done} rounds every RPS verdict is settled." in result.out
    assert "--until asked for every RPS verdict" in (lab.latest / "index.html").read_text()


@pytest.mark.slow
def test_until_decided_ends_at_its_cap_with_what_is_still_open(lab: Lab) -> None:
    lab.add("one")
    lab.add("two")
    result = lab.compare("--baseline", "one", "--until", "decided", "--max-rounds", "2")
    assert (result.code, result.err) == (0, "")
    until = lab.read("summary.json")["run"]["until"]
    if until["reached"]:  # luck: two equal ones within the margin after two rounds
        assert "After 2 rounds every RPS verdict is settled." in result.out
    else:
        assert "2 rounds did not settle every RPS verdict. Open: two over one at " in result.out


@pytest.mark.slow
def test_until_does_not_wait_for_what_cannot_be_known(lab: Lab) -> None:
    lab.add("one")
    lab.add("broken", "sys.exit(3)")
    result = lab.compare("--baseline", "one", "--until", "10")
    assert result.code == 1
    assert lab.read("run.json")["rounds"] == {"asked": 20, "done": 3}
    assert (
        "After 3 rounds no RPS ratio to the baseline can be known: no cell of it is valid."
        in result.out
    )


@pytest.mark.slow
def test_a_target_that_stands_still_is_not_ranked(lab: Lab) -> None:
    """Once in each sample everything waits for 1.5 s, as under a lock."""
    lab.add(
        "stalls",
        """
        gate = threading.Lock()
        def answer(self, number):
            with gate:
                if number > BEFORE_LOAD and number % 200 == 100:
                    time.sleep(1.5)
            self.reply(200, upstream())
        Handler.answer = answer
        """,
    )
    lab.add("good")
    lab.compare("--baseline", "good", "--levels", "200/10")
    codes = {
        cell["target"]: {finding["code"]: finding["severity"] for finding in cell["findings"]}
        for cell in lab.read("summary.json")["cells"]
    }
    assert codes["stalls"]["stall"] == "unranked"
    assert "stall" not in codes["good"]
