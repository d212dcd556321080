"""Starts one command in a process group of its own, and kills all that came of it when told
or orphaned.

Run as a script, with nothing but the standard library, so that it starts in
milliseconds: `python -I -S keeper.py STATUS_FD STDIN_FD CPUS COMMAND...`.
CPUS, numbers with commas between, are those it runs on; the command inherits them. Empty,
nothing is pinned.

Standard input is a pipe from the bench. A `T` on it sends the command a TERM, a `G` its whole
group; its end, which comes when the bench closes it or dies in whatever way, kills the group.
Servers' workers outlive a killed master, but not this. On Linux neither does a process that
left the group (`setsid`, as daemons do): orphans become children of this one. Where this one is
killed, the kernel kills the command; but not its workers, which the bench does, or the next one.

To STATUS_FD it writes `started PID`, or `failed REASON`, and when the command has ended, and
what it left is gone, `ended CODE CPU_S` (CODE as `subprocess` gives it, negative for a signal).
"""

import contextlib
import errno
import os
import select
import signal
import sys
from collections.abc import Callable

ORDERS = 0

# From <linux/prctl.h>.
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def main() -> None:
    status, stdin, cpus, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:]
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    wake = _wake_on_child()
    os.set_inheritable(status, False)  # noqa: FBT003 - the function takes no keyword
    try:
        control = _process_control()
        control(PR_SET_CHILD_SUBREAPER, 1)
        _pin(cpus)
        pid = _spawn(command, stdin, control)
    except OSError as error:
        _say(status, f"failed {error.strerror}")
        return
    _say(status, f"started {pid}")
    running = True
    while True:
        ready, _, _ = select.select([ORDERS, wake], [], [])
        if wake in ready:
            os.read(wake, 4096)
            running = running and not _reap(pid, status, os.WNOHANG)
        if ORDERS in ready:
            order = os.read(ORDERS, 1)
            if not order:
                break
            if order == b"T" and running:
                os.kill(pid, signal.SIGTERM)
            if order == b"G" and running:
                _signal_group(pid, signal.SIGTERM)
    if running:
        _signal_group(pid, signal.SIGKILL)
        _reap(pid, status, 0)
    _kill_children()


def _process_control() -> Callable[[int, int], object]:
    """`prctl`, where there is such a thing; else what does nothing."""
    if sys.platform == "linux":
        with contextlib.suppress(ImportError, OSError, AttributeError):
            import ctypes  # noqa: PLC0415 - elsewhere it would be loaded for nothing

            prctl = ctypes.CDLL(None).prctl
            return lambda option, value: prctl(option, value, 0, 0, 0)
    return lambda _option, _value: None


def _pin(cpus: str) -> None:
    if cpus and sys.platform == "linux":
        try:
            os.sched_setaffinity(0, map(int, cpus.split(",")))
        except OSError as error:
            raise OSError(error.errno, f"CPUs {cpus} cannot be used: {error.strerror}") from None


def _spawn(command: list[str], stdin: int, control: Callable[[int, int], object]) -> int:
    """Start the command; its process id. Raises `OSError` where it cannot be started.

    A fork, for `posix_spawn` cannot have the kernel kill the command with this process. There is
    one thread here, so what runs between fork and exec may be Python.
    """
    if stdin < 0:
        stdin = os.open(os.devnull, os.O_RDONLY)
    # Closed by the exec; before that it carries the number of what went wrong.
    readable, writable = os.pipe()
    keeper = os.getpid()
    pid = os.fork()
    if not pid:
        _become(command, stdin, writable, keeper, control)
    os.close(stdin)
    os.close(writable)
    with open(readable, "rb") as file:  # noqa: PTH123
        trouble = file.read()
    if trouble:
        os.waitpid(pid, 0)
        raise OSError(int(trouble), os.strerror(int(trouble)))
    return pid


def _become(
    command: list[str],
    stdin: int,
    trouble: int,
    keeper: int,
    control: Callable[[int, int], object],
) -> None:
    number = errno.EINVAL
    try:
        os.setpgid(0, 0)
        control(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != keeper:  # it was killed before it could take this with it
            os._exit(1)
        os.dup2(stdin, 0)
        os.close(stdin)
        # What is ignored stays ignored in the child: this ignores three, Python SIGPIPE.
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(name, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        os.execve(command[0], command, os.environ)  # noqa: S606
    except OSError as error:
        number = error.errno or number
    finally:
        with contextlib.suppress(OSError):
            os.write(trouble, str(number).encode())
        os._exit(1)


def _wake_on_child() -> int:
    """A file descriptor that becomes readable when a child ends."""
    readable, writable = os.pipe()
    os.set_blocking(writable, False)
    signal.set_wakeup_fd(writable)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return readable


def _reap(pid: int, status: int, options: int) -> bool:
    """Wait for what has ended, orphans too. Where it is the command: kill what it left, and say so.

    With `WNOHANG` in `options` only for what has ended by now.
    """
    ended = 0
    while ended != pid:
        ended, code, usage = os.wait4(-1, options)
        if not ended:
            return False
    # At once, while nobody else can have been given the group's id.
    _signal_group(pid, signal.SIGKILL)
    _kill_children()
    cpu_s = usage.ru_utime + usage.ru_stime
    _say(status, f"ended {os.waitstatus_to_exitcode(code)} {cpu_s:.6f}")
    return True


def _signal_group(pid: int, signum: int) -> None:
    # macOS refuses where all that is left of a group has ended.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signum)


def _kill_children() -> None:
    """Kill adopted processes too, and what they leave, but for those of other users."""
    spared: set[int] = set()
    while children := set(_children()) - spared:
        for child in children:
            try:
                os.kill(child, signal.SIGKILL)
            except PermissionError:
                spared.add(child)
            except ProcessLookupError:
                continue
        # What was theirs is an orphan now, and among the children in the next turn.
        for child in children - spared:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(child, 0)


def _children() -> list[int]:
    """This process's children: on Linux adopted ones too, and none elsewhere."""
    found = []
    for entry in os.listdir("/proc") if sys.platform == "linux" else ():  # noqa: PTH208 - pathlib takes long to import
        if entry.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{entry}/stat", "rb") as file:  # noqa: PTH123
                # After the command's name, in brackets, which may hold any bytes: state, parent.
                if int(file.read().rpartition(b")")[2].split()[1]) == os.getpid():
                    found.append(int(entry))
    return found


def _say(status: int, message: str) -> None:
    with contextlib.suppress(BrokenPipeError):
        os.write(status, f"{message}\n".encode())


if __name__ == "__main__":
    main()
