"""The text of a target that is made from another."""

import ast
import tomllib

import pytest

from bench.command.new_text import NewTarget, line_of, pyproject, views, what_next

CHILD = NewTarget("my_target", parent="sync_pooled")
SAID = NewTarget("my_target", parent="sync_pooled", title="Mine", change="one Session for all")

PARENT = """\
# A parent.
[project]
name = "sync-pooled"  # as its folder
version = "1.0.0"
description = "Old"
dependencies = ["django~=5.2.0", "requests"]

[tool.bench]
title = "Old"  # for the page
serve = "gunicorn project.wsgi --bind {host}:{port}"
path = "/sync/test"
parent = "sync_requests"
change = "one Session per thread"
tags = [
    "core",    # runs by default
    "pooled",  # keeps connections
]

[tool.mine]
kept = true
"""

CHILDS = """\
# A parent.
[project]
name = "my-target"  # as its folder
version = "1.0.0"
description = "Mine"
dependencies = ["django~=5.2.0", "requests"]

[tool.bench]
title = "Mine"  # for the page
serve = "gunicorn project.wsgi --bind {host}:{port}"
path = "/sync/test"
parent = "sync_pooled"
change = "one Session for all"
tags = [
    "pooled",  # keeps connections
]

[tool.mine]
kept = true
"""


def test_a_manifest_is_edited_and_all_else_of_it_stays() -> None:
    assert pyproject(PARENT, SAID) == CHILDS


def test_what_is_still_to_be_said_says_so_itself() -> None:
    made = tomllib.loads(pyproject(PARENT, CHILD))
    assert made["project"]["description"] == "my_target, a copy of sync_pooled so far"
    assert made["tool"]["bench"]["title"] == "my_target, a copy of sync_pooled so far"
    assert made["tool"]["bench"]["change"] == "nothing yet: say here the one thing that differs"


@pytest.mark.parametrize(
    "text",
    [
        "[tool.bench]\ntitle = 'x'\ntags = ['sync', 'core']\n\n[tool.other]\na = 1\n",
        "[tool.bench]\ntitle = 'x'\ntags = ['core', 'sync', 'core']\n[a]\n[tool.other]\na = 1",
        "tool.bench = {title = 'x', tags = ['core', 'sync']}\ntool.other.a = 1\n",
        "[tool]\nbench.title = 'x'\nbench.tags = ['sync']\nother.a = 1\n",
    ],
    ids=["table", "out of order", "inline", "dotted"],
)
def test_a_root_becomes_a_parent_however_its_manifest_is_written(text: str) -> None:
    made = tomllib.loads(pyproject(text, SAID))
    assert made["tool"] == {
        "bench": {
            "title": "Mine",
            "tags": ["sync"],
            "parent": "sync_pooled",
            "change": "one Session for all",
        },
        "other": {"a": 1},
    }


def test_a_manifest_without_tags_gets_none() -> None:
    made = tomllib.loads(pyproject("[tool.bench]\ntitle = 'x'\n", SAID))
    assert set(made["tool"]["bench"]) == {"title", "parent", "change"}


@pytest.mark.parametrize(
    ("name", "package"),
    [("a", "a"), ("my_target", "my-target"), ("a__b-_c", "a-b-c"), ("a_", "a"), ("Ab-", "Ab")],
)
def test_a_packages_name_is_one_that_packages_can_have(name: str, package: str) -> None:
    made = tomllib.loads(pyproject(PARENT, NewTarget(name, parent="p")))
    assert made["project"]["name"] == package


def test_the_lines_to_edit_are_those_of_the_keys() -> None:
    made = pyproject(PARENT, CHILD)
    assert (line_of("title", made), line_of("change", made)) == (9, 13)
    # The description says the same, and so may a comment.
    other = "# title = 'x'\ntool.bench = {\"title\" = 'y', change = 'title = \"y\"'}\n"
    assert (line_of("title", other), line_of("change", other)) == (2, 2)


def test_the_docstring_asks_for_what_differs_and_the_code_stays() -> None:
    code = "\n\nimport requests\n\n\ndef view():\n    '''Old.'''\n"
    assert views('"""Old.\n\nOf the parent."""' + code, CHILD) == (
        '"""Differs from sync_pooled in one thing: nothing yet.\n\n'
        'Say here what it is, why, and what it costs.\n"""' + code
    )
    assert views("'Old.'; x = 1\n", SAID) == (
        '"""Differs from sync_pooled in one thing: one Session for all.\n\n'
        'Say here why, and what it costs.\n"""; x = 1\n'
    )


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("import os\n", '"""Differs', '"""\n\nimport os\n'),
        ("#!/usr/bin/python3\n# Mine.\n\nx = 1\n", '#!/usr/bin/python3\n# Mine.\n"""D', "x = 1\n"),
        ("", '"""Differs', '"""\n'),
        ("# \N{LINE SEPARATOR}\x0c\n'''Old\x0c\u2028.'''\r\nx = 1\r\n", "# ", '"""\r\nx = 1\r\n'),
        ("x = 'no docstring'\n", '"""Differs', '"""\n\nx = \'no docstring\'\n'),
    ],
    ids=["code", "comments", "empty", "odd line ends", "a string"],
)
def test_the_docstring_goes_where_one_belongs(text: str, start: str, end: str) -> None:
    made = views(text, CHILD)
    assert made.startswith(start)
    assert made.endswith(end)
    docstring = ast.get_docstring(ast.parse(made))
    assert docstring is not None
    assert docstring.startswith("Differs from sync_pooled in one thing: nothing yet.\n")


@pytest.mark.parametrize("change", ['"""', "a \\N b\\", 'it says "one"', "much " * 40 + "more."])
def test_any_change_can_be_said_in_a_docstring(change: str) -> None:
    made = views("", NewTarget("a", parent="p", title="t", change=change))
    docstring = ast.get_docstring(ast.parse(made))
    assert docstring is not None
    said, _, rest = docstring.partition("\n\n")
    assert said.split() == f"Differs from p in one thing: {change.rstrip('.')}.".split()
    assert rest == "Say here why, and what it costs."
    assert max(map(len, made.splitlines())) <= 88


def test_what_is_left_to_do_names_the_lines_of_what_is_still_to_be_said() -> None:
    manifest = ("pyproject.toml", pyproject(PARENT, CHILD))
    said = what_next(
        CHILD, "targets/my_target", manifest=manifest,
        views=("project/views.py", views("#!/bin/sh\n# A\n'Old.'\n", CHILD)),
    )  # fmt: skip
    assert said == (
        "Made targets/my_target. It passes its check, and does not differ from sync_pooled yet.\n"
        "Edit:\n"
        "  targets/my_target/project/views.py:3  the one thing that differs, and its docstring\n"
        "  targets/my_target/pyproject.toml:9    title: a line for the page\n"
        "  targets/my_target/pyproject.toml:13   change: the one thing that differs, for the page\n"
        "Then:\n"
        "  nox -s lock -- my_target  where its dependencies have changed\n"
        "  nox -s check -- my_target\n"
        "  nox -s compare -- --only sync_pooled,my_target --baseline sync_pooled"
    )
    assert what_next(SAID, "t", manifest=manifest, views=None).splitlines()[1:4] == [
        "Edit:",
        "  t  the one thing that differs",
        "Then:",
    ]
