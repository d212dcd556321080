"""Where a server listens: on the loopback alone, whatever the port and the process."""

import os
import socket
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.serving.server import Server, require_loopback, serving
from bench.target.manifest import Manifest
from bench.target.target import Target
from lab.errors import BlockError

SERVER = """
import os, socket, sys, time

def listen(host, port=0):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen()
    listener.setblocking(True)
    KEPT.append(listener)

def in_child(what):
    done, told = os.pipe()
    if os.fork() == 0:
        what()
        os.write(told, b"!")
        while True:
            time.sleep(60)
    os.read(done, 1)

def in_daemon(what):
    done, told = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            what()
            os.write(told, b"!")
            while True:
                time.sleep(60)
        os._exit(0)
    os.wait()
    os.read(done, 1)

KEPT = []
{code}
listen("127.0.0.1", int(sys.argv[1]))
while True:
    connection, _ = KEPT[-1].accept()
    connection.close()
"""


@pytest.fixture
def target(tmp_path: Path) -> Callable[[str], Target]:
    """A target whose server runs these lines before it listens on its port."""

    def make(code: str) -> Target:
        (tmp_path / "server.py").write_text(SERVER.replace("{code}", textwrap.dedent(code)))
        serve = f"{sys.executable} server.py {{port}}"
        return Target("one", tmp_path, Manifest(title="One", serve=serve, path="/"))

    return make


def refusal(target: Target) -> str:
    log = target.folder / "log"
    with pytest.raises(BlockError) as caught, serving(target, dict(os.environ), log):
        pass
    return str(caught.value)


@pytest.mark.parametrize(
    ("code", "host"),
    [
        ("listen('0.0.0.0')", "0.0.0.0"),  # noqa: S104 - what is to be refused
        ("listen('::')", "::"),
        ("in_child(lambda: listen('0.0.0.0'))", "0.0.0.0"),  # noqa: S104
        ("in_daemon(lambda: listen('0.0.0.0'))", "0.0.0.0"),  # noqa: S104
    ],
    ids=["leader", "ipv6", "child", "daemon"],
)
@pytest.mark.quick("leader", "child", "daemon")
def test_a_second_port_beyond_the_loopback_is_refused(
    target: Callable[[str], Target], code: str, host: str
) -> None:
    said = refusal(target(code))
    first, _, rest = said.partition(", on a port of its own, ")
    assert first == f"one listens on {host}, beyond the loopback"
    port, _, advice = rest.partition(". ")
    assert port.isdigit()
    assert advice == (
        "Have it listen on 127.0.0.1 there, or not at all, by 'serve' in its [tool.bench] or its "
        "settings."
    )


def test_other_ports_of_the_loopback_are_its_own_business(
    target: Callable[[str], Target],
) -> None:
    made = target("listen('127.0.0.1')\nlisten('::1')\nin_child(lambda: listen('127.0.0.2'))")
    with serving(made, dict(os.environ), made.folder / "log") as server:
        assert isinstance(server, Server)
        require_loopback(server)


def test_a_port_that_is_opened_later_is_seen_when_it_is_looked_for_again(
    target: Callable[[str], Target],
) -> None:
    made = target(
        """
        accept = socket.socket.accept
        def taken(listener):
            connection, address = accept(listener)
            if connection.recv(4) == b"open":
                before = KEPT[-1]
                listen("0.0.0.0")
                KEPT.append(before)
                connection.sendall(b"done")
            return connection, address
        socket.socket.accept = taken
        """
    )
    with serving(made, dict(os.environ), made.folder / "log") as server:
        require_loopback(server)
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(b"open")
            assert connection.recv(4) == b"done"
        with pytest.raises(BlockError, match=r"on a port of its own, \d+\. "):
            require_loopback(server)
