"""A server is ready when all of its workers have started, not when its port is open."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.serving import server
from bench.serving.server import serving
from bench.target.manifest import Manifest
from bench.target.target import Target
from lab.errors import BlockError

# As gunicorn does it: the port is open before there is a worker, and all share it.
SERVER = """
import os, socket, sys, time

def burn(cpu_s):
    until_s = time.process_time() + cpu_s
    while time.process_time() < until_s:
        pass

def serve(number):
    print("worker", number, flush=True)
    while True:
        connection, _ = listener.accept()
        connection.close()

listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
for number, start in enumerate(STARTS):
    if os.fork() == 0:
        start()
        serve(number)
os.wait()
sys.exit(3)
"""
Make = Callable[[str], Target]


@pytest.fixture
def target(tmp_path: Path) -> Make:
    """A target with a worker for each of these functions, which it calls before it serves."""

    def make(starts: str) -> Target:
        (tmp_path / "server.py").write_text(SERVER.replace("STARTS", starts))
        serve = f"{sys.executable} server.py {{port}}"
        return Target("one", tmp_path, Manifest(title="One", serve=serve, path="/"))

    return make


def started(target: Target) -> tuple[list[str], str | None]:
    """The workers that serve when the server is ready, and what is not known of it."""
    log = target.folder / "log"
    with serving(target, dict(os.environ), log) as ready:
        return sorted(log.read_text().split("\n")[:-1]), ready.doubt


@pytest.mark.parametrize(
    "starts",
    ["[lambda: None, lambda: burn(1)]", "[lambda: burn(0.2), lambda: burn(0.6)]"],
    ids=["one at once", "none at once"],
)
@pytest.mark.quick("one at once")
def test_the_last_worker_is_waited_for(target: Make, starts: str) -> None:
    assert started(target(starts)) == (["worker 0", "worker 1"], None)


def test_a_worker_that_the_first_one_starts_is_waited_for(target: Make) -> None:
    """It was not there when the port was opened."""
    late = "[lambda: (burn(0.3), os.fork() or (burn(0.5), serve(1)))]"
    assert started(target(late)) == (["worker 0", "worker 1"], None)


def test_where_a_server_is_at_work_for_ever_it_is_said_that_nobody_knows(
    target: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "SETTLE_TIMEOUT_S", 0.6)
    doubt = (
        "was still at work 0.6 s after it listened: whether all of its workers had started is not "
        "known."
    )
    assert started(target("[lambda: None, lambda: burn(60)]")) == (["worker 0"], doubt)


def test_a_server_whose_worker_cannot_start_is_told_by_its_log(target: Make) -> None:
    made = target("[lambda: (burn(0.3), print('no such module', flush=True), os._exit(1))]")
    with pytest.raises(BlockError) as caught:
        started(made)
    assert str(caught.value).startswith("one stopped before it was ready (exit code 3). ")
    assert str(caught.value).endswith("no such module")
