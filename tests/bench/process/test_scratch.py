"""What must not stay goes with the bench, also where that is killed."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from bench.process.scratch import scratch
from lab.paths import ROOT

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


def test_what_another_process_is_writing_stays(tmp_path: Path) -> None:
    """The next bench may be at work in the folder while the janitor of the last one still is."""
    partial = tmp_path / f".a.json.{os.getpid()}.partial"
    partial.write_text("half")
    with scratch(tmp_path) as folder:
        pass
    assert partial.read_text() == "half"
    assert not folder.exists()


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
