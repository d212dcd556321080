"""Somebody takes the port that was found free before the server does: another one is taken."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.serving import server
from bench.serving.server import START_ATTEMPTS, serving
from bench.target.manifest import Manifest
from bench.target.target import Target
from lab.errors import BlockError

SERVER = """
import socket, sys
with socket.socket() as listener:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    for option in OPTIONS:
        listener.setsockopt(socket.SOL_SOCKET, option, 1)
    listener.bind(("127.0.0.1", int(sys.argv[1])))
    listener.listen()
    while True:
        listener.accept()[0].close()
"""
ALONE, SHARED = "[]", "[socket.SO_REUSEPORT]"

# A stranger has a process of its own: what it does to a port, and that it is done.
STRANGER = """
import socket, sys
taken = socket.socket()
for option in {options}:
    taken.setsockopt(socket.SOL_SOCKET, option, 1)
taken.bind(("{host}", {port}))
{listen}
print("there", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def stranger(
    port: int, *, options: str = ALONE, listens: bool, host: str = "127.0.0.1"
) -> Iterator[None]:
    listen = "taken.listen()" if listens else ""
    code = STRANGER.format(options=options, host=host, port=port, listen=listen)
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"there\n"
        yield


def target(folder: Path, options: str = ALONE) -> Target:
    (folder / "server.py").write_text(SERVER.replace("OPTIONS", options))
    serve = f"{sys.executable} server.py {{port}}"
    return Target("one", folder, Manifest(title="One", serve=serve, path="/"))


@pytest.mark.parametrize(
    ("options", "listens"),
    [(ALONE, True), (ALONE, False), (SHARED, True)],
    ids=["listens", "is bound", "shares the port"],
)
def test_a_port_that_is_taken_meanwhile_is_left_to_its_owner(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: str,
    *,
    listens: bool,
) -> None:
    taken, free = server.free_port(), server.free_port()
    found = iter([taken, free])
    monkeypatch.setattr(server, "free_port", lambda: next(found))

    with (
        stranger(taken, options=options, listens=listens),
        serving(target(tmp_path, options), dict(os.environ), tmp_path / "log") as ready,
    ):
        assert ready.port == free


def test_where_each_one_is_taken_the_block_fails_and_names_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = [server.free_port() for _ in range(START_ATTEMPTS)]
    found = iter(ports)
    monkeypatch.setattr(server, "free_port", lambda: next(found))

    with contextlib.ExitStack() as strangers:
        for port in ports:
            strangers.enter_context(stranger(port, listens=True))
        with (
            pytest.raises(BlockError) as caught,
            serving(target(tmp_path), dict(os.environ), tmp_path / "log"),
        ):
            pass

    wanted = f"one: port {ports[-1]} was taken by another process, and so were 2 before it."
    assert str(caught.value) == wanted


def test_one_that_stops_for_another_reason_is_not_said_to_have_met_anybody(tmp_path: Path) -> None:
    one = target(tmp_path)
    (tmp_path / "server.py").write_text("raise SystemExit(3)")

    with (
        pytest.raises(BlockError, match=r"^one stopped before it was ready \(exit code 3\)\. "),
        serving(one, dict(os.environ), tmp_path / "log"),
    ):
        pass


def test_who_listens_elsewhere_on_that_port_takes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At another address of the loopback, where nobody asks for the server."""
    port = server.free_port()
    monkeypatch.setattr(server, "free_port", lambda: port)

    with (
        stranger(port, listens=True, host="127.0.0.2"),
        serving(target(tmp_path), dict(os.environ), tmp_path / "log") as ready,
    ):
        assert ready.port == port
