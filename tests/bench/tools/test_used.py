"""What is found among the lab's own tools has been used; what lies elsewhere is left alone."""

import os
from pathlib import Path

import pytest

from bench.tools import nginx, uv
from bench.tools.hey import find_hey
from bench.tools.used import note_use

LONG_AGO_S = 1000.0


def program(path: Path, says: str = "") -> Path:
    """One that was last used long ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {says}\n")
    path.chmod(0o755)
    os.utime(path, (LONG_AGO_S, LONG_AGO_S))
    return path


def used(path: Path) -> bool:
    return path.stat().st_mtime > LONG_AGO_S


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The lab's tools, and a PATH on which there is nothing else."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("UV", raising=False)
    for module in (nginx, uv):
        monkeypatch.setattr(module, "TOOLS", tmp_path / ".tools")
    return tmp_path / ".tools"


def test_hey_that_was_fetched_is_used_where_there_is_no_other(tools: Path) -> None:
    hey = program(tools / "bin" / "hey")
    assert find_hey(print, tools=tools) == str(hey)
    assert used(hey)


def test_hey_that_was_fetched_is_not_used_where_there_is_another(tools: Path) -> None:
    hey, other = program(tools / "bin" / "hey"), program(tools.parent / "bin" / "hey")
    assert find_hey(print, tools=tools) == str(other)
    assert (used(hey), used(other)) == (False, False)


@pytest.mark.parametrize("ours", [True, False])
def test_nginx_is_used_where_it_is_the_labs(
    tools: Path, monkeypatch: pytest.MonkeyPatch, *, ours: bool
) -> None:
    found = program((tools if ours else tools.parent) / "bin" / "nginx", "nginx/1.22.1")
    monkeypatch.setattr(nginx, "find", lambda: str(found))
    assert nginx.nginx_version() == "1.22.1"
    assert used(found) is ours


def test_the_uv_that_make_has_installed_is_used_where_there_is_no_other(tools: Path) -> None:
    ours = program(tools / "nox" / "bin" / "uv")
    assert uv.find_uv() == str(ours)
    assert used(tools / "nox" / "used")


def test_the_uv_that_make_has_installed_is_not_used_where_there_is_another(tools: Path) -> None:
    program(tools / "nox" / "bin" / "uv")
    other = program(tools.parent / "bin" / "uv")
    assert uv.find_uv() == str(other)
    assert not (tools / "nox" / "used").exists()


def test_a_use_that_cannot_be_noted_is_no_error(tmp_path: Path) -> None:
    note_use(tmp_path / "nowhere" / "used")
    assert list(tmp_path.iterdir()) == []
