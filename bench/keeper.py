"""Starts one command in a process group of its own, and kills that group when told or orphaned.

Run as a script, with nothing but the standard library, so that it starts in
milliseconds: `python -I -S keeper.py STATUS_FD STDIN_FD CPUS COMMAND...`.
CPUS, numbers with commas between, are those it runs on; the command inherits them. Empty,
nothing is pinned.

Standard input is a pipe from the bench. A `T` on it sends the command a TERM; its end,
which comes when the bench closes it or dies in whatever way, kills the group. Servers'
workers outlive a killed master, but not this.

To STATUS_FD it writes `started PID`, or `failed REASON`, and when the command ends
`ended CODE CPU_S` (CODE as `subprocess` gives it, negative for a signal).
"""

import contextlib
import os
import select
import signal
import sys

ORDERS = 0


def main() -> None:
    status, stdin, cpus, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:]
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    wake = _wake_on_child()
    os.set_inheritable(status, False)  # noqa: FBT003 - the function takes no keyword
    try:
        _pin(cpus)
        pid = _spawn(command, stdin)
    except OSError as error:
        _say(status, f"failed {error.strerror}")
        return
    _say(status, f"started {pid}")
    while True:
        ready, _, _ = select.select([ORDERS, wake], [], [])
        if wake in ready:
            os.read(wake, 4096)
        if pid and _reap(pid, status, os.WNOHANG):
            pid = 0
        if ORDERS in ready:
            order = os.read(ORDERS, 1)
            if not order:
                break
            if order == b"T" and pid:
                os.kill(pid, signal.SIGTERM)
    if pid:
        os.killpg(pid, signal.SIGKILL)
        _reap(pid, status, 0)


def _pin(cpus: str) -> None:
    if cpus and sys.platform == "linux":
        try:
            os.sched_setaffinity(0, map(int, cpus.split(",")))
        except OSError as error:
            raise OSError(error.errno, f"CPUs {cpus} cannot be used: {error.strerror}") from None


def _spawn(command: list[str], stdin: int) -> int:
    if stdin < 0:
        stdin = os.open(os.devnull, os.O_RDONLY)
    try:
        return os.posix_spawn(
            command[0],
            command,
            os.environ,
            file_actions=[(os.POSIX_SPAWN_DUP2, stdin, 0)],
            setpgroup=0,
            setsigmask=[],
            # What is ignored stays ignored in the child: this ignores three, Python SIGPIPE.
            setsigdef=[signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE],
        )
    finally:
        os.close(stdin)


def _wake_on_child() -> int:
    """A file descriptor that becomes readable when a child ends."""
    readable, writable = os.pipe()
    os.set_blocking(writable, False)
    signal.set_wakeup_fd(writable)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return readable


def _reap(pid: int, status: int, options: int) -> bool:
    """Where the command has ended: kill what it left of its group, and say how it ended."""
    ended, code, usage = os.wait4(pid, options)
    if not ended:
        return False
    # At once, while nobody else can have been given the group's id.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    _say(status, f"ended {os.waitstatus_to_exitcode(code)} {usage.ru_utime + usage.ru_stime:.6f}")
    return True


def _say(status: int, message: str) -> None:
    with contextlib.suppress(BrokenPipeError):
        os.write(status, f"{message}\n".encode())


if __name__ == "__main__":
    main()
