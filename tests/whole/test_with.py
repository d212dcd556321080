"""`--with` and `--python` from the command line to the page, with packages made up for it."""

import contextlib
import json
import os
import platform
import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bench.command import cli
from bench.environment.interpreter import find, fits
from bench.plan.spec import RunSpec
from bench.tools.uv import find_uv
from lab.errors import MachineError
from lab.paths import ROOT
from tests.support import wheels
from tests.support.lab import SLOW, Lab, wait_until

HERE = platform.python_version()
AS_BEGUN = "--resume goes on with a run as it was begun:"

# Serves only where it is 2.0.
NEEDS_TINY_2 = "import tiny\nassert tiny.VERSION == '2.0'"


@pytest.fixture
def stocked(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """A lab whose index has `tiny` 1.0, 2.0 and, for no Python there is, 3.0; `needy` needs 1.0."""
    folder = tmp_path_factory.mktemp("wheels")
    for version in ("1.0", "2.0"):
        wheels.write(folder, "tiny", version, code=f"VERSION = {version!r}\n")
    wheels.write(folder, "tiny", "3.0", "Requires-Python: >=9.8")
    wheels.write(folder, "needy", "1.0", "Requires-Dist: tiny==1.0")
    return replace(lab, env=lab.env | wheels.only(folder))


def test_a_package_that_is_another_than_its_lock_says_is_not_installed(stocked: Lab) -> None:
    stocked.add("one")
    lock = stocked.root / "targets" / "one" / "requirements.txt"
    lock.write_text(f"tiny==1.0 --hash=sha256:{'0' * 64}\n")
    done = stocked.run("check")
    assert done.code == 3
    assert "uv could not install targets/one/requirements.txt" in done.err
    assert "Hash mismatch" in done.err


def environments(lab: Lab) -> list[str]:
    return sorted(path.name for path in (lab.root / ".envs").iterdir() if path.is_dir())


def test_options_reach_the_order(orders: list[RunSpec]) -> None:
    options = ("--with", "django>=5.1,<5.2", "--with", "uvloop", "--python", "3.13")
    assert cli.main(["compare", *options]) == 0
    assert (orders[0].added, orders[0].python) == (("django>=5.1,<5.2", "uvloop"), "3.13")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--with", "a", "--with", "a"], "--with 'a' is given twice."),
        (["--resume", "x", "--with", "a"], f"{AS_BEGUN} leave out --with."),
        (["--resume", "x", "--python", "3.13"], f"{AS_BEGUN} leave out --python."),
    ],
)
def test_what_does_not_go_together_is_refused(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["compare", *arguments]) == 2
    assert capsys.readouterr().err == f"{message}\n"


@pytest.mark.slow
def test_a_requirement_is_installed_on_top_recorded_and_shown(stocked: Lab) -> None:
    stocked.add("one", NEEDS_TINY_2)
    done = stocked.compare("--with", "tiny<3")
    assert (done.code, done.err) == (0, "")
    assert "Preparing 1 environment, tiny<3 on top of every lock\n" in done.out
    assert "Run with tiny<3 on top of every lock: tiny 2.0." in done.out
    run = stocked.read("run.json")
    assert (run["with"], run["python"]) == (["tiny<3"], None)
    one = run["targets"]["one"]
    assert (one["versions"], one["python"]) == ({"tiny": "2.0"}, None)
    assert one["environment_sha256"] != one["lock_sha256"]
    assert stocked.samples()[0]["origin"]["lock"] == one["environment_sha256"][:16]
    summary = stocked.read("summary.json")
    assert summary["run"]["with"] == ["tiny<3"]
    assert summary["targets"]["one"]["versions"] == {"tiny": "2.0"}
    assert "--with &#39;tiny&lt;3&#39;" in (stocked.latest / "index.html").read_text()


@pytest.mark.slow
def test_with_and_without_install_nothing_anew_in_turns(stocked: Lab) -> None:
    """Warm, uv is not even asked."""
    stocked.add("one")
    with_tiny = ("check", "--with", "tiny==1.0")
    assert [stocked.run(*each).code for each in (("check",), with_tiny)] == [0, 0]
    made = environments(stocked)
    assert made[0] == "one"
    assert re.fullmatch(r"one\+[0-9a-f]{8}", made[1])
    assert len(made) == 2
    no_uv = replace(stocked, env=stocked.env | {"UV": "/bin/false"})
    assert [no_uv.run(*each).code for each in (("check",), with_tiny)] == [0, 0]
    assert no_uv.run("check", "--with", "tiny==2.0").code == 3


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (
            ["--with", "tiny>=3"],
            2,
            f"tiny>=3 needs Python 9.8 or newer; this is {HERE}. Try --python 9.8\n",
        ),
        pytest.param(
            ["--with", "tiny==2.0", "--with", "needy"],
            2,
            "--with tiny==2.0 --with needy: Because ",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            ["--with", "tinny"],
            2,
            "--with tinny: Because tinny was not found ",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            ["--with", "tiny>>1"],
            2,
            "--with 'tiny>>1' is no requirement. One begins",
            marks=pytest.mark.slow,
        ),
        pytest.param(["--python", "9.9"], 3, "No Python 9.9 was found, ", marks=pytest.mark.slow),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(
    stocked: Lab, options: list[str], code: int, message: str
) -> None:
    stocked.add("one")
    done = stocked.compare(*options)
    assert (done.code, done.err[: len(message)]) == (code, message)
    assert done.err.count("\n") == 1
    assert not (stocked.root / "results" / "latest").exists()
    assert not (stocked.root / ".envs").exists() or environments(stocked) == []


@pytest.mark.slow
def test_what_no_longer_fits_the_lock_is_refused(stocked: Lab) -> None:
    stocked.add("one")
    index = Path(stocked.env["UV_FIND_LINKS"])
    lines = [
        f"{name}==1.0 --hash=sha256:{wheels.sha256(index / f'{name}-1.0-py3-none-any.whl')}"
        for name in ("needy", "tiny")
    ]
    (stocked.root / "targets" / "one" / "requirements.txt").write_text("\n".join(lines))
    done = stocked.run("check", "--with", "tiny==2.0")
    assert done.code == 2
    assert done.err == (
        "one with tiny==2.0 on top of its lock does not fit together: The package needy requires "
        "tiny==1.0, but 2.0 is installed.\n"
    )
    assert environments(stocked) == []


@pytest.mark.slow
def test_another_interpreter_runs_targets_alone(stocked: Lab) -> None:
    """A link to this one, as any path would do."""
    link = stocked.root / "bin" / "python"
    link.parent.mkdir()
    link.symlink_to(sys.executable)
    stocked.add("one", "print('run by', os.path.realpath(sys.executable), flush=True)")
    done = stocked.compare("--python", "bin/python")
    assert (done.code, done.err) == (0, "")
    assert f"Preparing 1 environment, on Python {link}\n" in done.out
    run = stocked.read("run.json")
    about = run["targets"]["one"]["python"]
    assert (run["python"], about["version"]) == (str(link), HERE)
    assert f"Targets ran on {about['implementation']} {HERE}; " in done.out
    (name,) = environments(stocked)
    assert name.startswith("one+")
    assert f"--python {link}" in (stocked.latest / "index.html").read_text()


def test_a_target_that_needs_a_newer_python_is_refused(stocked: Lab) -> None:
    stocked.add("one")
    pyproject = stocked.root / "targets" / "one" / "pyproject.toml"
    pyproject.write_text(f"[project]\nrequires-python = '>=9.8'\n\n{pyproject.read_text()}")
    done = stocked.compare()
    assert done.code == 2
    assert done.err == (
        f"one needs Python 9.8 or newer, as its pyproject.toml says; this is {HERE}. "
        f"Try --python 9.8\n"
    )


@pytest.mark.slow
def test_a_resumed_run_keeps_both_and_takes_no_other_versions(stocked: Lab) -> None:
    stocked.add("one", SLOW)
    command = ("compare", "--profile", "quick.toml", "--no-control", "--levels", "40/10,60/10")
    options = ("--with", "tiny", "--python", sys.executable)
    with stocked.start(*command, *options) as process:
        wait_until(process, "40/10")
        process.terminate()
        process.communicate(timeout=60)
    assert process.returncode == 130
    code = stocked.root / "targets" / "one" / "server.py"
    code.write_text(code.read_text().replace("time.sleep(2)", "pass"))
    wheels.write(Path(stocked.env["UV_FIND_LINKS"]), "tiny", "2.5")
    made, aside = stocked.root / ".envs", stocked.root / "aside"
    made.rename(aside)
    anew = stocked.run("compare", "--resume", "latest")
    assert (anew.code, anew.err.splitlines()[1]) == (2, "- one: tiny 2.0 there, 2.5 here")
    shutil.rmtree(made)
    aside.rename(made)
    assert stocked.run("compare", "--resume", "latest").code == 0
    run = stocked.read("run.json")
    assert (run["with"], run["python"], run["complete"]) == (["tiny"], sys.executable, True)
    assert run["targets"]["one"]["versions"] == {"tiny": "2.0"}
    about = run["targets"]["one"]["python"]
    run["targets"]["one"]["python"] = {**about, "version": "3.99.0"}
    run["complete"] = False
    run["blocks"] = []
    (stocked.latest / "run.json").write_text(json.dumps(run))
    other = stocked.run("compare", "--resume", "latest")
    assert other.code == 2
    assert other.err.splitlines()[1] == (
        f"- another Python of the targets: {about['implementation']} 3.99.0 with "
        f"{about['openssl']} there, {about['implementation']} {HERE} with {about['openssl']} here"
    )


def other_python() -> str:
    """A newer version that this machine has, or the path of this one where it has none."""
    for version in ("3.14", "3.13", "3.12"):
        with contextlib.suppress(MachineError):
            if not fits(version, HERE) and find(version, find_uv()):
                return version
    return sys.executable


@pytest.mark.slow
def test_a_target_of_the_lab_runs_on_an_older_django_and_a_newer_python(
    tmp_path: Path, hey: str
) -> None:
    python = other_python()
    lab = Lab(ROOT, os.environ | {"PATH": f"{Path(hey).parent}:{os.environ['PATH']}"})
    done = lab.run(
        "compare", "--only", "sync_requests", "--quick", "--levels", "20/10", "--no-control",
        "--results", str(tmp_path), "--with", "django>=5.1,<5.2", "--python", python,
    )  # fmt: skip
    assert (done.code, done.err) == (0, "")
    run = json.loads((tmp_path / "latest" / "run.json").read_text())
    target = run["targets"]["sync_requests"]
    assert target["versions"]["django"].startswith("5.1.")
    assert target["python"]["version"] == find(python, find_uv()).about.version
    assert run["machine"]["python"] == HERE
    django = target["versions"]["django"]
    assert f"Run with django>=5.1,<5.2 on top of every lock: django {django}." in done.out
