"""Every target starts and stops clean, and outlives an upstream that dies and comes back."""

import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.environment.prepare import Environment
from bench.load.hey import run_hey
from bench.serving.server import Server
from bench.target.target import Target
from lab.level import Level
from lab.serve_line import WORKERS, parse
from tests.bench.process.test_process import gone
from tests.targets import mortal
from tests.targets.served import serving

COUNTED = Path(__file__).parent / "counted"
LEVEL = Level(40, 10)


def test_it_starts_and_stops_clean_and_closes_every_async_client_that_it_opened(
    target: Target, environments: dict[str, Environment], tmp_path: Path, hey: str
) -> None:
    upstream, log, clients = mortal.make(tmp_path), tmp_path / "log", tmp_path / "clients"
    clients.touch()
    # A sync target is let alone: gevent has to come before what would be imported.
    counts = "async" in target.manifest.tags
    # One for each worker, or one for each request.
    pooled = "pooled" in target.manifest.tags
    asked = workers(target) if pooled else LEVEL.requests
    counted = {"PYTHONPATH": str(COUNTED), "CLIENTS_FILE": str(clients)} if counts else {}

    with (
        upstream.alive(),
        serving(
            target,
            environments[target.name],
            log,
            upstream_url=upstream.url,
            trust=upstream.trust,
            **counted,
        ) as server,
    ):
        loaded = run_hey(hey, LEVEL, server.url)
        pid = server.child.pid
        if counts and pooled:
            # gunicorn loses a TERM that comes while one of its workers is still starting.
            wait_for(server, lambda: sum(seen(clients, "opened").values()) >= asked)

    assert loaded.statuses == (200,) * 40
    assert server.child.exit is not None
    assert server.child.exit.code in (0, -15)
    assert gone(pid)
    said = log.read_text()
    assert [word for word in ("Traceback", "Unclosed", "never awaited") if word in said] == []
    if counts:
        opened = seen(clients, "opened")
        assert sum(opened.values()) == asked
        assert opened == seen(clients, "closed")
        assert not pooled or set(opened.values()) == {1}


def workers(target: Target) -> int:
    return int(parse(target.manifest.serve).options[WORKERS])


def seen(clients: Path, event: str) -> Counter[str]:
    """How often each process had this event."""
    lines = [line.split() for line in clients.read_text().splitlines()]
    return Counter(process for what, process in lines if what == event)


def wait_for(server: Server, met: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + 30
    while not met():
        assert time.monotonic() < deadline_s
        # Between two looks at something that another process does.
        assert server.child.wait(0.01) is None


def test_it_tells_of_an_upstream_that_died_and_answers_again_when_that_is_back(
    target: Target, environments: dict[str, Environment], tmp_path: Path, hey: str
) -> None:
    upstream, log = mortal.make(tmp_path), tmp_path / "log"
    environment = environments[target.name]
    with serving(
        target, environment, log, upstream_url=upstream.url, trust=upstream.trust
    ) as server:
        with upstream.alive():
            before = run_hey(hey, LEVEL, server.url)
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(server.url, timeout=20)
        with upstream.alive():
            after = run_hey(hey, LEVEL, server.url)

    assert before.statuses == (200,) * 40
    assert caught.value.code == 500
    assert "Traceback" in log.read_text()
    assert (after.statuses, after.errors) == ((200,) * 40, {})
