"""Locks on folders: one process at a time, and nothing left of them."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.process.folder_lock import FolderLock
from bench.process.turn import measuring_into
from lab.paths import ROOT

HOLD = (
    "import sys; from pathlib import Path; from bench.process.folder_lock import FolderLock\n"
    "lock = FolderLock(Path(sys.argv[1])); getattr(lock, sys.argv[2])(lambda: None)\n"
    "print('held', flush=True); sys.stdin.read()\n"
)


def holder(folder: Path, how: str) -> "subprocess.Popen[str]":
    """A process that holds the folder's lock until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder), how],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


@pytest.mark.parametrize(
    ("theirs", "ours", "waits"),
    [
        ("own", "own", True),
        ("own", "share", True),
        ("share", "own", True),
        ("share", "share", False),
    ],
)
def test_who_waits_for_whom(tmp_path: Path, theirs: str, ours: str, *, waits: bool) -> None:
    """Whoever has to wait is told so first, and goes on when the other has ended."""
    told: list[str] = []
    with holder(tmp_path, theirs) as other, FolderLock(tmp_path) as lock:

        def wait() -> None:
            told.append("waiting")
            other.kill()

        getattr(lock, ours)(wait)
        other.kill()
    assert told == (["waiting"] if waits else [])
    assert list(tmp_path.iterdir()) == []


def test_a_lock_ends_with_its_block(tmp_path: Path) -> None:
    for _ in range(2):
        with FolderLock(tmp_path) as lock:
            lock.own(lambda: pytest.fail("nobody holds it"))


def test_a_child_does_not_inherit_a_lock(tmp_path: Path) -> None:
    with FolderLock(tmp_path) as lock:
        lock.own(lambda: pytest.fail("nobody holds it"))
        child = subprocess.Popen(
            ["/bin/cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, close_fds=False
        )
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(b"it runs\n")
        child.stdin.flush()
        assert child.stdout.readline() == b"it runs\n"
    with FolderLock(tmp_path) as again:
        again.own(lambda: pytest.fail("the child holds it"))
    child.kill()
    child.wait()


def test_whoever_wants_it_alone_gives_its_share_up_first(tmp_path: Path) -> None:
    """So two that share it, and both want it alone, do not wait for each other for ever."""
    with holder(tmp_path, "share") as other, FolderLock(tmp_path) as lock:
        lock.share(lambda: pytest.fail("a share waits for no share"))

        def wait() -> None:
            # Now only `other` holds a share: a third may have it alone when that ends.
            other.kill()
            other.wait()
            with FolderLock(tmp_path) as third:
                third.own(lambda: pytest.fail("the share was not given up"))

        lock.own(wait)


def test_a_results_folder_that_is_not_there_is_made(tmp_path: Path) -> None:
    results = tmp_path / "a" / "b"
    with measuring_into(results, pytest.fail):
        assert results.is_dir()
