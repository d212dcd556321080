"""The machine falls asleep, has little of something, or is set up in its own way."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.faults.case import PLAN, ROUNDS, Case, tree
from tests.faults.fault import fault
from tests.faults.namespace import in_namespace, root_only
from tests.support.lab import Result

pytestmark = pytest.mark.slow

NOTHING = "finds nothing left"
WHOLE = "The page: results/.../index.html"


def hand_in_clock(case: Case, clock: Path) -> None:
    """Have a file tell for how long the machine has slept."""
    case.patch(
        "bench/observe/clock.py",
        "def slept_s() -> float:\n",
        f"def slept_s() -> float:\n    return float(open({str(clock)!r}).read())\n\n\n"
        "def unused() -> float:\n",
    )


@fault(
    "machine",
    "It sleeps while a target is measured",
    code=0,
    sees="""The machine slept for 12 min 00 s while bad was measured. It is measured again, with a
    fresh server.""",
    resume="finds nothing left: the block was measured again at once",
)
def test_sleeps(case: Case) -> None:
    """The clock of how long it has slept is handed in."""
    clock = case.lab.root / "slept"
    clock.write_text("0")
    case.targets(
        f"""
        def answer(self, number):
            if number == BEFORE_LOAD + 50 and os.path.exists(FAULT):
                os.unlink(FAULT)
                with open({str(clock)!r}, "w") as file:
                    file.write("720")
            self.reply(200, upstream())
        Handler.answer = answer
        """
    )
    hand_in_clock(case, clock)
    case.check(case.compare())
    aside = {path.name: path.read_bytes() for path in case.lab.latest.glob("aside/1/*")}
    assert sorted(aside) == ["r1-bad-20x10.json", "r1-bad-40x10.json"]
    assert [name for name, data in aside.items() if data == case.samples[name]] == []
    case.nothing_left()


@fault(
    "machine",
    "It sleeps each time that a target is measured",
    code=1,
    sees="""FAILED: The machine slept for 12 min 00 s while bad was measured. ... To measure again
    what failed: nox -s compare -- --resume ...""",
    resume="measures its blocks again",
)
def test_sleeps_each_time(case: Case) -> None:
    """Three attempts are enough."""
    clock = case.lab.root / "slept"
    clock.write_text("0")
    case.targets(
        f"""
        def answer(self, number):
            if number == BEFORE_LOAD + 50 and os.path.exists(FAULT):
                with open({str(clock)!r}) as file:
                    slept = float(file.read())
                with open({str(clock)!r}, "w") as file:
                    file.write(str(slept + 720))
            self.reply(200, upstream())
        Handler.answer = answer
        """
    )
    hand_in_clock(case, clock)
    result = case.compare("--rounds", "1")
    assert result.out.count("It is measured again, with a fresh server.") == 2
    case.check(result)
    assert sorted(path.name for path in case.lab.latest.glob("aside/*")) == ["1", "2", "3"]
    case.mend()
    case.resume(left=1)


@fault(
    "machine",
    "Everything stands still for three seconds, the bench too",
    code=0,
    sees="bad at ...: Service stood still in round 1: no answer came for 3",
    resume="finds nothing left: the stall was measured, and the cell is not ranked",
)
def test_everything_stands_still(case: Case) -> None:
    go = case.lab.root / "go"
    case.targets(
        f"""
        def answer(self, number):
            if number == BEFORE_LOAD + 10 and os.path.exists(FAULT):
                os.rename(FAULT, FAULT + ".reached")
                while not os.path.exists({str(go)!r}):
                    time.sleep(0.01)
            self.reply(200, upstream())
        Handler.answer = answer
        """
    )
    process = case.start()
    while not Path(f"{case.marker}.reached").exists():
        os.sched_yield()
    everything = tree(process.pid)
    for each in everything:
        with contextlib.suppress(psutil.NoSuchProcess):
            each.suspend()
    go.touch()
    time.sleep(3)  # how long it stands still
    for each in everything:
        with contextlib.suppress(psutil.NoSuchProcess):
            each.resume()
    out, err = process.communicate(timeout=60)
    case.check(Result(process.returncode, out, err))
    assert len(case.samples) == 8
    case.nothing_left()


@fault("machine", "Its clock is set back a day", code=0, sees=WHOLE, resume=NOTHING)
def test_clock_set_back(case: Case) -> None:
    """In the middle of the run, for all that ask for the date: durations have another clock."""
    case.targets(
        """
        def answer(self, number):
            if number == BEFORE_LOAD + 10:
                open(FAULT, "w").write("set back")
            self.reply(200, upstream())
        Handler.answer = answer
        """
    )
    case.patch(
        "lab/files/folder.py",
        "    return datetime.now(UTC).isoformat(",
        "    from datetime import timedelta\n"
        "    back = Path(MARKER).exists() and Path(MARKER).read_text() == 'set back'\n"
        "    return (datetime.now(UTC) - timedelta(days=back)).isoformat(",
    )
    case.check(case.compare())
    run, samples = case.run, case.lab.samples()
    assert run["finished"] < run["started"]
    assert 0 < run["load_share"] < 1
    assert [sample["round"] for sample in samples if sample["wall_s"] <= 0] == []
    page = (case.lab.latest / "index.html").read_text()
    assert "This run is not complete" not in page
    case.nothing_left()


@fault(
    "machine",
    "No memory is left for a server",
    code=1,
    sees="""FAILED: bad answered none of ... requests at .... Last lines of
    results/.../logs/bad-r1.log: ... MemoryError""",
    resume="measures its blocks again",
)
def test_no_memory(case: Case) -> None:
    case.targets(
        """
        import resource

        def answer(self, number):
            if number > BEFORE_LOAD and os.path.exists(FAULT):
                resource.setrlimit(resource.RLIMIT_AS, (2**30, resource.RLIM_INFINITY))
                bytearray(2**31)
            self.reply(200, upstream())
        Handler.answer = answer
        """
    )
    case.check_and_resume(case.compare(), left=2)


@fault(
    "machine",
    "A server is killed by signal 9, as the kernel does when memory runs out",
    code=1,
    sees="""FAILED: bad stopped (signal 9). Where nobody killed it, the kernel did, as memory ran
    out.""",
    resume="measures its blocks again",
)
def test_killed_for_memory(case: Case) -> None:
    case.targets(
        """
        def answer(self, number):
            if number == BEFORE_LOAD + 30 and os.path.exists(FAULT):
                os.kill(os.getpid(), 9)
            self.reply(200, upstream())
        Handler.answer = answer
        """
    )
    case.check_and_resume(case.compare(), left=2)


def with_files(case: Case, soft: int, hard: int) -> Result:
    """The run, with these limits of open files."""
    code = (
        "import os, resource, sys\n"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))\n"
        "os.execv(sys.executable, [sys.executable, '-m', 'bench', 'compare', *sys.argv[1:]])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *PLAN, "--rounds", str(ROUNDS)],
        cwd=case.lab.root, env=case.lab.env, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return Result(done.returncode, done.stdout, done.stderr)


@fault(
    "machine",
    "Few files may be open, and the limit cannot be raised",
    code=3,
    sees="""The limit of open files is too low (ulimit -n): these levels take 84 open files in one
    process, and the limit is 60. Raise it: ulimit -n 84.""",
    resume="has nothing to go on with: no run had begun",
)
def test_hard_limit_of_files(case: Case) -> None:
    case.targets()
    case.check(with_files(case, 60, 60))
    case.nothing_begun()


@fault(
    "machine",
    "Few files may be open, and the limit can be raised",
    code=0,
    sees="""These levels take 84 open files in one process, and the limit is 60: raised for this
    run, as `ulimit -n 84` would.""",
    resume=NOTHING,
)
def test_soft_limit_of_files(case: Case) -> None:
    case.targets()
    case.check(with_files(case, 60, 4096))
    assert len(case.samples) == 8
    case.nothing_left()


@root_only
@fault("machine", "It has no IPv6", code=0, sees=WHOLE, resume=NOTHING)
def test_no_ipv6(case: Case) -> None:
    case.targets()
    result = in_namespace(
        case,
        "-n",
        "ip link set lo up",
        "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6",
        "! ip address show lo | grep -q inet6",
    )
    case.check(result)
    assert len(case.samples) == 8
    case.nothing_left()


@root_only
@fault("machine", "localhost is ::1 first", code=0, sees=WHOLE, resume=NOTHING)
def test_localhost_is_ipv6(case: Case) -> None:
    case.targets()
    hosts = case.lab.root / "hosts"
    hosts.write_text("::1 localhost\n127.0.0.1 localhost\n")
    result = in_namespace(
        case,
        "-m",
        f"mount --bind {hosts} /etc/hosts",
        "getent ahosts localhost | head -1 | grep ::1",
    )
    case.check(result)
    assert len(case.samples) == 8
    case.nothing_left()


@contextlib.contextmanager
def listening() -> Iterator[tuple[int, list[str]]]:
    """A port of the loopback, and who connected to it."""
    callers: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        over = threading.Event()

        def listen() -> None:
            while not over.is_set():
                with contextlib.suppress(TimeoutError):
                    connection, address = server.accept()
                    connection.close()
                    callers.append(str(address))

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield server.getsockname()[1], callers
        finally:
            over.set()
            thread.join()


@fault(
    "machine",
    "The environment names a proxy",
    code=0,
    sees=WHOLE,
    resume="finds nothing left: the proxy was not asked",
)
def test_proxy(case: Case) -> None:
    case.targets()
    with listening() as (port, callers):
        names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
        proxy = dict.fromkeys(names, f"http://127.0.0.1:{port}")
        case.lab = replace(case.lab, env=case.lab.env | proxy)
        case.check(case.compare())
        assert callers == []
        case.nothing_left()
        # That the trap works: a client that heeds the proxy is caught.
        code = "import urllib.request; urllib.request.urlopen('http://127.0.0.1:1/', timeout=5)"
        subprocess.run(
            [sys.executable, "-c", code], env=case.lab.env, stderr=subprocess.DEVNULL, check=False
        )
        while not callers:
            os.sched_yield()


@fault(
    "machine",
    "A server listens on ::1 alone",
    code=1,
    sees="""FAILED: bad listens on ::1, where 127.0.0.1 does not reach it. Put {host} into 'serve'
    in its [tool.bench].""",
    resume="measures its blocks again",
)
def test_listens_on_ipv6_alone(case: Case) -> None:
    case.targets(
        """
        if os.path.exists(FAULT):
            HOST = "::1"
            import socket
            Server.address_family = socket.AF_INET6
        """
    )
    case.patch("bench/serving/server.py", "START_TIMEOUT_S = 30.0", "START_TIMEOUT_S = 1.0")
    case.check_and_resume(case.compare(), left=2)
