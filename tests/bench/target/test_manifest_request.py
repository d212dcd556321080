"""What a manifest says of request, answer and environment, and how what it may not is refused."""

from pathlib import Path
from typing import Any

import pytest

from bench.load.hey import options
from bench.machine import facts
from bench.run.describe import values_digest
from bench.target.answer import ExpectedAnswer
from bench.target.manifest import Manifest, parse_bench
from bench.target.request import Request
from bench.target.table import Table
from bench.target.variables import filled_in
from lab.engines.hey import command
from lab.errors import UsageError
from lab.level import Level

LEAST: dict[str, Any] = {"title": "A view", "serve": "server --port {port}", "path": "/test"}
FILE = "shop/bench.toml"
HIDDEN = "k3y"


def parse(**changes: object) -> Manifest:
    return parse_bench(Table({**LEAST, **changes}, FILE, ""))


def refusal(**changes: object) -> str:
    with pytest.raises(UsageError) as caught:
        parse(**changes)
    message = str(caught.value)
    assert message.startswith(f"{FILE}: ")
    assert HIDDEN not in message
    return message.removeprefix(f"{FILE}: ")


def test_every_key_of_a_project_is_taken_over() -> None:
    manifest = parse(
        name="shop",
        settings="shop.settings.bench",
        env={"PAYMENTS_URL": "{upstream_url}", "FLAG": "1"},
        status=201,
        body="done",
        headers={"X-Api-Key": HIDDEN},
        post='{"number": 7}',
        requirements="requirements/prod.txt",
        upstream_calls=3,
    )
    assert manifest == Manifest(
        **LEAST,
        name="shop",
        settings="shop.settings.bench",
        env=(("PAYMENTS_URL", "{upstream_url}"), ("FLAG", "1")),
        wanted=ExpectedAnswer(201, "done"),
        request=Request((("X-Api-Key", HIDDEN),), '{"number": 7}'),
        requirements="requirements/prod.txt",
        upstream_calls=3,
    )


def test_without_them_it_is_a_get_that_answers_200_and_the_upstreams_json() -> None:
    manifest = parse()
    assert (manifest.request.method, options(manifest.request)) == ("GET", [])
    assert (manifest.wanted.status, manifest.wanted.kind) == (200, "upstream")
    assert values_digest(manifest) == ""


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        (False, "none", "status 201, any body"),
        ("", "text", "status 201, the text in 'body'"),
        (None, "upstream", "status 201, the upstream's JSON"),
    ],
)
def test_a_body_is_the_upstreams_a_text_or_not_checked(body: Any, kind: str, said: str) -> None:
    wanted = parse(status=201, **({} if body is None else {"body": body})).wanted
    assert (wanted.kind, str(wanted)) == (kind, said)


def test_hey_is_told_method_body_and_headers_and_what_is_kept_has_no_value() -> None:
    request = Request((("Host", "shop.example"), ("X-Api-Key", HIDDEN)), f'{{"key": "{HIDDEN}"}}')
    assert command("hey", Level(4, 2), "URL", *options(request))[-11:] == [
        "-m", "POST", "-d", f'{{"key": "{HIDDEN}"}}', "-H", "Content-Type: application/json",
        "-host", "shop.example", "-H", f"X-Api-Key: {HIDDEN}", "URL",
    ]  # fmt: skip
    assert options(request, shown=True) == [
        "-m", "POST", "-d", "...", "-H", "Content-Type: application/json",
        "-host", "...", "-H", "X-Api-Key: ...",
    ]  # fmt: skip
    assert HIDDEN not in " ".join([*options(request, shown=True), *request.curl_options()])


def test_curl_is_told_the_same_without_a_value() -> None:
    request = Request((("Host", "shop.example"),), HIDDEN)
    assert request.curl_options() == [
        "-d", "...", "-H", "Content-Type: application/json", "-H", "Host: ...",
    ]  # fmt: skip
    assert Request().curl_options() == []


def test_what_has_headers_or_a_body_has_something_not_to_show() -> None:
    assert Request((("Host", "shop.example"),)).secret
    assert Request((), "").secret
    assert not Request().secret


def test_a_status_and_a_body_may_be_as_large_as_they_say() -> None:
    assert parse(status=599).wanted.status == 599
    assert refusal(status=600) == (
        "'status' in the file must be a whole number, 599 at the most, not 600."
    )
    assert parse(post="x" * 100_000).request.post == "x" * 100_000
    assert refusal(post="x" * 100_001).endswith("a text of at most 100,000 bytes.")


def test_a_posts_own_content_type_is_the_only_one() -> None:
    request = Request((("content-type", "text/plain"),), "")
    assert request.sent_headers == {"content-type": "text/plain"}
    assert options(request) == ["-m", "POST", "-d", "", "-H", "content-type: text/plain"]


def test_the_upstreams_address_is_filled_in_and_other_braces_stay() -> None:
    env = (("A", "{upstream_url}"), ("B", "{upstream_origin}/v1?u={upstream_url}"), ("C", "{x}{"))
    assert filled_in(env, "https://127.0.0.1:4711/todos/1") == {
        "A": "https://127.0.0.1:4711/todos/1",
        "B": "https://127.0.0.1:4711/v1?u=https://127.0.0.1:4711/todos/1",
        "C": "{x}{",
    }


@pytest.mark.parametrize(
    "name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PATH", "XDG_RUNTIME_DIR", "CURL_CA_BUNDLE"]
)
def test_what_the_lab_sets_itself_is_not_to_be_set(name: str) -> None:
    expected = f"{name!r} under 'env' in the file is the lab's to set: leave it out."
    assert expected == refusal(env={name: HIDDEN})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"env": {"DJANGO_SETTINGS_MODULE": HIDDEN}},
            "'DJANGO_SETTINGS_MODULE' under 'env' in the file has a key of its own: 'settings'.",
        ),
        (
            {"env": {"A-B": HIDDEN}},
            (
                "'A-B' under 'env' in the file is no name of a variable: use letters, digits "
                "and '_'."
            ),
        ),
        (
            {"env": {"A": "k3y {upstream_ulr}"}},
            (
                "'A' under 'env' in the file holds {upstream_ulr}, which nothing fills in. "
                "Did you mean 'upstream_url'?"
            ),
        ),
        ({"env": {"A": 1}}, "'A' in [env] must be a text, in quotes."),
        ({"env": {"A": "k3y\0"}}, "'A' in [env] must be a text, in quotes."),
        ({"headers": {"X": [HIDDEN]}}, "'X' in [headers] must be a text, in quotes."),
        ({"headers": {"X Y": HIDDEN}}, "'X Y' under 'headers' in the file is no name of a header."),
        (
            {"headers": {"X": f"{HIDDEN}\r\nY: 1"}},
            (
                "'X' under 'headers' in the file must be a line of ASCII text that neither begins "
                "nor ends with a space."
            ),
        ),
        (
            {"headers": {"Content-Length": HIDDEN}},
            (
                "'Content-Length' under 'headers' in the file is settled by the load generator: "
                "leave it out."
            ),
        ),
        (
            {"headers": {"X-a": HIDDEN, "x-A": HIDDEN}},
            "'X-a' under 'headers' in the file is given twice.",
        ),
        ({"post": 5}, "'post' in the file must be a text of at most 100,000 bytes."),
        (
            {"post": HIDDEN * 50_000},
            "'post' in the file must be a text of at most 100,000 bytes.",
        ),
        (
            {"body": True},
            (
                "'body' in the file must be the text that is answered, or false where it is not "
                "to be checked."
            ),
        ),
        ({"status": 99}, "'status' in the file must be a whole number, 200 or more, not 99."),
        (
            {"settings": "shop/settings.py"},
            (
                "'settings' in the file must be the name of a module, like 'shop.settings', not "
                "'shop/settings.py'."
            ),
        ),
        (
            {"requirements": "a.txt", "venv": ".venv"},
            "'requirements' and 'venv' in the file: give one of them.",
        ),
    ],
)
def test_what_it_may_not_say_is_refused_without_showing_a_secret(
    changes: dict[str, Any], message: str
) -> None:
    assert message == refusal(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"env": {"A": "2"}},
        {"headers": {"A": "1"}},
        {"post": ""},
        {"body": "1"},
        {"env": {"A": "1"}, "post": "x"},
    ],
    ids=str,
)
def test_another_value_has_another_digest(changes: dict[str, Any]) -> None:
    digest = values_digest(parse(env={"A": "1"}))
    assert len(digest) == 16
    assert digest != values_digest(parse(**changes))
    assert values_digest(parse(**changes)) == values_digest(parse(**changes))


def test_a_short_secret_cannot_be_guessed_from_its_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has the run would try them all, but for the machine's id, which it has not."""
    manifest = parse(env={"PIN": "1234"})
    digests = set()
    for number in range(2):
        (tmp_path / "id").write_text(f"{number}\n")
        monkeypatch.setattr(facts, "MACHINE_ID", tmp_path / "id")
        digests.add(values_digest(manifest))
    assert len(digests) == 2


@pytest.mark.parametrize("key", ["headers", "env"])
@pytest.mark.parametrize("value", [f"X-Api-Key: {HIDDEN}", [HIDDEN], 7])
def test_what_should_be_a_table_and_is_none_is_refused_without_a_word_of_it(
    key: str, value: object
) -> None:
    assert refusal(**{key: value}).startswith(f"{key!r} in ")
