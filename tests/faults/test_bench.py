"""The bench is interrupted or killed, at each of its stages, or cannot write."""

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from bench.process.child import STOP_TIMEOUT_S
from tests.faults.case import PLAN, ROUNDS, Case, tree
from tests.faults.fault import fault
from tests.faults.namespace import in_namespace, root_only
from tests.support.lab import Result, processes_of, wait_until

pytestmark = pytest.mark.slow

# What is printed after an interrupt.
KEPT = """Interrupted. What was measured is kept: ... of 2 rounds are whole. To go on with it:
nox -s compare -- --resume ... To write its page again: nox -s report -- ..."""
WAITS = """Another run is under way on this machine (pid ..., since ..., in ...: ... -m bench
compare ...): waiting for it to end."""
ON = "measures what is left, and the block that was cut off whole"

# A target that stops at request number N of its server, and tells when it is there.
STANDS_STILL = """
REACHED = FAULT + ".reached"

def stand_still():
    open(REACHED, "w").close()
    threading.Event().wait()

def answer(self, number):
    if number == {number} and os.path.exists(FAULT):
        stand_still()
    self.reply(200, upstream())
Handler.answer = answer
"""
IGNORES_TERM = """
import signal
if os.path.exists(FAULT):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
"""
CHECK, WARM_UP, LOAD = 1, 5, 70


def wait_for(path: Path, process: "subprocess.Popen[str]") -> None:
    """Wait until the path is there, for as long as the process lives."""
    while not path.exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)


def wait_until_hey_is_gone(process: "subprocess.Popen[Any]") -> None:
    """The first thing that the bench does after a Ctrl-C in mid-load."""
    while any(_is_hey(each) for each in tree(process.pid)):
        time.sleep(0.01)


def _is_hey(process: psutil.Process) -> bool:
    try:
        return process.name() == "hey"
    except psutil.NoSuchProcess:  # it ended since it was listed
        return False


def reached(case: Case) -> Path:
    return Path(f"{case.marker}.reached")


def ended(process: "subprocess.Popen[str]", timeout_s: float = 60) -> Result:
    out, err = process.communicate(timeout=timeout_s)
    return Result(process.returncode, out, err)


def signalled_at(case: Case, number: int, name: str) -> Result:
    """The run, sent a signal when the target stands still at a request."""
    case.targets(STANDS_STILL.format(number=number))
    # The first block is that of `good`: what it measured must be kept.
    process = case.start()
    wait_for(reached(case), process)
    process.send_signal(signal.Signals[name])
    return ended(process)


def cut_off_while_environments_are_made(case: Case, name: str) -> None:
    """It stands still in uv, which goes with the bench. Then all is made anew."""
    case.targets()
    uv = case.lab.root / "uv"
    stands_still = f"[ -e '{case.marker}' ] && touch '{reached(case)}' && exec sleep 600"
    uv.write_text(f"#!/bin/sh\n{stands_still}\nexec '{case.lab.env['UV']}' \"$@\"\n")
    uv.chmod(0o755)
    case.lab.env["UV"] = str(uv)
    process = case.start()
    wait_for(reached(case), process)
    process.send_signal(signal.Signals[name])
    case.check(ended(process))
    case.nothing_begun()
    case.mend()
    assert case.compare().code == 0
    case.check_clean()


@fault(
    "bench",
    "Ctrl-C while environments are made",
    code=130,
    sees="Interrupted.",
    resume="has nothing to go on with: no run had begun, and the environments are made anew",
)
def test_ctrl_c_while_environments_are_made(case: Case) -> None:
    cut_off_while_environments_are_made(case, "SIGINT")


@fault(
    "bench",
    "KILL while environments are made",
    code=-9,
    sees="",
    resume="has nothing to go on with: no run had begun, and the environments are made anew",
)
def test_kill_while_environments_are_made(case: Case) -> None:
    cut_off_while_environments_are_made(case, "SIGKILL")


@fault("bench", "Ctrl-C while a server starts", code=130, sees=KEPT, resume=ON)
def test_ctrl_c_while_a_server_starts(case: Case) -> None:
    case.targets(
        """
        if os.path.exists(FAULT):
            open(FAULT + ".reached", "w").close()
            threading.Event().wait()
        """
    )
    process = case.start()
    wait_for(reached(case), process)
    process.send_signal(signal.SIGINT)
    case.check_and_resume(ended(process), left=3)


@fault("bench", "Ctrl-C while a target is checked", code=130, sees=KEPT, resume=ON)
def test_ctrl_c_while_a_target_is_checked(case: Case) -> None:
    case.check_and_resume(signalled_at(case, CHECK, "SIGINT"), left=3)


@fault("bench", "Ctrl-C in the warm-up", code=130, sees=KEPT, resume=ON)
def test_ctrl_c_in_the_warm_up(case: Case) -> None:
    case.check_and_resume(signalled_at(case, WARM_UP, "SIGINT"), left=3)


@fault("bench", "Ctrl-C in mid-load", code=130, sees=KEPT, resume=ON)
def test_ctrl_c_in_mid_load(case: Case) -> None:
    case.check_and_resume(signalled_at(case, LOAD, "SIGINT"), left=3)
    assert list(case.lab.latest.glob("aside/1/r1-bad-*.json")) != []


@fault("bench", "Ctrl-C while the page is written", code=130, sees=KEPT, resume=ON)
def test_ctrl_c_while_the_page_is_written(case: Case) -> None:
    case.targets()
    case.patch(
        "report/cli.py",
        "        folder = run_json.find(options.run)\n",
        "        folder = run_json.find(options.run)\n"
        "        from pathlib import Path; import time\n"
        "        if Path(MARKER).exists() and options.quiet:\n"
        f"            Path({str(reached(case))!r}).touch(); time.sleep(600)\n",
    )
    process = case.start()
    wait_for(reached(case), process)
    process.send_signal(signal.SIGINT)
    case.check(ended(process))
    assert len(case.samples) == 4
    case.mend()
    case.resume(left=2)


@fault("bench", "Ctrl-C twice", code=130, sees=KEPT, resume=ON)
def test_ctrl_c_twice(case: Case) -> None:
    """The second while the server, which ignores TERM, is waited for: it is killed at once."""
    case.targets(STANDS_STILL.format(number=LOAD) + IGNORES_TERM)
    process = case.start()
    wait_for(reached(case), process)
    process.send_signal(signal.SIGINT)
    wait_until_hey_is_gone(process)  # two that come at once would be one
    process.send_signal(signal.SIGINT)
    # Unheeded, it would take STOP_TIMEOUT_S and the page.
    case.check_and_resume(ended(process, timeout_s=STOP_TIMEOUT_S - 1), left=3)


# Where `run.json` is written, and right after that.
WRITES = '        write_whole(self.path / FILE, text + b"\\n")\n'
KILLED = "            os.kill(os.getpid(), 9)\n"


@fault(
    "bench",
    "Ctrl-C twice, the second while the run's end is written down",
    code=130,
    sees=KEPT,
    resume=ON,
)
def test_ctrl_c_while_the_end_is_written_down(case: Case) -> None:
    case.targets(STANDS_STILL.format(number=LOAD))
    case.patch(
        "lab/files/folder.py",
        WRITES,
        "        if run.finished and Path(MARKER).exists():\n"
        "            Path(MARKER).unlink()\n"
        "            raise KeyboardInterrupt\n" + WRITES,
    )
    process = case.start()
    wait_for(reached(case), process)
    process.send_signal(signal.SIGINT)
    case.check_and_resume(ended(process), left=3)


@fault("bench", "TERM in mid-load", code=130, sees=KEPT, resume=ON)
def test_term(case: Case) -> None:
    case.check_and_resume(signalled_at(case, LOAD, "SIGTERM"), left=3)


@fault("bench", "KILL in mid-load", code=-9, sees="", resume=ON)
def test_kill(case: Case) -> None:
    """Within two seconds nothing is left: no process, no trust store, no half-written file."""
    case.check_and_resume(signalled_at(case, LOAD, "SIGKILL"), left=3)


# Put into a target: what serves is a worker, which does not end with its master.
WORKER = """
def serve_forever(self, serve=Server.serve_forever):
    if os.fork() == 0:
        serve(self)
    os.wait()
Server.serve_forever = serve_forever
"""


def kill_together(process: "subprocess.Popen[str]") -> None:
    """Kill a bench, its keepers and its janitor, so that none of them sees another one's end."""
    theirs = [
        each
        for each in tree(process.pid)
        if any("bench" in word or word.endswith("janitor.py") for word in each.cmdline())
    ]
    for name in (signal.SIGSTOP, signal.SIGKILL):
        for each in theirs:
            each.send_signal(name)


@fault(
    "bench",
    "KILL in mid-load of the bench and all its keepers at once, and then `check`",
    code=-9,
    sees="""Ended ... that a killed run had left: ... server.py ... Removed 1 temporary folder that
    a killed run had left: ...""",
    resume="measures what is left; any command that loads or serves ends what is there first",
)
def test_all_killed_together(case: Case) -> None:
    """The kernel ends the masters, where it can; workers, trust store and sockets stay."""
    case.targets(STANDS_STILL.format(number=LOAD) + WORKER)
    process = case.start()
    wait_for(reached(case), process)
    kill_together(process)
    killed = ended(process)
    assert any("server.py" in words for words in processes_of(case.lab.root))
    assert list(case.tmp.iterdir()) != []
    checked = case.lab.run("check", "good")
    assert (checked.code, checked.err) == (0, "")
    case.check(Result(killed.code, killed.out + checked.out, killed.err))
    case.mend()
    case.resume(left=3)


@fault("bench", "KILL while a sample is written", code=-9, sees="", resume=ON)
def test_kill_while_a_sample_is_written(case: Case) -> None:
    case.targets()
    case.patch(
        "lab/files/folder.py",
        "        partial.replace(path)\n",
        "        if path.name == 'r2-bad-20x10.json' and Path(MARKER).exists():\n"
        "            os.kill(os.getpid(), 9)\n"
        "        partial.replace(path)\n",
    )
    case.check(case.compare())
    assert "r2-bad-20x10.json" not in case.samples
    case.mend()
    case.resume(left=2)


@fault(
    "bench",
    "KILL after the last sample of a block, before that is on record",
    code=-9,
    sees="",
    resume="""measures that block again: whether its target still answered right after the load is
    not known""",
)
def test_kill_before_a_block_is_on_record(case: Case) -> None:
    case.targets()
    case.patch(
        "bench/run/walk.py",
        "        self._state.settle(record, outcome)\n",
        "        from pathlib import Path; import os\n"
        "        if len(self._state.records) == 3 and Path(MARKER).exists():\n"
        "            os.kill(os.getpid(), 9)\n"
        "        self._state.settle(record, outcome)\n",
    )
    result = case.compare()
    assert len(case.samples) == 8
    case.check_and_resume(result, left=1)
    assert len(list(case.lab.latest.glob("aside/1/*"))) == 2


def check_nothing_is_left(case: Case) -> None:
    """The run was killed at its end. `--resume` closes it, and no block is there twice."""
    then = case.run
    assert case.lines.read_bytes().count(b"\n") == 4
    case.mend()
    result = case.lab.run("compare", "--resume", "latest")
    assert (result.code, result.err) == (0, "")
    assert f"Nothing of {then['id']} is left to measure." in result.out
    assert not case.lines.exists()
    now = case.lab.read("run.json")
    assert (now["complete"], now["rounds"]) == (True, {"asked": 2, "done": 2})
    assert now["finished"] is not None
    assert now["blocks"] == then["blocks"]
    assert len(now["blocks"]) == 4
    assert (now["wall_s"], now["load_share"]) == (then["wall_s"], then["load_share"])
    assert case.check_samples() == case.before
    case.check_clean()
    summary = case.lab.read("summary.json")
    assert {cell["rounds"] for cell in summary["cells"]} == {2}


@fault(
    "bench",
    "KILL when all is measured, before run.json has the blocks that blocks.jsonl has",
    code=-9,
    sees="",
    resume="finds nothing left: both files are read, and run.json has all blocks then",
)
def test_kill_before_blocks_are_in_run_json(case: Case) -> None:
    case.targets()
    case.patch(
        "lab/files/folder.py",
        WRITES,
        "        if run.finished and Path(MARKER).exists():\n" + KILLED + WRITES,
    )
    case.check(case.compare())
    assert case.lab.read("run.json")["blocks"] == []
    check_nothing_is_left(case)


@fault(
    "bench",
    "KILL when run.json has all blocks, before blocks.jsonl is removed",
    code=-9,
    sees="",
    resume="finds nothing left: no block is counted twice",
)
def test_kill_before_lines_are_removed(case: Case) -> None:
    case.targets()
    case.patch(
        "lab/files/folder.py",
        WRITES,
        WRITES + "        if run.finished and Path(MARKER).exists():\n" + KILLED,
    )
    case.check(case.compare())
    assert len(case.lab.read("run.json")["blocks"]) == 4
    check_nothing_is_left(case)


@fault("bench", "KILL while a run is resumed", code=-9, sees="", resume=ON)
def test_kill_while_a_run_is_resumed(case: Case) -> None:
    assert signalled_at(case, LOAD, "SIGINT").code == 130
    reached(case).unlink()
    process = case.lab.start("compare", "--resume", "latest")
    wait_for(reached(case), process)
    process.kill()
    case.check_and_resume(ended(process), left=3)
    assert len(list(case.lab.latest.glob("aside/*"))) == 2


# Put into a target: in mid-load it kills a process of its lab.
KILLS = """
def answer(self, number):
    if number == BEFORE_LOAD + 30 and os.path.exists(FAULT):
        os.kill(VICTIM, 9)
    self.reply(200, upstream())
Handler.answer = answer
"""


@fault(
    "bench",
    "The keeper of a server is killed",
    code=1,
    sees="FAILED: bad stopped (signal 9).",
    resume="measures its blocks again; the server went with its keeper",
)
def test_killed_keeper(case: Case) -> None:
    case.targets(KILLS.replace("VICTIM", "os.getppid()"))
    case.check_and_resume(case.compare(), left=2)


@fault(
    "bench",
    "The process that removes temporary files is killed",
    code=0,
    sees="The page: results/.../index.html",
    resume="finds nothing left: the bench removes them itself",
)
def test_killed_janitor(case: Case) -> None:
    case.targets(
        """
        def janitor():
            for entry in filter(str.isdigit, os.listdir("/proc")):
                try:
                    words = open(f"/proc/{entry}/cmdline").read()
                except OSError:
                    continue
                if "janitor.py" in words and os.path.dirname(FAULT) in words:
                    os.unlink(FAULT)
                    return int(entry)
        """
        + textwrap.indent(KILLS.replace("VICTIM", "janitor()"), " " * 8)
    )
    case.check(case.compare())
    assert not case.marker.exists()
    case.nothing_left()


@fault("bench", "Its terminal is closed", code=130, sees="", resume=ON)
def test_closed_terminal(case: Case) -> None:
    case.targets(STANDS_STILL.format(number=LOAD))
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "bench", "compare", *PLAN, "--rounds", str(ROUNDS)],
        cwd=case.lab.root, env=case.lab.env, stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    while not reached(case).exists():
        os.read(ours, 65536)
    os.close(ours)
    case.check_and_resume(Result(process.wait(30), "", ""), left=3)


def mount(folder: Path, options: str) -> None:
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)


def unmount(folder: Path) -> None:
    subprocess.run(["umount", folder], check=True)


@pytest.fixture
def small_disk(case: Case) -> Iterator[Path]:
    """A file system of 1 MB on `results/`."""
    folder = case.lab.root / "results"
    mount(folder, "size=1m")
    yield folder
    unmount(folder)


@root_only
@fault(
    "bench",
    "The disk is full",
    code=3,
    sees="""results/.../... cannot be written: No space left on device. What was written before it
    is whole, and kept. To go on with what was measured: nox -s compare -- --resume ...""",
    resume="measures what is left, once there is room",
)
def test_full_disk(case: Case, small_disk: Path) -> None:
    case.targets(
        """
        def answer(self, number):
            if number == BEFORE_LOAD + 30 and os.path.exists(FAULT):
                with open("ROOT/results/filler", "wb", buffering=0) as file:
                    try:
                        while True:
                            file.write(b"x" * 512)
                    except OSError:
                        pass
            self.reply(200, upstream())
        Handler.answer = answer
        """.replace("ROOT", str(case.lab.root))
    )
    case.check(case.compare())
    (small_disk / "filler").unlink()
    case.mend()
    case.resume()


@root_only
@fault(
    "bench",
    "There is no room for files in TMPDIR",
    code=0,
    sees="The page: results/.../index.html",
    resume="finds nothing left: temporary files went to /tmp, and are gone",
)
def test_no_room_for_temporary_files(case: Case) -> None:
    """Python looks for a folder that it can write to, and so does all of the lab."""
    case.targets()
    mount(case.tmp, "size=4k,nr_inodes=1")
    try:
        with pytest.raises(OSError, match="No space left on device"):
            (case.tmp / "folder").mkdir()
        case.check(case.compare())
        case.nothing_left()
    finally:
        subprocess.run(["umount", case.tmp], check=True)


@root_only
@fault(
    "bench",
    "The results folder cannot be written to",
    code=2,
    sees="""results: a run cannot be written here: Read-only file system. Name another folder with
    --results DIR.""",
    resume="has nothing to go on with: no run had begun",
)
def test_read_only_results(case: Case, small_disk: Path) -> None:
    case.targets()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    case.check(case.compare())
    case.nothing_begun()


@root_only
@fault(
    "bench",
    "The results folder turns read-only in mid-run",
    code=3,
    sees="""results/.../samples/r1-bad-40x10.json cannot be written: Read-only file system. What was
    written before it is whole, and kept. To go on with what was measured: nox -s compare --
    --resume ...""",
    resume="measures what is left, once it can be written to",
)
def test_results_turn_read_only(case: Case) -> None:
    """A mount over the folder, for files that are open would keep its own from turning."""
    results = case.lab.root / "results"
    case.targets(
        f"""
        import subprocess

        def answer(self, number):
            if number == BEFORE_LOAD + 30 and os.path.exists(FAULT):
                for options in ("--bind {results}", "-o remount,bind,ro"):
                    subprocess.run(["mount", *options.split(), "{results}"], check=True)
            self.reply(200, upstream())
        Handler.answer = answer
        """
    )
    case.check(in_namespace(case, "-m"))
    assert sorted(case.samples) == ["r1-good-20x10.json", "r1-good-40x10.json"]
    case.mend()
    case.resume(left=3)


@root_only
@fault(
    "bench",
    "The disk is full when the page is written",
    code=3,
    sees="""results/.../summary.json cannot be written: No space left on device. ... The page could
    not be written. Every sample is kept in results/.../samples; try: nox -s report -- ...""",
    resume="finds nothing left, and writes the page; till then that of the round before stays",
)
def test_full_disk_when_the_page_is_written(case: Case, small_disk: Path) -> None:
    case.targets()
    case.patch(
        "report/cli.py",
        "        for name, text in texts.items():\n",
        "        from pathlib import Path\n"
        "        if Path(MARKER).exists() and not options.quiet:\n"
        "            Path(MARKER).write_bytes((folder / 'index.html').read_bytes())\n"
        f"            with open({str(small_disk / 'filler')!r}, 'wb', buffering=0) as file:\n"
        "                try:\n"
        "                    while True:\n"
        "                        file.write(b'x' * 512)\n"
        "                except OSError:\n"
        "                    pass\n"
        "        for name, text in texts.items():\n",
    )
    case.check(case.compare())
    assert len(case.samples) == 8
    page = case.lab.latest / "index.html"
    assert page.read_bytes() == case.marker.read_bytes()  # that of the round before
    (small_disk / "filler").unlink()
    case.mend()
    written = case.lab.run_module("report", str(case.lab.latest))
    assert (written.code, written.err) == (0, "")
    assert case.lab.read("summary.json")["run"]["complete"] is True
    page.unlink()
    case.resume()
    assert page.exists()


@fault(
    "bench",
    "Two runs are started at once in one folder",
    code=0,
    sees=WAITS,
    resume="finds nothing left: both runs are whole, one after the other",
)
def test_two_runs_at_once(case: Case) -> None:
    case.targets()
    first = case.start()
    wait_until(first, "round 1/2")
    second = case.compare()
    assert ended(first).code == 0
    case.check(second)
    runs = [path for path in (case.lab.root / "results").iterdir() if not path.is_symlink()]
    assert [len(list(path.glob("samples/*.json"))) for path in runs] == [8, 8]
    case.nothing_left()


@fault(
    "bench",
    "Two runs are started at once into different folders",
    code=0,
    sees=WAITS,
    resume="finds nothing left: both runs are whole, one after the other",
)
def test_two_runs_at_once_into_two_folders(case: Case) -> None:
    """What they share is the machine. The message tells which process to look for."""
    case.targets()
    first = case.start("--results", "elsewhere")
    wait_until(first, "round 1/2")
    second = case.compare()
    assert ended(first).code == 0
    assert re.search(
        rf"\(pid {first.pid}, since \d{{4}}-\S+Z, in {case.lab.root}: python\S* -m bench compare .*"
        r"--results elsewhere\): waiting for it to end\.$",
        second.out,
        re.MULTILINE,
    )
    # Not a moment of theirs was the same.
    theirs = json.loads(next((case.lab.root / "elsewhere").glob("*Z-*/run.json")).read_text())
    case.check(second)
    assert [record["error"] for record in theirs["blocks"]] == [None] * 4
    assert theirs["finished"] <= case.run["started"]
    case.nothing_left()


@fault(
    "bench",
    "It is started with `--no-wait` while another run has the machine",
    code=3,
    sees="""Another run is under way on this machine (pid ..., since ..., in ...: ... -m bench
    compare ...), and two at once would disturb each other. Wait until it has ended; without
    --no-wait this does.""",
    resume="has nothing to go on with: no run had begun; the other one is not disturbed",
)
def test_no_wait(case: Case) -> None:
    case.targets(STANDS_STILL.format(number=LOAD))
    first = case.start("--results", "elsewhere")
    wait_for(reached(case), first)
    refused = case.compare("--no-wait")
    for command in (("check", "good", "--no-wait"), ("serve", "good", "--no-wait")):
        result = case.lab.run(*command)
        assert (result.code, result.out, result.err) == (3, "", refused.err)
    first.send_signal(signal.SIGINT)
    assert ended(first).code == 130
    case.check(refused)
    case.nothing_begun()


@fault(
    "bench",
    "A run is resumed twice at once",
    code=0,
    sees=f"{WAITS} Nothing of ... is left to measure.",
    resume="finds nothing left",
)
def test_resumed_twice_at_once(case: Case) -> None:
    process = None
    case.targets(STANDS_STILL.format(number=LOAD))
    process = case.start()
    wait_for(reached(case), process)
    process.send_signal(signal.SIGINT)
    assert ended(process).code == 130
    case.mend()
    resume = ("compare", "--resume", "latest")
    first = case.lab.start(*resume)
    wait_until(first, "left to measure")
    second = case.lab.run(*resume)
    assert ended(first).code == 0
    case.check(second)
    case.nothing_left()
