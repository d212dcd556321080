"""The `[tool.bench]` table: what it may say, and how what it may not is refused."""

from typing import Any

import pytest

from bench.target.manifest import Manifest, parse_manifest
from bench.target.table import Table, read_toml
from bench.target.target import names
from lab.errors import UsageError
from lab.paths import TARGETS

LEAST: dict[str, Any] = {"title": "A view", "serve": "server --port {port}", "path": "/test"}
FILE = "targets/mine/pyproject.toml"
BRACES = (
    "'serve' in [tool.bench] must hold {port}, and may hold {host}: the bench chooses them "
    "for each start. It may hold nothing else in braces."
)


def parse(**changes: object) -> Manifest:
    return parse_manifest(Table({"tool": {"bench": {**LEAST, **changes}}}, FILE, ""))


def refusal(**changes: object) -> str:
    with pytest.raises(UsageError) as caught:
        parse(**changes)
    assert caught.type is UsageError
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_three_keys_make_a_target() -> None:
    expected = Manifest(
        title="A view",
        serve="server --port {port}",
        path="/test",
        slots=None,
        parent=None,
        change=None,
        tags=(),
        upstream_calls=1,
    )
    assert expected == parse()


def test_every_key_is_taken_over() -> None:
    expected = Manifest(
        title="Pooled",
        serve="server --bind {host}:{port}",
        path="/sync/test?a=1",
        slots=40,
        parent="sync_requests",
        change="one Session per thread",
        tags=("core", "sync"),
        upstream_calls=0,
    )
    actual = parse(
        title="Pooled",
        serve="server --bind {host}:{port}",
        path="/sync/test?a=1",
        slots=40,
        parent="sync_requests",
        change="one Session per thread",
        tags=["core", "sync"],
        upstream_calls=0,
    )
    assert expected == actual


@pytest.mark.parametrize("name", names())
def test_every_target_of_the_repository_has_a_manifest_that_can_be_served(name: str) -> None:
    manifest = parse_manifest(read_toml(TARGETS / name / "pyproject.toml"))
    assert any("8123" in part for part in manifest.command("127.0.0.1", 8123))
    assert manifest.parent is None or manifest.parent in names()


@pytest.mark.parametrize(
    ("serve", "command"),
    [
        ("server --bind {host}:{port}", ["server", "--bind", "127.0.0.1:8000"]),
        ("server 'two words' {port}", ["server", "two words", "8000"]),
        ('server --env "A={{}}" {port}', ["server", "--env", "A={}", "8000"]),
        ("server {port} # no comment", ["server", "8000", "#", "no", "comment"]),
    ],
)
def test_a_command_is_an_argument_list_with_the_address_filled_in(
    serve: str, command: list[str]
) -> None:
    assert command == parse(serve=serve).command("127.0.0.1", 8000)


def test_a_file_without_the_table_is_refused() -> None:
    broken: list[tuple[dict[str, Any], str]] = [
        ({}, f"{FILE}: there is no [tool.bench] table. The README says what it holds."),
        ({"tool": {"ruff": {}}}, f"{FILE}: there is no [tool.bench] table. "),
        ({"tool": 1}, f"{FILE}: 'tool' in the file must be a table, not 1."),
        ({"tool": {"bench": 1}}, f"{FILE}: 'bench' in [tool] must be a table, not 1."),
    ]
    for values, message in broken:
        with pytest.raises(UsageError) as caught:
            parse_manifest(Table(values, FILE, ""))
        assert str(caught.value).startswith(message)


def test_a_misspelt_key_is_offered_the_one_that_was_meant() -> None:
    expected = f"{FILE}: unknown key 'serves' in [tool.bench]. Did you mean 'serve'?"
    assert expected == refusal(serves="x")


@pytest.mark.parametrize("key", ["title", "serve", "path"])
def test_a_key_that_is_needed_and_missing_is_named(key: str) -> None:
    values = {name: value for name, value in LEAST.items() if name != key}
    with pytest.raises(UsageError) as caught:
        parse_manifest(Table({"tool": {"bench": values}}, FILE, ""))
    assert str(caught.value) == f"{FILE}: '{key}' is missing in [tool.bench]."


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        ("title", "", "a line of text"),
        ("slots", 0, "a whole number, 1 or more"),
        ("slots", 2**63, "a whole number, 9223372036854775807 at the most"),
        ("slots", "40", "a whole number, 1 or more"),
        ("upstream_calls", -1, "a whole number, 0 or more"),
        ("upstream_calls", True, "a whole number, 0 or more"),
        ("tags", "core", "a list of texts"),
        ("tags", ["\x1b[2J"], "a list of texts"),
        ("parent", 3, "a line of text"),
        ("change", "", "a line of text"),
    ],
)
def test_a_value_of_another_type_is_refused(key: str, value: object, wanted: str) -> None:
    expected = f"{FILE}: '{key}' in [tool.bench] must be {wanted}, not {value!r}."
    assert expected == refusal(**{key: value})


@pytest.mark.parametrize(
    "serve",
    ["server", "server {host}", "server {port} {workers}", "server {} {port}", "server {0} {port}",
     "server {port.real}", "server {{port}}"],
)  # fmt: skip
def test_a_command_that_names_no_port_or_anything_else_is_refused(serve: str) -> None:
    assert refusal(serve=serve) == f"{FILE}: {BRACES}"


@pytest.mark.parametrize(
    ("serve", "reason"),
    [
        ("server {port", "expected '}' before end of string"),
        ("server } {port}", "Single '}' encountered in format string"),
        ("server '{port}", "No closing quotation"),
    ],
)
def test_a_command_that_cannot_be_read_is_refused(serve: str, reason: str) -> None:
    expected = f"{FILE}: 'serve' in [tool.bench] is no command: {reason}."
    assert expected == refusal(serve=serve)


@pytest.mark.parametrize(
    "serve",
    ["server {host:d}:{port}", "server {port!z}", "server {port: >5}", "server {port:{host}}"],
)
def test_a_command_that_could_not_be_filled_in_is_refused_when_it_is_read(serve: str) -> None:
    assert refusal(serve=serve).startswith(f"{FILE}: 'serve' in [tool.bench] ")


def test_a_path_begins_with_a_slash() -> None:
    expected = (
        f"{FILE}: 'path' in [tool.bench] must start with a slash and hold no space, no '#' and no "
        "letter beyond ASCII unless percent-encoded, like '/sync/test', not 'test'."
    )
    assert expected == refusal(path="test")


@pytest.mark.parametrize("path", ["/a b", "/a#b", "/caf\N{LATIN SMALL LETTER E WITH ACUTE}"])
def test_a_path_that_no_request_line_can_hold_is_refused_for_what_is_wrong(path: str) -> None:
    """Both begin with a slash: to say that they must would send the reader the wrong way."""
    message = refusal(path=path)
    assert message.startswith(f"{FILE}: 'path' in [tool.bench] must ")
    assert repr(path) in message
    assert "must start with a slash, like '/sync/test'" not in message


@pytest.mark.parametrize("key", ["parent", "change"])
def test_a_parent_and_its_change_go_together(key: str) -> None:
    expected = f"{FILE}: 'parent' and 'change' in [tool.bench] go together: give both or none."
    assert expected == refusal(**{key: "sync_requests"})
