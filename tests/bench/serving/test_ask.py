"""One request to a server, which may go on sending for ever."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.process.child import Child
from bench.serving import verify
from bench.serving.server import HOST, Server
from bench.serving.verify import Answer, ask
from bench.target.manifest import Manifest
from bench.target.target import Target
from lab.errors import BlockError

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"

# How a server answers at first, and what it sends again and again from then on.
ENDLESS = {
    "a body": (OK + b"\r\n", b"x"),
    "trailers": (CHUNKED + b"1\r\nx\r\n0\r\n", b"X: y\r\n"),
    "the length of a chunk": (CHUNKED + b"1;", b"x"),
    "headers": (OK + b"X: ", b"x"),
    "interim answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
}

Answering = Callable[[bytes, bytes], Server]


@pytest.fixture
def answering(tmp_path: Path) -> Iterator[Answering]:
    """A server that sends the first bytes, then the second ones for as long as the test lasts."""
    over = threading.Event()

    def serve(listener: socket.socket, first: bytes, again: bytes) -> None:
        connection, _ = listener.accept()
        with connection, contextlib.suppress(OSError):
            connection.recv(65536)
            connection.sendall(first)
            while again and not over.wait(0.02):
                connection.sendall(again)

    with contextlib.ExitStack() as stack:
        output = stack.enter_context((tmp_path / "log").open("wb"))
        child = stack.enter_context(Child(["/bin/sleep", "600"], output=output))

        def start(first: bytes, again: bytes) -> Server:
            listener = stack.enter_context(socket.create_server((HOST, 0)))
            thread = threading.Thread(target=serve, args=(listener, first, again))
            thread.start()
            stack.callback(thread.join)
            stack.callback(over.set)
            target = Target("one", tmp_path, Manifest(title="One", serve="x {port}", path="/"))
            return Server(target, listener.getsockname()[1], tmp_path / "log", child)

        yield start


def test_a_whole_answer_is_taken(answering: Answering) -> None:
    assert ask(answering(CHUNKED + b"2\r\nit\r\n0\r\n\r\n", b"")) == Answer(
        200, "text/plain", b"it"
    )


def test_one_that_is_cut_off_is_none(answering: Answering) -> None:
    server = answering(OK + b"Content-Length: 3\r\n\r\nit", b"")
    with pytest.raises(BlockError, match=r"^one gave no answer \(IncompleteRead: "):
        ask(server)


@pytest.mark.parametrize(("first", "again"), ENDLESS.values(), ids=ENDLESS)
def test_an_answer_that_goes_on_for_ever_is_given_up(
    answering: Answering, monkeypatch: pytest.MonkeyPatch, first: bytes, again: bytes
) -> None:
    monkeypatch.setattr(verify, "ANSWER_TIMEOUT_S", 0.3)
    said: list[str] = []

    def give_up() -> None:
        with pytest.raises(BlockError) as caught:
            ask(server)
        said.append(str(caught.value))

    server = answering(first, again)
    # In a thread, so that a test of what never ends does.
    thread = threading.Thread(target=give_up, daemon=True)
    thread.start()
    thread.join(5)
    assert [text.partition(". ")[0] for text in said] == ["one gave no answer within 0.3 s"]


def test_what_a_server_says_in_place_of_an_answer_does_nothing_to_the_terminal(
    answering: Answering,
) -> None:
    with pytest.raises(BlockError) as caught:
        ask(answering(b"\x1b[2J\x9b2J\r\n\r\n", b""))
    assert r"one gave no answer (BadStatusLine: \x1b[2J\x9b2J" in str(caught.value)
    assert str(caught.value).replace("\n", "").isprintable()
