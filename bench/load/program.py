"""An engine that is a program of its own is waited for as long as it gets anywhere."""

import time
from collections.abc import Callable

from bench.observe.progress import Progress
from bench.process.child import Child, Exit
from lab.errors import BlockError

LOOK_INTERVAL_S = 2.0


def wait_for(
    child: Child, name: str, *, hung_after_s: float, most_s: float, look: Callable[[], None] | None
) -> Exit:
    """How it ended. Now and then `look` is called meanwhile, and may raise.

    Raises `BlockError` where it has done nothing for `hung_after_s`, or where that cannot be seen
    and it takes longer than `most_s`; it is killed then.
    """
    progress, still_s = Progress(child.pid), 0.0
    deadline_s = time.monotonic() + most_s
    while (ended := child.wait(LOOK_INTERVAL_S)) is None:
        moved = progress.moved()
        # Looks are counted, and no clock is asked: what stops the machine stops bench and engine.
        still_s = still_s + LOOK_INTERVAL_S if moved is False else 0.0
        if still_s >= hung_after_s:
            child.close()
            raise BlockError(f"{name} did nothing for {hung_after_s:g} s, and was stopped.")
        if moved is None and time.monotonic() >= deadline_s:
            child.close()
            raise BlockError(f"{name} did not end within {most_s:g} s, and was stopped.")
        if look:
            look()
    return ended
