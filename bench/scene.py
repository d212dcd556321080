"""What stands around a target while it runs: the upstream, the trust store, its environment.

`compare`, `serve` and `check` all serve targets, and do it through a scene, so that
what one of them shows is what the others measure.
"""

import contextlib
import http.client
import json
import os
import secrets
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import certifi

from bench import check, server
from bench.environment import Environment
from bench.errors import UsageError
from bench.latency import Latency
from bench.profile import Trust
from bench.record import Cores
from bench.scratch import scratch
from bench.target import Target
from bench.upstream import client
from bench.upstream.api import TODO
from bench.variables import SETTINGS, filled_in

FETCH_TIMEOUT_S = 20


@dataclass(frozen=True)
class RealApi:
    """An API in place of the lab's upstream, and the JSON it answers. It has no witness."""

    url: str
    answer: Any


class Scene:
    """A context in which targets can be served one after the other.

    With `run`, the upstream's log goes to that folder; else to one that goes with the scene,
    as everything else does that is needed while it lasts. With `real` targets call that API
    in place of the lab's upstream. With `pinned` upstream and servers run on their own CPUs
    alone.
    """

    def __init__(
        self,
        environments: Mapping[str, Environment],
        *,
        run: Path | None = None,
        latency: Latency,
        trust: Trust,
        real: RealApi | None = None,
        pinned: Cores | None = None,
    ) -> None:
        self._environments = environments
        self._run = run
        self._latency = latency
        self._trust: Trust = trust
        self._key = secrets.token_urlsafe(50)
        self._real = real
        self._pinned = pinned
        self._stack = contextlib.ExitStack()
        self._upstreams = contextlib.ExitStack()
        self._upstream: client.Upstream | None = None

    def __enter__(self) -> Self:
        self._folder = self._stack.enter_context(scratch(self._run))
        return self

    def __exit__(self, *_: object) -> None:
        with self._stack:
            self.drop_upstream()

    @property
    def trust_file(self) -> Path:
        """What servers trust, as PEM."""
        return self._folder / "trust.pem"

    def upstream(self) -> client.Upstream | None:
        """The lab's upstream, started anew where it has gone; None where there is a real one."""
        if self._real:
            self.trust_file.write_bytes(Path(certifi.where()).read_bytes())
            return None
        if self._upstream is None or not self._upstream.running():
            self.drop_upstream()
            self._upstream = self._upstreams.enter_context(
                client.serving(
                    self._latency,
                    self._trust,
                    self._folder,
                    logs=self._run,
                    cores=self._pinned.upstream if self._pinned else None,
                )
            )
        return self._upstream

    def drop_upstream(self) -> None:
        """Stop the lab's upstream: the next block gets a new one."""
        self._upstream = None
        self._upstreams.close()

    def environment(self, target: Target) -> dict[str, str]:
        """What the target's server finds in its environment."""
        upstream = self.upstream()
        url = upstream.url if upstream else self._real.url if self._real else ""
        runtime = self._folder / "runtime"
        runtime.mkdir(mode=0o700, exist_ok=True)
        settings = target.manifest.settings
        given = {
            "UPSTREAM_URL": url,
            "SSL_CERT_FILE": str(self.trust_file),
            "REQUESTS_CA_BUNDLE": str(self.trust_file),
            "SECRET_KEY": self._key,
            # For sockets: gunicorn puts a control socket there, and would else take
            # that of another gunicorn of this user.
            "XDG_RUNTIME_DIR": str(runtime),
            **({SETTINGS: settings} if settings else {}),
            # Nothing is written into a folder of the user's.
            **({"PYTHONDONTWRITEBYTECODE": "1"} if target.project else {}),
            **filled_in(target.manifest.env, url),
        }
        return server.server_environment(os.environ, self._environments[target.name].bin, given)

    @contextlib.contextmanager
    def served(self, target: Target, log: Path) -> Iterator[tuple[server.Server, check.Answer]]:
        """The target, served and checked. Raises `BlockError` where either fails."""
        upstream = self.upstream()
        env = self.environment(target)
        cores = self._pinned.server if self._pinned else None
        with server.serving(target, env, log, cores=cores) as running:
            expected = self._real.answer if self._real else TODO
            yield running, check.verify(running, expected, upstream)


def require_url(url: str) -> str:
    """`url` itself. Raises `UsageError` where it is no URL that a view could call."""
    if not url.startswith(("http://", "https://")):
        raise UsageError(f"--upstream {url!r} is no URL: it starts with http:// or https://.")
    if "@" in url.partition("://")[2].partition("/")[0]:
        raise UsageError("--upstream takes a URL without user and password: the page names it.")
    return url


def without_query(url: str) -> str:
    """`url` as it may be shown: a query often holds a key."""
    path, mark, _ = url.partition("?")
    return f"{path}?..." if mark else path


def same_upstream(recorded: str, given: str | None) -> str | None:
    """The URL that a resumed run calls; None for the lab's own upstream.

    `recorded` is what run.json says, from which a query has been left out; then `given` must
    say it. Raises `UsageError` where the two do not agree.
    """
    if recorded == "lab":
        if given:
            raise UsageError("This run called the lab's own upstream: leave out --upstream.")
        return None
    if given and without_query(given) != recorded:
        raise UsageError(f"This run called {recorded}, not {without_query(given)}.")
    if not given and recorded.endswith("?..."):
        raise UsageError(
            f"This run called {recorded}, and what follows the question mark is not on record: "
            f"give it again, with --upstream URL."
        )
    return given or recorded


def ask_real_api(url: str) -> RealApi:
    """What the API at `url` answers, without any proxy. Raises `UsageError` where it is no JSON."""
    require_url(url)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=FETCH_TIMEOUT_S) as response:
            return RealApi(url, json.loads(response.read()))
    except (OSError, ValueError, RecursionError, http.client.HTTPException) as error:
        raise UsageError(f"--upstream {url}: no JSON came from it: {error}") from None
