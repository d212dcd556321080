"""A real upstream in place of the lab's: what is refused as one."""

import http.server
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from bench.upstream import body, real
from bench.upstream.real import (
    RealApi,
    ask_real_api,
    require_url,
    without_queries,
    without_query,
    without_query_of,
)
from lab.errors import UsageError


class Api(http.server.BaseHTTPRequestHandler):
    """Answers `/json` with JSON and anything else with a page; knows no `/gone`.

    `/slow` sends a digit now and then for ever, `/large` as many as it can, `/moved` elsewhere.
    """

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.send_response({"/gone": 404, "/moved": 302}.get(path, 200))
        self.send_header("Location", "ftp://elsewhere.example/?key=secret")
        self.end_headers()
        while path in ("/slow", "/large"):
            try:
                self.wfile.write(b"1" if path == "/slow" else b"1" * 65536)
            except OSError:
                return
            if path == "/slow":
                OVER.wait(0.02)
            if OVER.is_set():
                return
        self.wfile.write(b'{"id": 1}' if self.path == "/json" else b"<p>a page")

    def log_message(self, *_: Any) -> None:
        pass


# Set when what sends for ever has done so for long enough.
OVER = threading.Event()


@pytest.fixture
def api() -> Iterator[str]:
    OVER.clear()
    with http.server.HTTPServer(("127.0.0.1", 0), Api) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            OVER.set()
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


def test_a_url_may_hold_an_at_sign_where_no_password_stands() -> None:
    for url in ("https://api.example/@me", "https://api.example?of=a@b", "http://api.example#@"):
        assert require_url(url) == url
    for url in ("user:secret@api.example/", "ftp://user:secret@api.example/"):
        assert refusal(url).startswith("--upstream takes a URL without user and password")


def test_an_api_that_sends_for_ever_is_given_up_when_its_time_is_over(
    api: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No read of it takes as long as its time: it sends something again and again."""
    monkeypatch.setattr(real, "FETCH_TIMEOUT_S", 0.3)
    assert refusal(f"{api}/slow?key=secret") == (
        f"--upstream {api}/slow?...: no JSON came from it: no whole answer within 0.3 s"
    )


def test_no_more_is_read_of_an_api_than_an_answer_may_have(
    api: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body, "LARGEST_BYTES", 1_000_000)
    assert refusal(f"{api}/large") == (
        f"--upstream {api}/large: no JSON came from it: over 1,000,000 bytes"
    )


@pytest.mark.parametrize(
    "url",
    [
        "{api}/page?key=secret", "{api}/gone?key=secret", "{api}/moved?key=secret",
        "{api}/json?key=a secret", "http://127.0.0.1:1/?key=secret", "http://[::1?key=secret",
        "http://127.0.0.1:abc?key=secret", "api.example?key=secret", "?key=secret",
        "ftp://api.example?key=secret", "http://127.0.0.1:1/?key=secret-\N{SNOWMAN}",
    ],
)  # fmt: skip
def test_no_refusal_shows_a_query(api: str, url: str) -> None:
    said = refusal(url.format(api=api))
    assert "secret" not in said
    assert "?..." in said


def test_what_others_print_of_a_url_is_known_by_the_beginning_of_its_query() -> None:
    url = "https://api.example/todos/1?key=s$ecret&of=me"
    for printed, shown in [
        ("Max retries exceeded with url: /todos/1?key=s$ecret&of=me (Caused by", "/todos/1?... ("),
        ("upstream: https://1.2.3.4:443/todos/1?key=s%24ecret&of=me, host", "/todos/1?... host"),
        ("GET /todos/1?key=s ...", "/todos/1?... ..."),
        ("Why? ask", "Why? ask"),
    ]:
        assert shown in without_query_of(url, printed)
        assert "cret" not in without_query_of(url, printed)
    assert without_query_of("https://api.example/", "what? ever?") == "what? ever?"


def test_a_text_of_ours_is_shown_without_the_queries_in_it() -> None:
    said = "argument --all: ignored 'https://a.example/b?key=secret' twice. Did you mean '--x'?"
    assert without_queries(said) == (
        "argument --all: ignored 'https://a.example/b?... twice. Did you mean '--x'?"
    )
    hidden = "--upstream 'https://a.example/?...' is, https://a.example/?...: no. At http://a/?...."
    assert without_queries(hidden) == hidden
    assert without_queries("http://a/?...&key=secret") == "http://a/?..."
