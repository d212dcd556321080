"""Ends the bench when nobody is left who waits for it.

nox dies of a TERM without a word to what it runs, and of a closed terminal the kernel
tells only the first process in it, which may be make, and make waits. The bench would
go on for minutes.
"""

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

# Set by the noxfile to its own process id. Where it is not set, the parent is not watched:
# a bench that a shell started may outlive it, as with nohup.
PARENT = "VIEWLAB_PARENT"
INTERVAL_S = 0.5


def end_when_alone(*, ending: Callable[[], bool] = lambda: False) -> None:
    """Send this process a TERM once its named parent, or the terminal it prints to, is gone.

    Unless it is `ending` by then: a second signal means to hurry.
    """
    named = os.environ.pop(PARENT, "")
    parent = int(named) if named == str(os.getppid()) else None
    terminal = sys.stdout.fileno() if sys.stdout.isatty() else None
    if parent is not None or terminal is not None:
        # Where there is no thread to be had, nobody is watched.
        with contextlib.suppress(RuntimeError):
            threading.Thread(target=_watch, args=(parent, terminal, ending), daemon=True).start()


def _watch(parent: int | None, terminal: int | None, ending: Callable[[], bool]) -> None:
    while (parent is None or os.getppid() == parent) and (terminal is None or os.isatty(terminal)):
        time.sleep(INTERVAL_S)
    if not ending():
        os.kill(os.getpid(), signal.SIGTERM)
