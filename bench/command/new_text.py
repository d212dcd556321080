"""The text of a target that is made from another, which it does not differ from yet."""

import ast
import re
import textwrap
from dataclasses import dataclass
from typing import Any

import tomlkit

from bench.target.manifest import NOTHING_YET
from bench.target.target import CORE

WIDTH = 88
DOCSTRING = '"""Differs from'


@dataclass(frozen=True)
class NewTarget:
    """What its author says of it: None for what is still to be said."""

    name: str
    parent: str
    title: str | None = None
    change: str | None = None


def pyproject(text: str, child: NewTarget) -> str:
    """The parent's pyproject.toml as the child's. Comments, and other keys, stay.

    `text` must be one that the lab takes for a target's.
    """
    document: Any = tomlkit.parse(text)
    bench = document["tool"]["bench"]
    title = child.title or f"{child.name}, a copy of {child.parent} so far"
    bench["title"] = title
    bench["parent"] = child.parent
    bench.pop("name", None)  # only that of its folder would do
    bench["change"] = child.change or NOTHING_YET
    tags = bench.get("tags", [])
    while CORE in tags:  # what runs by default is chosen, not inherited
        tags.remove(CORE)
    if isinstance(document.get("project"), dict):
        # A folder's name may end in what a package's may not.
        document["project"]["name"] = re.sub(r"[_-]+", "-", child.name).strip("-")
        document["project"]["description"] = title
    return tomlkit.dumps(document)


def views(text: str, child: NewTarget) -> str:
    """The parent's views.py with a docstring that says what is to be said of the child.

    Raises `SyntaxError` or `ValueError` where it is no Python.
    """
    if child.change:
        said = child.change.rstrip(".").replace("\\", r"\\").replace('"""', r"\"\"\"")
        rest = "Say here why, and what it costs."
    else:
        said, rest = "nothing yet", "Say here what it is, why, and what it costs."
    first = textwrap.fill(
        f"{DOCSTRING} {child.parent} in one thing: {said}.",
        WIDTH,
        break_long_words=False,
        break_on_hyphens=False,
    )
    before, after = _around_docstring(text)
    return f'{before}{first}\n\n{rest}\n"""{after}'


def _around_docstring(text: str) -> tuple[str, str]:
    """What stands before a module's docstring, or the place for one, and what after it."""
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    module = ast.parse(text)
    if ast.get_docstring(module, clean=False) is None:
        comments = 0
        while comments < len(lines) and lines[comments].startswith("#"):
            comments += 1
        after = "".join(lines[comments:])
        return "".join(lines[:comments]), f"\n\n{after}" if after else "\n"
    node = module.body[0]
    last = (node.end_lineno or node.lineno) - 1
    end = lines[last].encode()[node.end_col_offset :].decode()
    return "".join(lines[: node.lineno - 1]), end + "".join(lines[last + 1 :])


def line_of(key: str, text: str) -> int:
    """The number of the line of a pyproject that holds this key of `[tool.bench]`."""
    document: Any = tomlkit.parse(text)
    value = document["tool"]["bench"][key].as_string()
    match = re.search(rf"\b{key}\b[\"']?\s*=\s*{re.escape(value)}", text)
    return text.count("\n", 0, match.start()) + 1 if match else 1


def what_next(
    child: NewTarget, folder: str, *, manifest: tuple[str, str], views: tuple[str, str] | None
) -> str:
    """What is left to its author: lines to edit, commands to run.

    `manifest` and `views` are each a file's path in the folder, and what it holds.
    """
    edits = [(folder, "the one thing that differs")]
    if views:
        path, content = views
        line = content.count("\n", 0, content.find(DOCSTRING)) + 1
        edits = [(f"{folder}/{path}:{line}", "the one thing that differs, and its docstring")]
    path, content = manifest
    for key, said, what in (
        ("title", child.title, "a line for the page"),
        ("change", child.change, "the one thing that differs, for the page"),
    ):
        if not said:
            edits.append((f"{folder}/{path}:{line_of(key, content)}", f"{key}: {what}"))
    pair = f"{child.parent},{child.name}"
    commands = [
        (f"nox -s lock -- {child.name}", "where its dependencies have changed"),
        (f"nox -s check -- {child.name}", ""),
        (f"nox -s compare -- --only {pair} --baseline {child.parent}", ""),
    ]
    done = f"Made {folder}. It passes its check, and does not differ from {child.parent} yet."
    return "\n".join([done, "Edit:", *_columns(edits), "Then:", *_columns(commands)])


def _columns(rows: list[tuple[str, str]]) -> list[str]:
    width = max(len(first) for first, second in rows if second)
    return [f"  {first:{width}}  {second}".rstrip() for first, second in rows]
