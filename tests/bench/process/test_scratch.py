"""What must not stay goes with the bench, also where that is killed."""

import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest

from bench.process.scratch import scratch
from lab.files import folder, janitor
from lab.paths import ROOT
from tests.support.lab import unshared

# The highest that Linux gives out is less.
ENDED = 2**22 + 1

HOLD = (
    "import sys; from pathlib import Path; from bench.process.scratch import scratch\n"
    "with scratch(Path(sys.argv[1])) as folder:\n"
    "    (folder / 'sub').mkdir(); (folder / 'sub' / 'file').write_text('x')\n"
    "    print(folder, flush=True); sys.stdin.read()\n"
)


def test_the_folder_is_there_for_the_block_alone(tmp_path: Path) -> None:
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / f".a.json.{ENDED}.partial").write_text("half")
    (tmp_path / "samples" / "a.json").write_text("whole")
    with scratch(tmp_path) as folder:
        (folder / "file").write_text("x")
    assert not folder.exists()
    assert [path.name for path in tmp_path.rglob("*.*")] == ["a.json"]


WRITE = (
    "import sys; from pathlib import Path; from lab.files import folder\n"
    "with {how}(Path(sys.argv[1])):\n"
    "    print('writing', flush=True); sys.stdin.read()\n"
)


@pytest.mark.parametrize("how", ["folder._held_file", "folder._held_folder"])
@pytest.mark.parametrize("before", [[], unshared()], ids=["here", "another-namespace"])
def test_what_another_process_is_writing_stays(
    tmp_path: Path, how: str, before: list[str], request: pytest.FixtureRequest
) -> None:
    """The next bench may be at work in the folder while the janitor of the last one still is.

    It may be one whose process cannot be seen, in another container: a number says nothing there.
    """
    if "another-namespace" in request.node.name and not before:
        pytest.skip("takes a root that may make namespaces")
    with subprocess.Popen(
        [*before, sys.executable, "-c", WRITE.format(how=how), str(tmp_path / "a.json")],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        (partial,) = tmp_path.iterdir()
        with scratch(tmp_path) as folder:
            pass
        assert not folder.exists()
        assert list(tmp_path.iterdir()) == [partial]
        process.kill()
        process.wait()
    with scratch(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_what_is_removed_between_its_making_and_its_lock_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A janitor at work there cannot know it yet for one that is held."""
    times = iter([True, True, False])

    def late(descriptor: int, path: str) -> bool:
        if next(times):
            janitor.sweep(str(tmp_path))
        return janitor.hold(descriptor, path)

    monkeypatch.setattr(folder, "hold", late)
    folder.write_whole(tmp_path / "a.json", b"whole")
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
    assert (tmp_path / "a.json").read_bytes() == b"whole"
    assert next(times, None) is None


def test_the_folder_goes_where_the_janitor_was_killed() -> None:
    with scratch() as folder:
        (janitor,) = [each for each in psutil.Process().children() if str(folder) in each.cmdline()]
        janitor.kill()
    assert not folder.exists()


def test_the_folder_goes_where_the_block_fails() -> None:
    with pytest.raises(ZeroDivisionError), scratch() as folder:
        1 / 0  # noqa: B018 - the failure
    assert not folder.exists()


def test_in_a_place_of_its_own_it_is_hidden(tmp_path: Path) -> None:
    with scratch(place=tmp_path) as folder:
        assert folder.parent == tmp_path
        assert folder.name.startswith(".viewlab-")
        (folder / "kept").write_text("x")
        (folder / "kept").rename(tmp_path / "kept")
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_nobody_else_may_look_into_it() -> None:
    with scratch() as folder:
        assert folder.stat().st_mode & 0o077 == 0


def test_the_folder_and_half_written_files_go_where_the_bench_is_killed(tmp_path: Path) -> None:
    (tmp_path / f".run.json.{ENDED}.partial").write_text("half")
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        folder = Path(process.stdout.readline().strip())
        assert (folder / "sub" / "file").is_file()
        process.kill()
    while folder.exists() or list(tmp_path.iterdir()):
        pass  # the test's own time-out ends a wait in vain


@pytest.mark.parametrize("what", ["link", "folder"])
def test_what_a_stranger_put_in_its_place_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Its name is on the janitor's command line before it is made, for everybody to see.

    A stranger's folder could have other programs, or another trust store, put into it.
    """
    if what == "folder" and os.geteuid() != 0:
        pytest.skip("only root gives folders away")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(secrets, "token_hex", lambda _: "0badf00d")
    place, own = tmp_path / "viewlab-scratch-0badf00d", tmp_path / "own"
    own.mkdir(mode=0o700)
    (own / "kept").write_text("x")
    if what == "link":
        place.symlink_to(own)
    else:
        place.mkdir(mode=0o777)
        os.chown(place, 1, 1)
    with pytest.raises(OSError, match="viewlab-scratch-0badf00d"), scratch():
        pytest.fail("it was taken")
    assert [path.name for path in own.iterdir()] == ["kept"]
