"""`clean`: what is shown, what goes, and what stays."""

import contextlib
import errno
import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.command import clean as command
from bench.command import cli
from bench.command.clean import clean
from bench.process import machine_lock
from bench.process.folder_lock import FolderLock
from lab.errors import MachineError
from tests.bench.installed.test_found import put
from tests.support.lab import Lab

DAY_S = 86400
REMOVED = "Removed what was not used for 30 days:"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Environments of 0, 29 and 31 days ago, a run of long ago, and nothing in the way."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv(machine_lock.PLACE, str(tmp_path))
    folder = tmp_path / "lab"
    now_s = time.time()
    for days in (0, 29, 31):
        name = folder / ".envs" / f"t{days}"
        put(name / "whole", used_s=now_s - days * DAY_S - 60)
        put(name / "package", "x" * 1_000_000, used_s=0.0)
        os.utime(name, (0.0, 0.0))
    put(folder / "results" / "20250101T000000Z-aaaa" / "run.json", used_s=0.0)
    monkeypatch.chdir(folder)
    return folder


def left(root: Path) -> list[str]:
    return sorted(path.name for path in (root / ".envs").iterdir())


def rows(printed: str) -> list[str]:
    """Its lines, with one space where there are several, and no part of a number of a size."""
    return [re.sub(r"\s+", " ", line).strip() for line in printed.splitlines()]


def test_what_no_run_of_the_last_30_days_used_goes(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert clean(root=root) == 0
    assert left(root) == ["t0", "t29"]
    assert rows(capsys.readouterr().out) == [
        "size last used what",
        "1.0 MB 31 days ago .envs/t31 (environment) removed",
        "1.0 MB 29 days ago .envs/t29 (environment)",
        "1.0 MB today .envs/t0 (environment)",
        f"3.0 MB in all. {REMOVED} 1 of 3, 1.0 MB. Runs in results/ stay.",
    ]
    assert (root / "results" / "20250101T000000Z-aaaa" / "run.json").is_file()


def test_a_dry_run_shows_the_same_and_removes_nothing(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert clean(root=root, dry_run=True) == 0
    assert left(root) == ["t0", "t29", "t31"]
    assert rows(capsys.readouterr().out) == [
        "size last used what",
        "1.0 MB 31 days ago .envs/t31 (environment) would go",
        "1.0 MB 29 days ago .envs/t29 (environment)",
        "1.0 MB today .envs/t0 (environment)",
        "3.0 MB in all. Without --dry-run, what was not used for 30 days would go: 1 of 3, 1.0 MB.",
    ]


def test_a_dry_run_waits_for_nobody_and_leaves_what_a_killed_run_has_left(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scratch = tmp_path / "viewlab-scratch-1a2b3c4d"
    scratch.mkdir()
    with FolderLock(machine_lock.lock_folder()) as machine:
        machine.own(lambda: None)
        assert clean(root=root, dry_run=True) == 0
    assert scratch.is_dir()
    (row,) = [row for row in rows(capsys.readouterr().out) if "scratch" in row]
    assert row.endswith(f"kB never {scratch} (left by a killed run) would go")
    assert clean(root=root) == 0
    assert not scratch.exists()
    said = f"Removed 1 temporary folder that a killed run had left: {scratch}"
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("days", "stay"), [(28, ["t0"]), (29, ["t0"]), (30, ["t0", "t29"]), (32, ["t0", "t29", "t31"])]
)
def test_how_many_days_is_for_the_user_to_say(root: Path, days: int, stay: list[str]) -> None:
    assert clean(root=root, days=days) == 0
    assert left(root) == stay


def test_with_0_days_all_goes_that_is_not_in_use(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also what was used in the future: a clock may have been set back."""
    put(root / ".envs/t0/whole", used_s=time.time() + 1000)
    for name in ("held", "free"):
        put(root / ".nox/cpython" / name / "used", used_s=time.time())
    with FolderLock(root / ".nox/cpython/held") as nox:
        nox.share(lambda: None)
        assert clean(root=root, days=0) == 0
    assert left(root) == []
    assert [path.name for path in (root / ".nox/cpython").iterdir()] == ["held"]
    printed = rows(capsys.readouterr().out)
    assert any(row.endswith("(environment of a session) in use") for row in printed)
    assert "Removed what was not in use: 4 of 5, " in printed[-1]


def test_environments_that_another_machine_uses_stay(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that shares the folder: on this one, clean would wait for it."""
    with FolderLock(root / ".envs") as run:
        run.share(lambda: None)
        assert clean(root=root) == 0
    assert left(root) == ["t0", "t29", "t31"]
    assert ".envs/t31 (environment) in use" in "\n".join(rows(capsys.readouterr().out))


def test_half_of_an_environment_goes_however_new_it_is(root: Path) -> None:
    (root / ".envs/half").mkdir()
    (root / ".envs/.removed-1a2b3c4d").mkdir()
    assert clean(root=root) == 0
    assert left(root) == ["t0", "t29"]


def test_what_lies_behind_a_link_stays(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / ".envs").rename(tmp_path / "elsewhere")
    (root / ".envs").symlink_to(tmp_path / "elsewhere")
    assert clean(root=root, days=0) == 0
    assert left(root) == ["t0", "t29", "t31"]
    printed = rows(capsys.readouterr().out)
    assert printed[1] == f"0 kB .envs (a link to {tmp_path}/elsewhere) stays"
    assert printed[2] == command.LINKS_STAY


@contextlib.contextmanager
def no_right_to_remove(name: str) -> Iterator[None]:
    """As where another user's files lie in it; for root there is no such thing."""
    real = shutil.rmtree

    def refused(folder: Path, **options: Any) -> None:
        if (folder / name).exists():
            raise PermissionError(errno.EACCES, "Permission denied", name)
        real(folder, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shutil, "rmtree", refused)
        yield


def test_what_cannot_be_removed_is_told_and_all_else_is_removed(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(root / ".envs/first/whole", used_s=0.0)
    put(root / ".envs/first/others", used_s=0.0)
    os.utime(root / ".envs/first", (0.0, 0.0))
    with no_right_to_remove("others"), pytest.raises(MachineError) as raised:
        clean(root=root)
    (aside,) = [name for name in left(root) if name.startswith(".removed-")]
    assert str(raised.value) == (
        f".envs/first cannot be removed: Permission denied. What is left of it lies in "
        f".envs/{aside}: see to that, and clean again."
    )
    assert left(root) == [aside, "t0", "t29"]
    printed = rows(capsys.readouterr().out)
    assert printed[1].endswith(".envs/first (environment) cannot be removed")
    assert printed[-1].startswith(f"3.0 MB in all. {REMOVED} 1 of 4, ")
    assert clean(root=root) == 0
    assert left(root) == ["t0", "t29"]


def test_it_refuses_beside_a_run_where_it_is_not_to_wait(root: Path) -> None:
    with FolderLock(machine_lock.lock_folder()) as machine:
        machine.own(lambda: None)
        with pytest.raises(MachineError, match="two at once would disturb each other"):
            clean(root=root, no_wait=True)
    assert left(root) == ["t0", "t29", "t31"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--days", "-1"], "--days takes a whole number, 0 or more, not '-1'."),
        (["--days", "x"], "--days takes a whole number, 0 or more, not 'x'."),
        (["--dryrun"], "unknown option '--dryrun'. Did you mean '--dry-run'? "),
        (["--all"], "unknown option '--all'. "),
        (["one"], "'one' belongs to no option. "),
    ],
)
def test_wrong_use_is_told(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["clean", *arguments]) == 2
    assert capsys.readouterr().err.startswith(message)


def test_its_options_are_those_of_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[dict[str, object]] = []

    def take(**options: object) -> int:
        taken.append(options)
        return 0

    monkeypatch.setattr(command, "clean", take)
    assert cli.main(["clean"]) == 0
    assert cli.main(["clean", "--days", "7", "--dry-run", "--no-wait"]) == 0
    assert taken == [
        {"days": 30, "dry_run": False, "no_wait": False},
        {"days": 7, "dry_run": True, "no_wait": True},
    ]


@pytest.mark.slow
def test_a_run_notes_what_it_uses_and_makes_again_what_was_removed(lab: Lab) -> None:
    lab.add("one")
    assert lab.run("check").code == 0
    environment = lab.root / ".envs" / "one"
    for path in (environment, environment / "whole"):
        os.utime(path, (0.0, 0.0))
    assert "days ago" in lab.run("clean", "--dry-run").out
    assert lab.run("check").code == 0
    stays = lab.run("clean")
    assert (stays.code, stays.err) == (0, "")
    assert "today         .envs/one  (environment)\n" in stays.out
    assert environment.is_dir()
    gone = lab.run("clean", "--days", "0")
    assert (gone.code, gone.err) == (0, "")
    assert list((lab.root / ".envs").iterdir()) == []
    assert lab.run("check").code == 0
    assert (environment / "whole").is_file()
