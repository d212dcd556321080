"""Write docs/results.md and docs/schemas: every key of a run's files, as its struct describes it.

python -m tests.support.results
"""

import inspect
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from lab.condition import Condition, Terms
from lab.files import json_text, run_json
from lab.files.blocks_jsonl import BlockLine
from lab.files.run_json import Run
from lab.files.sample import Sample
from lab.files.summary_json import Summary
from lab.level import Level
from lab.paths import ROOT, shown

DOC = ROOT / "docs" / "results.md"
SCHEMAS = ROOT / "docs" / "schemas"
EXAMPLE = ROOT / "docs" / "example"
DIALECT = "https://json-schema.org/draft/2020-12/schema"

Json = Mapping[str, Any]


@dataclass(frozen=True)
class File:
    """A kind of file in a run's folder: what it is called, its shape, one of the example."""

    name: str
    shape: type
    example: Path

    @property
    def schema(self) -> Path:
        return SCHEMAS / f"{self.shape.__name__.lower()}.schema.json"

    def read(self) -> Any:
        """The example's value. A run that has ended has its lines in run.json: the last of them."""
        if self.shape is BlockLine:
            return json_text.builtins(last_line(run_json.read(self.example.parent)))
        return json.loads(self.example.read_text())


def last_line(run: Run) -> BlockLine:
    """What was added to `blocks.jsonl` after the last block of a run, but for the time since."""
    return BlockLine(
        written_by=run.written_by,
        block=run.blocks[-1],
        wall_s=run.wall_s,
        load_share=run.load_share,
        rounds_done=run.rounds.done,
        complete=run.complete,
        reached=run.until is not None and run.until.reached,
    )


FILES = (
    File("run.json", Run, EXAMPLE / "run.json"),
    File("blocks.jsonl", BlockLine, EXAMPLE / "run.json"),
    File("samples/*.json", Sample, EXAMPLE / "samples" / "r1-sync_requests-150x30.json"),
    File("summary.json", Summary, EXAMPLE / "summary.json"),
)

HEAD = """# The files of a run

A run is a folder, `results/<run-id>/`; `results/latest` links to the newest one. Its id is its
start in UTC and 4 hex digits.

| file | holds |
|---|---|
| `run.json` | what was asked for, on what, and how far the run was when this was written |
| `blocks.jsonl` | finished blocks that `run.json` does not have yet, a line each |
| `samples/*.json` | a file for each run of the load engine: written whole, never changed |
| `summary.json` | what samples say, figures, ratios, verdicts, findings: anew after every round |
| `summary.md` | the same as tables, for a pull request |
| `index.html` | the page |
| `logs/`, `upstream.log` | what servers and the upstream printed |
| `aside/` | samples of blocks that were measured again: they count for nothing |

This page tells every key of the first four. It is written from the structs that read and write
them, in `lab/files/`, and so are the JSON schemas for other tools:

{schemas}

**How they belong together.** A *sample* is one target under one condition (a level such as
`1000/100`, and what else is not as usual) in one round. A *cell* of the summary is a target under a
condition over all rounds: each round has a figure, the geometric mean of its samples, and the cell
has that of the rounds, with an interval. A *comparison* is two cells under the same condition: in
each round that measured both, one figure is divided by the other, and it has the geometric mean of
these ratios. The summary is made of `run.json`, the lines beside it and the samples alone:
`nox -s report -- RUN` makes it again.

**While a run goes on, and after a kill,** its blocks are in two files: `run.json` is written when
it begins, is resumed and ends, and `blocks.jsonl` has a line for each block that was finished
since. Whatever ends a run in another way leaves a `run.json` with every block, and no lines; after
a kill `--resume` brings that about. A line takes the place of what `run.json` has of the same round
and target, and the last one that differs tells how far the run is. What follows the last line
break was cut off. The samples of a block are on the disk before its line.

**Numbers.** A key, or the one that it stands under, ends in its unit. Durations are seconds of a
monotonic clock, times are ISO 8601 in UTC. The P95 of n values is the ceil(0.95 n)-th smallest.
What is not known, or does not apply, is null, never 0 or -1; nothing is NaN or infinite.

**What stays.** Keys stay, with their meaning, as long as the schema is the same, and more may join:
pass over those that you do not know. Every version reads the runs of older ones. Where *since* says
`1, later`, an older file of schema 1 may lack the key, which is taken for its `default` in the JSON
schema. A file of a newer schema is refused, with the version that wrote it.

**Secrets.** No value of `env`, `headers`, `post` or `body` of a manifest is in a file. `serve` and
`path` are shown, and so are the last lines of a server's log where a block failed.
"""


def condition_apart(shape: type) -> dict[str, Any]:
    """What `lab.files.json_text.schema_hook` says, by name: the page has a table for it."""
    if shape in (Level, Condition):
        return {"$ref": f"#/$defs/{shape.__name__}"}
    raise NotImplementedError


def schema_of(file: File) -> Json:
    """The JSON schema of a file."""
    made = msgspec.json.schema(file.shape, schema_hook=json_text.schema_hook)
    defined = made["$defs"]
    for each in defined.values():
        each["description"] = described(each)
    top = defined[file.shape.__name__]
    # Every file says its schema, although a struct that is written need not be told.
    schema = top["properties"]["schema"]
    schema["const"] = schema.pop("default")
    top["required"] = ["schema", *top["required"]]
    # What was not written by a version was not written by this one.
    top["properties"].get("written_by", {}).pop("default", None)
    return {
        "$schema": DIALECT,
        "title": f"{file.name} of Viewlab",
        "description": top["description"],
        **made,
    }


def described(schema: Json) -> str:
    """A struct's docstring, a line for each of its paragraphs."""
    paragraphs = inspect.cleandoc(schema["description"]).split("\n\n")
    return "\n".join(" ".join(each.split()) for each in paragraphs)


def tables(file: File) -> Json:
    """The structs of a file by name, that of the file first."""
    (top, _), defined = msgspec.json.schema_components(
        [file.shape, Terms], schema_hook=condition_apart
    )
    found: dict[str, Json] = {}
    todo = [top]
    while todo:
        for name in referred(todo.pop(0)):
            if name in defined and name not in found:
                found[name] = defined[name]
                todo.append(defined[name])
    return found


def referred(schema: object) -> Iterator[str]:
    """The structs that a schema names, in order."""
    if isinstance(schema, list):
        for each in schema:
            yield from referred(each)
    elif isinstance(schema, dict):
        if "$ref" in schema:
            name = schema["$ref"].removeprefix("#/$defs/")
            yield "Terms" if name == "Condition" else name
        for each in schema.values():
            yield from referred(each)


def title_of(name: str) -> str:
    """A struct's name as a heading."""
    if name == "Cpu":
        return "CPU"
    first, *others = re.findall(r"[A-Z][a-z]*", name)
    return " ".join([first, *(word.lower() for word in others)])


def link(name: str) -> str:
    title = title_of(name)
    return f"[{title}](#{title.lower().replace(' ', '-')})"


PLAIN = {"integer": "whole number", "number": "number", "string": "text"}
APART = {
    "Level": "level: `1000/100`",
    "Condition": f"level: `1000/100`; or `level` and what {link('Terms')} has",
}


def type_of(schema: Json) -> str:
    """The type of a value, in words."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        return APART.get(name) or link(name)
    if "anyOf" in schema:
        return " or ".join(type_of(each) for each in schema["anyOf"] if each != {"type": "null"})
    if "enum" in schema:
        return ", ".join(f"`{each}`" for each in schema["enum"] if each is not None)
    if schema["type"] == "array":
        its = ", ".join(map(type_of, schema.get("prefixItems") or [schema["items"]]))
        of_one = "prefixItems" not in schema and not its.startswith(("[", "level"))
        return f"list of {its}s" if of_one else f"list: {its}"
    if schema["type"] == "object":
        return f"by name: {type_of(schema['additionalProperties'])}"
    return PLAIN.get(schema["type"], "true or false")


def table(schema: Json) -> list[str]:
    """A row for each key."""
    lines = ["| key | type | unit | meaning | null when | since |", "|---|---|---|---|---|---|"]
    for name, its in schema["properties"].items():
        absent = its.get("x-absent")
        lacking = name not in schema.get("required", ()) and not absent and name != "schema"
        null = f"left out: {absent}" if absent else its.get("x-null", "")
        since = f"{its['x-since']}{', later' if lacking else ''}"
        meaning = re.sub(r"docs/(\w+\.md)", r"[\1](\1)", its["description"])
        row = (f"`{name}`", type_of(its), its.get("x-unit", ""), meaning, null, since)
        lines.append(f"| {' | '.join(text.replace('|', '&#124;') for text in row)} |")
    return lines


# Of how many of a kind the examples show the first.
SHOWN = {"targets": 1, "versions": 2, "repeats": 1, "headers": 1}
LONGEST_TEXT = 60


def shortened(value: object, *, shown_first: int | None = None) -> object:
    """A JSON value with less in its lists, texts and mappings."""
    if isinstance(value, dict):
        items = list(value.items())[:shown_first]
        return {name: shortened(its, shown_first=SHOWN.get(name)) for name, its in items}
    if isinstance(value, list):
        most = 1 if value and isinstance(value[0], dict) else 3
        more = ["..."] if len(value) > most else []
        return [shortened(each) for each in value[:most]] + more
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return f"{value[:LONGEST_TEXT].rstrip('.')}..."
    return value


def laid_out(value: object, indent: str = "", *, before: int = 0, width: int = 100) -> str:
    """JSON text: on one line what fits there."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or len(indent) + before + len(line) < width:
        return line
    deeper = f"{indent}  "
    if isinstance(value, list):
        parts = [f"{deeper}{laid_out(each, deeper)}" for each in value]
        return "[\n" + ",\n".join(parts) + f"\n{indent}]"
    parts = [
        f"{deeper}{json.dumps(name)}: {laid_out(its, deeper, before=len(name) + 5)}"
        for name, its in value.items()
    ]
    return "{\n" + ",\n".join(parts) + f"\n{indent}}}"


def example_of(file: File) -> list[str]:
    text = laid_out(shortened(file.read()))
    path = file.example.relative_to(DOC.parent).as_posix()
    said = f"Of [{path}]({path}), with `...` where lists and texts go on:"
    if file.shape is BlockLine:
        said = f"A line, here laid out, of a block that [{path}]({path}) has by now:"
    return [said, "", "```json", text, "```", ""]


def section(file: File, *, known: set[str]) -> list[str]:
    """A file's example and its tables, but for those that are `known` from files before it."""
    lines = [f"## `{file.name}`", "", *example_of(file)]
    for name, schema in tables(file).items():
        if name not in known:
            lines += [f"### {title_of(name)}", "", described(schema), "", *table(schema), ""]
    return lines


def linked(path: Path) -> str:
    name = path.relative_to(DOC.parent).as_posix()
    return f"[{name}]({name})"


def render() -> str:
    """docs/results.md, file by file."""
    lines = [
        HEAD.format(
            schemas="\n".join(f"- {linked(file.schema)}, of `{file.name}`" for file in FILES)
        )
    ]
    known: set[str] = set()
    for file in FILES:
        lines += section(file, known=known)
        known |= tables(file).keys()
    return "\n".join(lines).rstrip() + "\n"


def schema_text(file: File) -> str:
    return json.dumps(schema_of(file), indent=2, ensure_ascii=False) + "\n"


def write() -> None:
    DOC.write_text(render())
    SCHEMAS.mkdir(exist_ok=True)
    for file in FILES:
        file.schema.write_text(schema_text(file))


def main(arguments: Sequence[str]) -> int:
    if arguments:
        print("python -m tests.support.results takes no arguments.", file=sys.stderr)
        return 2
    write()
    print(f"The keys of a run's files: {shown(DOC)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
