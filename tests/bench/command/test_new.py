"""`new`: a target made from its parent, or nothing at all."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from lab.paths import TARGETS
from tests.bench.command.test_locking import fake_uv
from tests.support.lab import Lab, Result, processes_of, wait_until


def everything(folder: Path) -> dict[str, bytes | None]:
    """Whatever lies below a folder, with what it holds."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


def with_parent(lab: Lab, code: str = "") -> Path:
    """A lab with one target, and a uv that finds the lock it is to make good as it is."""
    lab.add("parent", code)
    parent = lab.root / "targets" / "parent"
    (parent / "project").mkdir()
    (parent / "project" / "views.py").write_text('"""Old."""\n\nx = 1\n')
    real = lab.env["UV"]
    fake_uv(lab, f'[ "$2" = compile ] || exec \'{real}\' "$@"')
    return parent


def make(lab: Lab, *options: str) -> Result:
    return lab.run("new", "child", "--from", "parent", *options)


def refused(lab: Lab, *options: str) -> Result:
    """What is said of a target that is not made. Nothing of it is left."""
    before = everything(lab.root / "targets")
    result = make(lab, *options)
    assert everything(lab.root / "targets") == before
    return result


def test_a_child_is_made_and_what_to_edit_is_named_with_its_lines(lab: Lab) -> None:
    with_parent(lab)
    result = make(lab)
    assert (result.code, result.err) == (0, "")
    assert result.out.partition("Made")[2] == (
        " targets/child. It passes its check, and does not differ from parent yet.\n"
        "Edit:\n"
        "  targets/child/project/views.py:1  the one thing that differs, and its docstring\n"
        "  targets/child/pyproject.toml:2    title: a line for the page\n"
        "  targets/child/pyproject.toml:7    change: the one thing that differs, for the page\n"
        "Then:\n"
        "  nox -s lock -- child  where its dependencies have changed\n"
        "  nox -s check -- child\n"
        "  nox -s compare -- --only parent,child --baseline parent\n"
    )
    manifest = (lab.root / "targets" / "child" / "pyproject.toml").read_text().splitlines()
    assert manifest[1] == 'title = "child, a copy of parent so far"'
    assert manifest[6] == 'change = "nothing yet: say here the one thing that differs"'


def test_what_the_author_has_said_is_written_and_not_asked_for(lab: Lab) -> None:
    with_parent(lab)
    result = make(lab, "--title", "My view", "--change", "two threads")
    assert result.code == 0
    folder = lab.root / "targets" / "child"
    assert tomllib.loads((folder / "pyproject.toml").read_text())["tool"]["bench"] == {
        "title": "My view",
        "serve": "python server.py {port}",
        "path": "/",
        "tags": [],
        "parent": "parent",
        "change": "two threads",
    }
    assert (folder / "project" / "views.py").read_text() == (
        '"""Differs from parent in one thing: two threads.\n\n'
        'Say here why, and what it costs.\n"""\n\nx = 1\n'
    )
    assert "pyproject.toml:" not in result.out


def test_all_is_copied_but_what_was_made_of_it(lab: Lab) -> None:
    parent = with_parent(lab)
    for name in (".git", ".venv", ".mypy_cache", "__pycache__", "project/__pycache__"):
        (parent / name).mkdir()
        (parent / name / "made").write_text("x")
    for name in ("templates/a/page.html", "project/apps/__init__.py", ".env.example", "data.bin"):
        (parent / name).parent.mkdir(parents=True, exist_ok=True)
        (parent / name).write_bytes(b"\xff\r\n")
    (parent / "link").symlink_to("data.bin")
    (parent / "server.py").chmod(0o755)
    assert make(lab).code == 0
    child = lab.root / "targets" / "child"
    assert set(everything(child)) == {
        ".env.example", "data.bin", "link", "project", "project/apps", "project/apps/__init__.py",
        "project/views.py", "pyproject.toml", "requirements.txt", "server.py", "templates",
        "templates/a", "templates/a/page.html",
    }  # fmt: skip
    assert (child / "link").readlink() == Path("data.bin")
    assert (child / "data.bin").read_bytes() == b"\xff\r\n"
    assert os.access(child / "server.py", os.X_OK)


@pytest.mark.parametrize(
    "name", ["child", "Child", "link", "file"], ids=["there", "in capitals", "a link", "a file"]
)
def test_what_is_there_already_stays_as_it_is(lab: Lab, name: str) -> None:
    with_parent(lab)
    targets = lab.root / "targets"
    if name == "file":
        (targets / "child").write_text("mine")
    elif name == "link":
        (targets / "child").symlink_to("nowhere")
    else:
        (targets / name).mkdir()
    result = refused(lab)
    there = f"targets/{'Child' if name == 'Child' else 'child'}"
    expected = f"{there} is there already. Take another name, or remove it first.\n"
    assert (result.code, result.out, result.err) == (2, "", expected)


def test_without_a_lock_there_is_no_target(lab: Lab) -> None:
    with_parent(lab)
    fake_uv(lab, "echo 'error: Request failed after 3 retries' >&2; exit 2")
    result = refused(lab)
    assert result.code == 3
    assert result.err == (
        "targets/child/requirements.txt: uv could not lock it:\n"
        "error: Request failed after 3 retries\n"
        "child was not made. To lock it takes the network: see that packages can be had, and "
        "try again.\n"
    )


def test_without_uv_there_is_no_target(lab: Lab) -> None:
    with_parent(lab)
    lab.env["UV"] = str(lab.root / "no-such-uv")
    result = refused(lab)
    assert result.code == 3
    assert result.err.startswith("uv cannot be run: ")


def test_a_copy_that_fails_its_check_is_no_target(lab: Lab) -> None:
    with_parent(lab, "Handler.answer = lambda self, number: self.reply(503, b'{}')")
    result = refused(lab)
    assert result.code == 1
    assert "FAILED  child answered with status 503 in place of 200." in result.out
    assert result.err == (
        "child was not made: a copy of parent fails its check. Does parent itself pass? "
        "nox -s check -- parent\n"
    )


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("project/views.py", b"def view(:\n", "no Python: invalid syntax"),
        ("project/views.py", b"'\xff'\n", "no Python: 'utf-8' codec"),
        ("pyproject.toml", b"[tool.bench\n", "not TOML"),
        ("pyproject.toml", b"[project]\n", "there is no [tool.bench] table"),
    ],
)
def test_a_parent_that_cannot_be_read_is_named(
    lab: Lab, file: str, content: bytes, message: str
) -> None:
    (with_parent(lab) / file).write_bytes(content)
    result = refused(lab)
    assert result.code == 2
    assert result.err.startswith(f"targets/parent/{file}: {message}")


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"])
def test_cut_off_it_leaves_nothing(lab: Lab, name: str) -> None:
    with_parent(lab)
    before = everything(lab.root / "targets")
    fake_uv(lab, "exec sleep 600")
    process = lab.start("new", "child", "--from", "parent")
    wait_until(process, "Locking child")
    process.send_signal(signal.Signals[name])
    process.communicate(timeout=30)
    assert process.returncode == (-9 if name == "SIGKILL" else 130)
    while processes_of(lab.root):
        pass  # a killed bench's janitor ends after it; the test's own time-out ends a wait in vain
    assert everything(lab.root / "targets") == before


@pytest.mark.slow
def test_a_real_target_is_made_in_under_a_minute_and_can_be_compared_at_once(lab: Lab) -> None:
    """Real uv, packages and servers."""
    for name in ("sync_requests", "sync_pooled"):
        shutil.copytree(
            TARGETS / name,
            lab.root / "targets" / name,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    # A version that is not the newest: the child is to have the parent's.
    lock = lab.root / "targets" / "sync_pooled" / "requirements.txt"
    lock.write_text(re.sub(r"(?ms)^idna==.*?\n(?=\S)", "idna==3.7\n", lock.read_text()))
    assert lab.run("lock", "sync_pooled").code == 0
    assert "idna==3.7 \\\n    --hash=sha256:" in lock.read_text()

    started_s = time.monotonic()
    result = lab.run("new", "mine", "--from", "sync_pooled")
    took_s = time.monotonic() - started_s
    assert (result.code, result.err) == (0, "")
    assert took_s < 60
    assert "ok      mine: the upstream's JSON; check --deploy warns of" in result.out
    child = lab.root / "targets" / "mine"
    assert (child / "requirements.txt").read_bytes() == lock.read_bytes()
    assert [path for path in child.rglob("*") if path.suffix == ".pyc"] == []

    compared = lab.compare("--only", "sync_pooled,mine", "--baseline", "sync_pooled", "--quick")
    assert compared.code == 0, compared.err
    cells = {cell["target"]: cell for cell in lab.read("summary.json")["cells"]}
    assert {name: (cell["ok"], cell["errors"]) for name, cell in cells.items()} == {
        "sync_pooled": (40, 0),
        "mine": (40, 0),
    }
    formatted = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--check", "--line-length", "100", child],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert formatted.returncode == 0, formatted.stdout


@pytest.mark.slow
def test_no_network_for_the_lock_is_told_by_the_real_uv(lab: Lab) -> None:
    shutil.copytree(TARGETS / "sync_pooled", lab.root / "targets" / "parent")
    manifest = lab.root / "targets" / "parent" / "pyproject.toml"
    manifest.write_text(re.sub(r"(?m)^(parent|change) = .*\n", "", manifest.read_text()))
    lab.env.update(
        UV_CACHE_DIR=str(lab.root / "cache"),
        UV_DEFAULT_INDEX="http://127.0.0.1:9/simple",
        UV_HTTP_RETRIES="0",
    )
    result = refused(lab)
    assert result.code == 3
    assert "127.0.0.1:9" in result.err
    assert "child was not made. To lock it takes the network" in result.err
