"""The load generator fails."""

import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults.case import Case
from tests.faults.fault import fault

pytestmark = pytest.mark.slow


def stand_in(case: Case, line: str, hey: str) -> Path:
    """A `hey` on PATH that runs `line` of shell where the fault is there, else the real one."""
    folder = case.lab.root / "programs"
    folder.mkdir()
    program = folder / "hey"
    program.write_text(f"#!/bin/sh\n[ -e '{case.marker}' ] && {{ {line}; }}\nexec '{hey}' \"$@\"\n")
    program.chmod(0o755)
    case.lab.env["PATH"] = f"{folder}:{case.lab.env['PATH']}"
    return program


# A target that sends a signal to the hey that loads it.
SIGNALS_HEY = """
import signal

def signal_hey():
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            words = open(f"/proc/{entry}/cmdline").read().split("\\0")
            if "-disable-redirects" in words and f"http://127.0.0.1:{PORT}/" in words:
                if "keeper" not in words[3]:
                    os.kill(int(entry), signal.NAME)
        except OSError:
            continue

def answer(self, number):
    if number == BEFORE_LOAD + 5 and os.path.exists(FAULT):
        signal_hey()
    self.reply(200, upstream())
Handler.answer = answer
"""


def hung_soon(case: Case) -> None:
    """What does nothing is told within two seconds, in place of a minute and a time-out."""
    case.patch("bench/load/hey.py", "REQUEST_TIMEOUT_S + 60.0", "2.0")
    case.patch("bench/load/program.py", "LOOK_INTERVAL_S = 2.0", "LOOK_INTERVAL_S = 0.1")


@fault(
    "hey",
    "It is missing",
    code=3,
    sees="""hey is missing. Install it: go install github.com/rakyll/hey@latest, and see that it is
    on PATH.""",
    resume="has nothing to go on with: no run had begun (on Debian hey is fetched instead)",
)
def test_missing(case: Case) -> None:
    case.targets()
    empty = case.lab.root / "programs"
    empty.mkdir()
    case.lab = replace(case.lab, env=case.lab.env | {"PATH": str(empty)})
    case.check(case.compare())
    case.nothing_begun()


@fault(
    "hey",
    "It is killed",
    code=1,
    sees="FAILED: hey was killed (signal 9).",
    resume="measures its blocks again",
)
def test_killed(case: Case) -> None:
    case.targets(SIGNALS_HEY.replace("NAME", "SIGKILL"))
    case.check(case.compare())
    assert sum("-good-" in name for name in case.samples) == 4
    case.mend()
    case.resume(left=2)


@fault(
    "hey",
    "It prints nonsense",
    code=1,
    sees="""FAILED: hey printed something that is not its template's output (...).
    It begins: panic: runtime error""",
    resume="measures every block again",
)
def test_prints_nonsense(case: Case, hey: str) -> None:
    case.targets()
    stand_in(case, "echo 'panic: runtime error'; exit 0", hey)
    case.check(case.compare())
    assert case.samples == {}
    case.mend()
    case.resume(left=4)


@fault(
    "hey",
    "It hangs",
    code=1,
    sees="FAILED: hey did nothing for ... s, and was stopped.",
    resume="measures every block again",
)
def test_hangs(case: Case, hey: str) -> None:
    case.targets()
    stand_in(case, "exec sleep 600", hey)
    hung_soon(case)
    case.check_and_resume(case.compare(), left=4)


@fault(
    "hey",
    "It is suspended in mid-load, and not woken",
    code=1,
    sees="FAILED: hey did nothing for ... s, and was stopped.",
    resume="measures its blocks again",
)
def test_suspended(case: Case) -> None:
    case.targets(SIGNALS_HEY.replace("NAME", "SIGSTOP"))
    hung_soon(case)
    case.check(case.compare())
    assert sum("-good-" in name for name in case.samples) == 4
    case.mend()
    case.resume(left=2)


@fault(
    "hey",
    "It is removed while the run goes on",
    code=3,
    sees="""hey: .../hey cannot be started: No such file or directory. To go on with what was
    measured: nox -s compare -- --resume ...""",
    resume="measures what is left",
)
def test_removed(case: Case, hey: str) -> None:
    program = stand_in(case, ":", hey)
    case.targets(
        textwrap.dedent(
            """
            def answer(self, number):
                if number == BEFORE_LOAD + 5 and os.path.exists(FAULT):
                    os.rename("HEY", "HEY.gone")
                self.reply(200, upstream())
            Handler.answer = answer
            """
        ).replace("HEY", str(program))
    )
    case.check(case.compare())
    assert len(case.samples) % 2 == 1  # in the middle of a block
    case.mend()
    program.with_name("hey.gone").rename(program)
    case.resume()
