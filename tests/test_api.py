"""What the upstream answers."""

import json

import pytest

from bench.upstream.api import answer

BODY = b"""{
  "userId": 1,
  "id": 1,
  "title": "delectus aut autem",
  "completed": false
}"""


@pytest.mark.parametrize("path", [b"/todos/1", b"/todos/1?page=2"])
def test_the_upstream_answers_what_the_articles_api_does(path: bytes) -> None:
    expected = (
        b"HTTP/1.1 200 OK\r\n"
        b"content-type: application/json; charset=utf-8\r\n"
        b"content-length: 83\r\n"
        b"\r\n" + BODY
    )
    assert expected == answer(path, keep_alive=True)
    assert json.loads(BODY)["title"] == "delectus aut autem"


def test_a_connection_that_will_be_closed_is_said_to_be() -> None:
    expected = (
        b"HTTP/1.1 200 OK\r\n"
        b"content-type: application/json; charset=utf-8\r\n"
        b"content-length: 83\r\n"
        b"connection: close\r\n"
        b"\r\n" + BODY
    )
    assert expected == answer(b"/todos/1", keep_alive=False)


@pytest.mark.parametrize("path", [b"/", b"/todos/2", b"/todos/1/", b"/todos/1%3F", b""])
def test_any_other_path_is_not_found(path: bytes) -> None:
    expected = (
        b"HTTP/1.1 404 Not Found\r\n"
        b"content-type: application/json; charset=utf-8\r\n"
        b"content-length: 2\r\n"
        b"\r\n{}"
    )
    assert expected == answer(path, keep_alive=True)
