"""A run's turn: two at once would disturb each other, wherever they write to."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.process.folder_lock import FolderLock
from bench.process.machine_lock import machine_held
from lab.errors import MachineError
from lab.files.folder import make_folder, not_writable
from lab.paths import shown


def waiting(say: Callable[[str], None], *, no_wait: bool = False) -> Callable[[str], None]:
    """What is called with the words for what is in the way, before it is waited for.

    It says so; with `no_wait` it raises `MachineError`.
    """

    def wait(what: str) -> None:
        if no_wait:
            raise MachineError(
                f"{what}, and two at once would disturb each other. Wait until it has ended; "
                f"without --no-wait this does."
            )
        say(f"{what}: waiting for it to end.")

    return wait


@contextlib.contextmanager
def on_machine(say: Callable[[str], None], *, no_wait: bool = False) -> Iterator[None]:
    """Have this machine for what loads or serves, for as long as the block lasts.

    Waits for a run that has it. Raises `MachineError` with `no_wait`, or where the lock cannot be
    had.
    """
    with machine_held(waiting(say, no_wait=no_wait), say):
        yield


@contextlib.contextmanager
def measuring_into(
    results: Path, say: Callable[[str], None], *, no_wait: bool = False
) -> Iterator[None]:
    """Have this machine, and `results`, which is made where it is not there, for one run alone.

    Whoever has the folder alone is on another machine that shares it, or sees other temporary
    files. Raises `UsageError` where the folder cannot be made, and what `on_machine` does.
    """

    def wait() -> None:
        waiting(say, no_wait=no_wait)(f"Another run is being measured into {shown(results)}")

    with on_machine(say, no_wait=no_wait):
        try:
            if not results.exists():
                make_folder(results)
            held = FolderLock(results)
        except OSError as error:
            raise not_writable(results, error) from None
        with held:
            held.own(wait)
            yield
