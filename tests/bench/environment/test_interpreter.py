"""`--python`: which interpreter that is, and what is said where there is none."""

import platform
import sys
from pathlib import Path

import pytest

from bench.environment.interpreter import (
    ask,
    find,
    fits,
    newest_first,
    pyenv_versions,
    require_python,
)
from bench.tools.uv import find_uv
from lab.errors import MachineError, UsageError

HERE = platform.python_version()
# No Python has this version; a link under that name in pyenv's place leads to this one.
NO_VERSION = "9.8.7"


def pyenv(root: Path, *versions: str) -> Path:
    for version in versions:
        folder = root / "versions" / version / "bin"
        folder.mkdir(parents=True)
        (folder / "python").symlink_to(sys.executable)
    return root


def test_a_version_is_taken_as_it_is_and_a_path_in_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert [require_python(text) for text in ("3", "3.13", "3.13.0")] == ["3", "3.13", "3.13.0"]
    assert require_python("bin/python") == f"{tmp_path}/bin/python"
    assert require_python("~/python") == f"{Path.home()}/python"


@pytest.mark.parametrize("text", ["", "python3.13", ">=3.12", "3.13t", "3.1.2.3", "three", "/a\nb"])
def test_what_is_neither_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        require_python(text)
    assert str(caught.value) == (
        f"--python {text!r} is neither a version, such as 3.13, nor the path of an interpreter."
    )


def test_a_version_fits_where_it_begins_with_what_is_asked_for() -> None:
    asked = ("3", "3.1", "3.13", "3.13.0", "3.13.1")
    assert [each for each in asked if fits(each, "3.13.0")] == ["3", "3.13", "3.13.0"]


def test_the_newest_version_is_not_the_last_by_its_letters() -> None:
    assert newest_first(["3.9.18", "3.13.0", "3.10.2"]) == ["3.13.0", "3.10.2", "3.9.18"]


def test_pyenvs_versions_are_told_by_their_folders(tmp_path: Path) -> None:
    root = pyenv(tmp_path, "3.9.18", "3.13.0", "pypy3.11-7.3", "my-project")
    (root / "versions" / "3.12.0").mkdir()
    assert pyenv_versions(root) == {
        version: root / "versions" / version / "bin" / "python" for version in ("3.13.0", "3.9.18")
    }
    assert pyenv_versions(tmp_path / "none") == {}


def test_the_one_that_runs_the_lab_is_taken_where_it_fits() -> None:
    found = find(f"{sys.version_info.major}.{sys.version_info.minor}", "no uv is needed")
    assert (found.executable, found.build) == (sys.executable, sys.version)
    assert found.about.version == HERE
    assert found.about.openssl.startswith(("OpenSSL ", "LibreSSL "))


def test_an_interpreter_tells_what_it_is_whatever_lies_in_this_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('not that one')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert ask(sys.executable).prefix == sys.base_prefix


def test_one_of_pyenvs_is_found_though_uv_does_not_see_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYENV_ROOT", str(pyenv(tmp_path, NO_VERSION)))
    for asked in (NO_VERSION, "9.8"):
        found = find(asked, find_uv())
        assert found.executable == f"{tmp_path}/versions/{NO_VERSION}/bin/python"


def test_where_there_is_none_those_there_are_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYENV_ROOT", str(pyenv(tmp_path, NO_VERSION)))
    with pytest.raises(MachineError) as caught:
        find("9.9", find_uv())
    said = str(caught.value)
    assert said.startswith(
        f"No Python 9.9 was found, by uv or among pyenv's; there are {NO_VERSION}"
    )
    assert HERE in said
    assert said.endswith(". Install it, or name it by its path: --python /path/to/python9.9")


def test_a_path_without_a_program_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        ask(f"{tmp_path}/python")
    assert str(caught.value) == (
        f"--python {tmp_path}/python: no program is there that could be run."
    )


@pytest.mark.parametrize(
    ("code", "how"),
    [("exit 3", "exit code 3"), ("echo hello", "exit code 0"), ("echo '[1]'", "exit code 0")],
)
def test_a_program_that_is_no_python_is_wrong_use(tmp_path: Path, code: str, how: str) -> None:
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\n{code}\n")
    program.chmod(0o755)
    with pytest.raises(UsageError) as caught:
        ask(str(program))
    assert str(caught.value) == (
        f"--python {program}: no Python that could be used answers there ({how}). Does this: "
        f"{program} -VV"
    )


def test_a_python_without_ssl_is_the_machines(tmp_path: Path) -> None:
    program = tmp_path / "python"
    program.write_text("""#!/bin/sh\necho '["/usr", "build", "CPython", "3.12.1", ""]'\n""")
    program.chmod(0o755)
    with pytest.raises(MachineError) as caught:
        ask(str(program))
    assert str(caught.value) == (
        f"--python {program}: it was built without ssl, and targets call HTTPS."
    )
