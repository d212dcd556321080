"""`lock`: which locks are made, from what, and what is said where one cannot be."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.environment.lock import COMPILE
from lab.paths import ROOT
from tests.support.lab import Lab

# The last word of `COMPILE` is the interpreter.
SHARED = " ".join(COMPILE[:-1])


def fake_uv(lab: Lab, script: str) -> Path:
    """A uv that writes its arguments into a file, whose path this is, and then does as told."""
    called = lab.root / "uv.called"
    uv = lab.root / "uv"
    uv.write_text(f"#!/bin/sh\necho \"$*\" >> '{called}'\n{script}\n")
    uv.chmod(0o755)
    lab.env["UV"] = str(uv)
    return called


def calls(called: Path) -> list[str]:
    """What follows the words that all calls share."""
    lines = called.read_text().splitlines()
    assert all(line.startswith(f"{SHARED} ") for line in lines)
    return [line.removeprefix(SHARED).split(maxsplit=1)[1] for line in lines]


def test_without_a_name_every_lock_is_made(lab: Lab) -> None:
    lab.add("one")
    lab.add("two")
    (lab.root / "targets" / ".hidden").mkdir()
    (lab.root / "targets" / ".hidden" / "pyproject.toml").write_text("")
    called = fake_uv(lab, "exit 0")
    result = lab.run("lock", "--upgrade")
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines() == [
        "locked  requirements.txt",
        "locked  requirements-dev.txt",
        "locked  requirements-mutations.txt",
        "locked  requirements-tools.txt",
        "locked  requirements-audit.txt",
        "locked  targets/one/requirements.txt",
        "locked  targets/two/requirements.txt",
    ]
    out = f"--output-file {lab.root}"
    assert calls(called) == [
        f"--upgrade pyproject.toml {out}/requirements.txt",
        f"--upgrade pyproject.toml --group dev {out}/requirements-dev.txt",
        f"--upgrade pyproject.toml --group mutations {out}/requirements-mutations.txt",
        f"--upgrade --group tools {out}/requirements-tools.txt",
        f"--upgrade --group audit {out}/requirements-audit.txt",
        f"--upgrade targets/one/pyproject.toml {out}/targets/one/requirements.txt",
        f"--upgrade targets/two/pyproject.toml {out}/targets/two/requirements.txt",
    ]


def test_with_names_those_targets_are_locked_alone(lab: Lab) -> None:
    for name in ("one", "two", "three"):
        lab.add(name)
    called = fake_uv(lab, "exit 0")
    result = lab.run("lock", "two", "one", "--upgrade-package", "django")
    assert (result.code, result.err) == (0, "")
    asked = "--upgrade-package django"
    out = f"--output-file {lab.root}/targets"
    assert calls(called) == [
        f"{asked} targets/two/pyproject.toml {out}/two/requirements.txt",
        f"{asked} targets/one/pyproject.toml {out}/one/requirements.txt",
    ]


@pytest.mark.parametrize(
    ("said", "uv_code", "code"),
    [
        ("error: No solution found", 1, 2),
        ("error: No solution found\n\nhint: the network was disabled", 1, 3),
        ("error: Request failed after 3 retries", 2, 3),
    ],
)
def test_what_uv_says_is_shown_and_the_exit_code_tells_whose_fault_it_is(
    lab: Lab, said: str, uv_code: int, code: int
) -> None:
    lab.add("one")
    fake_uv(lab, f"cat >&2 <<'END'\n{said}\nEND\nexit {uv_code}")
    result = lab.run("lock", "one")
    expected = f"targets/one/requirements.txt: uv could not lock it:\n{said}\n"
    assert (result.code, result.out, result.err) == (code, "", expected)


def test_of_a_long_complaint_the_beginning_is_shown(lab: Lab) -> None:
    lab.add("one")
    fake_uv(lab, "seq 1000; exit 2")
    lines = lab.run("lock", "one").err.splitlines()
    assert lines[1:] == [str(number) for number in range(1, 11)]


def test_it_needs_nothing_that_is_installed(tmp_path: Path) -> None:
    """A lock whose packages cannot be installed can be made anew."""
    code = (
        f"import sys, runpy; sys.path.insert(0, {str(ROOT)!r});"
        "sys.argv = ['bench', 'lock', 'no_such_target'];"
        "runpy.run_module('bench', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("unknown target 'no_such_target'. Targets: ")
