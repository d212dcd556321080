"""Removes what a run needs for as long as it lasts, also where the bench is killed.

Run as a script, with nothing but the standard library: `python -I -S janitor.py FOLDER
[RUN]`. Standard input is a pipe from the bench. When it closes, the FOLDER goes, and in the
folder RUN and below it every file whose writer was cut off.
"""

import contextlib
import os
import shutil
import signal
import sys
import time

ATTEMPTS = 20
# Servers and the page's process, which the bench takes with it, may need a moment to end.
PAUSE_S = 0.05


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    folder, *runs = sys.argv[1:]
    while os.read(0, 1):
        pass
    for _ in range(ATTEMPTS):
        shutil.rmtree(folder, ignore_errors=True)
        left = [sweep(run) for run in runs]
        if not any(left) and not os.path.exists(folder):  # noqa: PTH110 - pathlib takes long to import
            break
        time.sleep(PAUSE_S)


def sweep(run: str) -> bool:
    """Remove below a folder what was being written by who has ended; whether there was anything."""
    left = _partials(run)
    for path in left:
        if not _lives(path):
            with contextlib.suppress(OSError):
                os.unlink(path)  # noqa: PTH108
    return bool(left)


def _partials(run: str) -> list[str]:
    """What `lab.files.folder.write_whole` is writing below a folder: `.NAME.PID.partial`."""
    return [
        os.path.join(parent, name)  # noqa: PTH118
        for parent, _, names in os.walk(run)
        for name in names
        if name.startswith(".") and name.endswith(".partial")
    ]


def _lives(partial: str) -> bool:
    """Whether its writer does: the next bench may be at work in the same folder already."""
    try:
        os.kill(int(partial.split(".")[-2]), 0)
    except (OSError, ValueError):
        return False
    return True


if __name__ == "__main__":
    main()
