"""The bench's handle on an upstream."""

import contextlib
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TypeVar

import msgspec

from bench.process.child import Child
from bench.process.log import trim
from bench.upstream.api import PATH
from bench.upstream.messages import Config, Order, Pong, Ready, Reply, SampleBegun, Seen
from bench.upstream.witness import IDLE_TIMEOUT_S
from lab.errors import UpstreamError
from lab.files.profile import Trust
from lab.files.sample import Testimony
from lab.latency import Latency
from lab.paths import ROOT, shown

START_TIMEOUT_S = 20.0
REPLY_TIMEOUT_S = 5.0

Shape = TypeVar("Shape", bound=Reply)


class Upstream:
    """The lab's API in a process of its own, and what its witness says.

    Every method raises `UpstreamError` where the process has died or does not answer. Whenever it
    is asked anything, during a load each time that it is looked at, its log is kept from growing.
    """

    def __init__(
        self,
        latency: Latency,
        trust: Trust,
        trust_file: Path,
        log: IO[bytes],
        *,
        cores: Sequence[int] | None = None,
    ) -> None:
        config = Config(latency, trust, str(trust_file))
        self.log = Path(log.name)
        self._child = Child(
            [sys.executable, "-m", "bench.upstream.server", msgspec.json.encode(config).decode()],
            output=log,
            cwd=ROOT,
            channel=True,
            cores=cores,
        )
        self._unread = b""
        try:
            self.port: int = self._reply(Ready, START_TIMEOUT_S).port
        except BaseException:
            self._child.close()
            raise

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}{PATH}"

    def begin(self, key: str, latency: Latency | None = None) -> float:
        """Start a sample whose latencies are drawn from `key`; the CPU seconds used so far.

        They are of `latency`, or of what the upstream was started with.
        """
        reply = self._ask(
            Order("begin", key, latency), SampleBegun, IDLE_TIMEOUT_S + REPLY_TIMEOUT_S
        )
        if not reply.idle:
            raise UpstreamError(
                f"{reply.in_flight} calls of the last sample were still in flight at the "
                f"upstream after {IDLE_TIMEOUT_S:g} s: the target hangs on to them."
            )
        return reply.cpu_s

    def read(self) -> tuple[Testimony, float]:
        """What the witness saw since `begin`, and the CPU seconds used so far."""
        reply = self._ask(Order("read"), Seen, REPLY_TIMEOUT_S)
        return reply.testimony, reply.cpu_s

    def ping(self) -> None:
        """Return where the process answers; one that hangs is stopped."""
        self._ask(Order("ping"), Pong, REPLY_TIMEOUT_S)

    def running(self) -> bool:
        return self._child.running()

    def close(self) -> None:
        self._child.close()
        trim(self.log)

    def _ask(self, order: Order, shape: type[Shape], timeout_s: float) -> Shape:
        trim(self.log)
        with contextlib.suppress(OSError):  # the reply that does not come says it better
            self._channel.sendall(msgspec.json.encode(order) + b"\n")
        return self._reply(shape, timeout_s)

    def _reply(self, shape: type[Shape], timeout_s: float) -> Shape:
        deadline_s = time.monotonic() + timeout_s
        while b"\n" not in self._unread:
            self._channel.settimeout(max(0.001, deadline_s - time.monotonic()))
            try:
                data = self._channel.recv(65536)
            except TimeoutError:
                # A late reply would be taken for the next one.
                self._child.close()
                raise UpstreamError(
                    f"the upstream did not answer within {timeout_s:g} s and was stopped. "
                    f"See {shown(self.log)}."
                ) from None
            except OSError:
                data = b""
            if not data:
                exit_ = self._child.wait(1)
                raise UpstreamError(
                    f"the upstream has died ({exit_ or 'its channel closed'}). "
                    f"See {shown(self.log)}."
                )
            self._unread += data
        line, _, self._unread = self._unread.partition(b"\n")
        return msgspec.json.decode(line, type=shape)

    @property
    def _channel(self) -> socket.socket:
        if self._child.channel is None:
            raise RuntimeError("the upstream has no channel")
        return self._child.channel


@contextlib.contextmanager
def serving(
    latency: Latency,
    trust: Trust,
    folder: Path,
    *,
    logs: Path | None = None,
    cores: Sequence[int] | None = None,
) -> Iterator[Upstream]:
    """An upstream for as long as the block lasts.

    `folder` takes its trust store, and its log, unless that goes to the folder `logs`. With
    `cores` it runs on these CPUs alone.
    """
    with ((logs or folder) / "upstream.log").open("ab") as log:
        upstream = Upstream(latency, trust, folder / "trust.pem", log, cores=cores)
        try:
            yield upstream
        finally:
            upstream.close()
