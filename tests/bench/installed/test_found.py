"""What is found of all that the lab installs: what it is, how large, and when it was last used."""

import os
from pathlib import Path

import pytest

from bench.installed.found import found, left, size_bytes
from bench.process.scratch import NAME, scratch

OTHER_PYTHON = "3.13.0 (main, Oct  7 2024) \n[GCC 12.2.0]"
DIGEST = "0f" * 32

ENVIRONMENTS = {
    ".envs/one": "environment",
    ".envs/mine.1a2b3c4d": "environment",
    ".envs/one+1a2b3c4d": "environment, Python 3.13.0, django>=5.1,<5.2, uvloop",
}


def put(path: Path, text: str = "", *, used_s: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (used_s, used_s))


def install(root: Path) -> None:
    """One of each kind. A folder is older than the file that says when it was used."""
    for number, name in enumerate(ENVIRONMENTS):
        added = "django>=5.1,<5.2\nuvloop\n" if "+" in name else ""
        put(root / name / "whole", f"{OTHER_PYTHON}\n{DIGEST}\n{added}", used_s=100.0 + number)
    put(root / ".envs/one.log", "printed", used_s=200.0)
    put(root / ".envs/cut_off/pyvenv.cfg", used_s=300.0)
    put(root / ".nox/cpython-3.11.2/compare/pyvenv.cfg", used_s=400.0)
    put(root / ".nox/cpython-3.11.2/compare/used", used_s=401.0)
    # As nox makes it; nothing has noted a use of it.
    put(root / ".nox/cpython-3.12.0/lint/pyvenv.cfg", used_s=500.0)
    put(root / ".tools/nox/bin/uv", used_s=600.0)
    put(root / ".tools/nox/used", used_s=601.0)
    put(root / ".tools/ready", used_s=600.0)
    put(root / ".tools/bin/hey", used_s=700.0)
    put(root / ".tools/bin/.hey-17", used_s=800.0)
    for folder in [*root.rglob("*")]:
        if folder.is_dir():
            os.utime(folder, (50.0, 50.0))


def test_each_kind_is_found_with_when_it_was_last_used(tmp_path: Path) -> None:
    install(tmp_path)
    things = {str(it.path.relative_to(tmp_path)): (it.what, it.used_s) for it in found(tmp_path)}
    assert things == {
        ".envs/one": ("environment", 100.0),
        ".envs/mine.1a2b3c4d": ("environment", 101.0),
        ".envs/one+1a2b3c4d": (ENVIRONMENTS[".envs/one+1a2b3c4d"], 102.0),
        ".envs/one.log": ("log of check and serve", 200.0),
        ".envs/cut_off": ("environment, half made", None),
        ".nox/cpython-3.11.2/compare": ("environment of a session", 401.0),
        ".nox/cpython-3.12.0/lint": ("environment of a session", 500.0),
        ".tools/nox": ("nox and uv", 601.0),
        ".tools/bin/hey": ("hey, fetched", 700.0),
        ".tools/bin/.hey-17": ("half fetched", None),
    }


def test_where_nothing_is_installed_nothing_is_found(tmp_path: Path) -> None:
    (tmp_path / "results" / "latest").mkdir(parents=True)
    assert found(tmp_path) == []


def test_what_a_removal_that_was_cut_off_has_left_is_found_wherever_it_lies(
    tmp_path: Path,
) -> None:
    places = (".envs", ".nox", ".nox/cpython-3.11.2", ".tools", ".tools/bin")
    for place in places:
        (tmp_path / place / ".removed-1a2b3c4d").mkdir(parents=True)
    things = found(tmp_path)
    assert {str(it.path.parent.relative_to(tmp_path)) for it in things} == set(places)
    assert {(it.what, it.used_s) for it in things} == {("half removed", None)}


@pytest.mark.parametrize(
    "place",
    [".envs", ".tools", ".nox", ".envs/one", ".tools/bin", ".tools/bin/hey", ".nox/cpython-3.11.2"],
)
def test_a_link_is_told_and_nothing_behind_it_is_looked_at(tmp_path: Path, place: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    put(elsewhere / "one" / "whole", used_s=0.0)
    link = tmp_path / "lab" / place
    link.parent.mkdir(parents=True)
    link.symlink_to(elsewhere)
    (thing,) = found(tmp_path / "lab")
    assert (thing.path, thing.what, thing.link) == (link, f"a link to {elsewhere}", True)
    assert size_bytes([thing]) == 0


def test_what_two_environments_share_counts_for_each_and_once_in_all(tmp_path: Path) -> None:
    """Uv has a file of its cache in each environment, by hard links."""
    put(tmp_path / ".envs/one/whole", used_s=0.0)
    put(tmp_path / ".envs/two/whole", used_s=0.0)
    shared = tmp_path / ".envs/one/shared"
    shared.write_bytes(b"x" * 1_000_000)
    os.link(shared, tmp_path / ".envs/two/shared")
    (tmp_path / ".envs/two/elsewhere").symlink_to(shared)
    one, two = found(tmp_path)
    assert [round(size_bytes([each]), -6) for each in (one, two)] == [1_000_000, 1_000_000]
    assert round(size_bytes([one, two]), -6) == 1_000_000


def test_temporary_folders_are_left_over_where_nobody_holds_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / f"{NAME}1a2b3c4d").mkdir()
    with scratch() as held:
        assert held.parent == tmp_path
        assert [(it.path.name, it.what) for it in left()] == [
            (f"{NAME}1a2b3c4d", "left by a killed run")
        ]
