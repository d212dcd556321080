"""The lock on the machine: one run at a time, from wherever, and who it is."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from bench.process.machine_lock import PLACE, lock_folder
from bench.process.mark import RUN
from bench.process.turn import measuring_into, on_machine
from lab.errors import MachineError
from lab.paths import ROOT
from tests.support.lab import unshared

HOLD = (
    "import sys\n"
    "from bench.process.turn import on_machine\n"
    "with on_machine(print):\n"
    "    print('held', flush=True); sys.stdin.read()\n"
)


def holder(
    *words: str, before: Sequence[str] = (), env: dict[str, str] | None = None
) -> "subprocess.Popen[str]":
    """A process that has the machine until its input ends."""
    process = subprocess.Popen(
        [*before, sys.executable, "-c", HOLD, *words],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=os.environ | (env or {}),
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(PLACE, str(tmp_path / "place"))
    monkeypatch.delenv(RUN, raising=False)
    return tmp_path / "place"


def test_the_second_waits_and_tells_for_whom(tmp_path: Path) -> None:
    """Whatever folder each writes to. Their commands are told, but no key in an address."""
    told: list[str] = []
    with holder("--upstream", "https://api.example/v1?key=secret") as other:

        def say(text: str) -> None:
            told.append(text)
            other.kill()

        with measuring_into(tmp_path / "results", say):
            pass
    (said,) = told
    told_of = re.fullmatch(
        r"Another run is under way on this machine \(pid (\d+), since (\S+), in (.+?): (.+)\): "
        r"waiting for it to end\.",
        said,
        re.DOTALL,
    )
    assert told_of
    pid, since, folder, command = told_of.groups()
    assert int(pid) == other.pid
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", since)
    assert folder == str(ROOT)
    assert command.startswith("python")
    assert command.endswith(" --upstream 'https://api.example/v1?...'")


def test_with_no_wait_it_is_refused_with_who_has_it(tmp_path: Path) -> None:
    with holder() as other:
        for taken in (
            on_machine(pytest.fail, no_wait=True),
            measuring_into(tmp_path / "results", pytest.fail, no_wait=True),
        ):
            with (
                pytest.raises(MachineError, match=f"pid {other.pid}, since .* --no-wait") as caught,
                taken,
            ):
                pass
            assert caught.value.exit_code == 3
        other.kill()
    assert not (tmp_path / "results").exists()


def test_a_folder_that_another_machine_writes_to_is_waited_for_too(
    tmp_path: Path, place: Path
) -> None:
    """Two that see other temporary files are as two machines are."""
    results = tmp_path / "results"
    told: list[str] = []
    code = HOLD.replace("on_machine(print)", "measuring_into(Path(sys.argv[1]), print)")
    code = code.replace("import on_machine", "import measuring_into; from pathlib import Path")
    with subprocess.Popen(
        [sys.executable, "-c", code, str(results)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=os.environ | {PLACE: str(place / "other")},
    ) as other:  # fmt: skip
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"

        def say(text: str) -> None:
            told.append(text)
            other.kill()

        with (
            pytest.raises(MachineError, match=r"measured into .*results, and two at once"),
            measuring_into(results, pytest.fail, no_wait=True),
        ):
            pass
        with measuring_into(results, say):
            pass
    assert told == [f"Another run is being measured into {results}: waiting for it to end."]


def test_it_ends_with_its_block_and_leaves_the_empty_folder() -> None:
    for _ in range(2):
        with on_machine(pytest.fail):
            assert (lock_folder() / "holder").read_text().startswith(f"pid {os.getpid()}, since ")
            assert Path(os.environ[RUN]).parent == lock_folder()
        assert RUN not in os.environ
    assert list(lock_folder().iterdir()) == []


def test_what_a_run_starts_waits_for_nobody() -> None:
    """As a calibration's runs: they are a part of it."""
    with on_machine(pytest.fail), holder() as inner:
        inner.kill()


def test_the_mark_of_a_run_that_has_ended_lets_nobody_in() -> None:
    with holder() as other:
        (run,) = lock_folder().glob("run-*")
        other.kill()
    assert run.is_dir()
    with holder() as other, pytest.MonkeyPatch.context() as patch:
        patch.setenv(RUN, str(run))
        with pytest.raises(MachineError), on_machine(pytest.fail, no_wait=True):
            pass
        other.kill()


def test_the_folder_is_the_users_alone(place: Path) -> None:
    assert lock_folder() == place / f"viewlab-{os.geteuid()}"
    assert lock_folder().stat().st_mode & 0o777 == 0o700


def test_a_folder_that_others_may_use_is_refused(place: Path) -> None:
    lock_folder().chmod(0o750)
    with pytest.raises(MachineError) as caught, on_machine(pytest.fail):
        pass
    folder = place / f"viewlab-{os.geteuid()}"
    assert str(caught.value) == (
        f"{folder}: the lock on this machine, which keeps two runs apart, cannot lie here: other "
        f"users may use it. Close it: chmod 700 {folder}; or name another place in "
        f"VIEWLAB_LOCK_DIR."
    )


def test_a_link_in_its_place_is_refused(place: Path, tmp_path: Path) -> None:
    place.mkdir()
    (place / f"viewlab-{os.geteuid()}").symlink_to(tmp_path)
    with pytest.raises(MachineError, match=r"it is no folder\. Remove it; or name another"):
        lock_folder()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives folders away")
def test_a_folder_of_another_user_is_refused() -> None:
    os.chown(lock_folder(), 1, 1)
    with pytest.raises(MachineError, match=r"it belongs to another user \(1\)"):
        lock_folder()


def test_a_place_that_cannot_be_is_told(place: Path) -> None:
    place.write_text("a file")
    with pytest.raises(MachineError, match="cannot lie here: File exists; or name another"):
        lock_folder()


def test_a_folder_that_is_removed_meanwhile_is_made_again() -> None:
    """By what clears temporary folders: whoever waited would hold what nobody else finds."""
    with holder() as other:

        def say(_text: str) -> None:
            shutil.rmtree(lock_folder())
            other.kill()

        with on_machine(say):
            assert (lock_folder() / "holder").exists()


@pytest.mark.skipif(not unshared(), reason="takes a root that may make namespaces")
def test_a_run_in_another_pid_namespace_is_waited_for() -> None:
    """There it is process 1; its number means nothing here, the lock does."""
    with holder(before=unshared()) as other:
        with (
            pytest.raises(MachineError, match="pid 1, since"),
            on_machine(pytest.fail, no_wait=True),
        ):
            pass
        other.send_signal(signal.SIGKILL)
