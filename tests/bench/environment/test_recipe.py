"""What sets environments apart that are made of more than a lock."""

import platform
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bench.environment.interpreter import Interpreter
from bench.environment.overrides import Overrides, require_python_that_fits
from bench.target.manifest import Manifest
from bench.target.target import Target
from bench.target.target import read as read_target
from lab.errors import UsageError
from lab.files.run_json import Python

PLAIN = Overrides()
DJANGO = Overrides(("django<5.2", "uvloop"))
OTHER = Overrides(
    python=Interpreter(
        "/opt/bin/python", "/opt", "3.13.0 (main)", Python("CPython", "3.13.0", "OpenSSL 3.0.19")
    )
)
LOCK = "0" * 64


def test_the_lock_alone_is_known_by_the_lock_and_what_runs_the_lab() -> None:
    assert (PLAIN.suffix, PLAIN.executable) == ("", sys.executable)
    assert PLAIN.version == platform.python_version()
    assert PLAIN.stamp(LOCK) == f"{sys.version}\n{LOCK}\n"
    assert PLAIN.sha256(LOCK, {"django": "5.2.19"}) == LOCK


def test_requirements_are_a_part_of_it_in_whatever_order() -> None:
    again = Overrides(("uvloop", "django<5.2"))
    assert DJANGO.suffix == again.suffix
    assert (
        DJANGO.stamp(LOCK) == again.stamp(LOCK) == (f"{sys.version}\n{LOCK}\ndjango<5.2\nuvloop\n")
    )
    assert DJANGO.suffix != Overrides(("django<5.2",)).suffix


def test_an_interpreter_is_a_part_of_it() -> None:
    assert (OTHER.executable, OTHER.version) == ("/opt/bin/python", "3.13.0")
    assert OTHER.stamp(LOCK) == f"3.13.0 (main)\n{LOCK}\n"
    assert OTHER.python
    newer = Overrides(python=replace(OTHER.python, build="3.13.1 (main)"))
    elsewhere = Overrides(python=replace(OTHER.python, prefix="/usr"))
    suffixes = {each.suffix for each in (PLAIN, DJANGO, OTHER, newer, elsewhere)}
    assert len(suffixes) == 5


def test_a_folder_of_its_own_has_a_name_that_no_target_can_have(tmp_path: Path) -> None:
    folder = tmp_path / f"one{DJANGO.suffix}"
    folder.mkdir()
    with pytest.raises(UsageError, match="is no name for a target"):
        read_target(folder)


def test_samples_of_other_versions_are_told_apart() -> None:
    one = DJANGO.sha256(LOCK, {"django": "5.1.15"})
    assert one == DJANGO.sha256(LOCK, {"django": "5.1.15"})
    others = {
        DJANGO.sha256(LOCK, {"django": "5.1.14"}),
        DJANGO.sha256("1" * 64, {"django": "5.1.15"}),
        OTHER.sha256(LOCK, {"django": "5.1.15"}),
    }
    assert len({one, LOCK, *others}) == 5


def target(folder: Path, pyproject: str) -> Target:
    (folder / "pyproject.toml").write_text(pyproject)
    return Target("one", folder, Manifest(title="One", serve="python {port}", path="/"))


@pytest.mark.parametrize(
    "needed", [">=3.11", ">= 3.11, <4", "~=3.11", "<4", "==3.*", "", ">=3.9,!=3.10.*"]
)
def test_a_python_that_is_new_enough_will_do(tmp_path: Path, needed: str) -> None:
    require_python_that_fits(
        target(tmp_path, f"[project]\nrequires-python = '{needed}'\n"), "3.11.7"
    )


@pytest.mark.parametrize("needed", [">=3.12", "<4,>=3.12", "~= 3.12"])
def test_a_python_that_is_too_old_is_refused(tmp_path: Path, needed: str) -> None:
    one = target(tmp_path, f"[project]\nrequires-python = '{needed}'\n")
    with pytest.raises(UsageError) as caught:
        require_python_that_fits(one, "3.11.7")
    assert str(caught.value) == (
        "one needs Python 3.12 or newer, as its pyproject.toml says; this is 3.11.7. "
        "Try --python 3.12"
    )


@pytest.mark.parametrize("needed", [">=3.9,<3.11", "!=3.11.*", "==3.10.*"])
def test_a_python_that_is_too_new_is_refused(tmp_path: Path, needed: str) -> None:
    one = target(tmp_path, f"[project]\nrequires-python = '{needed}'\n")
    with pytest.raises(UsageError) as caught:
        require_python_that_fits(one, "3.11.7")
    asked = ",".join(sorted(needed.split(",")))
    assert str(caught.value) == (
        f"one needs Python {asked}, as its pyproject.toml says; this is 3.11.7. "
        f"Name another one: --python VERSION"
    )


def test_what_is_no_range_of_versions_is_told(tmp_path: Path) -> None:
    one = target(tmp_path, "[project]\nrequires-python = 'three'\n")
    with pytest.raises(UsageError, match="requires-python is 'three', which is no range"):
        require_python_that_fits(one, "3.11.7")


@pytest.mark.parametrize("pyproject", ["", "project = 1", "[project]\nname = 'one'"])
def test_without_a_word_on_it_any_python_will_do(tmp_path: Path, pyproject: str) -> None:
    one = target(tmp_path, pyproject)
    require_python_that_fits(one, "3.11.7")
    (tmp_path / "pyproject.toml").unlink()
    require_python_that_fits(one, "3.11.7")
