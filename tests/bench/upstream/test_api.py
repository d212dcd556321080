"""What the upstream answers."""

import json

from bench.upstream.api import answer

BODY = b"""{
  "userId": 1,
  "id": 1,
  "title": "delectus aut autem",
  "completed": false
}"""


def test_the_upstream_answers_what_the_articles_api_does() -> None:
    expected = (
        b"HTTP/1.1 200 OK\r\n"
        b"content-type: application/json; charset=utf-8\r\n"
        b"content-length: 83\r\n"
        b"\r\n" + BODY
    )
    assert expected == answer(keep_alive=True)
    assert json.loads(BODY)["title"] == "delectus aut autem"


def test_a_connection_that_will_be_closed_is_said_to_be() -> None:
    expected = (
        b"HTTP/1.1 200 OK\r\n"
        b"content-type: application/json; charset=utf-8\r\n"
        b"content-length: 83\r\n"
        b"connection: close\r\n"
        b"\r\n" + BODY
    )
    assert expected == answer(keep_alive=False)
