"""How long an engine that is a program is waited for: as long as it does anything."""

import socket
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, repeat
from pathlib import Path

import psutil
import pytest

from bench.load import hey, program
from bench.load.hey import run_hey
from bench.observe.progress import Progress
from lab.errors import BlockError
from lab.level import Level

linux = pytest.mark.skipif(sys.platform != "linux", reason="takes Linux's /proc")

# Every request of it may time out after 20 s, which takes 23 days.
LARGE = Level(1_000_000, 10)
PRINTED = (
    '{"errors":{},"statuses":[],"latencies":[],"offsets":[],"connect":[],"read":[],'
    '"body_bytes":0,"total_ns":1000000000}'
)
SMALL_S = 0.5


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What hangs is told after half a second."""
    monkeypatch.setattr(hey, "HUNG_AFTER_S", SMALL_S)
    monkeypatch.setattr(program, "LOOK_INTERVAL_S", 0.05)


def stand_in(folder: Path, code: str) -> str:
    """A program in hey's place that runs `code`."""
    path = folder / "hey"
    path.write_text(f"#!{sys.executable} -IS\n{textwrap.dedent(code)}\nprint('''{PRINTED}''')\n")
    path.chmod(0o755)
    return str(path)


def failure(path: str) -> str:
    with pytest.raises(BlockError) as caught:
        run_hey(path, LARGE, "http://127.0.0.1:9/")
    return str(caught.value)


HUNG = "hey did nothing for 0.5 s, and was stopped."


@linux
def test_one_that_does_nothing_is_stopped_however_large_the_level(tmp_path: Path) -> None:
    path = stand_in(tmp_path, "import time; time.sleep(600)")

    assert failure(path) == HUNG


@linux
def test_one_that_stops_doing_anything_is_stopped(tmp_path: Path) -> None:
    path = stand_in(
        tmp_path,
        """
        import os, time
        for _ in range(10):
            time.sleep(0.1)
            os.stat(".")
            open("/dev/null", "w").write("x")
        time.sleep(600)
        """,
    )

    assert failure(path) == HUNG


SLOWLY = {
    "writes": "open('/dev/null', 'w').write('x')",
    "reads": "open('/dev/zero', 'rb', buffering=0).read(1)",
    "computes": "sum(range(2_000_000))",
    "connects": "kept = socket.socket()",
}


@linux
@pytest.mark.slow
@pytest.mark.parametrize("what", SLOWLY)
def test_one_that_does_a_little_now_and_then_is_waited_for(tmp_path: Path, what: str) -> None:
    """Three times as long as one that does nothing."""
    path = stand_in(
        tmp_path,
        f"""
        import socket, time
        for _ in range(15):
            time.sleep({SMALL_S / 5})
            {SLOWLY[what]}
        """,
    )

    load = run_hey(path, LARGE, "http://127.0.0.1:9/")

    assert load.wall_s == 1.0


@contextmanager
def silent(backlog: int) -> Iterator[int]:
    """The port of a server that takes connections, as many as wait in its queue, and no more."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(backlog)
        yield server.getsockname()[1]


@contextmanager
def full(port: int, backlog: int) -> Iterator[None]:
    """Where the queue is short: it is full."""
    clients = [socket.socket() for _ in range(0 if backlog else 2)]
    for client in clients:
        client.setblocking(False)  # noqa: FBT003 - the function takes no keyword
        client.connect_ex(("127.0.0.1", port))
    yield
    for client in clients:
        client.close()


@linux
@pytest.mark.slow
@pytest.mark.parametrize("backlog", [128, 0], ids=["answers nothing", "connects to nobody"])
def test_one_whose_every_request_times_out_is_waited_for(
    hey: str, monkeypatch: pytest.MonkeyPatch, backlog: int
) -> None:
    """Each of its requests, one after the other, takes as long as it may, which is most of the
    time after which one that does nothing is stopped."""
    monkeypatch.setattr("bench.load.hey.HUNG_AFTER_S", 1.5)
    monkeypatch.setattr("lab.engines.hey.REQUEST_TIMEOUT_S", 1)
    with silent(backlog) as port, full(port, backlog):
        load = run_hey(hey, Level(4, 1), f"http://127.0.0.1:{port}/")

    assert (load.sent, load.latencies_s) == (4, ())
    assert load.wall_s > 3.9


@linux
def test_one_that_is_suspended_in_mid_load_is_stopped(hey: str) -> None:
    us = psutil.Process()

    def suspend() -> None:
        for each in us.children(recursive=True):
            if each.name() == "hey":
                each.suspend()

    with silent(128) as port, pytest.raises(BlockError) as caught:
        run_hey(hey, Level(4, 1), f"http://127.0.0.1:{port}/", look=suspend)

    assert str(caught.value) == HUNG


@linux
def test_what_stops_the_bench_as_well_is_not_told_of_the_engine(tmp_path: Path) -> None:
    """A look takes longer than one that does nothing is waited for."""
    path = stand_in(tmp_path, "import time; time.sleep(1.2)")
    looks_s = chain([0.0] * 5, repeat(SMALL_S + 0.2))

    load = run_hey(path, LARGE, "http://127.0.0.1:9/", look=lambda: time.sleep(next(looks_s)))

    assert load.wall_s == 1.0


def test_where_it_cannot_be_seen_the_time_that_all_requests_may_take_is_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Progress, "_count", lambda _self: None)
    monkeypatch.setattr(hey, "timeout_s", lambda _level: 1.0)
    path = stand_in(tmp_path, "while True: pass")

    assert failure(path) == "hey did not end within 1 s, and was stopped."
