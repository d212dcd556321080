"""A target's server fails, in each of its ways: the others are measured, and the run goes on."""

import contextlib
import shutil
import socket
import threading
from collections.abc import Iterator

import psutil
import pytest

from lab.paths import TARGETS
from tests.faults.case import Case
from tests.faults.fault import fault
from tests.support.lab import QUIET, QUIET_SOON

pytestmark = pytest.mark.slow

AGAIN = "measures its blocks again"


def measured(case: Case, target: str) -> int:
    """How many samples of the target there are."""
    return sum(f"-{target}-" in name for name in case.samples)


@fault(
    "server",
    "It fails to start",
    code=1,
    sees="""FAILED: bad stopped before it was ready (exit code 3). Last lines of
    results/.../logs/bad-r1.log: no flux ... To measure again what failed: nox -s compare --
    --resume ...""",
    resume=AGAIN,
)
def test_fails_to_start(case: Case) -> None:
    case.targets(
        """
        if os.path.exists(FAULT):
            print("no flux", flush=True)
            sys.exit(3)
        """
    )
    case.check(case.compare())
    assert (measured(case, "bad"), measured(case, "good")) == (0, 4)
    case.mend()
    case.resume(left=2)


@fault(
    "server",
    "It hangs at its start",
    code=1,
    sees="""FAILED: bad did not listen on port ... within 1 s. Last lines of
    results/.../logs/bad-r1.log: waiting for a lock""",
    resume=AGAIN,
)
def test_hangs_at_start(case: Case) -> None:
    case.targets(
        """
        if os.path.exists(FAULT):
            print("waiting for a lock", flush=True)
            threading.Event().wait()
        """
    )
    case.patch("bench/serving/server.py", "START_TIMEOUT_S = 30.0", "START_TIMEOUT_S = 1.0")
    case.check(case.compare())
    assert (measured(case, "bad"), measured(case, "good")) == (0, 4)
    case.mend()
    case.resume(left=2)


DIES = """
def answer(self, number):
    if number == BEFORE_LOAD + {after} and os.path.exists(FAULT):
        print("out of memory", flush=True)
        os._exit(9)
    self.reply(200, upstream())
Handler.answer = answer
"""


@fault(
    "server",
    "It dies at the start of the load",
    code=1,
    sees="""FAILED: bad stopped (exit code 9). Last lines of results/.../logs/bad-r1.log: out of
    memory""",
    resume=AGAIN,
)
def test_dies_at_the_start_of_load(case: Case) -> None:
    case.targets(DIES.format(after=1))
    case.check(case.compare())
    # What hey saw of it is kept, as errors: nothing was lost, and nothing of it is ranked.
    assert (measured(case, "bad"), measured(case, "good")) == (2, 4)
    case.mend()
    case.resume(left=2)


@fault(
    "server",
    "It dies in the middle of the load",
    code=1,
    sees="""FAILED: bad stopped (exit code 9). Last lines of results/.../logs/bad-r1.log: out of
    memory""",
    resume=AGAIN,
)
def test_dies_in_the_middle(case: Case) -> None:
    case.targets(DIES.format(after=45))
    case.check(case.compare())
    assert measured(case, "good") == 4
    assert 2 <= measured(case, "bad") <= 4
    case.mend()
    case.resume(left=2)


DYING_WORKER = """

import os

whole_view, seen = sync_view, []


def sync_view(request):
    seen.append(request)
    if len(seen) == 22 and os.path.exists(FAULT):  # no worker sees so many before the load
        os.unlink(FAULT)
        os.kill(os.getpid(), 9)
    return whole_view(request)
"""


@fault(
    "server",
    "One of its workers dies",
    code=1,
    sees="""bad at ...: ... requests failed. It happened in round 1, most often with: ...
    A server that fails requests has less to do, so figures say nothing; look into its log.""",
    resume="finds nothing left: the block was measured, and its failed requests are in it",
)
def test_one_worker_dies(case: Case) -> None:
    """gunicorn's, in the middle of a request; its master starts another.

    One of two, so that it has seen enough before the round ends. Without keep-alive: hey asks
    again, unheard, where a connection it had used before breaks.
    """
    case.marker.write_text("")
    folder = case.lab.root / "targets" / "bad"
    shutil.copytree(TARGETS / "sync_requests", folder)
    manifest = folder / "pyproject.toml"
    served = manifest.read_text()
    assert "--workers 4 --threads 10" in served
    manifest.write_text(
        served.replace("--workers 4 --threads 10", "--workers 2 --threads 10 --keep-alive 0")
    )
    views = folder / "project" / "views.py"
    views.write_text(views.read_text() + DYING_WORKER.replace("FAULT", repr(str(case.marker))))
    case.lab.add("good")
    case.check(case.compare("--baseline", "good"))
    assert (measured(case, "bad"), measured(case, "good")) == (4, 4)
    case.nothing_left()


@fault(
    "server",
    "It answers more slowly than hey waits",
    code=1,
    sees="""FAILED: bad answered none of ... requests at .... Last lines of
    results/.../logs/bad-r1.log: ...""",
    resume=AGAIN,
)
def test_slower_than_heys_timeout(case: Case) -> None:
    case.targets(
        """
        def answer(self, number):
            if number == BEFORE_LOAD + 1:
                print("waiting", flush=True)
            if number > BEFORE_LOAD and os.path.exists(FAULT):
                time.sleep(3)
            self.reply(200, upstream())
        Handler.answer = answer
        """
    )
    case.patch("lab/engines/hey.py", "REQUEST_TIMEOUT_S = 20", "REQUEST_TIMEOUT_S = 1")
    case.check_and_resume(case.compare(), left=2)


@fault(
    "server",
    "It answers 500 to some requests",
    code=1,
    sees="""bad at 40/10: 4 of 80 requests failed. It happened in every round, most often with:
    status 500.""",
    resume="finds nothing left: the failed requests were measured, and are told",
)
def test_some_500(case: Case) -> None:
    case.targets(
        """
        def answer(self, number):
            fails = number > BEFORE_LOAD and number % 20 == 0
            self.reply(500 if fails and os.path.exists(FAULT) else 200, upstream())
        Handler.answer = answer
        """
    )
    case.check(case.compare())
    assert (measured(case, "bad"), measured(case, "good")) == (4, 4)
    case.nothing_left()


@fault(
    "server",
    "It closes connections",
    code=1,
    sees="""bad at ...: ... requests failed. It happened in every round, most often with: Get ...
    EOF.""",
    resume="finds nothing left: the failed requests were measured, and are told",
)
def test_closes_connections(case: Case) -> None:
    case.targets(
        """
        def answer(self, number):
            if BEFORE_LOAD + 5 <= number < BEFORE_LOAD + 15 and os.path.exists(FAULT):
                self.connection.shutdown(2)
            else:
                self.reply(200, upstream())
        Handler.answer = answer
        """
    )
    case.check(case.compare())
    assert (measured(case, "bad"), measured(case, "good")) == (4, 4)
    case.nothing_left()


@fault(
    "server",
    "It sends a truncated body",
    code=1,
    sees="""bad at 40/10: Round 1: 80 bytes were answered where 40 answers like the checked one
    have ....""",
    resume="finds nothing left: the answers were measured, and are told",
)
def test_truncated_body(case: Case) -> None:
    case.targets(
        """
        def answer(self, number):
            body = upstream()
            short = BEFORE_LOAD < number <= BEFORE_LOAD + 60 and os.path.exists(FAULT)
            self.reply(200, body[:2] if short else body)
        Handler.answer = answer
        """
    )
    case.check(case.compare())
    assert (measured(case, "bad"), measured(case, "good")) == (4, 4)
    case.nothing_left()


@fault(
    "server",
    "It prints a gigabyte",
    code=0,
    sees="The page: results/.../index.html",
    resume="finds nothing left: what it printed is cut to its first and last megabyte",
)
def test_prints_a_gigabyte(case: Case) -> None:
    case.targets(
        """
        def flood():
            line = b"x" * 1023 + b"\\n"
            for _ in range(2**20):
                os.write(1, line)
            os.write(1, b"the end\\n")

        def answer(self, number):
            if number == BEFORE_LOAD + 1 and os.path.exists(FAULT):
                flood()
            self.reply(200, upstream())
        Handler.answer = answer
        """
    )
    case.check(case.compare())
    for number in (1, 2):
        log = case.lab.latest / "logs" / f"bad-r{number}.log"
        assert log.stat().st_size < 33_000_000
        assert log.read_bytes().endswith(b"the end\n")
        assert b" bytes left out ...]\n" in log.read_bytes()
    case.nothing_left()


@fault(
    "server",
    "It ignores TERM",
    code=0,
    sees="The page: results/.../index.html",
    resume="finds nothing left: it was killed after 10 s, which nothing waits for but the run",
)
def test_ignores_term(case: Case) -> None:
    case.targets('__import__("signal").signal(15, 1)')
    case.patch("bench/process/child.py", "STOP_TIMEOUT_S = 10.0", "STOP_TIMEOUT_S = 0.5")
    case.check(case.compare())
    case.nothing_left()


@fault(
    "server",
    "It leaves a child behind that outlives it, in a session of its own",
    code=0,
    sees="The page: results/.../index.html",
    resume="finds nothing left: the child was killed with it (on Linux)",
)
def test_forks_a_child_that_outlives_it(case: Case) -> None:
    """A daemon: forked twice, with a session of its own; what it says is where it can be found."""
    case.targets(
        """
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                with open(FAULT, "a") as file:
                    print(os.getpid(), file=file)
                while True:
                    time.sleep(60)
            os._exit(0)
        os.wait()
        """
    )
    case.check(case.compare())
    daemons = [int(pid) for pid in case.marker.read_text().split()]
    assert len(daemons) == 2
    assert [pid for pid in daemons if psutil.pid_exists(pid)] == []
    case.nothing_left()


@fault(
    "server",
    "It sends for ever",
    code=1,
    sees="""FAILED: bad gave no answer within 1 s. It printed nothing to
    results/.../logs/bad-r1.log.""",
    resume=AGAIN,
)
def test_sends_for_ever(case: Case) -> None:
    """Beyond the body: each line of the trailer is there at once, and none is the last."""
    case.targets(
        """
        def answer(self, number):
            body = upstream()
            if not os.path.exists(FAULT):
                return self.reply(200, body)
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("transfer-encoding", "chunked")
            self.send_header("connection", "close")
            self.end_headers()
            self.wfile.write(b"%x\\r\\n%s\\r\\n0\\r\\n" % (len(body), body))
            while True:
                self.wfile.write(b"X: y\\r\\n")
                time.sleep(0.02)
        Handler.answer = answer
        """
    )
    case.patch("bench/serving/verify.py", "ANSWER_TIMEOUT_S = 30.0", "ANSWER_TIMEOUT_S = 1.0")
    case.check_and_resume(case.compare(), left=2)


@fault(
    "server",
    "It listens beyond the loopback on a second port, as a server of metrics does",
    code=1,
    sees="""FAILED: bad listens on 0.0.0.0, beyond the loopback, on a port of its own, .... Have it
    listen on 127.0.0.1 there, or not at all, by 'serve' in its [tool.bench] or its settings.""",
    resume=AGAIN,
)
def test_listens_beyond_the_loopback(case: Case) -> None:
    """From its first request on."""
    case.targets(
        """
        import socket

        def answer(self, number):
            global metrics
            if number == 1 and os.path.exists(FAULT):
                metrics = socket.create_server(("0.0.0.0", 0))
            self.reply(200, upstream())
        Handler.answer = answer
        """
    )
    case.check_and_resume(case.compare(), left=2)


@fault(
    "server",
    "One of its workers starts long after its port is open",
    code=0,
    sees="The page: results/.../index.html",
    resume="finds nothing left: nothing was asked of it before that worker, too, had started",
)
def test_late_worker(case: Case) -> None:
    case.targets(
        """
        import contextlib

        STARTED = FAULT + ".started"

        def activate(self):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(STARTED)
            self.socket.listen(128)
            if os.fork() == 0:
                until_s = time.process_time() + 1.5
                while time.process_time() < until_s:
                    pass
                open(STARTED, "w").close()
        Server.server_activate = activate

        def answer(self, number):
            self.reply(200 if os.path.exists(STARTED) else 503, upstream())
        Handler.answer = answer
        """
    )
    case.check(case.compare())
    assert (measured(case, "bad"), measured(case, "good")) == (4, 4)
    case.nothing_left()


@fault(
    "server",
    "It is never idle, so that nobody can tell whether all of its workers have started",
    code=0,
    sees="""bad was still at work 1 s after it listened: whether all of its workers had started is
    not known. ... The page: results/.../index.html""",
    resume="finds nothing left: the block was measured",
)
def test_never_idle(case: Case) -> None:
    case.targets(
        """
        def work():
            while True:
                until_s = time.monotonic() + 0.05
                while time.monotonic() < until_s:
                    pass
                time.sleep(0.05)
        threading.Thread(target=work, daemon=True).start()
        """
    )
    case.patch("bench/serving/server.py", "SETTLE_TIMEOUT_S = 15.0", "SETTLE_TIMEOUT_S = 1.0")
    case.patch("bench/serving/server.py", QUIET_SOON, QUIET)
    case.check(case.compare())
    assert (measured(case, "bad"), measured(case, "good")) == (4, 4)
    case.nothing_left()


@contextlib.contextmanager
def taken_port(case: Case, attempts: int) -> Iterator[list[bytes]]:
    """A port that others take right after it was found free, so many times for each start of
    `bad`; what was sent there."""
    sent: list[bytes] = []

    def listen() -> None:
        while not over.is_set():
            with contextlib.suppress(TimeoutError), listener.accept()[0] as connection:
                sent.append(connection.recv(1000))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)
        over = threading.Event()
        thread = threading.Thread(target=listen)
        thread.start()
        case.patch(
            "bench/serving/server.py",
            "        port = free_port()\n",
            f"        taken = target.name == 'bad' and attempt <= {attempts}\n"
            f"        port = {listener.getsockname()[1]} if taken else free_port()\n",
        )
        try:
            yield sent
        finally:
            over.set()
            thread.join()


@fault(
    "server",
    "Another program takes the port that was found free for it",
    code=0,
    sees="The page: results/.../index.html",
    resume="finds nothing left: it was started on another port, and nothing was sent to the first",
)
def test_port_is_taken(case: Case) -> None:
    case.targets()
    with taken_port(case, 1) as sent:
        case.check(case.compare())
        assert (measured(case, "bad"), measured(case, "good")) == (4, 4)
        assert b"".join(sent) == b""
        case.nothing_left()


@fault(
    "server",
    "Another program takes each port that was found free for it",
    code=1,
    sees="""FAILED: bad: port ... was taken by another process, and so were 2 before it. ... To
    measure again what failed: nox -s compare -- --resume ...""",
    resume=AGAIN,
)
def test_each_port_is_taken(case: Case) -> None:
    case.targets()
    with taken_port(case, 3) as sent:
        case.check(case.compare())
    assert (measured(case, "bad"), measured(case, "good")) == (0, 4)
    assert b"".join(sent) == b""
    case.mend()
    case.resume(left=2)
