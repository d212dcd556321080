"""What nobody uses can be removed; what is half removed is never taken for whole."""

import shutil
import sys
from pathlib import Path

import pytest

from bench.environment.prepare import stamp_of
from bench.installed.found import Installed, found
from bench.installed.removal import remove, unused
from bench.process.folder_lock import FolderLock
from tests.bench.installed.test_found import put


def only(root: Path) -> Installed:
    (thing,) = found(root)
    return thing


def is_unused(thing: Installed) -> bool:
    with unused(thing) as free:
        return free


def never() -> None:
    raise AssertionError


@pytest.mark.parametrize(
    ("name", "held"),
    [
        (".envs/one/whole", ".envs"),
        (".envs/one/half", ".envs"),
        (".envs/one.log", ".envs"),
        (".nox/cpython/compare/used", ".nox/cpython/compare"),
        (".tools/nox/used", ".tools/nox"),
        (".tools/nox/used", ".tools"),
    ],
)
def test_what_somebody_holds_is_in_use(tmp_path: Path, name: str, held: str) -> None:
    """As a run shares environments, nox what it runs in, and make has what it installs into."""
    put(tmp_path / name, used_s=0.0)
    thing = only(tmp_path)
    assert is_unused(thing)
    with FolderLock(tmp_path / held) as lock:
        lock.share(never)
        assert not is_unused(thing)
    assert is_unused(thing)


def test_whoever_wants_to_use_it_waits_until_it_is_removed(tmp_path: Path) -> None:
    put(tmp_path / ".envs/one/whole", used_s=0.0)
    with unused(only(tmp_path)), FolderLock(tmp_path / ".envs") as lock:
        assert lock.is_held()


def test_what_this_runs_in_is_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / ".nox/cpython/clean/used", used_s=0.0)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / ".nox/cpython/clean"))
    assert not is_unused(only(tmp_path))


@pytest.mark.parametrize(
    "name",
    [".envs/one/whole", ".envs/one.log", ".nox/cpython/compare/used", ".tools/bin/hey"],
)
def test_it_is_gone_with_all_that_it_holds_and_nothing_else(tmp_path: Path, name: str) -> None:
    put(tmp_path / name, used_s=0.0)
    thing = only(tmp_path)
    beside = thing.path.with_name("beside")
    beside.mkdir()
    remove(thing)
    assert list(thing.path.parent.iterdir()) == [beside]


def test_what_a_link_in_it_leads_to_stays(tmp_path: Path) -> None:
    put(tmp_path / ".envs/one/whole", used_s=0.0)
    put(tmp_path / "precious", "kept", used_s=0.0)
    (tmp_path / ".envs/one/file").symlink_to(tmp_path / "precious")
    (tmp_path / ".envs/one/folder").symlink_to(tmp_path)
    remove(only(tmp_path))
    assert (tmp_path / "precious").read_text() == "kept"
    assert list((tmp_path / ".envs").iterdir()) == []


def test_nox_is_gone_for_make_too(tmp_path: Path) -> None:
    put(tmp_path / ".tools/nox/used", used_s=0.0)
    for name in ("ready", "ready-usr-bin-python3"):
        put(tmp_path / ".tools" / name, used_s=0.0)
    remove(only(tmp_path))
    assert list((tmp_path / ".tools").iterdir()) == []


def test_a_removal_that_is_cut_off_leaves_nothing_that_looks_whole_and_is_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / ".envs/one/whole", used_s=0.0)
    put(tmp_path / ".envs/one/bin/python", used_s=0.0)

    def killed(folder: Path) -> None:
        (folder / "bin" / "python").unlink()
        raise KeyboardInterrupt

    one = only(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            remove(one)
    assert not stamp_of(tmp_path / ".envs/one").exists()
    half = only(tmp_path)
    assert (half.what, half.used_s) == ("half removed", None)
    remove(half)
    assert found(tmp_path) == []
