"""What killed runs have left is ended by the next, and nothing else is."""

import contextlib
import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from bench.process import left
from bench.process.machine_lock import PLACE, lock_folder
from bench.process.mark import RUN, note_session
from bench.process.scratch import scratch
from bench.process.turn import on_machine
from lab.paths import ROOT
from tests.bench.process.test_process import gone, linux_only, wait_for

# A server with a worker, which does not end with it.
SERVER = (
    "import os, pathlib, sys, time\n"
    "if os.fork() == 0:\n"
    "    {worker}\n"
    "    pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))\n"
    "time.sleep(600)\n"
)

# What nginx does: zeros over what was given to it. The kernel tells where that is.
HIDES = (
    "import ctypes; words = open('/proc/self/stat').read().rpartition(')')[2].split(); "
    "begin, end = int(words[47]), int(words[48]); ctypes.memset(begin, 0, end - begin)"
)

RUNS = (
    "import sys\n"
    "from pathlib import Path\n"
    "from bench.process.child import Child\n"
    "from bench.process.scratch import scratch\n"
    "from bench.process.turn import on_machine\n"
    "results, pid_file, server = sys.argv[1:]\n"
    "with on_machine(print), scratch(Path(results)), open(pid_file + '.log', 'wb') as output:\n"
    "    Child([sys.executable, '-c', server, pid_file], output=output).wait()\n"
)


@dataclass(frozen=True)
class Killed:
    """A run of which a server's worker and a folder are left."""

    results: Path
    worker: int
    scratch: Path


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing of what these tests look at is anybody else's."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setenv(PLACE, str(tmp_path / "place"))
    monkeypatch.delenv(RUN, raising=False)
    return tmp_path / "place"


@contextlib.contextmanager
def running(
    tmp_path: Path, *, worker: str = "pass", place: Path | None = None
) -> Iterator[tuple[psutil.Process, Killed]]:
    """A run in mid-load, and what will be left of it."""
    results, pid_file = tmp_path / "results", tmp_path / "pid"
    results.mkdir()
    env = os.environ | ({PLACE: str(place)} if place else {})
    process = subprocess.Popen(
        [sys.executable, "-c", RUNS, str(results), str(pid_file), SERVER.format(worker=worker)],
        cwd=ROOT, env=env,
    )  # fmt: skip
    try:
        pid = int(wait_for(pid_file))
        (folder,) = (tmp_path / "tmp").iterdir()
        yield psutil.Process(process.pid), Killed(results, pid, folder)
    finally:
        process.kill()
        process.wait()
        with contextlib.suppress(NameError, ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def kill_all_that_cleans(bench: psutil.Process) -> None:
    """At once: none of them sees another one's end."""
    all_of_it = [bench, *(child for child in bench.children() if "-S" in child.cmdline())]
    assert len(all_of_it) == 3  # the bench, a keeper, a janitor
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for process in all_of_it:
            process.send_signal(number)
    for process in all_of_it:
        assert gone(process.pid)


def taken() -> list[str]:
    """What is said when the machine is taken."""
    said: list[str] = []
    with on_machine(said.append):
        assert [path.name for path in lock_folder().glob("run-*")] == [Path(os.environ[RUN]).name]
    return said


@linux_only
def test_the_master_goes_with_its_keeper_and_the_next_run_ends_the_rest(tmp_path: Path) -> None:
    with running(tmp_path) as (bench, run):
        master = psutil.Process(run.worker).ppid()
        kill_all_that_cleans(bench)
        assert gone(master)
        assert not gone(run.worker, within_s=0.1)
        assert run.scratch.is_dir()
        (run.results / ".a.json.0123abcd.partial").write_text("half")
        began_s = time.monotonic()
        ended, removed = taken()
        assert time.monotonic() - began_s < 1
        assert gone(run.worker, within_s=0.1)
    assert ended.startswith(f"Ended 1 process that a killed run had left: {run.worker} ")
    assert removed == f"Removed 1 temporary folder that a killed run had left: {run.scratch}"
    assert list((tmp_path / "tmp").iterdir()) == []
    assert list(run.results.iterdir()) == []
    assert taken() == []


@linux_only
def test_one_that_hides_its_environment_is_found_by_its_session(tmp_path: Path) -> None:
    """As nginx, whose title lies over it."""
    with running(tmp_path, worker=HIDES) as (bench, run):
        kill_all_that_cleans(bench)
        assert psutil.Process(run.worker).environ() == {}
        ended, _ = taken()
        assert gone(run.worker, within_s=0.1)
    assert ended.startswith(f"Ended 1 process that a killed run had left: {run.worker} ")


def test_a_run_that_was_killed_alone_is_given_the_time_to_go(tmp_path: Path) -> None:
    """Its keepers and janitors are at it, and nothing is left to tell of."""
    with running(tmp_path) as (bench, run):
        bench.kill()
        assert gone(bench.pid)
        assert taken() == []
        assert gone(run.worker, within_s=0.1)
        assert not run.scratch.exists()


def test_a_live_run_elsewhere_is_left_alone(tmp_path: Path) -> None:
    """With another lock: in another container, or with another TMPDIR."""
    with running(tmp_path, place=tmp_path / "elsewhere") as (bench, run):
        assert taken() == []
        assert bench.is_running()
        assert not gone(run.worker, within_s=0.1)
        assert run.scratch.is_dir()


@linux_only
def test_a_killed_run_elsewhere_is_ended_too(tmp_path: Path) -> None:
    with running(tmp_path, place=tmp_path / "elsewhere") as (bench, run):
        kill_all_that_cleans(bench)
        assert len(taken()) == 2
        assert gone(run.worker, within_s=0.1)


@linux_only
def test_a_lock_that_is_out_of_sight_says_nothing() -> None:
    """The run may live, where its folder is; so it may where somebody has removed that."""
    removed = lock_folder() / "run-1"
    for run in (Path("/nowhere/viewlab-0/run-1"), removed):
        with subprocess.Popen(["/bin/sleep", "600"], env={RUN: str(run)}) as process:
            assert taken() == []
            assert process.poll() is None
            removed.mkdir()
            assert len(taken()) == (run == removed)
            process.kill()


def test_nothing_is_ended_where_locks_have_no_effect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There two runs may live at once."""

    def unknown(_descriptor: int, _kind: int) -> None:
        raise OSError(errno.ENOTSUP, "Operation not supported")

    with running(tmp_path, place=tmp_path / "elsewhere") as (bench, run):
        monkeypatch.setenv(PLACE, str(tmp_path / "elsewhere"))
        monkeypatch.setattr("fcntl.flock", unknown)
        with on_machine(pytest.fail):
            pass
        assert bench.is_running()
        assert not gone(run.worker, within_s=0.1)
        assert run.scratch.is_dir()


def test_a_process_that_has_ended_is_not_told_of_where_its_parent_takes_its_time() -> None:
    """Its environment is gone as that of one that hides it."""
    run = lock_folder() / "run-1"
    run.mkdir()
    with subprocess.Popen(["/bin/sleep", "600"], start_new_session=True) as process:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(RUN, str(run))
            assert note_session(process.pid)
        process.kill()
        assert gone(process.pid)
        assert taken() == []


def test_a_scratch_folder_that_is_held_stays() -> None:
    with scratch() as folder:
        assert taken() == []
        assert folder.is_dir()


def test_whoever_asks_does_not_end_itself() -> None:
    """Also where it was started from what an ended run has left."""
    code = (
        "import os; from pathlib import Path; from bench.process.left import end_left\n"
        "print(end_left(Path(os.environ['VIEWLAB_RUN']).parent))\n"
    )
    with on_machine(pytest.fail):
        env = os.environ | {RUN: os.environ[RUN]}
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
            check=True,
        )
    assert done.stdout == "[]\n"


def test_a_long_list_is_cut() -> None:
    assert left._listed(list("abcdefg")) == "a; b; c; d; e; and 2 more"
