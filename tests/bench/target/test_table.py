"""Typed values out of TOML, and errors that carry the path to the key."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.target.table import Table, did_you_mean, read_toml
from lab.errors import UsageError

HUGE = "1" * 5000


def table(name: str = "[load]", **values: Any) -> Table:
    return Table(values, "a.toml", name)


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(UsageError) as caught:
        call()
    assert caught.type is UsageError
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_a_close_word_is_offered_and_a_far_one_is_not() -> None:
    assert did_you_mean("serves", ["serve", "path"]) == " Did you mean 'serve'?"
    assert did_you_mean("zzz", ["serve", "path"]) == ""
    assert did_you_mean("serves", []) == ""


def test_an_unknown_key_is_named_with_the_one_that_was_meant() -> None:
    expected = "a.toml: unknown key 'serves' in [tool.bench]. Did you mean 'serve'?"
    assert expected == refusal(lambda: table("[tool.bench]", serves=1).only("serve", "path"))


def test_an_unknown_key_like_no_other_is_named_with_those_there_are() -> None:
    expected = "a.toml: unknown key 'zzz' in [load]. Known keys: levels, rounds."
    assert expected == refusal(lambda: table(zzz=1).only("levels", "rounds"))


def test_an_unknown_key_outside_any_table_is_said_to_be_in_the_file() -> None:
    expected = "a.toml: unknown key 'lod' in the file. Did you mean 'load'?"
    assert expected == refusal(lambda: table("", lod={}).only("upstream", "load"))


def test_known_keys_pass() -> None:
    table(levels=[], rounds=3).only("levels", "rounds", "more")


def test_values_come_back_as_they_are() -> None:
    values = table(text="a b", number=2, float=0.5, texts=["a", "b"], none=[])
    assert values.text("text") == "a b"
    assert values.optional_text("text") == "a b"
    assert values.integer("number", at_least=2) == 2
    assert values.optional_integer("number", at_least=1) == 2
    assert values.number("number", at_least=2, at_most=2) == 2.0
    assert values.number("float", at_least=0, at_most=1) == 0.5
    assert values.texts("texts") == ("a", "b")
    assert values.texts("none", ("default",)) == ()


def test_what_is_left_out_has_its_default() -> None:
    empty = table()
    assert empty.optional_text("key") is None
    assert empty.optional_integer("key", at_least=1) is None
    assert empty.integer("key", 3, at_least=1) == 3
    assert empty.texts("key", ("a",)) == ("a",)


@pytest.mark.parametrize(
    "get",
    [
        lambda t: t.text("key"),
        lambda t: t.integer("key", at_least=1),
        lambda t: t.number("key", at_least=0, at_most=1),
        lambda t: t.texts("key"),
        lambda t: t.table("key"),
    ],
)
def test_a_required_key_that_is_missing_is_named(get: Callable[[Table], object]) -> None:
    assert refusal(lambda: get(table())) == "a.toml: 'key' is missing in [load]."
    assert refusal(lambda: get(table(""))) == "a.toml: 'key' is missing."


@pytest.mark.parametrize("value", ["", "  ", "two\nlines", "a\tb", 3, True, ["a"], {}])
def test_a_text_is_one_line_that_says_something(value: object) -> None:
    expected = f"a.toml: 'key' in [load] must be a line of text, not {value!r}."
    assert expected == refusal(lambda: table(key=value).text("key"))
    assert expected == refusal(lambda: table(key=value).optional_text("key"))


@pytest.mark.parametrize("value", [0, -1, True, 1.0, "1", [1]])
def test_an_integer_is_whole_and_large_enough(value: object) -> None:
    expected = f"a.toml: 'key' in [load] must be a whole number, 1 or more, not {value!r}."
    assert expected == refusal(lambda: table(key=value).integer("key", at_least=1))
    assert expected == refusal(lambda: table(key=value).integer("key", 3, at_least=1))
    assert expected == refusal(lambda: table(key=value).optional_integer("key", at_least=1))


def test_an_integer_may_have_an_upper_end() -> None:
    assert table(key=20).integer("key", at_least=1, at_most=20) == 20
    expected = "a.toml: 'key' in [load] must be a whole number, 20 at the most, not 21."
    assert expected == refusal(lambda: table(key=21).integer("key", at_least=1, at_most=20))


@pytest.mark.parametrize("value", ["9223372036854775808", "0x" + "f" * 400])
def test_a_number_beyond_those_of_toml_is_refused_with_its_largest(value: str) -> None:
    """Python reads it, and json or an array may then not be able to take it."""
    expected = (
        "a.toml: 'key' in [load] must be a whole number, 9223372036854775807 at the most, "
        f"not {int(value, 0)}."
    )
    assert expected == refusal(lambda: table(key=int(value, 0)).integer("key", at_least=1))


def test_the_largest_number_of_toml_is_taken() -> None:
    largest = 9_223_372_036_854_775_807
    assert table(key=largest).integer("key", at_least=1) == largest


HUGE_NUMBER = tomllib.loads("a = 0x" + "f" * 5000)["a"]  # of 6021 digits; Python writes 4300
DEEP = tomllib.loads("a" + ".a" * 3000 + " = 1")


@pytest.mark.parametrize("value", [HUGE_NUMBER, [HUGE_NUMBER], DEEP], ids=["digits", "in", "depth"])
def test_a_value_that_python_cannot_write_is_refused_without_it(value: object) -> None:
    refused = "a.toml: 'key' in [load] must be {}, not what is too large to show."
    assert refusal(lambda: table(key=value).text("key")) == refused.format("a line of text")
    assert refusal(lambda: table(key=value).texts("key")) == refused.format("a list of texts")
    assert refusal(
        lambda: table(key=[value]).number("key", at_least=0, at_most=1)
    ) == refused.format("a number from 0 to 1")


def test_of_a_long_value_the_beginning_is_shown() -> None:
    expected = f"a.toml: 'key' in [load] must be a table, not '{'x' * 499}...."
    assert expected == refusal(lambda: table(key="x" * 10_000).table("key"))
    whole = f"a.toml: 'key' in [load] must be a table, not '{'x' * 498}'."
    assert whole == refusal(lambda: table(key="x" * 498).table("key"))


@pytest.mark.parametrize(
    "value", [-0.001, 2.001, float("nan"), float("inf"), 10**400, True, "1", None]
)
def test_a_number_lies_in_its_range(value: object) -> None:
    expected = f"a.toml: 'key' in [load] must be a number from 0 to 2, not {value!r}."
    assert expected == refusal(lambda: table(key=value).number("key", at_least=0, at_most=2))


@pytest.mark.parametrize("value", ["core", ["core", 1], {"core": 1}, 3])
def test_texts_are_a_list_of_nothing_else(value: object) -> None:
    expected = f"a.toml: 'key' in [load] must be a list of texts, not {value!r}."
    assert expected == refusal(lambda: table(key=value).texts("key"))


def test_tables_within_tables_know_their_path() -> None:
    root = table("", tool={"bench": {"path": 3}})
    bench = root.table("tool").table("bench")
    assert bench == Table({"path": 3}, "a.toml", "[tool.bench]")
    expected = "a.toml: 'path' in [tool.bench] must be a line of text, not 3."
    assert expected == refusal(lambda: bench.text("path"))


def test_a_value_where_a_table_belongs_is_shown() -> None:
    expected = "a.toml: 'tool' in the file must be a table, not 3."
    assert expected == refusal(lambda: table("", tool=3).table("tool"))


def test_a_file_is_read_and_named_as_a_person_would_type_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.toml").write_text("[load]\nrounds = 3\n")
    assert read_toml(tmp_path / "a.toml") == Table({"load": {"rounds": 3}}, "a.toml", "")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"rounds =", "Invalid value (at end of document)"),
        (b"a = 1\nb\nc = 2", "Expected '=' after a key in a key/value pair (at line 2, column 2)"),
        (b"a = '\xff'", "'utf-8' codec can't decode byte 0xff in position 5: invalid start byte"),
    ],
)
def test_a_file_that_is_no_toml_is_refused_with_the_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.toml").write_bytes(content)
    assert refusal(lambda: read_toml(Path("a.toml"))) == f"a.toml: not TOML: {reason}."


@pytest.mark.parametrize("content", [f"a = {HUGE}", "a = " + "[" * 5000], ids=["digits", "depth"])
def test_toml_that_python_cannot_hold_is_refused_like_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.toml").write_text(content)
    assert refusal(lambda: read_toml(Path("a.toml"))).startswith("a.toml: not TOML: ")


def test_a_file_that_cannot_be_read_is_refused_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    expected = "a.toml: cannot be read: No such file or directory."
    assert expected == refusal(lambda: read_toml(Path("a.toml")))
    Path("folder").mkdir()
    expected = "folder: cannot be read: Is a directory."
    assert expected == refusal(lambda: read_toml(Path("folder")))
