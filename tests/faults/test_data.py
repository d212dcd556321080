"""The files of a run are damaged, foreign, or from elsewhere."""

import json
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.faults.case import Case, written
from tests.faults.fault import fault
from tests.faults.test_bench import LOAD, STANDS_STILL, reached, wait_for
from tests.support.lab import Result, wait_until

pytestmark = pytest.mark.slow

REFUSED = "refuses until the file is moved away"
SAMPLE, OTHER = "r1-good-40x10.json", "r1-good-20x10.json"


def interrupted(case: Case) -> Path:
    """A run that was cut off in its second block, after that of `good`. Its sample `SAMPLE`."""
    case.targets(STANDS_STILL.format(number=LOAD))
    process = case.start()
    wait_until(process, "good  40/10")
    wait_for(reached(case), process)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    case.mend()
    case.before = case.check_samples()
    return case.lab.latest / "samples" / SAMPLE


def resumed(case: Case) -> Result:
    return case.lab.run("compare", "--resume", "latest")


def reported(case: Case) -> Result:
    return case.lab.run_module("report", "latest")


def check_other_is_aside(case: Case, other: bytes) -> None:
    """Its block was measured again whole: what else it had is kept as it was."""
    assert (case.lab.latest / "aside" / "1" / OTHER).read_bytes() == other
    assert len(case.samples) == 8


@contextmanager
def damaged(path: Path) -> Iterator[bytes]:
    """A file that is not as it was while the block lasts; what it held."""
    kept = path.read_bytes()
    yield kept
    path.write_bytes(kept)


def changed(path: Path, **values: Any) -> None:
    """Change keys of a JSON file."""
    path.write_text(written(json.loads(path.read_text()) | values))


@fault(
    "data",
    "A sample is truncated, and the run is resumed",
    code=0,
    sees="""r1-good-40x10.json: not a sample: ... Its block is measured again.
    ... Going on with ...: 4 blocks of 4 left to measure""",
    resume="measures its block again; the damaged file is set aside",
)
def test_truncated_sample(case: Case) -> None:
    sample = interrupted(case)
    whole, other = sample.read_bytes(), case.before[OTHER]
    sample.write_bytes(whole[:1000])
    case.check(resumed(case))
    assert (case.lab.latest / "aside" / "1" / SAMPLE).read_bytes() == whole[:1000]
    check_other_is_aside(case, other)
    case.nothing_left()


@fault(
    "data",
    "A sample is empty, and the run is resumed",
    code=0,
    sees="""r1-good-40x10.json: not a sample: ... Its block is measured again.
    ... Going on with ...: 4 blocks of 4 left to measure""",
    resume="measures its block again; the damaged file is set aside",
)
def test_empty_sample(case: Case) -> None:
    interrupted(case).write_bytes(b"")
    other = case.before[OTHER]
    case.check(resumed(case))
    check_other_is_aside(case, other)
    case.nothing_left()


@fault(
    "data",
    "A sample is gone, and the run is resumed",
    code=0,
    sees="Going on with ...: 4 blocks of 4 left to measure",
    resume="measures its block again",
)
def test_missing_sample(case: Case) -> None:
    interrupted(case).unlink()
    other = case.before[OTHER]
    case.check(resumed(case))
    check_other_is_aside(case, other)
    case.nothing_left()


@fault(
    "data",
    "A sample is truncated, and the page is written again",
    code=2,
    sees="samples/r1-good-40x10.json: not a sample: ...",
    resume="measures its block again",
)
def test_truncated_sample_is_reported(case: Case) -> None:
    sample = interrupted(case)
    sample.write_bytes(sample.read_bytes()[:1000])
    del case.before[SAMPLE]
    case.check_seen(reported(case))
    case.resume(left=4)


@fault(
    "data",
    "A sample of another run lies among the samples",
    code=2,
    sees="""samples/r1-sync_requests-150x30.json: results/.../run.json plans no such sample. Move it
    away.""",
    resume=REFUSED,
)
def test_foreign_sample(case: Case) -> None:
    foreign = interrupted(case).with_name("r1-sync_requests-150x30.json")
    foreign.write_bytes(case.before[SAMPLE])
    case.check_seen(resumed(case))
    foreign.unlink()
    case.resume(left=3)


@fault(
    "data",
    "A sample is another one under its name",
    code=2,
    sees="""samples/r1-good-40x10.json: it holds the sample r1-good-20x10.json. It does not belong
    to this run: move it away.""",
    resume=REFUSED,
)
def test_sample_under_another_name(case: Case) -> None:
    sample = interrupted(case)
    with damaged(sample):
        sample.write_bytes(case.before[OTHER])
        case.check_seen(resumed(case))
    case.resume(left=3)


@fault(
    "data",
    "A sample was taken on another machine",
    code=2,
    sees="""samples/r1-good-40x10.json: measured with another machine, profile, lock or load
    generator than results/.../run.json says. It does not belong to this run: move it away.""",
    resume=REFUSED,
)
def test_sample_of_another_machine(case: Case) -> None:
    sample = interrupted(case)
    origin = json.loads(sample.read_text())["origin"]
    with damaged(sample):
        changed(sample, origin=origin | {"machine": "0123456789abcdef"})
        case.check_seen(resumed(case))
    case.resume(left=3)


@fault(
    "data",
    "A sample has a newer schema",
    code=2,
    sees="samples/r1-good-40x10.json: a sample of schema 2; this version reads schema 1.",
    resume="refuses until a version that reads it is used, or the file is moved away",
)
def test_newer_sample(case: Case) -> None:
    sample = interrupted(case)
    with damaged(sample):
        changed(sample, schema=2)
        case.check_seen(resumed(case))
        case.check_seen(reported(case))
    case.resume(left=3)


@fault(
    "data",
    "A sample has grown to more than any sample has",
    code=2,
    sees="samples/r1-good-40x10.json: 1,000,000,001 bytes, more than any sample has. Move it away.",
    resume=REFUSED,
)
def test_huge_sample(case: Case) -> None:
    sample = interrupted(case)
    with damaged(sample):
        os.truncate(sample, 1_000_000_001)  # sparse: it takes no room
        case.check_seen(resumed(case))
        case.check_seen(reported(case))
    case.resume(left=3)


@fault(
    "data",
    "run.json is gone",
    code=2,
    sees="'latest' is no run: there is no run.json in it. Runs lie under results.",
    resume="has no plan to go on with; the samples stay as they are",
)
def test_run_json_gone(case: Case) -> None:
    run = interrupted(case).parents[1] / "run.json"
    with damaged(run):
        run.unlink()
        case.check_seen(resumed(case))
        case.check_seen(reported(case))
    case.resume(left=3)


@fault(
    "data",
    "run.json is cut off",
    code=2,
    sees="results/.../run.json: cannot be read as a run: ...",
    resume="has no plan to go on with; the samples stay as they are",
)
def test_run_json_cut_off(case: Case) -> None:
    run = interrupted(case).parents[1] / "run.json"
    with damaged(run) as whole:
        run.write_bytes(whole[:500])
        case.check_seen(resumed(case))
        case.check_seen(reported(case))
    case.resume(left=3)


@fault(
    "data",
    "run.json plans what cannot be",
    code=2,
    sees="""results/.../run.json: its plan is broken: it does not hold every target once in every
    round.""",
    resume="refuses; the samples stay as they are",
)
def test_broken_plan(case: Case) -> None:
    run = interrupted(case).parents[1] / "run.json"
    plan = case.run["plan"]
    with damaged(run):
        changed(run, plan=plan | {"blocks": plan["blocks"][1:]})
        case.check_seen(resumed(case))
    case.resume(left=3)


def killed(case: Case) -> Path:
    """A run that was killed in its second round. Its lines: the blocks of `good` and `bad`."""
    case.targets()
    case.patch(
        "lab/files/folder.py",
        "        partial.replace(path)\n",
        "        if path.name == 'r2-bad-20x10.json':\n"
        "            os.kill(os.getpid(), 9)\n"
        "        partial.replace(path)\n",
    )
    assert case.compare().code == -signal.SIGKILL
    case.mend()
    case.before = case.check_samples()
    assert case.lab.read("run.json")["blocks"] == []
    assert case.lines.read_bytes().count(b"\n") == 2
    return case.lines


@fault(
    "data",
    "The last line of blocks.jsonl was cut off, as by a pulled plug",
    code=0,
    sees="Going on with ...: 3 blocks of 4 left to measure",
    resume="measures its block again",
)
def test_last_line_cut_off(case: Case) -> None:
    lines = killed(case)
    lines.write_bytes(lines.read_bytes()[:-100])
    assert reported(case).code == 0
    assert [block["target"] for block in case.run["blocks"]] == ["good"]
    case.check(resumed(case))
    aside = {path.name for path in case.lab.latest.glob("aside/1/r1-*")}
    assert aside == {"r1-bad-40x10.json", "r1-bad-20x10.json"}
    case.nothing_left()


@fault(
    "data",
    "A line in the middle of blocks.jsonl is broken",
    code=2,
    sees="""results/.../blocks.jsonl, line 1: cannot be read as a block: ... Take that line out:
    --resume then measures its block again.""",
    resume="refuses until the line is taken out, and measures its block again then",
)
def test_broken_line(case: Case) -> None:
    lines = killed(case)
    first, second = lines.read_bytes().splitlines(keepends=True)
    lines.write_bytes(first[:50] + b"\n" + second)
    case.check_seen(resumed(case))
    case.check_seen(reported(case))
    lines.write_bytes(second)
    assert reported(case).code == 0
    case.resume(left=3)


@fault(
    "data",
    "blocks.jsonl has a newer schema",
    code=2,
    sees="results/.../blocks.jsonl, line 2: a block of schema 2; this version reads schema 1.",
    resume="refuses until a version that reads it is used",
)
def test_newer_line(case: Case) -> None:
    lines = killed(case)
    with damaged(lines) as whole:
        first, second = whole.splitlines(keepends=True)
        lines.write_bytes(first + second.replace(b'"schema":1', b'"schema":2'))
        case.check_seen(resumed(case))
        case.check_seen(reported(case))
    case.resume(left=2)


@fault(
    "data",
    "The run's folder was copied from another machine",
    code=2,
    sees="""... cannot go on here: new samples could not be compared with those it has. - another
    machine: kernel 5.4.0-elsewhere there, ... here Go on where it began, undo what has changed, or
    begin anew: nox -s compare""",
    resume="refuses, and names what differs; the page can be written again anywhere",
)
def test_copied_from_another_machine(case: Case) -> None:
    run = interrupted(case).parents[1] / "run.json"
    with damaged(run):
        changed(run, machine=case.run["machine"] | {"kernel": "5.4.0-elsewhere"})
        case.check_seen(resumed(case))
        assert reported(case).code == 0
    case.resume(left=3)


@fault(
    "data",
    "A target's lock has changed since",
    code=2,
    sees="""... cannot go on here: new samples could not be compared with those it has. - good: its
    lock, requirements.txt, is another: idna not there, 3.10 here""",
    resume="refuses, and names what differs, until the lock is as it was",
)
def test_changed_lock(case: Case) -> None:
    interrupted(case)
    lock = case.lab.root / "targets" / "good" / "requirements.txt"
    with damaged(lock):
        lock.write_text("idna==3.10 \\\n    --hash=sha256:" + "0" * 64 + "\n")
        case.check_seen(resumed(case))
    case.resume(left=3)


@fault(
    "data",
    "A target's code has changed since it was measured",
    code=2,
    sees="- good: its code has changed (a .py file in targets/good)",
    resume="refuses until the code is as it was",
)
def test_changed_code(case: Case) -> None:
    interrupted(case)
    server = case.lab.root / "targets" / "good" / "server.py"
    with damaged(server) as whole:
        server.write_bytes(whole + b"# quicker\n")
        case.check_seen(resumed(case))
    case.resume(left=3)


@fault(
    "data",
    "A target is gone",
    code=2,
    sees="unknown target 'good'. Targets: bad.",
    resume="refuses until it is back",
)
def test_target_gone(case: Case) -> None:
    interrupted(case)
    folder = case.lab.root / "targets" / "good"
    shutil.move(folder, case.lab.root / "elsewhere")
    case.check(resumed(case))
    shutil.move(case.lab.root / "elsewhere", folder)
    case.resume(left=3)


@fault(
    "data",
    "A run is resumed with an option that it settled when it began, be it with its default",
    code=2,
    sees="--resume goes on with a run as it was begun: leave out --margin.",
    resume="refuses until the option is left out",
)
def test_resumed_with_a_default(case: Case) -> None:
    interrupted(case)
    case.check(case.lab.run("compare", "--resume", "latest", "--margin", "10"))
    case.resume(left=3)
