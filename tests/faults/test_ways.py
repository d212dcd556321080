"""The bench is interrupted through what started it: make and nox, as a user types them."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from lab.paths import ROOT, TOOLS
from tests.faults.case import PLAN, ROUNDS, Case, tree
from tests.faults.fault import fault
from tests.faults.test_bench import (
    KEPT,
    LOAD,
    ON,
    STANDS_STILL,
    reached,
    wait_for,
    wait_until_hey_is_gone,
)
from tests.support.lab import Lab, Result

pytestmark = pytest.mark.slow

FILES = ("Makefile", "noxfile.py", "pyproject.toml", "requirements.txt", "requirements-tools.txt")
OPTIONS = (*PLAN, "--rounds", str(ROUNDS))
MAKE = ("make", "compare", f"ARGS={' '.join(OPTIONS)}")
NOX = ("nox", "-s", "compare", "--", *OPTIONS)


def add_ways(lab: Lab) -> Lab:
    """The lab with all that `make compare` needs, on the tools that these tests run with."""
    for name in FILES:
        shutil.copy2(ROOT / name, lab.root / name)  # with its time: make looks at that
    (lab.root / ".tools").symlink_to(TOOLS)
    # nox sets these for what it runs, and these tests may be that.
    env = {name: value for name, value in lab.env.items() if not name.startswith(("NOX", "MAKE"))}
    return replace(lab, env=env | {"PATH": f"{TOOLS / 'nox' / 'bin'}{os.pathsep}{env['PATH']}"})


@pytest.fixture(scope="session")
def sessions(tmp_path_factory: pytest.TempPathFactory, empty_lab: Lab) -> Path:
    """The environment of nox's session `compare`, made once."""
    folder = tmp_path_factory.mktemp("ways")
    lab = add_ways(replace(empty_lab, root=folder))
    for name in ("bench", "lab", "report"):
        shutil.copytree(empty_lab.root / name, folder / name)
    (folder / "targets").mkdir()
    done = subprocess.run(
        ["make", "compare", "ARGS=--only none"],
        cwd=folder, env=lab.env, capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert "unknown target 'none'" in done.stderr, done.stdout + done.stderr
    return folder / ".nox"


@pytest.fixture
def ways(case: Case, sessions: Path) -> Case:
    """A case in whose lab `make compare` works, with a target that stands still in mid-load."""
    case.lab = add_ways(case.lab)
    (case.lab.root / ".nox").symlink_to(sessions)
    case.targets(STANDS_STILL.format(number=LOAD))
    return case


class Terminal:
    """A command that runs in the foreground of a terminal of its own."""

    def __init__(self, case: Case, command: tuple[str, ...]) -> None:
        self._ours, theirs = os.openpty()
        self.shown = b""

        # Its first words: take the terminal, so that keys reach the command as signals.
        take = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)"
        self.process = subprocess.Popen(
            [sys.executable, "-c", f"{take}; os.execvp(sys.argv[1], sys.argv[1:])", *command],
            cwd=case.lab.root,
            env=case.lab.env,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)

    def read_until(self, path: Path) -> None:
        while not path.exists():
            self._read()

    def type(self, keys: bytes) -> None:
        os.write(self._ours, keys)

    def close(self) -> None:
        os.close(self._ours)

    def rest(self) -> Result:
        """Everything that it shows to its end."""
        while self._read():
            pass
        return Result(self.process.wait(60), self.shown.decode(errors="replace"), "")

    def _read(self) -> bytes:
        try:
            data = os.read(self._ours, 65536)
        except OSError:  # nobody has the other end any more
            data = b""
        self.shown += data
        return data


@pytest.fixture
def in_terminal(ways: Case, request: pytest.FixtureRequest) -> Iterator[Terminal]:
    """The case's command, in mid-load."""
    terminal = Terminal(ways, request.param)
    terminal.read_until(reached(ways))
    yield terminal
    terminal.process.wait(60)


def signalled(case: Case, command: tuple[str, ...], name: str) -> Result:
    """The command, sent a signal in mid-load, and what it printed."""
    process = subprocess.Popen(
        command, cwd=case.lab.root, env=case.lab.env, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    wait_for(reached(case), process)
    process.send_signal(signal.Signals[name])
    out, _ = process.communicate(timeout=60)
    return Result(process.returncode, out, "")


@pytest.mark.parametrize("in_terminal", [MAKE], indirect=True)
@fault(
    "bench",
    "Ctrl-C in the terminal of `make compare`, which dies of it",
    code=-signal.SIGINT,
    sees=KEPT,
    resume=ON,
)
def test_ctrl_c_make(ways: Case, in_terminal: Terminal) -> None:
    in_terminal.type(b"\x03")
    ways.check_and_resume(in_terminal.rest(), left=3)


@pytest.mark.parametrize("in_terminal", [NOX], indirect=True)
@fault(
    "bench",
    "Ctrl-C in the terminal of `nox -s compare`",
    code=130,
    sees=KEPT,
    resume=ON,
)
def test_ctrl_c_nox(ways: Case, in_terminal: Terminal) -> None:
    in_terminal.type(b"\x03")
    ways.check_and_resume(in_terminal.rest(), left=3)


@pytest.mark.parametrize("in_terminal", [NOX], indirect=True)
@fault(
    "bench",
    "Ctrl-C twice in the terminal of `nox -s compare`",
    code=130,
    sees="Interrupted. What was measured is kept: ...",
    resume=ON,
)
def test_ctrl_c_twice_nox(ways: Case, in_terminal: Terminal) -> None:
    in_terminal.type(b"\x03")
    wait_until_hey_is_gone(in_terminal.process)
    in_terminal.type(b"\x03")
    ways.check_and_resume(in_terminal.rest(), left=3)


@pytest.mark.parametrize("in_terminal", [MAKE], indirect=True)
@fault(
    "bench",
    "The terminal of `make compare` is closed, which ends it with SIGHUP",
    code=-signal.SIGHUP,
    sees="",
    resume=ON,
)
def test_closed_terminal_make(ways: Case, in_terminal: Terminal) -> None:
    in_terminal.close()
    code = in_terminal.process.wait(60)
    gone(ways)
    ways.check_and_resume(Result(code, "", ""), left=3)


@fault(
    "bench",
    "TERM to `make compare`, which dies of it, and hands it on",
    code=-signal.SIGTERM,
    sees=KEPT,
    resume=ON,
)
def test_term_make(ways: Case) -> None:
    ways.check_and_resume(signalled(ways, MAKE, "SIGTERM"), left=3)


@fault(
    "bench",
    "TERM to `nox -s compare`, which dies of it; the bench sees that, and ends",
    code=-signal.SIGTERM,
    sees=KEPT,
    resume=ON,
)
def test_term_nox(ways: Case) -> None:
    ways.check_and_resume(signalled(ways, NOX, "SIGTERM"), left=3)


@fault(
    "bench",
    "KILL of `nox -s compare`; the bench sees that, and ends",
    code=-signal.SIGKILL,
    sees=KEPT,
    resume=ON,
)
def test_kill_nox(ways: Case) -> None:
    ways.check_and_resume(signalled(ways, NOX, "SIGKILL"), left=3)


@fault(
    "bench",
    "KILL of the bench under `make compare`",
    code=2,
    sees="make: *** [Makefile:...: compare] Error ...",
    resume=ON,
)
def test_kill_bench_under_make(ways: Case) -> None:
    process = subprocess.Popen(
        MAKE, cwd=ways.lab.root, env=ways.lab.env, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    wait_for(reached(ways), process)
    bench = next(
        each for each in tree(process.pid) if each.cmdline()[1:4] == ["-m", "bench", "compare"]
    )
    bench.kill()
    out, _ = process.communicate(timeout=60)
    ways.check_and_resume(Result(process.returncode, out, ""), left=3)


def gone(case: Case) -> None:
    """Wait until the bench, which ends after what started it, has ended."""
    for process in psutil.process_iter():
        try:
            if process.cwd() == str(case.lab.root) and process.cmdline()[1:3] == ["-m", "bench"]:
                process.wait(60)
        except (psutil.Error, IndexError):
            continue
