"""How often a command was asked to end: each has its own count, which is handed down."""

import os
import signal
import sys
import tempfile
import time
from pathlib import Path

import pytest

from bench.command import cli
from bench.plan.spec import RunSpec
from bench.process.cancellation import Cancellation
from bench.process.child import Child

IGNORES_TERM = (
    "import pathlib, signal, sys\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "pathlib.Path(sys.argv[1]).write_text('ready')\n"
    "signal.pause()\n"
)


def stop_s(ready: Path, cancellation: Cancellation | None) -> float:
    """How long it takes to stop what ignores a TERM, and is killed half a second after it."""
    command = [sys.executable, "-c", IGNORES_TERM, str(ready)]
    with (
        tempfile.TemporaryFile() as output,
        Child(command, output=output, cancellation=cancellation) as child,
    ):
        while not ready.exists():
            os.sched_yield()
        began_s = time.monotonic()
        child.stop(0.5)
        took_s = time.monotonic() - began_s
    assert child.exit is not None
    assert child.exit.code == -signal.SIGKILL
    return took_s


def test_what_is_stopped_has_time_until_its_own_cancellation_is_urgent(tmp_path: Path) -> None:
    urgent, asked = Cancellation(), Cancellation()
    urgent.ask()
    urgent.ask()
    asked.ask()
    assert ((urgent.asked, urgent.urgent), (asked.asked, asked.urgent)) == (
        (True, True),
        (True, False),
    )
    assert stop_s(tmp_path / "1", asked) >= 0.5
    assert stop_s(tmp_path / "2", urgent) < 0.5
    # It is no other's business.
    assert stop_s(tmp_path / "3", None) >= 0.5


def test_each_command_begins_with_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """However often the one before it in this process was asked to end."""
    sittings = [[signal.SIGINT, signal.SIGTERM], [signal.SIGINT], list[signal.Signals]()]
    left = iter(sittings)
    taken: list[tuple[bool, bool]] = []

    def interrupted(_spec: RunSpec, cancellation: Cancellation, **_options: object) -> int:
        for name in next(left):
            with pytest.raises(KeyboardInterrupt):
                os.kill(os.getpid(), name)
        taken.append((cancellation.asked, cancellation.urgent))
        return 0

    monkeypatch.setattr(cli, "compare", interrupted)
    monkeypatch.setattr(cli, "end_when_alone", lambda **_: None)
    for _ in sittings:
        assert cli.main(["compare", "--only", "sync_requests"]) == 0
    assert taken == [(True, True), (True, False), (False, False)]
    assert stop_s(tmp_path / "ready", None) >= 0.5
