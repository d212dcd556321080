"""The upstream as its clients and the bench see it: real TLS, real connections."""

import http.client
import json
import os
import signal
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import certifi
import psutil
import pytest

from bench.process import log as logs
from bench.upstream.client import Upstream, serving
from bench.upstream.draws import latencies_s
from bench.upstream.trust import make_server_context
from lab.errors import UpstreamError
from lab.latency import Latency, Lognormal

FAST = Latency(fixed_ms=5)


@pytest.fixture
def upstream(tmp_path: Path) -> Iterator[Upstream]:
    with serving(FAST, "lab", tmp_path) as running:
        yield running


@pytest.mark.parametrize("ask", [Upstream.ping, lambda it: it.begin("key"), Upstream.read])
def test_its_log_is_cut_whenever_it_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ask: Callable[[Upstream], object]
) -> None:
    """So also in the middle of a load, during which it is asked whether it lives."""
    monkeypatch.setattr(logs, "MOST_BYTES", 100)
    monkeypatch.setattr(logs, "KEPT_BYTES", 10)
    with serving(FAST, "lab", tmp_path) as upstream, upstream.log.open("ab", buffering=0) as log:
        log.write(b"beginning|" + b"x" * 200 + b"|the end.\n")
        ask(upstream)
        assert upstream.log == tmp_path / "upstream.log"
        cut = b"beginning|\n[... 200 bytes left out ...]\n|the end.\n"
        assert upstream.log.read_bytes() == cut


def test_its_log_is_cut_when_it_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MOST_BYTES", 100)
    monkeypatch.setattr(logs, "KEPT_BYTES", 10)
    with serving(FAST, "lab", tmp_path) as upstream, upstream.log.open("ab", buffering=0) as log:
        log.write(b"beginning|" + b"x" * 200 + b"|the end.\n")
    cut = b"beginning|\n[... 200 bytes left out ...]\n|the end.\n"
    assert upstream.log.read_bytes() == cut


def connect(
    upstream: Upstream, trust: Path, host: str = "127.0.0.1"
) -> http.client.HTTPSConnection:
    context = ssl.create_default_context(cafile=str(trust))
    return http.client.HTTPSConnection(host, upstream.port, context=context, timeout=20)


def get(
    connection: http.client.HTTPSConnection, path: str = "/todos/1", **headers: str
) -> tuple[int, bytes]:
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    return response.status, response.read()


def test_it_answers_what_the_articles_api_answers(upstream: Upstream, tmp_path: Path) -> None:
    connection = connect(upstream, tmp_path / "trust.pem")
    connection.request("GET", "/todos/1")
    response = connection.getresponse()
    assert response.status == 200
    assert response.getheader("content-type") == "application/json; charset=utf-8"
    assert json.loads(response.read()) == {
        "userId": 1,
        "id": 1,
        "title": "delectus aut autem",
        "completed": False,
    }
    connection.close()


def test_another_path_is_answered_and_counted_alike(upstream: Upstream, tmp_path: Path) -> None:
    upstream.begin("key")
    connection = connect(upstream, tmp_path / "trust.pem")
    assert get(connection, "/payments/7?full=1") == get(connection, "/todos/1")
    assert upstream.read()[0].calls == 2
    connection.close()


def test_its_certificate_names_localhost_too(upstream: Upstream, tmp_path: Path) -> None:
    connection = connect(upstream, tmp_path / "trust.pem", "localhost")
    assert get(connection)[0] == 200
    connection.close()


def test_a_client_that_does_not_trust_the_lab_is_refused_by_itself(upstream: Upstream) -> None:
    connection = connect(upstream, Path(certifi.where()))
    with pytest.raises(ssl.SSLCertVerificationError):
        get(connection)


def test_trust_certifi_is_certifis_bundle_and_one_more(tmp_path: Path) -> None:
    with serving(FAST, "certifi", tmp_path):
        handed_out = (tmp_path / "trust.pem").read_text()
    bundle = Path(certifi.where()).read_text()
    assert handed_out.startswith(bundle)
    begin = "-----BEGIN CERTIFICATE-----"
    assert handed_out.count(begin) == bundle.count(begin) + 1


def test_trust_lab_is_one_certificate_and_no_key_is_on_disk(tmp_path: Path) -> None:
    with serving(FAST, "lab", tmp_path):
        texts = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert sorted(texts) == ["trust.pem", "upstream.log"]
    assert texts["trust.pem"].count("-----BEGIN") == 1
    assert "PRIVATE" not in texts["trust.pem"]


def test_its_key_is_for_nobody_else_and_soon_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenSSL reads it from a file alone. Whatever the umask is: the file says who may."""
    read: list[tuple[Path, int]] = []
    load = ssl.SSLContext.load_cert_chain

    def loads(context: ssl.SSLContext, path: str) -> None:
        read.append((Path(path), Path(path).stat().st_mode & 0o777))
        load(context, path)

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", loads)
    before = os.umask(0)
    try:
        make_server_context("lab", tmp_path / "trust.pem")
    finally:
        os.umask(before)
    ((key, mode),) = read
    assert mode == 0o600
    assert not key.exists()


def test_it_listens_on_the_loopback_alone(upstream: Upstream) -> None:
    found = psutil.Process(upstream._child.pid).net_connections(kind="inet")
    listening = [each.laddr for each in found if each.status == psutil.CONN_LISTEN]
    assert [(ip, port) for ip, port in listening] == [("127.0.0.1", upstream.port)]


def test_every_call_and_every_connection_is_counted(upstream: Upstream, tmp_path: Path) -> None:
    upstream.begin("key")
    for calls in (3, 1, 2):
        connection = connect(upstream, tmp_path / "trust.pem")
        for _ in range(calls):
            get(connection)
        connection.close()
    seen, _ = upstream.read()
    assert (seen.calls, seen.connections, seen.connections_new) == (6, 3, 3)
    assert (seen.in_flight_max, seen.abandoned) == (1, 0)


@pytest.mark.slow
def test_connections_are_counted_exactly_when_ports_come_round_again(
    upstream: Upstream, tmp_path: Path
) -> None:
    """The kernel gives a client's port out again at once where the server closed first."""
    upstream.begin("key")

    def call() -> None:
        for _ in range(150):
            connection = connect(upstream, tmp_path / "trust.pem")
            get(connection, Connection="close")
            connection.close()

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seen, _ = upstream.read()
    assert (seen.calls, seen.connections, seen.connections_new) == (600, 600, 600)


def test_a_kept_connection_is_new_only_once(upstream: Upstream, tmp_path: Path) -> None:
    connection = connect(upstream, tmp_path / "trust.pem")
    upstream.begin("first")
    get(connection)
    first, _ = upstream.read()
    upstream.begin("second")
    get(connection)
    second, _ = upstream.read()
    assert (first.connections, first.connections_new) == (1, 1)
    assert (second.connections, second.connections_new) == (1, 0)
    connection.close()


def test_calls_that_overlap_are_counted_as_in_flight(tmp_path: Path) -> None:
    with serving(Latency(fixed_ms=300), "lab", tmp_path) as upstream:
        upstream.begin("key")
        clients = [connect(upstream, tmp_path / "trust.pem") for _ in range(7)]
        for client in clients:
            client.request("GET", "/todos/1")
        for client in clients:
            client.getresponse().read()
            client.close()
        seen, _ = upstream.read()
    assert (seen.calls, seen.in_flight_max) == (7, 7)


def test_a_caller_that_goes_away_is_counted_as_abandoned(tmp_path: Path) -> None:
    with serving(Latency(fixed_ms=400), "lab", tmp_path) as upstream:
        upstream.begin("key")
        client = connect(upstream, tmp_path / "trust.pem")
        client.request("GET", "/todos/1")
        while upstream.read()[0].calls == 0:
            os.sched_yield()
        client.close()
        upstream.begin("next")  # waits until nothing is in flight
        seen, _ = upstream.read()
    assert (seen.calls, seen.in_flight_max) == (0, 0)


@pytest.mark.parametrize(
    "latency",
    [Latency(fixed_ms=30), Latency(lognormal=Lognormal(median_ms=20, sigma=0.5))],
    ids=str,
)
def test_every_call_takes_the_latency_asked_for_and_never_less(
    latency: Latency, tmp_path: Path
) -> None:
    drawn = latencies_s(latency, "7/1/150/30")
    expected_s = [next(drawn) for _ in range(20)]
    with serving(latency, "lab", tmp_path) as upstream:
        client = connect(upstream, tmp_path / "trust.pem")
        get(client)
        for _ in range(2):  # the sequence begins anew with each sample
            upstream.begin("7/1/150/30")
            took_s = []
            for _ in range(20):
                before_s = time.perf_counter()
                get(client)
                took_s.append(time.perf_counter() - before_s)
            seen, _ = upstream.read()
            assert seen.asked_mean_s == pytest.approx(sum(expected_s) / 20)
            assert (seen.served_mean_s or 0) >= sum(expected_s) / 20
            assert all(took >= asked for took, asked in zip(took_s, expected_s, strict=True))
        client.close()


def test_a_sample_begins_once_the_last_ones_calls_are_over(tmp_path: Path) -> None:
    with serving(Latency(fixed_ms=300), "lab", tmp_path) as upstream:
        client = connect(upstream, tmp_path / "trust.pem")
        upstream.begin("first")
        client.request("GET", "/todos/1")
        while upstream.read()[0].calls == 0:
            os.sched_yield()
        upstream.begin("second")
        client.sock.settimeout(0)
        assert client.sock.recv(12) == b"HTTP/1.1 200"  # answered before `begin` returned
        assert upstream.read()[0].calls == 0
        client.close()


def test_an_upstream_that_died_says_so_and_where_its_log_is(
    upstream: Upstream, tmp_path: Path
) -> None:
    os.kill(upstream._child.pid, signal.SIGKILL)
    with pytest.raises(UpstreamError) as caught:
        upstream.begin("key")
    assert str(caught.value) == (
        f"the upstream has died (signal 9). See {tmp_path / 'upstream.log'}."
    )
    assert not upstream.running()


def test_an_upstream_that_hangs_is_given_up(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.upstream.client.REPLY_TIMEOUT_S", 0.2)
    os.kill(upstream._child.pid, signal.SIGSTOP)
    with pytest.raises(UpstreamError, match=r"did not answer within 0\.2 s and was stopped"):
        upstream.read()
    assert not upstream.running()
