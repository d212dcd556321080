"""Work that is given up where it takes too long, whatever it waits for."""

import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


def within(timeout_s: float, work: Callable[[], Result]) -> Result:
    """What `work` gives. It runs in a thread; what it raises is raised here.

    Raises `TimeoutError` where it takes longer than `timeout_s` in all. A socket's own time-out
    is for each read of it, and a peer may send a byte for each. Work that was given up goes on
    until what it waits for ends; no process lives on for it.
    """
    done: list[Result] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work())
        except BaseException as error:  # noqa: BLE001 - raised below
            failed.append(error)

    thread = threading.Thread(target=run, name=f"within {timeout_s:g} s", daemon=True)
    thread.start()
    thread.join(timeout_s)
    if failed:
        raise failed[0]
    if not done:
        raise TimeoutError(f"not done within {timeout_s:g} s")
    return done[0]
