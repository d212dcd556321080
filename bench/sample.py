"""A sample: the outcome of one hey run, the unit of all statistics."""

import hashlib
import json
import math
from dataclasses import dataclass

import msgspec

from bench.errors import UsageError
from bench.level import Level
from bench.upstream.witness import Testimony

SCHEMA = 1
EXPECTED_STATUS = 200


@dataclass(frozen=True)
class _Versioned:
    schema: int


@dataclass(frozen=True)
class Cpu:
    """CPU seconds spent during a sample: by the server (each worker too), upstream and load."""

    server: float
    workers: tuple[float, ...]
    upstream: float | None
    load: float


@dataclass(frozen=True)
class Expected:
    """What each request should cause: calls to the upstream, and a body as long as the checked.

    `body_bytes` is 0 where the checked answer announced no length: hey counts none then.
    """

    upstream_calls: int
    body_bytes: int


@dataclass(frozen=True)
class Origin:
    """Digests of what two samples must share to be compared: machine, profile, a target's lock."""

    machine: str
    profile: str
    lock: str


def digest(value: object) -> str:
    """A short name for a JSON value, which another value has not."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Sample:
    """One file under `samples/`; DESIGN's contract fixes the names.

    The sequences hold answered requests in the order they completed. `upstream` is the
    witness's testimony, None where there was no witness.
    """

    target: str
    requests: int
    concurrency: int
    round: int
    block_position: int
    level_position: int
    engine: str
    argv: tuple[str, ...]
    started: str
    wall_s: float
    sent: int
    latencies_s: tuple[float, ...]
    offsets_s: tuple[float, ...]
    statuses: tuple[int, ...]
    connect_s: tuple[float, ...]
    read_s: tuple[float, ...]
    body_bytes: int
    errors: dict[str, int]
    upstream: Testimony | None
    cpu_s: Cpu
    server_rss_bytes: int | None
    machine: dict[str, float | None]
    expected: Expected | None = None
    origin: Origin | None = None
    repeat: int = 1  # of its level within its block
    schema: int = SCHEMA

    @property
    def level(self) -> Level:
        return Level(self.requests, self.concurrency)

    @property
    def file_name(self) -> str:
        again = f"-{self.repeat}" if self.repeat > 1 else ""
        return f"r{self.round}-{self.target}-{self.level.slug}{again}.json"

    @property
    def answered(self) -> int:
        return len(self.latencies_s)

    @property
    def ok(self) -> int:
        """Requests that were answered as expected."""
        return self.statuses.count(EXPECTED_STATUS)

    @property
    def failed(self) -> int:
        """Transport failures and statuses other than the expected one."""
        return self.answered - self.ok + sum(self.errors.values())

    @property
    def doubts(self) -> list[str]:
        """What does not add up between hey, the target and the witness; empty for a good sample.

        Where requests failed, that is said already, and sums are not expected to hold.
        """
        doubts = []
        if self.sent != self.requests:
            doubts.append(f"hey sent {self.sent} of {self.requests} requests.")
        if self.failed or self.expected is None:
            return doubts
        calls = self.sent * self.expected.upstream_calls
        if self.upstream and self.upstream.calls != calls:
            doubts.append(
                f"The upstream counted {self.upstream.calls} calls where "
                f"{self.sent} requests should make {calls}."
            )
        body_bytes = self.sent * self.expected.body_bytes
        # Samples without an origin are of before it was known whether hey counts any bytes.
        uncounted = self.origin is None and self.body_bytes == 0
        if self.body_bytes != body_bytes and not uncounted:
            doubts.append(
                f"{self.body_bytes} bytes were answered where {self.sent} answers like the "
                f"checked one have {body_bytes}."
            )
        return doubts

    @property
    def rps(self) -> float | None:
        """Answered requests over hey's own total; None where nothing was answered."""
        return self.answered / self.wall_s if self.answered else None

    @property
    def latency_mean_s(self) -> float | None:
        return math.fsum(self.latencies_s) / self.answered if self.answered else None

    @property
    def latency_p95_s(self) -> float | None:
        """The ceil(0.95 n)-th smallest latency: numpy's `inverted_cdf`."""
        # In whole numbers, so that no rounding decides a rank.
        rank = -(-95 * self.answered // 100)
        return sorted(self.latencies_s)[rank - 1] if self.answered else None

    def dumps(self) -> bytes:
        return msgspec.json.encode(self)


def loads(data: bytes, *, file: str) -> Sample:
    """Read a sample. Raises `UsageError`, naming `file`, where it is none of this schema.

    Keys it does not know are passed over: later versions may add some.
    """
    try:
        schema = msgspec.json.decode(data, type=_Versioned).schema
        sample = msgspec.json.decode(data, type=Sample) if schema == SCHEMA else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{file}: not a sample: {error}.") from None
    if sample and not sample.wall_s > 0:
        raise UsageError(f"{file}: not a sample: it took {sample.wall_s} s.")
    if sample:
        return sample
    raise UsageError(f"{file}: a sample of schema {schema}; this version reads schema {SCHEMA}.")
