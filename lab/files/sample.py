"""A sample: the outcome of one run of the load engine, the unit of all statistics."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from lab.condition import USUAL, Condition, Terms
from lab.errors import UsageError
from lab.files.answer import OK
from lab.files.version import require_schema
from lab.level import Level, parse_level
from lab.paths import shown


@dataclass(frozen=True)
class Testimony:
    """What the witness says of one sample. Times are None where no call was answered.

    `connections` counts those that carried a call in this sample, `connections_new`
    those of them that had carried none before. `asked` is the latency the profile
    asked for, `served` the time from a call's arrival to its answer, `late` the
    difference. `abandoned` calls lost their caller before the answer. Samples of older
    versions lack `asked_max_s`.
    """

    calls: int
    connections: int
    connections_new: int
    in_flight_max: int
    abandoned: int
    asked_mean_s: float | None
    served_mean_s: float | None
    late_p95_s: float | None
    asked_max_s: float | None = None


# Engines count in 64 bits, and time in whole nanoseconds. Within these bounds no sum, mean or share
# of what one printed is beyond what a float holds.
MOST = 2**63 - 1
Count = Annotated[int, msgspec.Meta(ge=0, le=MOST)]
Number = Annotated[int, msgspec.Meta(ge=1, le=MOST)]
Requests = Annotated[int, msgspec.Meta(ge=0, le=10**9)]  # no level has more
Seconds = Annotated[float, msgspec.Meta(ge=0, le=MOST / 1e9)]
Took = Annotated[float, msgspec.Meta(ge=1e-9, le=MOST / 1e9)]  # what cannot have taken no time
Status = Annotated[int, msgspec.Meta(ge=0, le=999)]

SCHEMA = 1

# Shorter than any request.
LEAST_STEADY_S = 1e-9

# A difference of counters: below 0 where another process got the id of one that ended meanwhile.
Change = Annotated[float, msgspec.Meta(ge=-MOST, le=MOST)]
# What messages and file names hold: nothing that a terminal would obey.
Word = Annotated[str, msgspec.Meta(pattern=r"^[ -~]+\Z")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class BrokenSampleError(UsageError):
    """A file that holds no sample, or a part of one: it was cut off, or something overwrote it."""


def file_name(target: str, condition: Condition, round_number: int, repeat: int) -> str:
    """Under which name a sample lies in `samples/`."""
    again = f"-{repeat}" if repeat > 1 else ""
    return f"r{round_number}-{target}-{condition.slug}{again}.json"


def beside_level(terms: Terms) -> Terms | UnsetType:
    """What a sample says of its terms: nothing where they are usual, but for the engine."""
    others = msgspec.structs.replace(terms, engine=USUAL.engine)
    return UNSET if others == USUAL else others


@dataclass(frozen=True)
class Cpu:
    """CPU seconds spent during a sample: by the server (each worker too), upstream and load."""

    server: Change
    workers: tuple[Change, ...]
    upstream: Change | None
    load: Change


@dataclass(frozen=True)
class Program:
    """CPU seconds that the processes of one name spent during a sample; none of them is the lab's.

    It is the name alone: a command line may hold a secret.
    """

    name: Name
    cpu_s: Took


@dataclass(frozen=True)
class Machine:
    """What the machine did during a sample. What a platform cannot tell is None.

    `other_s` is CPU time that went to nobody of the lab. `others` are the programs that used most
    of it, largest first, as far as their processes were there before the load or after it and may
    be read: empty where there was none to name.
    """

    load1: Change | None = None
    steal_s: Change | None = None
    throttled_s: Change | None = None
    other_s: Change | None = None
    cpus: Number | None = None
    cores: Number | None = None
    others: tuple[Program, ...] | None = None


@dataclass(frozen=True)
class Expected:
    """What each request should cause: calls to the upstream, and an answer like the checked one.

    `body_bytes` is 0 where the engine counted none, as the checked answer announced no length. It
    is None where lengths may vary, and where the engine counts no bytes at all.
    """

    upstream_calls: Count
    body_bytes: Count | None
    status: Status = OK


@dataclass(frozen=True)
class Origin:
    """Digests of what two samples must share to be compared: machine, profile, a target's lock.

    And the build of the load engine (`hey 0.1.4, sha256 4f2a9c0d5e6b7a81`): None where it is not
    known, as of samples of older versions, which are compared with such samples alone.
    """

    machine: Word
    profile: Word
    lock: Word
    engine: Word | None = None


@dataclass(frozen=True)
class Doubt:
    """A sum that does not hold: of requests sent, of the upstream's calls, or of answered bytes."""

    kind: Literal["sent", "calls", "bytes"]
    text: str


@dataclass(frozen=True)
class Sample:
    """One file under `samples/`: its keys are a contract, which other programs read.

    The sequences hold answered requests in the order they completed; `connect_s`, `read_s` and
    `body_bytes` are None where the engine has no such column. `upstream` is the witness's
    testimony, None where there was no witness.

    `steady` is from when until when, in seconds from the first start, the engine says that its
    load was steady. Where it is None, as in samples of older versions, the report takes the
    engine's rule if it knows that, or else the whole sample.

    `condition` holds what is not as usual beside the level and the engine.
    """

    target: Word
    requests: Number
    concurrency: Number
    round: Number
    block_position: Number
    level_position: Number
    engine: Word
    argv: tuple[str, ...]
    started: str
    wall_s: Took
    sent: Count
    latencies_s: tuple[Took, ...]
    offsets_s: tuple[Seconds, ...]
    statuses: tuple[Status, ...]
    connect_s: tuple[Seconds, ...] | None
    read_s: tuple[Seconds, ...] | None
    body_bytes: Count | None
    errors: dict[str, Requests]
    upstream: Testimony | None
    cpu_s: Cpu
    server_rss_bytes: Count | None
    machine: Machine
    expected: Expected | None = None
    origin: Origin | None = None
    repeat: Number = 1  # of its level within its block
    server_pss_bytes: Count | None = None
    condition: Terms | UnsetType = UNSET
    steady: tuple[Seconds, Seconds] | None = None
    schema: int = SCHEMA

    @property
    def level(self) -> Level:
        return Level(self.requests, self.concurrency)

    @property
    def at(self) -> Condition:
        """What it was measured under."""
        terms = USUAL if self.condition is UNSET else self.condition
        return Condition(self.level, msgspec.structs.replace(terms, engine=self.engine))

    @property
    def file_name(self) -> str:
        return file_name(self.target, self.at, self.round, self.repeat)

    @property
    def answered(self) -> int:
        return len(self.latencies_s)

    @property
    def ok(self) -> int:
        """Requests that were answered as expected."""
        return self.statuses.count(self.expected_status)

    @property
    def expected_status(self) -> int:
        return self.expected.status if self.expected else OK

    @property
    def failed(self) -> int:
        """Transport failures and statuses other than the expected one."""
        return self.answered - self.ok + sum(self.errors.values())

    @property
    def doubts(self) -> list[Doubt]:
        """What does not add up between engine, target and witness; empty for a good sample.

        Where requests failed, that is said already, and sums are not expected to hold.
        """
        doubts = []
        if self.sent != self.requests:
            text = f"{self.engine} sent {self.sent} of {self.requests} requests."
            doubts.append(Doubt("sent", text))
        if self.failed or self.expected is None:
            return doubts
        calls = self.sent * self.expected.upstream_calls
        if self.upstream and self.upstream.calls != calls:
            text = (
                f"The upstream counted {self.upstream.calls} calls where "
                f"{self.sent} requests should make {calls}."
            )
            doubts.append(Doubt("calls", text))
        if self.expected.body_bytes is None or self.body_bytes is None:
            return doubts
        body_bytes = self.sent * self.expected.body_bytes
        # Samples without an origin are of before it was known whether any bytes are counted.
        uncounted = self.origin is None and self.body_bytes == 0
        if self.body_bytes != body_bytes and not uncounted:
            text = (
                f"{self.body_bytes} bytes were answered where {self.sent} answers like the "
                f"checked one have {body_bytes}."
            )
            doubts.append(Doubt("bytes", text))
        return doubts

    @property
    def rps(self) -> float | None:
        """Answered requests over the engine's own total; None where nothing was answered."""
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
    """Read a sample. Raises `UsageError`, naming `file`, where it is of another schema, and
    `BrokenSampleError` where it is none.

    Keys it does not know are passed over: later versions may add some.
    """
    try:
        require_schema(data, SCHEMA, what="a sample", file=file)
        sample = msgspec.json.decode(data, type=Sample)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BrokenSampleError(f"{file}: not a sample: {error}.") from None
    if flaw := _flaw(sample):
        raise BrokenSampleError(f"{file}: not a sample: {flaw}")
    return sample


def _flaw(sample: Sample) -> str | None:
    """What cannot be, although each value by itself could."""
    try:
        parse_level(str(sample.level))
    except UsageError as error:
        return str(error)
    columns = {
        "offsets": sample.offsets_s,
        "statuses": sample.statuses,
        "connect times": sample.connect_s,
        "read times": sample.read_s,
    }
    for name, column in columns.items():
        if column is not None and len(column) != sample.answered:
            return f"{sample.answered} latencies, but {len(column)} {name}."
    if sample.sent != sample.answered + sum(sample.errors.values()):
        return (
            f"{sample.sent} requests sent, but {sample.answered} answers "
            f"and {sum(sample.errors.values())} errors."
        )
    if sample.steady and sample.steady[1] - sample.steady[0] < LEAST_STEADY_S:
        return f"it was steady from {sample.steady[0]:g} s until {sample.steady[1]:g} s."
    for name, seen in vars(sample.upstream).items() if sample.upstream else ():
        # An event loop may be early by what its clock cannot tell apart.
        least = -1 if name == "late_p95_s" else 0
        if seen is not None and not least <= seen <= MOST:
            return f"'{name}' of its upstream is {seen}."
    return None


def read(path: Path) -> Sample:
    """The sample in a file. Raises `UsageError`, as `loads` does, and where it cannot be read."""
    file = shown(path)
    if not path.is_file():  # a pipe would be waited for
        raise UsageError(f"{file}: it is no file, and a sample is one. Move it away.")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}.") from None
    return loads(data, file=file)
