"""The README's first command on a machine that has never seen the project: the whole chain.

Real targets, servers, hey and upstream; few requests.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bench.target.target import select
from lab.paths import ROOT
from tests.support.lab import processes_of, sound

INSTALLED = {"hey", "nox", "uv"}
LEVELS = "60/30"


def clone(folder: Path) -> Path:
    """What a clone of the work tree would hold."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def path_without_tools(folder: Path) -> str:
    """A PATH on which everything is found but hey, nox and uv."""
    folder.mkdir()
    for entry in os.environ["PATH"].split(os.pathsep):
        if not Path(entry).is_dir() or Path(entry).is_relative_to(ROOT):
            continue
        for program in Path(entry).iterdir():
            link = folder / program.name
            if program.name not in INSTALLED and not link.is_symlink():
                link.symlink_to(program)
    return str(folder)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A clone, and an environment in which nothing of the lab is installed."""
    folder = clone(tmp_path_factory.mktemp("clone") / "viewlab")
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"UV", "VIRTUAL_ENV"} and not name.startswith("NOX")
    }
    return folder, kept | {"PATH": path_without_tools(folder.parent / "bin")}


def make(machine: tuple[Path, dict[str, str]], *words: str) -> "subprocess.CompletedProcess[str]":
    folder, env = machine
    return subprocess.run(
        ["make", *words],
        cwd=folder, env=env, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=220, check=False,
    )  # fmt: skip


@pytest.mark.slow
def test_make_compare_measures_the_core_targets_from_nothing(
    machine: tuple[Path, dict[str, str]],
) -> None:
    folder, _ = machine
    done = make(machine, "compare", f"ARGS=--quick --levels {LEVELS}")
    assert done.returncode == 0, done.stdout + done.stderr
    latest = folder / "results" / "latest"
    summary = json.loads((latest / "summary.json").read_text())
    core = [target.name for target in select()]
    assert {
        cell["target"]: (cell["ok"], cell["errors"], cell["upstream_calls"])
        for cell in summary["cells"]
    } == dict.fromkeys([*core, "control"], (60, 0, 60))
    assert all(sound(cell) for cell in summary["cells"])
    for name in core:
        assert name in done.stdout
    assert f"The page: results/{latest.resolve().name}/index.html" in done.stdout
    # Ratios, RPS, percentiles, and each target over the time of a sample.
    assert (latest / "index.html").read_text().count('<svg role="img"') == 3 + len(core)
    assert processes_of(folder) == []


@pytest.mark.slow
def test_what_was_installed_lies_in_the_clone(machine: tuple[Path, dict[str, str]]) -> None:
    """Runs after the test above, in the same clone."""
    folder, _ = machine
    new = {path.name for path in folder.iterdir()} - {path.name for path in ROOT.iterdir()}
    assert new <= {".envs", ".nox", ".tools", "results", "__pycache__"}
    assert (folder / ".tools" / "bin" / "hey").is_file()


@pytest.mark.slow
def test_wrong_use_through_make_and_nox_says_what_was_meant(
    machine: tuple[Path, dict[str, str]],
) -> None:
    folder, env = machine
    done = make(machine, "compare", "ARGS=--only sync_pooledd")
    assert done.returncode == 2
    message = "unknown target 'sync_pooledd'. Did you mean 'sync_pooled'?"
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    nox = folder / ".tools" / "nox" / "bin" / "nox"
    direct = subprocess.run(
        [nox, "-s", "compare", "--", "--rounds", "0"],
        cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert direct.returncode == 2
    assert "--rounds takes a whole number, 1 or more, not '0'." in direct.stderr


@pytest.mark.slow
def test_a_run_can_be_reported_again(machine: tuple[Path, dict[str, str]]) -> None:
    folder, _ = machine
    page = folder / "results" / "latest" / "index.html"
    before = page.read_bytes()
    page.unlink()
    done = make(machine, "report", "ARGS=latest")
    assert done.returncode == 0, done.stderr
    assert page.read_bytes() == before


@pytest.mark.slow
def test_what_clean_has_removed_is_made_again(machine: tuple[Path, dict[str, str]]) -> None:
    """All but what it runs in itself. The last of the tests in this clone."""
    folder, env = machine
    nox = folder / ".tools" / "nox" / "bin" / "nox"
    env = env | {"PATH": f"{nox.parent}{os.pathsep}{env['PATH']}"}
    runs = sorted(folder.glob("results/*"))
    done = subprocess.run(
        [nox, "-s", "clean", "--", "--days", "0"],
        cwd=folder, env=env, capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    stays = [it.relative_to(folder) for it in folder.glob(".nox/*/*") if it.is_dir()]
    assert [path.name for path in stays] == ["clean"]
    assert " .tools/nox  (nox and uv)  in use\n" in done.stdout
    assert f" {stays[0]}  (environment of a session)  in use\n" in done.stdout
    assert sorted(path.name for path in (folder / ".tools").iterdir()) == ["bin", "nox", "ready"]
    assert list((folder / ".tools" / "bin").iterdir()) == []
    assert list((folder / ".envs").iterdir()) == []
    assert sorted(folder.glob("results/*")) == runs
    only = "--only sync_requests --no-control --quick --levels 20/10"
    done = make(machine, "compare", f"ARGS={only}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [path.name for path in (folder / ".envs").iterdir()] == ["sync_requests"]


def old_python(folder: Path, version: str) -> str:
    """A PATH whose only Python is one of `version`, as far as anyone can tell."""
    folder.mkdir()
    for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14"):
        fake = folder / name
        fake.write_text(
            f'#!/bin/sh\n[ "$1" = --version ] && {{ echo Python {version}; exit 0; }}\nexit 1\n'
        )
        fake.chmod(0o755)
    return f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin"


def test_a_python_that_is_too_old_is_named(tmp_path: Path) -> None:
    folder = clone(tmp_path / "viewlab")
    env = {"PATH": old_python(tmp_path / "bin", "3.9.2")}
    done = make((folder, env), "compare")
    assert done.returncode == 2
    assert "Viewlab needs Python 3.11 or newer; python3 is: Python 3.9.2" in done.stderr
    assert not (folder / ".tools").exists()


@pytest.mark.skipif(not Path("/etc/debian_version").exists(), reason="Debian's own advice")
def test_a_python_without_venv_names_debians_package(tmp_path: Path) -> None:
    folder = clone(tmp_path / "viewlab")
    programs = tmp_path / "bin"
    programs.mkdir()
    fake = programs / "python3"
    fake.write_text(
        '#!/bin/sh\ncase "$1" in -c) [ $# -gt 2 ] || exit 0; shift 3; exec "$@";; '
        "--version) echo Python 3.12.0;; *) exit 1;; esac\n"
    )
    fake.chmod(0o755)
    done = make((folder, {"PATH": f"{programs}:/usr/bin:/bin"}), "compare")
    assert done.returncode == 2
    assert "python3 cannot make a virtual environment." in done.stderr
    assert "apt-get install python3-venv" in done.stderr


# A Python that makes environments in which pip waits until a file `go` is there.
SLOW_TO_INSTALL = f"""#!/bin/sh
case "$*" in
--version) echo Python 3.12.0;;
"-m venv "*) echo venv >>log; mkdir -p "$3/bin"; cp "$0" "$3/bin/python";;
"-m pip "*) until [ -e go ]; do sleep 0.02; done; echo pip >>log;;
"-m nox "*) echo it runs;;
*) exec {sys.executable} "$@";;
esac
"""


def test_two_first_commands_at_once_install_once(tmp_path: Path) -> None:
    """Each would remove what the other has installed by then."""
    folder, programs = clone(tmp_path / "viewlab"), tmp_path / "bin"
    programs.mkdir()
    (programs / "python3").write_text(SLOW_TO_INSTALL)
    (programs / "python3").chmod(0o755)

    def start() -> "subprocess.Popen[str]":
        return subprocess.Popen(
            ["make", "compare"],
            cwd=folder, env={"PATH": f"{programs}:/usr/bin:/bin"}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    with start() as first, start() as second:
        told = [each.stdout.readline() for each in (first, second) if each.stdout]
        (folder / "go").touch()
        waiting = "Another make is installing into .tools/: waiting for it to end.\n"
        assert sorted(told) == [waiting, "Installing nox and uv into .tools/ with Python 3.12.0\n"]
        rest = [each.communicate(timeout=60)[0] for each in (first, second)]
        assert (first.returncode, second.returncode, rest) == (0, 0, ["it runs\n"] * 2)
    assert (folder / "log").read_text() == "venv\npip\n"


def test_python_m_bench_names_a_module_that_is_missing(tmp_path: Path) -> None:
    """An environment in which nothing is installed."""
    code = (
        f"import sys, runpy; sys.path.insert(0, {str(ROOT)!r}); sys.argv = ['bench'];"
        "runpy.run_module('bench', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 3
    assert done.stderr.startswith("The module '")
    assert "is missing. `make compare` installs what the lab needs" in done.stderr
