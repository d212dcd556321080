"""Does a target answer what the upstream answers?"""

import contextlib
import dataclasses
import http.client
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bench.process.log import last_lines
from bench.serving.server import HOST, Server
from bench.target.answer import ExpectedAnswer
from bench.target.manifest import Manifest
from bench.upstream.body import read_body
from bench.upstream.client import Upstream
from bench.upstream.within import within
from lab import display
from lab.errors import BlockError

ANSWER_TIMEOUT_S = 30.0
SHOWN_BYTES = 200

# Of a status that was not expected, what it most often means.
ADVICE = {
    301: "Where SECURE_SSL_REDIRECT sends to HTTPS, set what SECURE_PROXY_SSL_HEADER names in "
    "'headers', or settings of its own in 'settings'.",
    302: "Where that is right, set 'status'; where it asks for a login, set a header in 'headers'.",
    400: "ALLOWED_HOSTS must hold 127.0.0.1, or set one of its hosts as Host in 'headers'.",
    403: "A POST needs a view that is exempt from CSRF; what lets a client in goes into 'headers'.",
    404: "Is 'path' one of its URLs?",
    405: "Set 'post' for a view that takes a POST, and leave it out for others.",
}
POINT_IT = (
    " It did not reach the lab's upstream: does the view call what UPSTREAM_URL names? For another "
    'name: env = { NAME = "{upstream_url}" }.'
)


@dataclass(frozen=True)
class Answer:
    """What a target answered to one request; `took_s` is how long all of the check did."""

    status: int
    content_type: str
    body: bytes
    took_s: float = 0.0


def verify(server: Server, expected: Any, upstream: Upstream | None) -> Answer:  # noqa: ANN401 - JSON
    """The target's answer to one request, which is the upstream's and was fetched from there.

    Raises `BlockError` where it is another, or the witness saw other calls than the
    manifest says.
    """
    if upstream:
        upstream.begin("check")
    target, manifest = server.target, server.target.manifest
    began_s = time.monotonic()
    with _culprit(upstream):
        answer = ask(server)
        calls = upstream.read()[0].calls if upstream else manifest.upstream_calls
        if wrong := complaint(answer, expected, manifest.wanted):
            advice = advise(answer, calls, manifest) if target.needs_advice else ""
            raise BlockError(f"{target.name} {wrong}. {advice}{last_lines(server.log)}")
    if calls != manifest.upstream_calls:
        raise BlockError(
            f"{target.name} answered one request with {display.plural(calls, 'call')} to the "
            f"upstream; {target.table} says {manifest.upstream_calls} ('upstream_calls')."
            f"{POINT_IT if target.needs_advice and not calls else ''}"
        )
    return dataclasses.replace(answer, took_s=time.monotonic() - began_s)


def verify_again(server: Server, before: Answer, upstream: Upstream) -> None:
    """Raises `BlockError` where the target, after it was loaded, answers other than `before`."""
    with _culprit(upstream):
        wanted = server.target.manifest.wanted
        # Only where the body is the upstream's is it known to be JSON.
        expected = json.loads(before.body) if wanted.kind == "upstream" else None
        if wrong := complaint(ask(server), expected, wanted):
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
    """One request as the manifest says. Raises `BlockError` where no answer comes."""
    manifest = server.target.manifest
    request = manifest.request
    headers = {**request.sent_headers, "Connection": "close"}
    content = None if request.post is None else request.post.encode()
    connection = http.client.HTTPConnection(HOST, server.port, timeout=ANSWER_TIMEOUT_S)

    def fetch() -> Answer:
        with contextlib.closing(connection):
            connection.request(request.method, manifest.path, body=content, headers=headers)
            response = connection.getresponse()
            return Answer(response.status, response.headers.get_content_type(), read_body(response))

    try:
        # The time-out of a connection is for each read, and a server may go on sending for ever.
        return within(ANSWER_TIMEOUT_S, fetch)
    except TimeoutError:
        reason = f"gave no answer within {ANSWER_TIMEOUT_S:g} s"
    except (OSError, http.client.HTTPException) as error:
        reason = f"gave no answer ({type(error).__name__}: {display.printable(str(error))})"
    raise BlockError(f"{server.target.name} {reason}. {server.trouble() or last_lines(server.log)}")


def complaint(
    answer: Answer,
    expected: Any,  # noqa: ANN401 - any JSON value
    wanted: ExpectedAnswer = ExpectedAnswer(),  # noqa: B008 - frozen
) -> str | None:
    """What is wrong with `answer`, where the upstream's JSON is `expected`; None if nothing."""
    if answer.status != wanted.status:
        return f"answered with status {answer.status} in place of {wanted.status}"
    if wanted.body is False:
        return None
    if wanted.body is not None:
        text = wanted.body.encode()
        return None if answer.body == text else _not_the_text(answer.body, text)
    if answer.content_type != "application/json":
        return f"answered with content type {answer.content_type!r} in place of 'application/json'"
    try:
        # As text, for Python's == takes true for 1.
        same = _canonical(json.loads(answer.body)) == _canonical(expected)
    except (ValueError, RecursionError):
        same = False
    if not same:
        shown = _beginning(answer.body)
        upstreams = json.dumps(expected)[:SHOWN_BYTES]
        return f"answered {shown!r} in place of the upstream's {upstreams}"
    return None


def _not_the_text(body: bytes, wanted: bytes) -> str:
    """Where they part, and not what either says: it may be a secret."""
    pairs = enumerate(zip(body, wanted, strict=False))
    same = next((at for at, (ours, its) in pairs if ours != its), min(len(body), len(wanted)))
    return (
        f"answered {len(body):,} bytes in place of the {len(wanted):,} of the text in 'body', "
        f"others from byte {same + 1:,} on"
    )


def _beginning(body: bytes) -> str:
    return body[:SHOWN_BYTES].decode(errors="replace")


def advise(answer: Answer, calls: int, manifest: Manifest) -> str:
    """What to do about an answer that is not the wanted one, in a project of its user's."""
    if answer.status != manifest.wanted.status:
        if advice := ADVICE.get(answer.status):
            return f"{advice} "
        return f"{POINT_IT.strip()} " if not calls and manifest.upstream_calls else ""
    if manifest.wanted.kind == "upstream":
        return "Where that is right, set 'body': to the text that is answered, or to false. "
    return ""


def _canonical(value: Any) -> str:  # noqa: ANN401 - any JSON value
    return json.dumps(value, sort_keys=True)
