"""Which other programs used the CPU while a sample was taken, and that none is the lab's."""

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import IO

import psutil
import pytest

from bench.observe import others
from bench.observe.others import Look, Used, between
from lab.files.sample import Program
from tests.support.lab import Lab

CPUS = 2
WALL_S = 10.0  # of two CPUs: 1 % are 0.2 s


def look(*processes: tuple[str, str, float | None], lab: tuple[str, ...] = ()) -> Look:
    """Processes as (which one, its program's name, its CPU seconds; None: may not be read)."""
    return Look(
        {which: None if s is None else Used(name, s) for which, name, s in processes},
        frozenset(lab),
        CPUS,
    )


def named(before: Look, after: Look) -> list[tuple[str, float]] | None:
    programs = between(before, after, wall_s=WALL_S)
    return None if programs is None else [(each.name, each.cpu_s) for each in programs]


def test_a_program_spent_what_its_processes_had_used_more_at_the_end() -> None:
    before = look(("1", "make", 5.0), ("2", "cc1", 1.0), ("3", "cc1", 2.0))
    after = look(("1", "make", 5.5), ("2", "cc1", 2.0), ("3", "cc1", 4.0))

    assert named(before, after) == [("cc1", 3.0), ("make", 0.5)]


def test_one_that_started_meanwhile_spent_all_that_it_has_used() -> None:
    assert named(look(), look(("1", "cc1", 0.75))) == [("cc1", 0.75)]


def test_one_that_ended_meanwhile_is_not_guessed() -> None:
    assert named(look(("1", "cc1", 7.0)), look()) == []


def test_another_process_with_a_name_that_ended_is_another() -> None:
    assert named(look(("1", "cc1", 7.0)), look(("2", "cc1", 0.5))) == [("cc1", 0.5)]


def test_a_process_has_the_name_that_it_has_in_the_end() -> None:
    """A shell becomes the program that it was asked for."""
    assert named(look(("1", "sh", 0.0)), look(("1", "cc1", 2.0))) == [("cc1", 2.0)]


def test_what_may_not_be_read_at_either_moment_is_not_guessed() -> None:
    before = look(("1", "secret", None), ("2", "secret", 1.0))
    after = look(("1", "secret", 9.0), ("2", "secret", None))

    assert named(before, after) == []


def test_the_labs_own_processes_are_not_named_if_they_were_so_at_either_moment() -> None:
    before = look(("1", "python", 1.0), ("2", "daemon", 1.0), lab=("1", "2"))
    after = look(("1", "python", 9.0), ("2", "daemon", 9.0), ("3", "hey", 9.0), lab=("1", "3"))

    assert named(before, after) == []


def test_less_than_a_hundredth_of_the_machine_is_nobodys() -> None:
    after = look(("1", "a", 0.19), ("2", "b", 0.2), ("3", "c", 0.1), ("4", "c", 0.1))

    assert named(look(), after) == [("b", 0.2), ("c", 0.2)]


def test_the_five_that_used_most_are_named() -> None:
    after = look(*((name, name, 1.0 + number) for number, name in enumerate("abcdefg")))

    assert named(look(), after) == [("g", 7.0), ("f", 6.0), ("e", 5.0), ("d", 4.0), ("c", 3.0)]


def test_of_programs_that_used_as_much_the_first_by_name_comes_first() -> None:
    after = look(("1", "make", 1.0), ("2", "cc1", 1.0), ("3", "ld", 1.0))

    assert named(look(), after) == [("cc1", 1.0), ("ld", 1.0), ("make", 1.0)]


def test_where_one_of_the_two_looks_was_not_possible_nothing_is_known() -> None:
    assert between(None, look(), wall_s=WALL_S) is None
    assert between(look(), None, wall_s=WALL_S) is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says which CPUs may be used")
def test_on_some_of_the_cpus_nobody_knows_who_used_these(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    monkeypatch.setattr(os, "sched_getaffinity", {0: {0, 1, 2}}.__getitem__)
    assert others.look() is None
    monkeypatch.setattr(os, "sched_getaffinity", {0: {0, 1, 2, 3}}.__getitem__)
    looked = others.look()
    assert looked is not None
    assert looked.cpus == 4


def test_where_no_process_can_be_listed_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> list[int]:
        raise PermissionError

    monkeypatch.setattr(psutil, "pids", refuse)
    assert others.look() is None


@dataclass(frozen=True)
class Process:
    """A process as psutil shows it."""

    pid: int | None = None  # None: this one

    def oneshot(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    def cpu_times(self) -> SimpleNamespace:
        if self.pid == 2:
            raise psutil.NoSuchProcess(2)
        if self.pid == 3:
            raise psutil.AccessDenied(3)
        return SimpleNamespace(user=4.0, system=0.5)

    def name(self) -> str:
        return "\x1b" if self.pid == 4 else "a name longer than the kernel keeps"

    def children(self, *, recursive: bool) -> list["Process"]:
        return [Process(5), Process(6)] if recursive else [Process(5)]


def test_a_look_leaves_out_what_ends_and_knows_of_what_it_may_not_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(psutil, "pids", lambda: [1, 2, 3, 4])
    monkeypatch.setattr(psutil, "Process", Process)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0}, raising=False)

    assert others.look() == Look(
        {
            Process(1): Used("a name longer t", 4.5),
            Process(3): None,
            Process(4): Used(r"\x1b", 4.5),
        },
        frozenset({Process(), Process(5), Process(6)}),
        1,
    )


# Says which process it is, burns as much CPU as it is told, says so, and waits for the next order.
BURN = """
import os, sys, time
print(os.getpid(), flush=True)
for order in sys.stdin:
    end_s = time.process_time() + float(order)
    while time.process_time() < end_s:
        pass
    print("burnt", flush=True)
"""
# Starts a program, and leaves it alone: nobody's child but init's.
LEAVE = "import subprocess, sys; subprocess.Popen(sys.argv[1:])"


class Burner:
    """A process that burns CPU when it is told to."""

    def __init__(self, stdin: IO[str], stdout: IO[str]) -> None:
        self._stdin, self._stdout = stdin, stdout
        self.process = psutil.Process(int(stdout.readline()))

    def begin(self, cpu_s: float) -> None:
        self._stdin.write(f"{cpu_s}\n")
        self._stdin.flush()

    def burn(self, cpu_s: float) -> None:
        self.begin(cpu_s)
        assert self._stdout.readline() == "burnt\n"


@contextlib.contextmanager
def burner(folder: Path, name: str, *, ours: bool) -> Iterator[Burner]:
    """A burner under this program's name: a child of this process, or of nobody here."""
    program = folder / name
    program.symlink_to(sys.executable)
    command = [str(program), "-c", BURN]
    with subprocess.Popen(
        command if ours else [sys.executable, "-c", LEAVE, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as started:
        assert started.stdin is not None
        assert started.stdout is not None
        burning = Burner(started.stdin, started.stdout)
        if not ours:
            assert started.wait() == 0
        try:
            yield burning
        finally:
            started.stdin.close()  # it ends with its orders
    burning.process.wait(10)


def test_a_program_is_found_with_the_cpu_that_it_burnt(tmp_path: Path) -> None:
    with burner(tmp_path, "stranger", ours=False) as stranger:
        before = others.look()
        stranger.burn(0.5)
        found = between(before, others.look(), wall_s=1.0)

    assert found is not None
    (cpu_s,) = (program.cpu_s for program in found if program.name == "stranger")
    assert cpu_s == pytest.approx(0.5, abs=0.05)


def test_a_child_of_the_lab_is_not_found(tmp_path: Path) -> None:
    with burner(tmp_path, "worker-of-ours", ours=True) as worker:
        before = others.look()
        worker.burn(0.5)
        after = others.look()

    assert before is not None
    assert after is not None
    assert worker.process in after.lab
    assert after.used[worker.process] != before.used[worker.process]
    found = between(before, after, wall_s=1.0)
    assert found is not None
    assert [program for program in found if program.name == "worker-of-ours"] == []


def test_one_that_the_lab_started_meanwhile_is_not_found(tmp_path: Path) -> None:
    before = others.look()
    with burner(tmp_path, "late-worker", ours=True) as worker:
        worker.burn(0.5)
        found = between(before, others.look(), wall_s=1.0)

    assert found is not None
    assert [program for program in found if program.name == "late-worker"] == []


@pytest.mark.parametrize(
    ("program", "name"),
    [
        ("a\x1b[2Jb", r"a\x1b[2Jb"),
        ("Ωmega", "Ωmega"),
        ("sixteen-letters-", "sixteen-letters"),
    ],
    ids=["no order to a terminal", "another alphabet", "as long as the kernel has it"],
)
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a link's name is not its process's")
def test_a_name_is_that_of_the_program_and_printable(
    program: str, name: str, tmp_path: Path
) -> None:
    with burner(tmp_path, program, ours=True) as burning:
        looked = others.look()

    assert looked is not None
    used = looked.used[burning.process]
    assert used is not None
    assert used.name == name


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a link's name is not its process's")
def test_nothing_of_a_command_line_is_part_of_a_name(tmp_path: Path) -> None:
    """Programs write into their command line what they do: `postgres: user database ...`."""
    program = tmp_path / "a-long-name-of-a-program"
    program.symlink_to(sys.executable)
    title = "a-long-name-of-a-program: password=hunter2"
    with subprocess.Popen(
        [title, "-c", "input()"], executable=program, stdin=subprocess.PIPE
    ) as started:
        process = psutil.Process(started.pid)
        looked = others.look()
        started.communicate(b"\n")

    assert looked is not None
    used = looked.used[process]
    assert used is not None
    assert used.name == "a-long-name-of-"


BUSY_SERVER = """
def answer(self, number):
    end = time.thread_time() + 0.002
    while time.thread_time() < end:
        pass
    self.reply(200, upstream())
Handler.answer = answer
"""


@pytest.mark.slow
def test_a_run_names_the_program_that_was_busy_beside_it_and_none_of_its_own(
    lab: Lab, tmp_path: Path
) -> None:
    """A server that has a name of its own burns CPU too."""
    lab.add("busy", BUSY_SERVER, serve="./busy-server server.py {port}")
    (lab.root / "targets" / "busy" / "busy-server").symlink_to(sys.executable)
    with burner(tmp_path, "noisy-neighbour", ours=False) as neighbour:
        neighbour.begin(600.0)
        result = lab.compare("--levels", "300/10")
        neighbour.process.kill()

    assert (result.code, result.err) == (0, "")
    (sample,) = lab.samples()
    machine = sample["machine"]
    burnt_s = {program["name"]: program["cpu_s"] for program in machine["others"]}
    assert "busy-server" not in burnt_s
    # It has one thread, and shares the cores with whatever else runs here.
    assert 0.05 * sample["wall_s"] < burnt_s["noisy-neighbour"] < 1.1 * sample["wall_s"]
    assert burnt_s["noisy-neighbour"] < 1.1 * machine["other_s"]
    (cell,) = lab.read("summary.json")["cells"]
    (told,) = (each for each in cell["findings"] if each["code"] == "machine_busy")
    assert re.search(r"of all cores in round 1: .*noisy-neighbour [\d.]+ %", told["message"])


def test_a_program_has_a_name_and_seconds() -> None:
    assert between(look(), look(("1", "cc1", 1.0)), wall_s=WALL_S) == (Program("cc1", 1.0),)
