"""A run's turn: two at once would disturb each other."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.process.folder_lock import FolderLock
from lab.files.folder import make_folder, not_writable
from lab.paths import shown


@contextlib.contextmanager
def measuring_into(results: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Have `results`, which is made where it is not there, for one run alone.

    Waits for one that is under way: two at once would disturb each other's figures.
    Raises `UsageError` where the folder cannot be made.
    """

    def wait() -> None:
        say(f"Another run is being measured into {shown(results)}: waiting for it to end.")

    try:
        if not results.exists():
            make_folder(results)
        held = FolderLock(results)
    except OSError as error:
        raise not_writable(results, error) from None
    with held:
        held.own(wait)
        yield
