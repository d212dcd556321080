"""Ends the bench when the process that started it is gone.

nox dies of a TERM without a word to what it runs. The bench would go on for minutes,
with nobody left who waits for it.
"""

import os
import signal
import threading
import time

# Set by the noxfile to its own process id. Not set, nobody is watched: a bench started
# from a shell may outlive it, as with nohup.
PARENT = "VIEWLAB_PARENT"
INTERVAL_S = 0.5


def end_with_parent() -> None:
    """Where a parent is named, send this process a TERM once it is another one's child."""
    parent = os.environ.pop(PARENT, "")
    if parent == str(os.getppid()):
        threading.Thread(target=_watch, args=(int(parent),), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(INTERVAL_S)
    os.kill(os.getpid(), signal.SIGTERM)
