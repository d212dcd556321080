"""`nox -s clean` meets a run, or is cut off: no run loses what it uses, or has half of it."""

import signal
from pathlib import Path

import pytest

from tests.faults.case import Case
from tests.faults.fault import fault
from tests.faults.namespace import root_only
from tests.faults.test_bench import (
    LOAD,
    STANDS_STILL,
    WAITS,
    ended,
    mount,
    reached,
    unmount,
    wait_for,
)
from tests.support.lab import wait_until

pytestmark = pytest.mark.slow

# As little time since the last use as there can be: all goes that nobody uses.
CLEAN = ("clean", "--days", "0")


def interrupted_run(case: Case) -> None:
    """A run of which something is left to measure, and its environments."""
    case.targets(STANDS_STILL.format(number=LOAD))
    process = case.start()
    wait_for(reached(case), process)
    process.send_signal(signal.SIGINT)
    assert ended(process).code == 130


def environments(case: Case) -> list[str]:
    folders = [path for path in (case.lab.root / ".envs").iterdir() if path.is_dir()]
    return sorted(path.name for path in folders)


@fault(
    "bench",
    "`nox -s clean` is started while a run is under way",
    code=0,
    sees=f"{WAITS} ... Removed what was not in use: ... Runs in results/ stay.",
    resume="finds nothing left: the run had all that it used for as long as it lasted",
)
def test_clean_beside_a_run(case: Case) -> None:
    case.targets()
    run = case.start()
    wait_until(run, "round 1/2")
    cleaned = case.lab.run(*CLEAN)
    assert ended(run).code == 0
    case.check(cleaned)
    assert environments(case) == []
    assert len(case.samples) == 8
    case.nothing_left()


@fault(
    "bench",
    "`nox -s clean` is started with `--no-wait` while a run is under way",
    code=3,
    sees="""Another run is under way on this machine (pid ..., since ..., in ...: ... -m bench
    compare ...), and two at once would disturb each other. Wait until it has ended; without
    --no-wait this does.""",
    resume="finishes the run, which was not disturbed, once that is interrupted",
)
def test_clean_beside_a_run_without_waiting(case: Case) -> None:
    case.targets(STANDS_STILL.format(number=LOAD))
    run = case.start()
    wait_for(reached(case), run)
    refused = case.lab.run(*CLEAN, "--no-wait")
    shown = case.lab.run(*CLEAN, "--dry-run")
    assert (shown.code, shown.err) == (0, "")
    assert ".envs/bad  (environment)  in use\n" in shown.out
    assert environments(case) == ["bad", "good"]
    run.send_signal(signal.SIGINT)
    assert ended(run).code == 130
    case.check_and_resume(refused)


@fault(
    "bench",
    "`nox -s clean` is killed while it removes an environment",
    code=-9,
    sees="",
    resume="makes that environment anew, and measures what is left",
)
def test_clean_killed(case: Case) -> None:
    interrupted_run(case)
    case.patch(
        "bench/installed/removal.py",
        "            shutil.rmtree(aside)\n",
        "            shutil.rmtree(aside / 'bin')\n"
        "            import os\n"
        "            os.kill(os.getpid(), 9)\n",
    )
    killed = case.lab.run(*CLEAN)
    half, other = environments(case)
    assert half.startswith(".removed-")
    assert other in ("bad", "good")
    case.check_and_resume(killed)
    assert environments(case) == [half, "bad", "good"]
    assert case.lab.run("clean").code == 0
    assert environments(case) == ["bad", "good"]


@root_only
@fault(
    "bench",
    "Something that `nox -s clean` removes cannot be removed",
    code=3,
    sees=""".envs/bad (environment) cannot be removed ... Removed what was not in use: ...
    .envs/bad cannot be removed: Device or resource busy. What is left of it lies in
    .envs/.removed-...: see to that, and clean again.""",
    resume="makes that environment and all else anew, and measures what is left",
)
def test_clean_cannot_remove(case: Case) -> None:
    """A disk of its own lies in it. All else goes."""
    interrupted_run(case)
    mount(case.lab.root / ".envs" / "bad" / "disk", "size=1m")
    cleaned = case.lab.run(*CLEAN)
    (left,) = environments(case)
    disk: Path = case.lab.root / ".envs" / left / "disk"
    assert disk.is_mount()
    case.check_and_resume(cleaned)
    unmount(disk)
    assert case.lab.run("clean").code == 0
    assert environments(case) == ["bad", "good"]
