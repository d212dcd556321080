"""Removes what is installed, so that nothing half removed is ever taken for whole."""

import contextlib
import secrets
import shutil
import sys
from collections.abc import Iterator

from bench.installed.found import ASIDE, Installed
from bench.process.folder_lock import FolderLock


@contextlib.contextmanager
def unused(thing: Installed) -> Iterator[bool]:
    """Whether nobody uses it now, which stays so for as long as the block lasts.

    Not what this process runs in, and nothing where a file system knows no locks.
    Raises `OSError` where it is gone.
    """
    with contextlib.ExitStack() as stack:
        locks = [stack.enter_context(FolderLock(folder)) for folder in thing.locks]
        yield str(thing.path) != sys.prefix and all(lock.own_if_free() for lock in locks)


def remove(thing: Installed) -> None:
    """Remove it: first what says that it is ready, then its name, then what it holds.

    Raises `OSError` where that cannot be, with where what is left of it lies.
    """
    aside = thing.path.with_name(f"{ASIDE}{secrets.token_hex(4)}")
    for file in thing.before:
        file.unlink(missing_ok=True)
    thing.path.rename(aside)
    try:
        if aside.is_dir():
            shutil.rmtree(aside)
        else:
            aside.unlink()
    except OSError as error:
        error.filename = str(aside)
        raise
