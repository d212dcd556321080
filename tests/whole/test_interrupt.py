"""Ctrl-C, TERM, KILL, a closed terminal: what was measured is kept, and nothing is left."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.lab import SLOW, Lab, processes_of, wait_until


@pytest.mark.slow
def test_the_page_is_there_after_the_first_round(lab: Lab) -> None:
    lab.add("one")
    process = lab.start("compare", "--profile", "quick.toml", "--rounds", "3")
    wait_until(process, "round 2/3  one: starting")
    assert "1 of 3 rounds done" in (lab.latest / "index.html").read_text()
    assert lab.read("summary.json")["run"]["rounds"] == {"asked": 3, "done": 1}
    process.communicate(timeout=60)
    assert process.returncode == 0


@pytest.mark.slow
def test_the_bench_ends_when_what_started_it_is_gone(lab: Lab) -> None:
    """As nox, which dies of a TERM without a word to what it runs."""
    lab.add("one", SLOW)
    code = (
        "import os, subprocess, sys\n"
        "env = os.environ | {'VIEWLAB_PARENT': str(os.getpid())}\n"
        "subprocess.run([sys.executable, '-m', 'bench', *sys.argv[1:]], env=env)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, "--profile", "quick.toml", "--levels", "40/10,20/10"],
        cwd=lab.root, env=lab.env, stdout=subprocess.PIPE, text=True,
    ) as parent:  # fmt: skip
        wait_until(parent, " RPS, mean ")
        parent.kill()
        assert parent.stdout is not None
        rest = parent.stdout.read()  # ends when the bench, too, has closed it
    assert "Interrupted. What was measured is kept" in rest


@pytest.mark.slow
def test_the_bench_ends_when_its_terminal_is_closed(lab: Lab) -> None:
    """The kernel tells only the session's leader, which need not hand it on."""
    lab.add("one", SLOW)
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "bench", "--profile", "quick.toml", "--no-control", "--rounds", "9",
         "--levels", "40/10,20/10"],
        cwd=lab.root, env=lab.env, stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    while b"1/18" not in shown:
        shown += os.read(ours, 65536)
    os.close(ours)
    process.wait(30)
    assert processes_of(lab.root) == []
    assert lab.read("run.json")["complete"] is False
    assert "This run is not complete" in (lab.latest / "index.html").read_text()


@pytest.mark.quick("SIGINT")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_an_interrupted_run_keeps_what_was_measured_and_writes_the_page(
    lab: Lab, name: str
) -> None:
    lab.add("one", SLOW)
    process = lab.start(
        "compare", "--profile", "quick.toml", "--levels", "40/10,20/10", "--rounds", "5"
    )
    wait_until(process, " RPS, mean ")
    process.send_signal(signal.Signals[name])
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "")
    assert "Interrupted. What was measured is kept: 0 of 5 rounds are whole." in out
    assert f"nox -s report -- {lab.latest.name}" in out
    assert len(lab.samples()) >= 1
    summary = lab.read("summary.json")
    assert summary["run"]["complete"] is False
    assert "This run is not complete" in (lab.latest / "index.html").read_text()
    assert processes_of(lab.root) == []


@pytest.mark.slow
def test_a_second_ctrl_c_leaves_nothing_running(lab: Lab) -> None:
    lab.add("one", SLOW + "signal = __import__('signal'); signal.signal(15, signal.SIG_IGN)")
    process = lab.start(
        "compare", "--profile", "quick.toml", "--rounds", "5", "--levels", "40/10,20/10"
    )
    wait_until(process, " RPS, mean ")
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)  # the first must have arrived: two at once would be one
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 130
    assert processes_of(lab.root) == []


def test_nothing_survives_a_killed_bench(lab: Lab) -> None:
    lab.add("one", SLOW)
    process = lab.start(
        "compare", "--profile", "quick.toml", "--rounds", "5", "--levels", "40/10,20/10"
    )
    wait_until(process, " RPS, mean ")
    process.kill()
    process.communicate(timeout=20)
    deadline_s = time.monotonic() + 2
    while processes_of(lab.root) and time.monotonic() < deadline_s:
        os.sched_yield()
    assert processes_of(lab.root) == []
    for path in lab.latest.glob("samples/*"):
        assert len(json.loads(path.read_text())["latencies_s"]) > 0


def test_output_that_nobody_reads_ends_the_run_without_a_traceback(lab: Lab) -> None:
    lab.add("one")
    process = lab.start("compare", "--profile", "quick.toml", "--rounds", "3")
    wait_until(process, "Results go to")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(60) == 1


@pytest.mark.slow
def test_a_run_in_another_folder_says_how_to_report_it(lab: Lab, tmp_path: Path) -> None:
    lab.add("one", SLOW)
    process = lab.start(
        "compare", "--profile", "quick.toml", "--rounds", "5", "--results", "else where"
    )
    wait_until(process, " RPS, mean ")
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    (run,) = [path for path in (tmp_path / "else where").iterdir() if not path.is_symlink()]
    assert f"nox -s report -- '{run}'" in out
