"""What is said of an answer that is not the upstream's."""

import pytest

from bench.check import Answer, complaint

EXPECTED = {"id": 1, "completed": False}
AS_JSON = '{"id": 1, "completed": false}'


def said(body: bytes, *, status: int = 200, content_type: str = "application/json") -> str | None:
    return complaint(Answer(status, content_type, body), EXPECTED)


@pytest.mark.parametrize(
    "body",
    [AS_JSON.encode(), b'{"completed":false,"id":1}', b' {\n "id": 1, "completed": false }\n'],
)
def test_the_upstreams_json_is_right_however_it_is_written(body: bytes) -> None:
    assert said(body) is None


@pytest.mark.parametrize("status", [201, 204, 302, 404, 500])
def test_another_status_is_named(status: int) -> None:
    expected = f"answered with status {status} in place of 200"
    assert expected == said(AS_JSON.encode(), status=status)


def test_another_content_type_is_named() -> None:
    expected = "answered with content type 'text/html' in place of 'application/json'"
    assert expected == said(AS_JSON.encode(), content_type="text/html")


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"", "''"),
        (b"Hello", "'Hello'"),
        (b'{"id": 2, "completed": false}', """'{"id": 2, "completed": false}'"""),
        (b'{"id": 1}', """'{"id": 1}'"""),
        (b"null", "'null'"),
        (b"\xff", "'\N{REPLACEMENT CHARACTER}'"),
        (b"x" * 300, f"'{'x' * 200}'"),
    ],
)
def test_another_body_is_shown_beside_the_upstreams(body: bytes, shown: str) -> None:
    assert said(body) == f"answered {shown} in place of the upstream's {AS_JSON}"


def test_a_body_whose_values_are_equal_in_python_only_is_another() -> None:
    body = '{"id": true, "completed": 0}'
    assert said(body.encode()) == f"answered {body!r} in place of the upstream's {AS_JSON}"


def test_a_body_that_is_no_json_is_not_an_upstreams_null() -> None:
    answer = Answer(200, "application/json", b"Hello")
    assert complaint(answer, None) == "answered 'Hello' in place of the upstream's null"
    assert complaint(Answer(200, "application/json", b"null"), None) is None


def test_a_body_too_deep_to_read_is_another() -> None:
    expected = f"answered '{'[' * 200}' in place of the upstream's {AS_JSON}"
    assert expected == said(b"[" * 100_000)
