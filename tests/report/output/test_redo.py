"""The command on the page that repeats a run: it holds the options as they were."""

import shlex
from typing import Any

import pytest

from report.output import commands
from tests.support import runs

PLAIN = (
    "nox -s compare -- --only sync_requests,async_httpx,sync_pooled --profile steady "
    "--levels 150/30"
)
THE_REST = "--seed 7 --baseline sync_requests"
PINNED = {"load": [0, 1], "upstream": [2], "server": [3, 4, 5, 6, 7]}
WITH_REFERENCE = {**runs.TARGETS, "nginx": runs.NGINX}
WITH_CONTROL = {**runs.TARGETS, "control": runs.CONTROL}
UNTIL = {"percent": 5.0, "max_rounds": 20, "reached": True}


@pytest.mark.parametrize(
    ("values", "rounds", "options"),
    [
        ({}, "--rounds 3", "--margin 10 --no-control"),
        ({"targets": WITH_CONTROL}, "--rounds 3", "--margin 10"),
        ({"targets": WITH_REFERENCE}, "--rounds 3", "--margin 10 --reference --no-control"),
        ({"margin": 0.025}, "--rounds 3", "--margin 2.5 --no-control"),
        ({"margin": 0.07}, "--rounds 3", "--margin 7 --no-control"),
        ({"asked": 1}, "--quick", "--margin 10 --no-control"),
        ({"asked": 5, "done": 2}, "--rounds 5", "--margin 10 --no-control"),
        ({"asked": 20, "done": 7, "until": UNTIL}, "--rounds 7", "--margin 10 --no-control"),
        (
            {"upstream": "https://api.example/?a=1"},
            "--rounds 3",
            "--margin 10 --no-control --upstream 'https://api.example/?a=1'",
        ),
    ],
    ids=[
        "no control", "control", "reference", "margin", "another margin", "quick",
        "interrupted", "until", "upstream",
    ],
)  # fmt: skip
def test_options_are_as_they_were(values: dict[str, Any], rounds: str, options: str) -> None:
    run = runs.run(**values)

    assert commands.redo(runs.read(run)) == f"{PLAIN} {rounds} {THE_REST} {options}"


def test_projects_are_named_by_their_paths() -> None:
    targets = {
        "sync_requests": runs.TARGETS["sync_requests"],
        "shop": {**runs.CONTROL, "project": "~/my shop"},
        "control": runs.CONTROL,
    }
    words = shlex.split(commands.redo(runs.read(runs.run(targets=targets))))

    assert words[4:8] == ["--only", "sync_requests", "--target", "~/my shop"]


@pytest.mark.parametrize(
    ("asked", "levels", "rounds"),
    [
        (1, ["150/30"], "--quick"),
        (1, ["150/30", "150/30"], "--rounds 1"),
        (3, ["150/30", "150/30"], "--rounds 3"),
    ],
)
def test_one_round_with_repeats_was_not_a_quick_one(
    asked: int, levels: list[str], rounds: str
) -> None:
    run = runs.run(asked=asked)
    run["plan"]["blocks"] = [
        {"round": 1, "position": 1, "target": "sync_requests", "levels": levels}
    ]

    assert f"--levels 150/30 {rounds} --seed 7 " in commands.redo(runs.read(run))


@pytest.mark.parametrize(
    ("cores", "pinned", "repeats_it"),
    [(8, None, "--no-control --no-pin"), (8, PINNED, "--no-control"), (5, None, "--no-control")],
    ids=["--no-pin", "pinned", "too few cores"],
)
def test_a_run_is_repeated_pinned_as_it_was(
    cores: int, pinned: dict[str, list[int]] | None, repeats_it: str
) -> None:
    run = runs.run(pinned=pinned)
    run["machine"]["cores"] = cores

    assert commands.redo(runs.read(run)).endswith(f"--margin 10 {repeats_it}")
