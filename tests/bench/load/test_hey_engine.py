"""hey as an engine: what it is told, what is kept of that, and a real load on a small server."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bench.load.engine import Engine, Load
from bench.load.find import find_engine
from bench.load.hey import Hey
from bench.target.request import Request
from lab.condition import Condition, Terms
from lab.engines import Build
from lab.engines.hey import command
from lab.errors import UsageError
from lab.level import Level

HEY = Hey("/opt/hey", Build("hey", "0.1.4", 64 * "4"))
SECRET = Request((("X-Api-Key", "k3y"),), '{"key": "k3y"}')
LEVEL = Condition(Level(12, 3))


def test_the_command_of_a_sample_has_no_value_that_may_be_secret() -> None:
    kept = HEY.shown_command(LEVEL, "URL", SECRET)

    assert kept == command(
        "hey", LEVEL.level, "URL", "-m", "POST", "-d", "...",
        "-H", "Content-Type: application/json", "-H", "X-Api-Key: ...",
    )  # fmt: skip


@pytest.mark.parametrize("on_path", [True, False])
def test_what_a_user_types_is_short_and_names_the_program_that_there_is(
    monkeypatch: pytest.MonkeyPatch, *, on_path: bool
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: "/usr/bin/hey" if on_path else None)

    typed = HEY.typed_command(LEVEL, "URL", Request())

    assert typed == ["hey" if on_path else "/opt/hey", "-n", "12", "-c", "3", "URL"]


def test_its_load_is_steady_until_the_first_connection_has_used_up_its_quota() -> None:
    answers = ((0, 1), (1, 1), (0, 2), (2, 1), (2, 2), (4, 2))
    offsets_s, latencies_s = zip(*answers, strict=True)
    load = Load(6.0, latencies_s, offsets_s, (200,) * 6, (), (), 0, {}, 0.1)

    assert HEY.steady_s(load, 2) == (0.0, 3.0)
    assert HEY.steady_s(Load(6.0, (), (), (), (), (), 0, {"EOF": 6}, 0.1), 2) is None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    peers: set[object]
    asked: list[tuple[str, str | None, bytes]]

    def do_GET(self) -> None:
        length = int(self.headers.get("content-length", 0))
        self.peers.add(self.client_address)
        self.asked.append((self.command, self.headers["x-api-key"], self.rfile.read(length)))
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_POST = do_GET  # noqa: N815 - as http.server has it

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served() -> Iterator[tuple[str, type[Handler]]]:
    """A server's URL, and what it has seen."""
    seen = type("Seen", (Handler,), {"peers": set(), "asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), seen) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", seen
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("terms", "connections"), [(Terms(), 3), (Terms(connections="new"), 12)], ids=str
)
def test_it_sends_each_request_on_connections_that_are_kept_or_new(
    hey: str, connections: int, terms: Terms
) -> None:
    engine: Engine = Hey.at(hey)
    looks: list[int] = []

    with served() as (url, seen):
        load = engine.run(Condition(LEVEL.level, terms), url, SECRET, look=lambda: looks.append(1))

    assert seen.asked == [("POST", "k3y", b'{"key": "k3y"}')] * 12
    assert len(seen.peers) == connections
    assert (load.statuses, load.errors, load.body_bytes) == ((200,) * 12, {}, 24)
    assert load.cpu_s > 0
    assert engine.columns == {"connect_s", "read_s", "body_bytes"}
    steady = engine.steady_s(load, 3)
    assert steady is not None
    assert steady[0] == 0.0 < steady[1] <= load.wall_s


def test_what_is_found_is_hey_with_its_build(hey: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(Path(hey).parent))
    said: list[str] = []

    found = find_engine("hey", said.append)

    assert (found.build.name, said) == ("hey", [])
    assert found == Hey.at(hey)


def test_an_engine_that_there_is_not_is_named_with_those_there_are() -> None:
    with pytest.raises(UsageError) as caught:
        find_engine("locust", print)
    assert str(caught.value) == "'locust' is no engine of this version: it has hey."
