"""Starting a target's server, knowing when it is ready, and stopping it."""

import contextlib
import dataclasses
import os
import random
import re
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.process.cancellation import Cancellation
from bench.process.child import Child
from bench.process.log import last_lines, trim
from bench.process.tree import group
from bench.target.target import Target
from lab.errors import BlockError
from lab.paths import ENVIRONMENTS

HOST = "127.0.0.1"
START_TIMEOUT_S = 30.0
START_ATTEMPTS = 3

# A server's port may be open long before it can serve: gunicorn opens it before it has a worker.
# All of its processes have started once for so long none came or went, none was at work, and
# together they took less CPU time than this; servers that are idle look after their workers.
QUIET_S = 0.3
QUIET_CPU_S = 0.04
# From its first connection on. What is at work for ever is taken as it is then.
SETTLE_TIMEOUT_S = 15.0
# Between two looks at something that another process does; nothing waits on it.
LOOK_INTERVAL_S = 0.03

# What says that a process is at work, or waits for a disk. On macOS an idle one says it too.
BUSY = {psutil.STATUS_RUNNING, psutil.STATUS_DISK_SLEEP} if sys.platform == "linux" else set[str]()

# Below the range from which kernels take the ports of outgoing connections: between the
# moment a port is found free and the server's bind, the upstream's clients cannot take it.
PORTS = range(10_000, 32_000)

# Not for servers: proxies, other trust stores, and what changes Python or a server behind
# the manifest's back.
UNWANTED = re.compile(
    r"(.+_proxy|SSL_CERT_DIR|SSLKEYLOGFILE|CURL_CA_BUNDLE|PYTHON.*|VIRTUAL_ENV|DJANGO_SETTINGS_MODULE"
    r"|GUNICORN_CMD_ARGS|VIEWLAB_.*|WEB_CONCURRENCY|UVICORN_.*|GRANIAN_.*)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Server:
    """A target that accepts connections on the loopback.

    `settled` is whether all of its workers are known to have started.
    """

    target: Target
    port: int
    log: Path
    child: Child
    settled: bool = True

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}{self.target.manifest.path}"

    @property
    def doubt(self) -> str | None:
        """What cannot be known of it, if anything, to follow on its name."""
        if self.settled:
            return None
        return (
            f"was still at work {SETTLE_TIMEOUT_S:g} s after it listened: whether all of its "
            f"workers had started is not known."
        )

    def trouble(self) -> str | None:
        """What happened where the server is gone; None while it runs."""
        exit_ = self.child.wait(0)
        if not exit_:
            return None
        killed = exit_.code == -signal.SIGKILL
        why = " Where nobody killed it, the kernel did, as memory ran out." if killed else ""
        return f"stopped ({exit_}).{why} {last_lines(self.log)}"


def server_environment(
    inherited: Mapping[str, str], bin_folder: Path, given: Mapping[str, str]
) -> dict[str, str]:
    """What a server finds in its environment: what the bench inherited, less what misleads.

    Programs in `bin_folder` come first, and `given` wins over what was inherited.
    """
    kept = {name: value for name, value in inherited.items() if not UNWANTED.fullmatch(name)}
    path = f"{bin_folder}{os.pathsep}{inherited.get('PATH', os.defpath)}"
    return {**kept, "PATH": path, **given}


@contextlib.contextmanager
def serving(
    target: Target,
    env: Mapping[str, str],
    log: Path,
    *,
    cores: Sequence[int] | None = None,
    cancellation: Cancellation | None = None,
) -> Iterator[Server]:
    """The target, served by all of its workers, for as long as the block lasts.

    With `cores` its processes run on these CPUs alone. When the block ends it has time to end,
    unless `cancellation` is urgent by then.
    Raises `BlockError` with the last lines of its log where it does not come up, and where it
    listens beyond the loopback.
    """
    for attempt in range(1, START_ATTEMPTS + 1):
        port = free_port()
        command = target.manifest.command(HOST, port)
        # One that is named by its path may lie in the target's folder.
        named = str(target.folder / command[0]) if "/" in command[0] else command[0]
        program = shutil.which(named, path=env["PATH"])
        if program is None:
            raise BlockError(target.no_program(command[0]))
        command[0] = program
        with (
            log.open("ab") as output,
            Child(
                command,
                output=output,
                cwd=target.folder,
                env=env,
                cores=cores,
                cancellation=cancellation,
            ) as child,
        ):
            server = Server(target, port, log, child)
            if not _wait_until_listening(server):
                if attempt < START_ATTEMPTS:
                    continue
                raise BlockError(
                    f"{target.name}: port {port} was taken by another process, and so were "
                    f"{attempt - 1} before it."
                )
            settled = _wait_until_settled(server)
            require_loopback(server)
            yield dataclasses.replace(server, settled=settled)
            return


def free_port() -> int:
    """A port of the loopback that nobody listens on. Raises `BlockError` where there is none."""
    for port in random.sample(PORTS, 200):
        if _is_free(port):
            return port
    raise BlockError(f"200 ports tried between {PORTS.start} and {PORTS.stop}: all are taken.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            probe.bind((HOST, port))
            return True
    return False


def _wait_until_listening(server: Server) -> bool:
    """Wait for the server's own listener; False where another process has taken the port.

    Raises `BlockError` where it ends, listens beyond the loopback, or takes too long.
    """
    name = server.target.name
    deadline_s = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline_s:
        if not server.child.running():
            if not _is_free(server.port):
                return False
            raise _stopped_early(server)
        if _accepts(server.port):
            if not _hosts(server):
                return False
            require_loopback(server)
            return True
        trim(server.log)
        server.child.wait(LOOK_INTERVAL_S)
    if elsewhere := _hosts(server):
        raise BlockError(
            f"{name} listens on {elsewhere[0]}, where {HOST} does not reach it. "
            f"Put {{host}} into 'serve' in {server.target.table}."
        )
    raise BlockError(
        f"{name} did not listen on port {server.port} within {START_TIMEOUT_S:g} s. "
        f"{last_lines(server.log)}"
    )


def _stopped_early(server: Server) -> BlockError:
    return BlockError(
        f"{server.target.name} stopped before it was ready ({server.child.exit}). "
        f"{last_lines(server.log)}"
    )


def _wait_until_settled(server: Server) -> bool:
    """Wait until nothing of the server is at work; whether that came to be in time.

    A worker that waits for something else than the CPU or a disk before it serves, the network
    say, looks like one that waits for requests.
    Raises `BlockError` where it ends.
    """
    deadline_s = time.monotonic() + SETTLE_TIMEOUT_S
    quiet_since_s, before_s = time.monotonic(), _at_work(server.child.pid)[1]
    while time.monotonic() < deadline_s:
        server.child.wait(LOOK_INTERVAL_S)
        if not server.child.running():
            raise _stopped_early(server)
        trim(server.log)
        busy, used_s = _at_work(server.child.pid)
        spent_s = sum(used_s.values()) - sum(before_s.values())
        if busy or used_s.keys() != before_s.keys() or spent_s > QUIET_CPU_S:
            quiet_since_s, before_s = time.monotonic(), used_s
        elif time.monotonic() - quiet_since_s >= QUIET_S:
            return True
    return False


def _at_work(leader: int) -> tuple[bool, dict[int, float]]:
    """Whether any process of a server is at work right now, and the CPU seconds of each so far."""
    busy, used_s = False, {}
    for process in _processes(leader):
        with contextlib.suppress(psutil.Error), process.oneshot():
            times = process.cpu_times()
            used_s[process.pid] = times.user + times.system
            busy = busy or process.status() in BUSY
    return busy, used_s


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def require_loopback(server: Server) -> None:
    """Raise `BlockError` where any process of the server listens beyond the loopback, on any port.

    On macOS what has left the server's group is not looked at.
    """
    name = server.target.name
    for host, port in _listeners(server.child.pid):
        if _is_loopback(host):
            continue
        if port == server.port:
            raise BlockError(
                f"{name} listens on {host}, beyond the loopback. "
                f"Put {{host}} into 'serve' in {server.target.table}."
            )
        raise BlockError(
            f"{name} listens on {host}, beyond the loopback, on a port of its own, {port}. Have it "
            f"listen on {HOST} there, or not at all, by 'serve' in {server.target.table} or its "
            f"settings."
        )


def _hosts(server: Server) -> list[str]:
    """The addresses at which the server listens on its port."""
    return [host for host, port in _listeners(server.child.pid) if port == server.port]


def _listeners(leader: int) -> list[tuple[str, int]]:
    """Host and port of every TCP listener of a server, each once."""
    found: dict[tuple[str, int], None] = {}
    for process in _processes(leader):
        with contextlib.suppress(psutil.Error):
            for connection in process.net_connections(kind="tcp"):
                if connection.status == psutil.CONN_LISTEN:
                    found[connection.laddr.ip, connection.laddr.port] = None
    return list(found)


def _processes(leader: int) -> list[psutil.Process]:
    """All that came of a server: on Linux its keeper has adopted what left its group."""
    with contextlib.suppress(psutil.Error):
        keeper = psutil.Process(leader).parent()
        if keeper and keeper.ppid() == os.getpid():
            return group(keeper.pid)[1:]
    return group(leader)


def _is_loopback(host: str) -> bool:
    return host.startswith("127.") or host in ("::1", "::ffff:127.0.0.1")


def fresh_log(target: Target) -> Path:
    """Where the server prints to: beside its environment, so that it is there to be read."""
    log = ENVIRONMENTS / f"{target.slug}.log"
    log.write_bytes(b"")
    return log
