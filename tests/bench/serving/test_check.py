"""What is said of an answer that is not the upstream's."""

from dataclasses import replace

import pytest

from bench.serving.verify import Answer, advise, complaint
from bench.target.answer import ExpectedAnswer
from bench.target.manifest import Manifest

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


def test_a_status_that_is_wanted_is_right_and_200_then_is_not() -> None:
    created = Answer(201, "application/json", AS_JSON.encode())
    assert complaint(created, EXPECTED, ExpectedAnswer(201)) is None
    assert complaint(replace(created, status=200), EXPECTED, ExpectedAnswer(201)) == (
        "answered with status 200 in place of 201"
    )


@pytest.mark.parametrize(
    ("body", "wrong"), [(b"done", None), (b"done\n", "5 bytes 5"), (b"", "0 bytes 1")]
)
def test_a_text_of_its_own_is_compared_byte_by_byte_whatever_its_type(
    body: bytes, wrong: str | None
) -> None:
    """What differs is not shown: it may be a secret, and messages go into a run's files."""
    said = None
    if wrong:
        length, _, place = wrong.rpartition(" ")
        said = (
            f"answered {length} in place of the 4 of the text in 'body', others from byte "
            f"{place} on"
        )
    assert complaint(Answer(200, "text/html", body), None, ExpectedAnswer(200, "done")) == said


def test_where_the_body_is_not_checked_anything_is_right() -> None:
    assert (
        complaint(Answer(204, "text/plain", b""), EXPECTED, ExpectedAnswer(204, body=False)) is None
    )


@pytest.mark.parametrize(
    ("status", "calls", "advice"),
    [
        (
            400,
            0,
            "ALLOWED_HOSTS must hold 127.0.0.1, or set one of its hosts as Host in 'headers'. ",
        ),
        (
            500,
            0,
            (
                "It did not reach the lab's upstream: does the view call what UPSTREAM_URL names? "
                'For another name: env = { NAME = "{upstream_url}" }. '
            ),
        ),
        (500, 1, ""),
        (
            200,
            1,
            "Where that is right, set 'body': to the text that is answered, or to false. ",
        ),
    ],
)
def test_what_most_often_is_wrong_with_a_project_is_said(
    status: int, calls: int, advice: str
) -> None:
    manifest = Manifest(title="Mine", serve="x {port}", path="/")
    assert advise(Answer(status, "text/html", b"<p>"), calls, manifest) == advice


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
