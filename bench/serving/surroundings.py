"""What stands around a target while it runs: the upstream, the trust store, its environment.

`compare`, `serve` and `check` all serve targets, and do it in the same surroundings, so that
what one of them shows is what the others measure.
"""

import contextlib
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Self

import certifi

from bench.environment.prepare import Environment
from bench.process.cancellation import Cancellation
from bench.process.scratch import scratch
from bench.serving import server, verify
from bench.target.target import Target
from bench.target.variables import SETTINGS, filled_in
from bench.upstream import client
from bench.upstream.api import TODO
from bench.upstream.real import RealApi, without_query_of
from lab.errors import BlockError
from lab.files.profile import Trust
from lab.files.run_json import Cores
from lab.latency import Latency


class Surroundings:
    """A context in which targets can be served one after the other.

    With `run`, the upstream's log goes to that folder; else to one that goes with these,
    as everything else does that is needed while it lasts. With `real` targets call that API
    in place of the lab's upstream. With `pinned` upstream and servers run on their own CPUs
    alone. Servers have time to end until `cancellation` is urgent.
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
        cancellation: Cancellation | None = None,
    ) -> None:
        self._environments = environments
        self._run = run
        self._latency = latency
        self._trust: Trust = trust
        self._key = secrets.token_urlsafe(50)
        self._real = real
        self._pinned = pinned
        self._cancellation = cancellation
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
            **target.server_variables,
            **filled_in(target.manifest.env, url),
        }
        return server.server_environment(os.environ, self._environments[target.name].bin, given)

    @contextlib.contextmanager
    def served(self, target: Target, log: Path) -> Iterator[tuple[server.Server, verify.Answer]]:
        """The target, served and checked. Raises `BlockError` where either fails.

        The query of a real API's URL may be a key. What is raised here or while the block lasts
        is without it, and so is the log when it ends, though the target may have printed it.
        """
        upstream = self.upstream()
        env = self.environment(target)
        cores = self._pinned.server if self._pinned else None
        try:
            with server.serving(
                target, env, log, cores=cores, cancellation=self._cancellation
            ) as running:
                expected = self._real.answer if self._real else TODO
                answer = verify.verify(running, expected, upstream)
                # Some code is imported by the first request, and may open a port of its own.
                server.require_loopback(running)
                yield running, answer
        except BlockError as error:
            if self._real is None:
                raise
            raise type(error)(without_query_of(self._real.url, str(error))) from None
        finally:
            if self._real:
                _hide_query(self._real.url, log)


def _hide_query(url: str, log: Path) -> None:
    """Take the query of `url` out of a log that nobody writes to any more."""
    with contextlib.suppress(OSError):
        text = log.read_bytes().decode(errors="surrogateescape")
        if (shown := without_query_of(url, text)) != text:
            log.write_bytes(shown.encode(errors="surrogateescape"))
