"""Cookies that the API sets are nobody's: no target sends them with another request's call."""

import http.server
import json
import os
import threading
import urllib.request
from pathlib import Path

import pytest

from bench.environment import prepare
from bench.serving import server
from bench.target.target import names, read
from bench.upstream.api import TODO
from lab.paths import TARGETS

# Over four workers: each is asked often enough to have sent back what it was given.
REQUESTS = 30


class Api(http.server.ThreadingHTTPServer):
    """It sets a cookie with each answer, and keeps those it was sent; None for a call without."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.cookies: list[str | None] = []


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Api

    def do_GET(self) -> None:
        self.server.cookies.append(self.headers["Cookie"])
        body = json.dumps(TODO).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Set-Cookie", f"session={len(self.server.cookies)}; Path=/")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_it_sends_no_cookie_that_another_request_was_given(name: str, tmp_path: Path) -> None:
    """A client that requests share would hand one user's session to the next."""
    target = read(TARGETS / name)
    with Api() as api, prepare.prepared([target], print) as environments:
        threading.Thread(target=api.serve_forever, args=(0.01,), daemon=True).start()
        # By name: aiohttp keeps no cookie of an address.
        given = {
            "UPSTREAM_URL": f"http://localhost:{api.server_port}/",
            "XDG_RUNTIME_DIR": str(tmp_path),
        }
        env = server.server_environment(os.environ, environments[name].bin, given)
        with server.serving(target, env, tmp_path / "log") as running:
            for _ in range(REQUESTS):
                with urllib.request.urlopen(running.url, timeout=30) as response:
                    response.read()
        api.shutdown()
        assert api.cookies == [None] * REQUESTS
