"""Supervision, with small real children."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import psutil
import pytest

from bench.process.child import Child
from lab.errors import BlockError
from lab.paths import ROOT

PYTHON = sys.executable
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux can")


@pytest.fixture
def output() -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile() as file:
        yield file


def printed(output: IO[bytes]) -> bytes:
    output.seek(0)
    return output.read()


def wait_for(path: Path) -> str:
    """What `path` holds once it does; the test's own time-out ends a wait in vain."""
    while not path.exists() or not path.read_text():
        os.sched_yield()
    return path.read_text()


def gone(pid: int, within_s: float = 2) -> bool:
    """Is the process gone, or a zombie that nobody but its parent can take away?"""
    deadline_s = time.monotonic() + within_s
    while time.monotonic() < deadline_s:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
    return False


def test_exit_code_output_and_cpu_of_a_child_are_known(output: IO[bytes]) -> None:
    burn = "import time\nwhile time.process_time() < 0.3: pass\nprint('done')\nraise SystemExit(3)"
    with Child([PYTHON, "-c", burn], output=output) as child:
        ended = child.wait(20)
    assert ended is not None
    assert ended.code == 3
    assert 0.3 <= ended.cpu_s < 2
    assert printed(output) == b"done\n"


def test_a_child_killed_by_a_signal_says_which(output: IO[bytes]) -> None:
    with Child([PYTHON, "-c", "import os; os.kill(os.getpid(), 9)"], output=output) as child:
        ended = child.wait(20)
    assert ended is not None
    assert (ended.code, str(ended)) == (-9, "signal 9")


def test_errors_can_be_kept_apart_from_output(output: IO[bytes]) -> None:
    code = "import sys; print('out'); print('err', file=sys.stderr)"
    with (
        tempfile.TemporaryFile() as errors,
        Child([PYTHON, "-c", code], output=output, errors=errors) as child,
    ):
        child.wait(20)
        assert (printed(output), printed(errors)) == (b"out\n", b"err\n")


def test_wait_gives_none_while_the_child_runs(output: IO[bytes]) -> None:
    with Child(["/bin/sleep", "60"], output=output) as child:
        assert child.wait(0.05) is None
        assert child.running()


def test_a_program_that_does_not_exist_is_an_error_that_names_it(output: IO[bytes]) -> None:
    with pytest.raises(BlockError) as caught:
        Child(["/no/such/program"], output=output)
    assert str(caught.value) == "/no/such/program cannot be started: No such file or directory."


def test_stop_asks_first(output: IO[bytes], tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    code = (
        "import signal, sys, pathlib\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit('asked'))\n"
        f"pathlib.Path({str(ready)!r}).write_text('yes')\n"
        "signal.pause()"
    )
    child = Child([PYTHON, "-c", code], output=output)
    wait_for(ready)
    child.stop()
    assert child.exit is not None
    assert child.exit.code == 1
    assert printed(output) == b"asked\n"


def test_a_child_that_ignores_term_is_killed(output: IO[bytes], tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    code = (
        "import signal, pathlib\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"pathlib.Path({str(ready)!r}).write_text('yes')\n"
        "while True: signal.pause()"
    )
    child = Child([PYTHON, "-c", code], output=output)
    wait_for(ready)
    child.stop(timeout_s=0.2)
    assert child.exit is not None
    assert child.exit.code == -signal.SIGKILL
    assert gone(child.pid)


GRANDCHILD = (
    "import subprocess, sys, pathlib\n"
    "child = subprocess.Popen(['/bin/sleep', '60'])\n"
    "pathlib.Path(sys.argv[1]).write_text(str(child.pid))\n"
    "{then}"
)


def test_a_worker_that_missed_its_masters_term_gets_one(
    output: IO[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So does a worker of gunicorn or granian that was still starting; its master waits for it."""
    monkeypatch.setattr("bench.process.child.TERM_GROUP_AFTER_S", 0.1)
    pid_file = tmp_path / "pid"
    code = "import signal\nsignal.signal(signal.SIGTERM, lambda *_: None)\n"
    code += GRANDCHILD.format(then="sys.exit(-child.wait())")
    child = Child([PYTHON, "-c", code, str(pid_file)], output=output)
    wait_for(pid_file)
    child.stop()
    assert child.exit is not None
    assert child.exit.code == signal.SIGTERM


def test_a_worker_that_outlives_its_master_is_killed(output: IO[bytes], tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    code = GRANDCHILD.format(then="")
    with Child([PYTHON, "-c", code, str(pid_file)], output=output) as child:
        assert child.wait(20) is not None
        assert gone(int(wait_for(pid_file)))


def test_closing_kills_the_whole_group(output: IO[bytes], tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    code = GRANDCHILD.format(then="child.wait()")
    child = Child([PYTHON, "-c", code, str(pid_file)], output=output)
    worker = int(wait_for(pid_file))
    child.close()
    assert gone(child.pid)
    assert gone(worker)


def test_a_child_goes_where_its_keeper_is_killed(output: IO[bytes]) -> None:
    with Child(["/bin/sleep", "60"], output=output) as child:
        psutil.Process(child.pid).parent().kill()  # type: ignore[union-attr]
        ended = child.wait(20)
    assert ended is not None
    assert ended.code == -signal.SIGKILL
    assert gone(child.pid)


@linux_only
def test_a_process_that_left_the_group_goes_too(output: IO[bytes], tmp_path: Path) -> None:
    """A daemon: its parent has ended, and its session is its own. Its name is no text."""
    pid_file = tmp_path / "pid"
    name = tmp_path / os.fsdecode(b"sl\xc3ep")
    shutil.copy("/bin/sleep", name)
    code = (
        "import os, pathlib, subprocess, sys\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    daemon = subprocess.Popen([sys.argv[2], '60'])\n"
        "    pathlib.Path(sys.argv[1]).write_text(str(daemon.pid))\n"
        "    os._exit(0)\n"
        "os.wait()\n"
        "import time; time.sleep(60)\n"
    )
    with Child([PYTHON, "-c", code, str(pid_file), str(name)], output=output):
        daemon = int(wait_for(pid_file))
        assert os.getsid(daemon) != daemon
    assert gone(daemon)


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGHUP"])
def test_nothing_survives_the_death_of_the_bench(name: str, tmp_path: Path) -> None:
    """The keeper sees the bench's pipe close, in whatever way it died."""
    pid_file = tmp_path / "pid"
    bench = (
        "import sys\n"
        "from bench.process.child import Child\n"
        "with open(sys.argv[1] + '.log', 'wb') as output:\n"
        f"    Child([sys.executable, '-c', {GRANDCHILD.format(then='child.wait()')!r}, "
        "sys.argv[1]], output=output).wait()\n"
    )
    process = subprocess.Popen([PYTHON, "-c", bench, str(pid_file)], cwd=ROOT)
    worker = int(wait_for(pid_file))
    master = psutil.Process(worker).ppid()
    keeper = psutil.Process(master).ppid()
    process.send_signal(signal.Signals[name])
    process.wait(20)
    assert [gone(pid) for pid in (worker, master, keeper)] == [True, True, True]


def test_ctrl_c_in_the_terminal_does_not_reach_a_child(output: IO[bytes]) -> None:
    """It is the bench that stops servers, in its own time."""
    with Child(["/bin/sleep", "60"], output=output) as child:
        assert os.getpgid(child.pid) == child.pid
        assert os.getsid(child.pid) != os.getsid(0)


def test_a_child_that_prints_a_gigabyte_is_not_held_up() -> None:
    code = (
        "import os\nblock = b'x' * 2**20\n"
        "for _ in range(1024): os.write(1, block)\nraise SystemExit(7)"
    )
    with (
        Path(os.devnull).open("wb") as nowhere,
        Child([PYTHON, "-c", code], output=nowhere) as child,
    ):
        ended = child.wait(60)
    assert ended is not None
    assert ended.code == 7


def test_a_channel_carries_both_ways(output: IO[bytes]) -> None:
    code = "import os; os.write(0, os.read(0, 100).upper())"
    with Child([PYTHON, "-c", code], output=output, channel=True) as child:
        assert child.channel is not None
        child.channel.settimeout(20)
        child.channel.sendall(b"question")
        assert child.channel.recv(100) == b"QUESTION"


SHOW_CPUS = "print(sorted(os.sched_getaffinity(0)), flush=True)"


@linux_only
def test_a_pinned_child_and_its_workers_run_on_its_cpus_alone(output: IO[bytes]) -> None:
    cpu = max(os.sched_getaffinity(0))
    code = f"import os; os.fork() and os.wait(); {SHOW_CPUS}"
    with Child([PYTHON, "-c", code], output=output, cores=[cpu]) as child:
        child.wait(20)
    assert printed(output).decode() == f"[{cpu}]\n[{cpu}]\n"


@linux_only
def test_a_child_that_is_not_pinned_may_run_where_the_bench_may(output: IO[bytes]) -> None:
    with Child([PYTHON, "-c", f"import os; {SHOW_CPUS}"], output=output) as child:
        child.wait(20)
    assert printed(output).decode() == f"{sorted(os.sched_getaffinity(0))}\n"


@linux_only
def test_a_cpu_that_cannot_be_used_is_an_error_that_names_it(output: IO[bytes]) -> None:
    with pytest.raises(BlockError) as caught:
        Child(["/bin/true"], output=output, cores=[1023])
    assert str(caught.value) == (
        "/bin/true cannot be started: CPUs 1023 cannot be used: Invalid argument."
    )
