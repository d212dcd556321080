"""Child processes that do not outlive the bench.

The one place where the bench starts processes, but for its janitor (`bench.process.scratch`). Each
runs in a process group of its own under a keeper (`bench.process.keeper`), with an argument list,
never a shell.
"""

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from bench.process import mark
from bench.process.cancellation import Cancellation
from lab.errors import BlockError

KEEPER = Path(__file__).with_name("keeper.py")

# Time between TERM and KILL.
STOP_TIMEOUT_S = 10.0

# Time until the whole group gets a TERM: a worker that was still starting has missed its
# master's, and gunicorn waits 30 s for it, granian for ever.
TERM_GROUP_AFTER_S = 3.0


class StartError(BlockError):
    """A command that cannot be started: it is not there, or may not be run."""


@dataclass(frozen=True)
class Exit:
    """How a child ended: `code` is negative for a signal; `cpu_s` is its own and its waited-for
    children's user and system time."""

    code: int
    cpu_s: float

    def __str__(self) -> str:
        return f"signal {-self.code}" if self.code < 0 else f"exit code {self.code}"


class Child:
    """A running command, from start to the end of the last process in its group.

    `output` takes what it prints, on both streams; with `errors` only standard output.
    With `channel`, its standard input is a socket whose other end is `self.channel`;
    else it is empty. With `cores`, it and all that it starts run on these CPUs alone (Linux).
    Once `cancellation` is urgent, `stop` waits for nothing.
    Use as a context manager: leaving it stops the command.
    Raises `StartError` where the command cannot be started.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        output: IO[Any],
        errors: IO[Any] | None = None,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        channel: bool = False,
        cores: Sequence[int] | None = None,
        cancellation: Cancellation | None = None,
    ) -> None:
        self.command = tuple(command)
        self.pid = 0
        self.exit: Exit | None = None
        self._cancellation = cancellation or Cancellation()
        self.channel: socket.socket | None = None
        self._unread = b""
        status_r, status_w = os.pipe()
        self._status = status_r
        theirs: socket.socket | None = None
        if channel:
            self.channel, theirs = socket.socketpair()
        stdin_fd = theirs.fileno() if theirs else -1
        cpus = ",".join(map(str, cores or ()))
        try:
            self._keeper = subprocess.Popen(
                [sys.executable, "-I", "-S", KEEPER, str(status_w), str(stdin_fd), cpus, *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=errors or output,
                cwd=cwd,
                env=mark.marked(env),
                pass_fds=(status_w, stdin_fd) if theirs else (status_w,),
                start_new_session=True,
            )
        except BaseException as error:
            os.close(status_r)
            if isinstance(error, OSError):  # its folder is gone, or no process is to be had
                raise StartError(f"{command[0]} cannot be started: {error}.") from None
            raise
        finally:
            os.close(status_w)
            if theirs:
                theirs.close()
        self._session = mark.note_session(self._keeper.pid)
        try:
            word, _, rest = self._line(None).partition(" ")
        except BaseException:
            self.close()
            raise
        if word != "started":
            self.close()
            raise StartError(f"{command[0]} cannot be started: {rest or 'its keeper died'}.")
        self.pid = int(rest)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def wait(self, timeout_s: float | None = None) -> Exit | None:
        """How it ended, or None where it still runs after `timeout_s` (None: wait for ever)."""
        if self.exit is None and (line := self._line(timeout_s)):
            _, code, cpu_s = line.split()
            self.exit = Exit(int(code), float(cpu_s))
        return self.exit

    def running(self) -> bool:
        return self.wait(0) is None

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> None:
        """TERM, after a while to the whole group; wait, then KILL what is left of it, and wait."""
        first_s = min(TERM_GROUP_AFTER_S, timeout_s)
        try:
            for order, wait_s in ((b"T", first_s), (b"G", timeout_s - first_s)):
                if self.running():
                    with contextlib.suppress(BrokenPipeError):
                        self._orders.write(order)
                        self._orders.flush()
                    self.wait(0 if self._cancellation.urgent else wait_s)
        finally:
            self.close()

    def close(self) -> None:
        """KILL the group now and wait for its end."""
        with contextlib.suppress(BrokenPipeError):
            self._orders.close()
        if self.channel:
            self.channel.close()
        if self._keeper.wait() and self.pid:
            # The keeper was killed: what it kept is orphaned, but still a group.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
        if self._status >= 0:
            with contextlib.suppress(ValueError):
                self.wait(0)
            os.close(self._status)
            self._status = -1
        mark.forget_session(self._session)

    @property
    def _orders(self) -> IO[bytes]:
        if self._keeper.stdin is None:
            raise RuntimeError("the keeper has no pipe")
        return self._keeper.stdin

    def _line(self, timeout_s: float | None) -> str:
        """The keeper's next line; empty after `timeout_s`, or where it has died."""
        deadline_s = None if timeout_s is None else time.monotonic() + timeout_s
        while b"\n" not in self._unread:
            left_s = None if deadline_s is None else max(0.0, deadline_s - time.monotonic())
            if self._status < 0 or not select.select([self._status], [], [], left_s)[0]:
                return ""
            data = os.read(self._status, 4096)
            if not data:
                return "ended -9 0" if self.pid else ""
            self._unread += data
        line, _, self._unread = self._unread.partition(b"\n")
        return line.decode()


def run(
    command: Sequence[str],
    *,
    output: IO[Any],
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout_s: float | None = None,
) -> Exit | None:
    """Run a command to its end. None where it took longer than `timeout_s`, and was killed.

    Raises `StartError` where it cannot be started.
    """
    with Child(command, output=output, cwd=cwd, env=env) as child:
        ended = child.wait(timeout_s)
        if ended is None:
            child.close()
        return ended
