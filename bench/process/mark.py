"""What a process of a run is told by, also when the run itself is gone.

What `bench.process.child` starts has the run's folder in its environment, and so has what that
starts. Some programs write a title over their environment, as nginx does: for those the folder
has the sessions that the run began, one for each keeper. Needs nothing but the standard library.
"""

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

# A folder of `bench.process.machine_lock`. In the bench's own environment while it has its turn.
RUN = "VIEWLAB_RUN"

NAMESPACE = Path("/proc/self/ns/pid")


def marked(env: Mapping[str, str] | None) -> Mapping[str, str] | None:
    """An environment for what is started, `None` for that of this process, with the run in it."""
    run = os.environ.get(RUN)
    return env if env is None or run is None else {**env, RUN: run}


def note_session(leader: int) -> Path | None:
    """Note that the run began the session of this process; what to remove when that has ended."""
    if run := os.environ.get(RUN):
        note = Path(run, f"session-{_namespace()}-{leader}")
        # Without its folder, or room, a run goes on; only what hides itself would not be found.
        with contextlib.suppress(OSError):
            note.touch()
            return note
    return None


def forget_session(note: Path | None) -> None:
    """Take back what `note_session` gave: the session has ended."""
    if note:
        with contextlib.suppress(OSError):
            note.unlink(missing_ok=True)


def sessions(run: Path, *, since_s: float) -> Iterator[int]:
    """The sessions that a run has begun since then, and not ended, as this process numbers them.

    Those of other PID namespaces have other numbers here, and none that is known.
    """
    for note in run.glob(f"session-{_namespace()}-*"):
        with contextlib.suppress(OSError, ValueError):
            if note.stat().st_mtime >= since_s:
                yield int(note.name.rpartition("-")[2])


def _namespace() -> int:
    try:
        return NAMESPACE.stat().st_ino
    except OSError:  # no Linux: there is one
        return 0
