"""The targets of the repository, as tests look at them: found, not listed."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.environment.prepare import Environment
from bench.serving import server
from bench.serving.server import Server, server_environment
from bench.target.target import Target, names, read
from lab.paths import TARGETS

EVERY = [read(TARGETS / name) for name in names()]

# `make test` keeps to one; `--all` takes each target.
QUICK = ("async_aiohttp",)
PARAMS = [
    pytest.param(target, id=target.name, marks=() if target.name in QUICK else pytest.mark.slow)
    for target in EVERY
]


@contextlib.contextmanager
def serving(
    target: Target,
    environment: Environment,
    log: Path,
    *,
    upstream_url: str,
    trust: Path,
    **more: str,
) -> Iterator[Server]:
    """The target, served as the lab does, with `more` in its environment."""
    # Short, as a socket's path must be: gunicorn puts one there.
    with tempfile.TemporaryDirectory() as runtime:
        given = {
            "UPSTREAM_URL": upstream_url,
            "SSL_CERT_FILE": str(trust),
            "REQUESTS_CA_BUNDLE": str(trust),
            "SECRET_KEY": "x" * 50,
            "XDG_RUNTIME_DIR": runtime,
            **more,
        }
        env = server_environment(os.environ, environment.bin, given)
        with server.serving(target, env, log) as running:
            yield running
