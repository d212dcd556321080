"""The first and the last moments of a command: its streams, its signals, its exit code."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lab.paths import ROOT
from tests.support.lab import Lab, processes_of


def run(*arguments: str, **options: Any) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-m", "bench", *arguments],
        cwd=ROOT, stdin=subprocess.DEVNULL, timeout=60, check=False, **options,
    )  # fmt: skip


def test_a_closed_output_is_no_traceback() -> None:
    done = run("compare", "--only", "none", stderr=subprocess.PIPE, preexec_fn=lambda: os.close(1))
    assert done.returncode == 2
    assert done.stderr.startswith(b"unknown target 'none'.")
    assert b"Traceback" not in done.stderr


def test_closed_errors_change_no_exit_code() -> None:
    done = run("compare", "--only", "none", stdout=subprocess.PIPE, preexec_fn=lambda: os.close(2))
    assert (done.returncode, done.stdout) == (2, b"")


def test_what_the_output_cannot_show_is_escaped() -> None:
    done = run(
        "compare", "--only", "na\u00efve",
        capture_output=True, env=os.environ | {"PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith(rb"unknown target 'na\xefve'.")


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_before_anything_is_imported_is_an_interrupt(name: str, tmp_path: Path) -> None:
    """The first import stands still until the signal has come."""
    (tmp_path / "argparse.py").write_text(
        "print('importing', flush=True)\nimport time\ntime.sleep(60)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "bench", "compare"],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(tmp_path)}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "importing\n"
    process.send_signal(signal.Signals[name])
    _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (130, "")


def test_a_signal_while_python_ends_changes_no_exit_code() -> None:
    code = (
        "import atexit, os, signal, sys, types\n"
        "from lab.entry import start\n"
        "sys.modules['ended'] = types.SimpleNamespace(main=lambda _arguments: 3)\n"
        "atexit.register(lambda: [os.kill(os.getpid(), each) for each in (2, 15, 1)])\n"
        "sys.exit(start('ended'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=20, check=False
    )
    assert (done.returncode, done.stderr) == (3, b"")


def test_a_link_to_itself_is_wrong_use(lab: Lab, tmp_path: Path) -> None:
    lab.add("one")
    (tmp_path / "loop").symlink_to("loop")
    done = lab.compare("--results", "loop")
    assert done.code == 2
    assert done.err.startswith("loop: a run cannot be written here: ")


def test_a_file_in_the_place_of_latest_is_kept(lab: Lab, tmp_path: Path) -> None:
    lab.add("one")
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "latest").write_text("mine")
    done = lab.compare()
    assert done.code == 2
    assert done.err == (
        "results/latest: it is no link, and that to the newest run belongs there. Move it away, or "
        "name another folder with --results DIR.\n"
    )
    assert (tmp_path / "results" / "latest").read_text() == "mine"
    assert processes_of(lab.root) == []


@pytest.mark.slow
def test_code_that_changes_while_a_run_goes_on_fails_its_blocks(lab: Lab) -> None:
    """In the first round the target changes its own code."""
    lab.add("one", "open(__file__, 'a').write('\\n# changed\\n')")
    lab.add("two")
    done = lab.compare("--rounds", "2", "--baseline", "two")
    assert done.code == 1
    assert (
        "FAILED: one: its code has changed since the run began (a .py file in targets/one). Undo "
        "that, and measure its blocks again with --resume."
    ) in done.out
    blocks = lab.read("run.json")["blocks"]
    errors = {(block["round"], block["target"]): block["error"] for block in blocks}
    assert errors[1, "one"] is None
    assert errors[1, "two"] is errors[2, "two"] is None


@pytest.mark.slow
def test_a_target_that_is_removed_while_a_run_goes_on_fails_its_blocks_alone(lab: Lab) -> None:
    lab.add("one", "os.rename(os.getcwd(), os.getcwd() + '.gone')")
    lab.add("two")
    done = lab.compare("--rounds", "2", "--baseline", "two")
    assert (done.code, done.err) == (1, "")
    errors = [block["error"] for block in lab.read("run.json")["blocks"]]
    assert len(errors) == 4
    assert errors.count(None) == 3
