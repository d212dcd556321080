"""`python -m report`: the files it writes, and what it says of files that it cannot read."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.files.sample import Origin
from lab.paths import ROOT
from report.cli import main
from report.samples.read import read_measured
from report.summary.build import summarize
from tests.support import runs

SAMPLE = "r1-sync_requests-150x30.json"
ONE_TARGET = {"sync_requests": runs.TARGETS["sync_requests"]}


def _complaint(run: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What it says of a run that it refuses, without having written anything."""
    assert main([str(run)]) == 2
    assert not (run / "summary.json").exists()
    assert not (run / "index.html").exists()
    said = capsys.readouterr()
    assert said.out == ""
    return said.err


def test_a_good_run_gets_its_three_files(tmp_path: Path) -> None:
    run = runs.write(tmp_path / "run", runs.run(), runs.SAMPLES)

    ended = subprocess.run(
        [sys.executable, "-m", "report", str(run)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (ended.returncode, ended.stderr) == (0, "")
    summary = json.loads((run / "summary.json").read_text())
    values = runs.read(runs.run())
    assert summary == runs.as_json(summarize(values, read_measured(run, values)))
    assert [cell["rps"]["value"] for cell in summary["cells"]] == pytest.approx(
        [50.0, 120_000 ** (1 / 3), 200.0]
    )
    assert (run / "summary.md").read_text().startswith(r"- At 150/30 sync\_pooled served most")
    assert (run / "index.html").read_text().startswith("<!doctype html>")
    assert "49.3 (35.0)" in ended.stdout
    assert "At 150/30 sync_pooled served most requests: 200 RPS" in ended.stdout
    assert ended.stdout.endswith(f"The page: {run / 'index.html'}\n")
    assert sorted(path.name for path in run.iterdir()) == [
        "index.html", "run.json", "samples", "summary.json", "summary.md",
    ]  # fmt: skip


def test_what_is_doubtful_is_said_in_the_terminal_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    targets = {**runs.TARGETS, "control": runs.CONTROL}
    samples = [
        *runs.rounds("sync_requests", 50.0, 50.0, 50.0),
        *runs.rounds("control", 50.0, 50.0, 50.0),
        *runs.rounds("async_httpx", 90.0, 90.0, 90.0, slow_s=4.0),
    ]
    run = runs.write(tmp_path / "run", runs.run(targets=targets), samples)

    assert main([str(run)]) == 0

    said = capsys.readouterr().out
    assert re.search(r"async_httpx .* 0 stall +[│|]", said)
    text = " ".join(said.split())
    assert "the control, came to 1.00 [1.00, 1.00] times its own RPS at 150/30" in text
    assert "async_httpx at 150/30: Service stood still in every round: a request took" in text
    assert "cores_shared (everywhere): hey, the upstream and the servers shared 2 cores" in text


def test_quiet_writes_the_files_and_prints_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = runs.write(tmp_path / "run", runs.run(), runs.SAMPLES)

    assert main([str(run), "--quiet"]) == 0

    assert capsys.readouterr() == ("", "")
    assert (run / "index.html").is_file()


def test_what_was_written_before_is_replaced(tmp_path: Path) -> None:
    run = runs.write(tmp_path / "run", runs.run(), runs.SAMPLES)
    (run / "summary.json").write_text("stale")

    assert main([str(run), "--quiet"]) == 0

    assert json.loads((run / "summary.json").read_text())["schema"] == 1


def test_an_unknown_run_is_named_without_a_traceback(tmp_path: Path) -> None:
    missing = str(tmp_path / "none")

    ended = subprocess.run(
        [sys.executable, "-m", "report", missing],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"{missing!r} is no run: there is no run.json in it. ")
    assert "Traceback" not in ended.stderr


NEWER = (
    "{}; this version reads schema 1. It was written by {}: read it with that, or with a newer one."
)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "cannot be read as a run: Input data was truncated"),
        ("[1]", "cannot be read as a run: "),
        ("{}", "cannot be read as a run: Object missing required field `schema`"),
        (
            '{"schema": 2}',
            "a run of schema 2; this version reads schema 1. It was written by another ",
        ),
        (
            '{"schema": 3, "written_by": "0.9.0"}',
            NEWER.format("a run of schema 3", "Viewlab 0.9.0"),
        ),
        ('{"schema": 1}', "cannot be read as a run: Object missing required field `id`."),
    ],
)
def test_a_broken_run_json_is_named(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    text: str,
    complaint: str,
) -> None:
    run = runs.write(tmp_path / "run", {})
    (run / "run.json").write_text(text)

    said = _complaint(run, capsys)

    assert said.startswith(f"{run / 'run.json'}: {complaint}")


def test_a_wrong_value_in_run_json_is_named_with_its_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = runs.write(tmp_path / "run", runs.run(rounds={"asked": 3, "done": "two"}))

    assert _complaint(run, capsys) == (
        f"{run / 'run.json'}: cannot be read as a run: "
        "Expected `int`, got `str` - at `$.rounds.done`.\n"
    )


GOOD: dict[str, Any] = json.loads(runs.SAMPLES[0].dumps())


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (json.dumps(GOOD)[:-40], "not a sample: Input data was truncated."),
        ("", "not a sample: Input data was truncated."),
        ('{"hello": "world"}', "not a sample: Object missing required field `schema`."),
        (
            json.dumps({**GOOD, "schema": 2}),
            NEWER.format("a sample of schema 2", "another version of Viewlab"),
        ),
        (
            json.dumps({**GOOD, "wall_s": None}),
            "not a sample: Expected `float`, got `null` - at `$.wall_s`.",
        ),
        (
            json.dumps({**GOOD, "target": "stranger"}),
            "a sample of stranger at 150/30, which run.json does not plan.",
        ),
        (
            json.dumps({**GOOD, "engine": "wrk"}),
            "a sample of sync_requests at 150/30, loaded by wrk, which run.json does not plan.",
        ),
        (
            json.dumps({**GOOD, "condition": {"latency": {"fixed_ms": 50}}}),
            (
                "a sample of sync_requests at 150/30, upstream fixed 50 ms, which run.json does "
                "not plan."
            ),
        ),
    ],
    ids=[
        "truncated", "empty", "foreign", "newer", "wrong type", "other run", "other engine",
        "other terms",
    ],
)  # fmt: skip
def test_a_sample_that_is_none_of_this_run_is_named(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    text: str,
    complaint: str,
) -> None:
    run = runs.write(tmp_path / "run", runs.run(), runs.SAMPLES)
    (run / "samples" / SAMPLE).write_text(text)

    assert _complaint(run, capsys).splitlines() == [f"{run / 'samples' / SAMPLE}: {complaint}"]


def test_two_samples_of_one_block_and_level_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = runs.write(tmp_path / "run", runs.run(), runs.SAMPLES)
    copy = run / "samples" / "s-copy.json"
    copy.write_text(json.dumps(GOOD))

    assert _complaint(run, capsys) == (
        f"{copy}: sync_requests at 150/30 in round 1 is also in {run / 'samples' / SAMPLE}. "
        "One of the two does not belong to this run.\n"
    )


ORIGIN = Origin(machine="m1", profile="p1", lock="l1")


@pytest.mark.parametrize(
    ("stranger", "what"),
    [
        ({"origin": replace(ORIGIN, machine="m2")}, "machines, kernels or Pythons (m1 and m2)"),
        ({"origin": replace(ORIGIN, profile="p2")}, "profiles (p1 and p2)"),
        ({"origin": replace(ORIGIN, lock="l2")}, "locks of sync_requests (l1 and l2)"),
    ],
    ids=["machine", "profile", "lock"],
)
def test_samples_that_do_not_belong_together_are_refused_with_both_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], stranger: dict[str, Any], what: str
) -> None:
    first, *others = (replace(each, origin=ORIGIN) for each in runs.SAMPLES)
    samples = [replace(each, **stranger) if each.round == 3 else each for each in others]
    run = runs.write(tmp_path / "run", runs.run(targets=ONE_TARGET), [first, *samples[:2]])

    assert _complaint(run, capsys) == (
        f"{run / 'samples' / SAMPLE} and {run / 'samples' / 'r3-sync_requests-150x30.json'}: "
        f"measured with different {what}. They cannot be in one summary. "
        f"Take the one out that does not belong to this run.\n"
    )


def test_keys_that_a_later_version_added_to_a_sample_are_passed_over(tmp_path: Path) -> None:
    run = runs.write(tmp_path / "run", runs.run(), runs.SAMPLES)
    (run / "samples" / SAMPLE).write_text(json.dumps({**GOOD, "colour": "green"}))

    assert main([str(run), "--quiet"]) == 0


def test_a_run_of_the_first_version_is_judged_as_it_was_then(tmp_path: Path) -> None:
    values = runs.run()
    for key in ("margin", "until"):
        del values[key]
    run = runs.write(tmp_path / "run", values, runs.SAMPLES)

    assert main([str(run), "--quiet"]) == 0

    said = json.loads((run / "summary.json").read_text())["run"]
    assert (said["margin"], said["ratio_confidence"], said["until"]) == (0.1, 0.95, None)


def test_a_sample_that_was_not_finished_writing_does_not_count(tmp_path: Path) -> None:
    run = runs.write(tmp_path / "run", runs.run(), runs.SAMPLES)
    (run / "samples" / f".{SAMPLE}.partial").write_text("{")

    assert main([str(run), "--quiet"]) == 0

    assert json.loads((run / "summary.json").read_text())["cells"][0]["sent"] == 450


MOVES = "evil\x1b[2J\x1b]0;title\x07\x9b2J\u202e"


def test_texts_of_a_run_do_nothing_to_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run may be somebody else's; on the page, its texts are those of the file."""
    values, samples = runs.whole_run()
    odd = {**values["targets"]["sync_requests"], "title": MOVES, "change": MOVES}
    values["targets"][MOVES] = odd | {"parent": "sync_requests"}
    values["profile"]["name"] = MOVES
    values["errors"] = [(1, MOVES, MOVES)]
    folder = runs.write(tmp_path, values, samples)
    assert main([str(folder)]) == 0
    for text in (capsys.readouterr().out, (folder / "summary.md").read_text()):
        assert r"evil\x1b[2J" in text.replace("\\\\", "\\")  # markdown's own escapes
        assert {letter for letter in MOVES if not letter.isprintable()} & set(text) == set()


def test_a_files_name_does_nothing_to_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = runs.write(tmp_path, *runs.whole_run())
    (folder / "samples" / f"{MOVES}.json").write_text("{")
    assert main([str(folder)]) == 2
    said = capsys.readouterr().err
    assert r"samples/evil\x1b[2J\x1b]0;title\x07\x9b2J\u202e.json: not a sample" in said
    assert said.replace("\n", "").isprintable()


def test_what_a_stranger_linked_to_is_not_written_to(tmp_path: Path) -> None:
    folder = runs.write(tmp_path / "run", *runs.whole_run())
    (tmp_path / "mine").write_text("mine")
    for name in ("index.html", "summary.json", "summary.md"):
        (folder / name).symlink_to(tmp_path / "mine")
    assert main([str(folder), "--quiet"]) == 0
    assert (tmp_path / "mine").read_text() == "mine"
    assert not (folder / "index.html").is_symlink()


@pytest.mark.parametrize(
    "name", ["run.json", "blocks.jsonl", "samples/r1-sync_requests-150x30.json"]
)
@pytest.mark.parametrize("how", ["large", "deep"])
def test_what_would_fill_memory_or_stack_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, how: str
) -> None:
    folder = runs.write(tmp_path, *runs.whole_run())
    (folder / name).write_text('{"a":' + "[" * 1_000_000 + "\n")
    if how == "large":  # a sparse file: it takes no room
        os.truncate(folder / name, 10_000_000_000)
    assert main([str(folder)]) == 2
    said = capsys.readouterr().err
    assert name in said
    assert ("more than any" in said) == (how == "large")
