"""Removes what a run needs for as long as it lasts, also where the bench is killed.

Run as a script, with nothing but the standard library: `python -I -S janitor.py FOLDER
[RUN]`. Standard input is a pipe from the bench. When it closes, the FOLDER goes, and in the
folder RUN and below it everything whose writer was cut off.

A writer holds a lock on what it writes, so that it is known to live also where its process
cannot be seen, as that of another container that shares the folder.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import sys
import time

ATTEMPTS = 20
# Servers and the page's process, which the bench takes with it, may need a moment to end.
PAUSE_S = 0.05

SUFFIX = ".partial"


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


def hold(descriptor: int, path: str) -> bool:
    """Have a janitor leave alone what was opened at `path`, until it is closed.

    False where one has removed it before. Where a file system knows no locks, janitors remove
    nothing.
    """
    with contextlib.suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        return os.path.samestat(os.lstat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def sweep(run: str) -> bool:
    """Remove below a folder what was being written by who has ended; whether there was anything."""
    left = _partials(run)
    for path in left:
        with contextlib.suppress(OSError):
            _remove(path)
    return bool(left)


def _partials(run: str) -> list[str]:
    """What `lab.files.folder` is writing below a folder: `.NAME.WORD.partial`, folders too."""
    return [
        os.path.join(parent, name)  # noqa: PTH118
        for parent, folders, names in os.walk(run)
        for name in folders + names
        if name.startswith(".") and name.endswith(SUFFIX)
    ]


def _remove(path: str) -> None:
    """Remove what nobody holds. Raises `OSError` where somebody does, or that is not known."""
    if os.path.islink(path):  # noqa: PTH114
        os.unlink(path)  # noqa: PTH108
        return
    is_folder = os.path.isdir(path)  # noqa: PTH112
    descriptor = os.open(path, os.O_RDONLY if is_folder else os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if is_folder:
            shutil.rmtree(path)
        else:
            os.unlink(path)  # noqa: PTH108
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    main()
