"""Does a target answer what the upstream answers?"""

import contextlib
import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bench.errors import BlockError
from bench.server import HOST, Server, last_lines
from bench.upstream.client import Upstream

ANSWER_TIMEOUT_S = 30.0
SHOWN_BYTES = 200
LARGEST_BYTES = 16_000_000


@dataclass(frozen=True)
class Answer:
    status: int
    content_type: str
    body: bytes


def verify(server: Server, expected: Any, upstream: Upstream | None) -> Answer:  # noqa: ANN401 - JSON
    """The target's answer to one request, which is the upstream's and was fetched from there.

    Raises `BlockError` where it is another, or the witness saw other calls than the
    manifest says.
    """
    if upstream:
        upstream.begin("check")
    target = server.target
    with _culprit(upstream):
        answer = ask(server)
        if wrong := complaint(answer, expected):
            raise BlockError(f"{target.name} {wrong}. {last_lines(server.log)}")
    if upstream:
        calls = upstream.read()[0].calls
        if calls != target.manifest.upstream_calls:
            raise BlockError(
                f"{target.name} answered one request with {calls} calls to the upstream; its "
                f"[tool.bench] says {target.manifest.upstream_calls} ('upstream_calls')."
            )
    return answer


def verify_again(server: Server, before: Answer, upstream: Upstream) -> None:
    """Raises `BlockError` where the target, after it was loaded, answers other than `before`."""
    with _culprit(upstream):
        if wrong := complaint(ask(server), json.loads(before.body)):
            raise BlockError(
                f"{server.target.name}, asked again after the load, {wrong}. "
                f"{last_lines(server.log)}"
            )


@contextlib.contextmanager
def _culprit(upstream: Upstream | None) -> Iterator[None]:
    """Where the block fails, and it is the upstream that has died or hangs: say that instead."""
    try:
        yield
    except BlockError:
        if upstream:
            upstream.ping()
        raise


def ask(server: Server) -> Answer:
    """One GET of the target's path. Raises `BlockError` where no answer comes."""
    connection = http.client.HTTPConnection(HOST, server.port, timeout=ANSWER_TIMEOUT_S)
    # The time-out is for each read, and a server may go on sending for ever.
    deadline = threading.Timer(ANSWER_TIMEOUT_S, _cut_off, [connection])
    deadline.daemon = True
    deadline.start()
    try:
        connection.request("GET", server.target.manifest.path, headers={"Connection": "close"})
        response = connection.getresponse()
        body = _read(response, time.monotonic() + ANSWER_TIMEOUT_S)
        return Answer(response.status, response.headers.get_content_type(), body)
    except TimeoutError:
        reason = f"gave no answer within {ANSWER_TIMEOUT_S:g} s"
    except (OSError, http.client.HTTPException) as error:
        reason = f"gave no answer ({type(error).__name__}: {error})"
        if deadline.finished.is_set():
            reason = f"gave no answer within {ANSWER_TIMEOUT_S:g} s"
    finally:
        deadline.cancel()
        connection.close()
    raise BlockError(f"{server.target.name} {reason}. {server.trouble() or last_lines(server.log)}")


def _cut_off(connection: http.client.HTTPConnection) -> None:
    with contextlib.suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)


def _read(response: http.client.HTTPResponse, deadline_s: float) -> bytes:
    """The body. Raises `TimeoutError` past the deadline, for each read may take the whole of it."""
    body = b""
    while piece := response.read1(65536):
        body += piece
        if time.monotonic() > deadline_s:
            raise TimeoutError
        if len(body) > LARGEST_BYTES:
            raise http.client.HTTPException(f"over {LARGEST_BYTES:,} bytes")
    if response.length:
        raise http.client.IncompleteRead(body, response.length)
    return body


def complaint(answer: Answer, expected: Any) -> str | None:  # noqa: ANN401 - any JSON value
    """What is wrong with `answer`, where the upstream's JSON is `expected`; None if nothing."""
    if answer.status != http.client.OK:
        return f"answered with status {answer.status} in place of 200"
    if answer.content_type != "application/json":
        return f"answered with content type {answer.content_type!r} in place of 'application/json'"
    try:
        # As text, for Python's == takes true for 1.
        same = _canonical(json.loads(answer.body)) == _canonical(expected)
    except (ValueError, RecursionError):
        same = False
    if not same:
        shown = answer.body[:SHOWN_BYTES].decode(errors="replace")
        upstreams = json.dumps(expected)[:SHOWN_BYTES]
        return f"answered {shown!r} in place of the upstream's {upstreams}"
    return None


def _canonical(value: Any) -> str:  # noqa: ANN401 - any JSON value
    return json.dumps(value, sort_keys=True)
