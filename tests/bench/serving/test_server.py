"""The environment a server gets, the end of its log, and a port for it."""

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.process.log import last_lines
from bench.serving import server
from bench.serving.server import HOST, PORTS, free_port, server_environment
from lab.errors import BlockError

# Above the range from which Linux takes the ports of outgoing connections.
CROWDED = range(61_000, 61_200)


def test_a_server_inherits_what_does_not_mislead_it() -> None:
    inherited = {"PATH": "/usr/bin", "HOME": "me", "LANG": "C.UTF-8", "MY_PROXY_HOST": "x"}
    expected = {
        "PATH": f"bin{os.pathsep}/usr/bin",
        "HOME": "me",
        "LANG": "C.UTF-8",
        "MY_PROXY_HOST": "x",
        "SECRET_KEY": "made",
    }
    assert expected == server_environment(inherited, Path("bin"), {"SECRET_KEY": "made"})


@pytest.mark.parametrize(
    "name",
    ["http_proxy", "HTTPS_PROXY", "ALL_PROXY", "no_proxy", "SSL_CERT_DIR", "CURL_CA_BUNDLE",
     "PYTHONPATH", "PYTHONHASHSEED", "PYTHONASYNCIODEBUG", "VIRTUAL_ENV",
     "DJANGO_SETTINGS_MODULE", "GUNICORN_CMD_ARGS", "WEB_CONCURRENCY", "UVICORN_WORKERS",
     "GRANIAN_THREADS"],
)  # fmt: skip
def test_what_changes_a_server_behind_its_manifest_is_not_inherited(name: str) -> None:
    environment = server_environment({"PATH": "/usr/bin", name: "x"}, Path("bin"), {})
    assert environment == {"PATH": f"bin{os.pathsep}/usr/bin"}


def test_what_is_given_wins_over_what_is_inherited() -> None:
    inherited = {"PATH": "/usr/bin", "SSL_CERT_FILE": "theirs", "REQUESTS_CA_BUNDLE": "theirs"}
    given = {"SSL_CERT_FILE": "ours", "REQUESTS_CA_BUNDLE": "ours"}
    environment = server_environment(inherited, Path("bin"), given)
    assert environment == {"PATH": f"bin{os.pathsep}/usr/bin", **given}


def test_without_a_path_the_systems_default_is_taken() -> None:
    environment = server_environment({}, Path("bin"), {})
    assert environment == {"PATH": f"bin{os.pathsep}{os.defpath}"}


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A log in the current folder that does not exist yet."""
    monkeypatch.chdir(tmp_path)
    return Path("server.log")


def test_a_log_is_quoted_by_its_last_lines(log: Path) -> None:
    log.write_text("".join(f"line {number}\n" for number in range(1, 31)))
    assert last_lines(log, 2) == "Last lines of server.log:\nline 29\nline 30"
    assert last_lines(log).splitlines()[1:] == [f"line {number}" for number in range(6, 31)]


def test_a_short_log_is_quoted_whole_without_blank_ends(log: Path) -> None:
    log.write_text("\n\none\n\ntwo\n\n\n")
    assert last_lines(log) == "Last lines of server.log:\none\n\ntwo"


@pytest.mark.parametrize("content", [None, b"", b" \n\n"], ids=["missing", "empty", "blank"])
def test_a_log_with_nothing_in_it_is_said_to_be_empty(log: Path, content: bytes | None) -> None:
    if content is not None:
        log.write_bytes(content)
    assert last_lines(log) == "It printed nothing to server.log."


def test_bytes_that_are_no_text_do_not_hide_the_rest(log: Path) -> None:
    log.write_bytes(b"\xff started\nfailed\n")
    expected = "Last lines of server.log:\n\N{REPLACEMENT CHARACTER} started\nfailed"
    assert expected == last_lines(log)


def test_of_a_huge_log_only_the_end_is_read(log: Path) -> None:
    log.write_bytes(b"x" * 10_000_000 + b"\nthe reason\n")
    first, middle, last = last_lines(log).splitlines()
    assert (first, last) == ("Last lines of server.log:", "the reason")
    assert middle == "x" * 300 + " ..."


def test_control_codes_in_a_log_do_nothing_to_the_terminal(log: Path) -> None:
    log.write_text("\x1b[2Jgone\tand\x07 done\n")
    assert last_lines(log) == "Last lines of server.log:\n [2Jgone and  done"


def test_a_free_port_can_be_listened_on_and_is_below_those_of_outgoing_calls() -> None:
    port = free_port()
    assert port in PORTS
    assert PORTS.stop <= 32_000
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen()


@pytest.fixture
def crowded() -> Iterator[range]:
    """200 ports on which somebody listens."""
    with contextlib.ExitStack() as stack:
        for port in CROWDED:
            listener = stack.enter_context(socket.socket())
            with contextlib.suppress(OSError):  # then another one listens there: as good
                listener.bind((HOST, port))
                listener.listen()
        yield CROWDED


def test_where_every_port_is_taken_that_is_said(
    crowded: range, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "PORTS", crowded)
    with pytest.raises(BlockError) as caught:
        free_port()
    assert str(caught.value) == "200 ports tried between 61000 and 61200: all are taken."
    assert caught.value.exit_code == 1
