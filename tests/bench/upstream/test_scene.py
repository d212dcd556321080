"""A real upstream in place of the lab's: what is refused as one."""

import http.server
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from bench.upstream.real import RealApi, ask_real_api, without_query
from lab.errors import UsageError


class Api(http.server.BaseHTTPRequestHandler):
    """Answers `/json` with JSON and anything else with a page; knows no `/gone`."""

    def do_GET(self) -> None:
        self.send_response(404 if self.path == "/gone" else 200)
        self.end_headers()
        self.wfile.write(b'{"id": 1}' if self.path == "/json" else b"<p>a page")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def api() -> Iterator[str]:
    with http.server.HTTPServer(("127.0.0.1", 0), Api) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def refusal(url: str) -> str:
    with pytest.raises(UsageError) as caught:
        ask_real_api(url)
    assert caught.type is UsageError
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_what_a_real_api_answers_is_what_is_expected_of_targets(api: str) -> None:
    assert ask_real_api(f"{api}/json") == RealApi(f"{api}/json", {"id": 1})


@pytest.mark.parametrize("url", ["", "todos", "ftp://127.0.0.1/", "file:///todos/1"])
def test_what_is_no_http_url_is_refused(url: str) -> None:
    assert refusal(url) == f"--upstream {url!r} is no URL: it starts with http:// or https://."


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/page", "Expecting value: line 1 column 1 (char 0)"),
        ("/gone", "HTTP Error 404: Not Found"),
    ],
)
def test_an_api_that_gives_no_json_is_refused_with_the_reason(
    api: str, path: str, reason: str
) -> None:
    assert refusal(api + path) == f"--upstream {api}{path}: no JSON came from it: {reason}"


@pytest.mark.parametrize(
    "url", ["http://", "http:///todos/1", "http://[::1/", "http://127.0.0.1:abc/", "http://a b/"]
)
def test_a_url_that_nobody_can_ask_is_refused_like_any_other(url: str) -> None:
    assert refusal(url).startswith(f"--upstream {url}: no JSON came from it: ")


def test_a_url_with_a_password_is_refused_as_the_page_would_show_it() -> None:
    assert refusal("https://user:secret@api.example/todos") == (
        "--upstream takes a URL without user and password: the page names it."
    )


def test_what_is_shown_of_a_url_leaves_its_query_out() -> None:
    assert without_query("https://api.example/a?key=secret") == "https://api.example/a?..."
    assert without_query("https://api.example/a") == "https://api.example/a"
