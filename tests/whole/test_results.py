"""docs/results.md and its JSON schemas are what the structs of a run's files say, and the kept
runs are what these say."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator
from playwright.sync_api import Browser

from lab.condition import Condition, Terms
from lab.files import json_text, run_json
from lab.latency import Latency, Lognormal
from lab.level import Level
from tests.support.example import EXAMPLE, TREE
from tests.support.results import (
    DOC,
    FILES,
    SCHEMAS,
    File,
    last_line,
    render,
    schema_of,
    schema_text,
)

RUN, LINE, SAMPLE, SUMMARY = FILES

each_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.shape.__name__)

UNITS = {"_s": "s", "_ms": "ms", "_bytes": "bytes", "rps": "requests/s", "percent": "%"}


def test_the_page_is_what_the_structs_say() -> None:
    """Where it is not: `python -m tests.support.results`, which writes the schemas too."""
    assert DOC.read_text() == render()


@each_file
def test_the_schemas_are_what_the_structs_say(file: File) -> None:
    assert file.schema.read_text() == schema_text(file)


def test_there_is_no_schema_of_anything_else() -> None:
    assert set(SCHEMAS.iterdir()) == {file.schema for file in FILES}


def nodes(schema: object, at: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema in a schema, by its path."""
    inner: Iterable[tuple[object, object]] = ()
    if isinstance(schema, dict):
        yield at, schema
        inner = schema.items()
    elif isinstance(schema, list):
        inner = enumerate(schema)
    for name, its in inner:
        yield from nodes(its, f"{at}/{name}")


def keys(file: File) -> Iterator[tuple[str, str, dict[str, Any], bool]]:
    """Every key of a file: its path, its name, what is said of it, whether it must be there."""
    for at, schema in nodes(schema_of(file)):
        if schema.get("type") == "object" and "properties" in schema:
            for name, its in schema["properties"].items():
                yield f"{at}/{name}", name, its, name in schema.get("required", ())


@each_file
def test_every_key_says_what_it_holds_and_since_when(file: File) -> None:
    found = {at: its for at, _, its, _ in keys(file)}
    assert len(found) > 12
    for at, its in found.items():
        assert re.fullmatch(r"[A-Z`].+\.", its.get("description", "")), at
        assert its.get("x-since") == 1, at


@each_file
def test_a_key_says_the_unit_that_its_name_ends_in(file: File) -> None:
    wrong = {
        at: (its.get("x-unit"), unit)
        for at, name, its, _ in keys(file)
        for ending, unit in UNITS.items()
        if name.endswith(ending) and its.get("x-unit") != unit
    }
    assert wrong == {}


def may_be_null(schema: dict[str, Any]) -> bool:
    return {"type": "null"} in schema.get("anyOf", ()) or None in schema.get("enum", ())


@each_file
def test_a_key_says_when_it_is_null_or_left_out_where_it_may_be(file: File) -> None:
    for at, _, its, required in keys(file):
        told = {note for note in ("x-null", "x-absent") if note in its}
        if may_be_null(its):
            assert len(told) == 1, at
        else:
            assert told <= {"x-absent"}, at
        assert not (required and "x-absent" in its), at


def patterns(file: File) -> set[str]:
    return {schema["pattern"] for _, schema in nodes(schema_of(file)) if "pattern" in schema}


ALL_PATTERNS = sorted(set().union(*(patterns(file) for file in FILES)))


def test_patterns_have_nothing_that_python_alone_knows() -> None:
    assert len(ALL_PATTERNS) == 3
    for pattern in ALL_PATTERNS:
        assert not re.search(r"\\[AZz]|\(\?P|\(\?[aiLmsux#>]|\(\?\(|[*+?}]\+|\$", pattern), pattern


@pytest.mark.parametrize(
    ("text", "matched"),
    [("1000/100", 3), ("hey", 2), ("a word", 1), ("hey\n", 0), ("1000/100\n", 0), ("", 0)],
)
def test_patterns_say_the_same_in_javascript_and_in_python(
    browser: Browser, text: str, matched: int
) -> None:
    page = browser.new_page()
    there = page.evaluate(
        "([patterns, text]) => patterns.map((each) => new RegExp(each, 'u').test(text))",
        [ALL_PATTERNS, text],
    )
    page.close()
    here = [bool(re.search(each, text)) for each in ALL_PATTERNS]
    assert there == here
    assert sum(here) == matched


def flaws(file: File, value: object) -> set[str]:
    """Which keys of a value are not as the schema says; `$` is the value itself."""
    validator = Draft202012Validator(schema_of(file))
    return {error.json_path for error in validator.iter_errors(value)}


@each_file
def test_each_schema_is_one_and_refers_to_what_is_in_it(file: File) -> None:
    schema = schema_of(file)
    Draft202012Validator.check_schema(schema)
    referred = {its["$ref"].removeprefix("#/$defs/") for _, its in nodes(schema) if "$ref" in its}
    assert referred <= schema["$defs"].keys()


kept = pytest.mark.parametrize("kept", [EXAMPLE, TREE], ids=["example", "tree"])


@kept
def test_the_kept_runs_are_as_the_schemas_say(kept: Path) -> None:
    assert flaws(RUN, json.loads((kept / "run.json").read_text())) == set()
    samples = sorted((kept / "samples").iterdir())
    for path in samples[:: len(samples) // 5]:
        assert flaws(SAMPLE, json.loads(path.read_text())) == set(), path


@kept
def test_the_summaries_of_the_kept_runs_are_as_the_schema_says(kept: Path) -> None:
    assert flaws(SUMMARY, json.loads((kept / "summary.json").read_text())) == set()


def test_a_run_that_this_version_writes_is_as_the_schema_says() -> None:
    run = run_json.read(EXAMPLE)
    slow = Condition(
        Level(10, 5), Terms(latency=Latency(lognormal=Lognormal(360.0, 0.6)), engine="locust")
    )
    plan = msgspec.structs.replace(run.plan, conditions=(*run.plan.conditions, slow))
    run = msgspec.structs.replace(run, plan=plan, written_by="0.1.0")
    assert flaws(RUN, json.loads(json_text.encode(run))) == set()
    assert flaws(LINE, json.loads(json_text.encode(last_line(run)))) == set()


Change = Callable[[Any], object]


@pytest.mark.parametrize(
    ("file", "change", "at"),
    [
        (RUN, lambda run: run.update(schema=2), "$.schema"),
        (RUN, lambda run: run.pop("schema"), "$"),
        (RUN, lambda run: run.update(wall_s=-1), "$.wall_s"),
        (RUN, lambda run: run["profile"].update(trust="nobody"), "$.profile.trust"),
        (RUN, lambda run: run["plan"]["levels"].append("1000"), "$.plan.levels[3]"),
        (RUN, lambda run: run["plan"]["levels"].append("10/5\n"), "$.plan.levels[3]"),
        (
            RUN,
            lambda run: run["plan"]["levels"].append({"level": "10/5", "latency": {"ms": 1}}),
            "$.plan.levels[3]",
        ),
        (
            RUN,
            lambda run: run["plan"]["levels"].append({"level": "10/5", "colour": "red"}),
            "$.plan.levels[3]",
        ),
        (RUN, lambda run: run["blocks"][0].pop("error"), "$.blocks[0]"),
        (LINE, lambda line: line.update(schema=2), "$.schema"),
        (LINE, lambda line: line.pop("schema"), "$"),
        (LINE, lambda line: line.update(load_share=1.5), "$.load_share"),
        (LINE, lambda line: line["block"].pop("error"), "$.block"),
        (SAMPLE, lambda sample: sample.update(schema=2), "$.schema"),
        (SAMPLE, lambda sample: sample.update(target="hey\n"), "$.target"),
        (SAMPLE, lambda sample: sample["statuses"].insert(0, 1000), "$.statuses[0]"),
        (SAMPLE, lambda sample: sample["cpu_s"].update(load=None), "$.cpu_s.load"),
        (SAMPLE, lambda sample: sample.update(condition={"front": "apache"}), "$.condition.front"),
        (SUMMARY, lambda summary: summary.update(schema=2), "$.schema"),
        (
            SUMMARY,
            lambda summary: summary["cells"][0]["rps"].update(value="fast"),
            "$.cells[0].rps.value",
        ),
        (
            SUMMARY,
            lambda summary: summary["comparisons"][0].update(verdict="better"),
            "$.comparisons[0].verdict",
        ),
    ],
)
def test_a_wrong_file_is_told_by_its_key(file: File, change: Change, at: str) -> None:
    value = file.read()
    before = flaws(file, value)
    change(value)
    assert flaws(file, value) - before == {at}
