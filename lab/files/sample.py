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
from lab.key import key
from lab.level import Level, parse_level
from lab.paths import shown

NO_COLUMN = "the engine does not tell"
NO_CALL = "no call was answered"


@dataclass(frozen=True)
class Testimony:
    """What the upstream, as a witness, saw during a sample."""

    calls: Annotated[int, key("Calls that arrived.")]
    connections: Annotated[int, key("Connections that carried a call.")]
    connections_new: Annotated[int, key("Those of them that had carried none before the sample.")]
    in_flight_max: Annotated[int, key("The most calls that were under way at once.")]
    abandoned: Annotated[int, key("Calls whose caller went away before the answer.")]
    asked_mean_s: Annotated[
        float | None,
        key("Mean latency that the profile asked of answered calls.", unit="s", null=NO_CALL),
    ]
    served_mean_s: Annotated[
        float | None,
        key("Mean time from a call's arrival to its answer.", unit="s", null=NO_CALL),
    ]
    late_p95_s: Annotated[
        float | None,
        key(
            "How much longer than asked calls took: 95 % of them at most this; a clock's error "
            "may put it below 0.",
            unit="s",
            null=NO_CALL,
        ),
    ]
    asked_max_s: Annotated[
        float | None,
        key("The longest latency that was asked of an answered call.", unit="s", null=NO_CALL),
    ] = None


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
# What messages and file names hold: nothing that a terminal would obey. It ends as a pattern does
# that JavaScript knows as well; `$` would let a line break through.
Word = Annotated[str, msgspec.Meta(pattern=r"^[ -~]+(?![\s\S])")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]

# A million requests, the most that hey keeps times of, take a tenth of it.
LARGEST_BYTES = 1_000_000_000


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
    """CPU time that was spent during a sample."""

    server: Annotated[Change, key("By all processes of the server.", unit="s")]
    workers: Annotated[
        tuple[Change, ...],
        key("By each of its workers, least first; empty where it has none.", unit="s"),
    ]
    upstream: Annotated[
        Change | None, key("By the lab's upstream.", unit="s", null="there was no witness")
    ]
    load: Annotated[Change, key("By the load engine.", unit="s")]


@dataclass(frozen=True)
class Program:
    """The processes of one name, none of them the lab's."""

    # The name alone: a command line may hold a secret.
    name: Annotated[Name, key("Their name as the kernel keeps it, by 15 characters at most.")]
    cpu_s: Annotated[Took, key("CPU time that they spent during the sample.", unit="s")]


@dataclass(frozen=True)
class Machine:
    """What the machine did during a sample."""

    load1: Annotated[
        Change | None,
        key("Its load average over a minute, when the load had ended.", null="never"),
    ] = None
    steal_s: Annotated[
        Change | None,
        key(
            "CPU time of `cpus` that the host of a virtual machine kept.",
            unit="s",
            null="the platform does not tell",
        ),
    ] = None
    throttled_s: Annotated[
        Change | None,
        key(
            "For how long a container's CPU limit held processes back, each core counted by "
            "itself.",
            unit="s",
            null="no control group counts it",
        ),
    ] = None
    other_s: Annotated[
        Change | None,
        key(
            "CPU time of `cpus` that went to nobody of the lab.",
            unit="s",
            null="the platform does not tell",
        ),
    ] = None
    cpus: Annotated[
        Number | None,
        key("How many CPUs the lab may use.", null="the platform does not tell"),
    ] = None
    cores: Annotated[
        Number | None,
        key(
            "How many cores it may use: its CPUs; where a container has less, that, rounded up.",
            null="never",
        ),
    ] = None
    others: Annotated[
        tuple[Program, ...] | None,
        key(
            "Programs that used most of `other_s`, largest first: up to five, each with 1 % of all "
            "cores or more.",
            null="processes cannot be listed, or the lab may use some of the CPUs alone",
        ),
    ] = None


@dataclass(frozen=True)
class Expected:
    """What each request should cause: calls to the upstream, and an answer like the checked one."""

    upstream_calls: Annotated[Count, key("Calls to the upstream for each request.")]
    body_bytes: Annotated[
        Count | None,
        key(
            "Length of the body; 0 where answers announce none, as the engine counts no other.",
            unit="bytes",
            null="lengths may vary, or the engine counts no bytes",
        ),
    ]
    status: Annotated[Status, key("Status of the answer.")] = OK


@dataclass(frozen=True)
class Origin:
    """Digests of what two samples must share to be compared."""

    machine: Annotated[Word, key("Of machine, kernel and the lab's Python.")]
    profile: Annotated[
        Word, key("Of how the upstream behaves: latency, trust, and the URL of a real one.")
    ]
    lock: Annotated[
        Word,
        key("Of the target's environment: the first 16 digits of its `environment_sha256`."),
    ]
    engine: Annotated[
        Word | None,
        key(
            "The engine's build: its name, version and digest.",
            null="not known, as in runs of older versions: such samples go with such alone",
        ),
    ] = None


@dataclass(frozen=True)
class Doubt:
    """A sum that does not hold: of requests sent, of the upstream's calls, or of answered bytes."""

    kind: Literal["sent", "calls", "bytes"]
    text: str


@dataclass(frozen=True)
class Sample:
    """The outcome of one run of the load engine: the unit of all statistics.

    A file under `samples/`, written whole and at once, never changed. Lists hold a value for each
    answered request, in the order they completed.
    """

    target: Annotated[Word, key("Name of the target.")]
    requests: Annotated[Number, key("Requests of its level.")]
    concurrency: Annotated[Number, key("How many of them at a time.")]
    round: Annotated[Number, key("Its round, counted from 1.")]
    block_position: Annotated[Number, key("Place of its block in the round, counted from 1.")]
    level_position: Annotated[Number, key("Its place in the block, counted from 1.")]
    engine: Annotated[Word, key("What made the load.")]
    argv: Annotated[
        tuple[str, ...],
        key("The engine's command line; `...` stands for what may be secret."),
    ]
    started: Annotated[str, key("When the load began, ISO 8601 in UTC.")]
    wall_s: Annotated[
        Took,
        key("How long it took by the engine's own clock: RPS is answers over it.", unit="s"),
    ]
    sent: Annotated[Count, key("Requests that were sent: the answered, and those in `errors`.")]
    latencies_s: Annotated[tuple[Took, ...], key("How long each request took.", unit="s")]
    offsets_s: Annotated[
        tuple[Seconds, ...], key("When each request started, from the engine's start.", unit="s")
    ]
    statuses: Annotated[tuple[Status, ...], key("HTTP status of each answer.")]
    connect_s: Annotated[
        tuple[Seconds, ...] | None,
        key(
            "What each request took to connect; 0 on a connection that was kept.",
            unit="s",
            null=NO_COLUMN,
        ),
    ]
    read_s: Annotated[
        tuple[Seconds, ...] | None,
        key("Time of each answer from its first byte to its last.", unit="s", null=NO_COLUMN),
    ]
    body_bytes: Annotated[
        Count | None,
        key(
            "Length of all bodies together, as answers announced it; 0 where they announced none.",
            unit="bytes",
            null=NO_COLUMN,
        ),
    ]
    errors: Annotated[
        dict[str, Requests],
        key("How many requests got no answer, by what the engine says of it."),
    ]
    upstream: Annotated[
        Testimony | None,
        key("What the upstream saw.", null="there was no witness: `--upstream`, or it was lost"),
    ]
    cpu_s: Annotated[Cpu, key("CPU time that was spent.", unit="s")]
    server_rss_bytes: Annotated[
        Count | None,
        key(
            "Resident memory of the server's processes right after the load; what they share "
            "counts for each.",
            unit="bytes",
            null="the platform does not tell",
        ),
    ]
    machine: Annotated[Machine, key("What the machine did.")]
    expected: Annotated[Expected | None, key("What each request should cause.", null="never")] = (
        None
    )
    origin: Annotated[Origin | None, key("What it must share with others.", null="never")] = None
    repeat: Annotated[
        Number, key("Which sample of its condition in the block it is, counted from 1.")
    ] = 1
    server_pss_bytes: Annotated[
        Count | None,
        key(
            "Memory of the server's processes right after the load; what they share counts once.",
            unit="bytes",
            null="the platform is not Linux, or does not tell",
        ),
    ] = None
    condition: Annotated[
        Terms | UnsetType,
        key(
            "What its condition has beside level and engine.",
            absent="all of that is as usual",
        ),
    ] = UNSET
    steady: Annotated[
        tuple[Seconds, Seconds] | None,
        key(
            "From when until when the engine's load was steady, from the first start.",
            unit="s",
            null="the engine does not say: then what is known of it decides, or it is all of it",
        ),
    ] = None
    schema: Annotated[int, key("Schema of the file.")] = SCHEMA

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
        try:
            sample = msgspec.json.decode(data, type=Sample)
        except msgspec.DecodeError:
            require_schema(data, SCHEMA, what="a sample", file=file)  # says it better
            raise
        # Not before: to read a million times for their schema alone takes as long again.
        if sample.schema != SCHEMA or b'"schema"' not in data:
            require_schema(data, SCHEMA, what="a sample", file=file)
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


def read(path: Path, file: str | None = None) -> Sample:
    """The sample in a file. Raises `UsageError`, as `loads` does, and where it cannot be read.

    Messages call it `file`; to find what to call one takes as long as a tenth of reading it.
    """
    file = file or shown(path)
    if not path.is_file():  # a pipe would be waited for
        raise UsageError(f"{file}: it is no file, and a sample is one. Move it away.")
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= LARGEST_BYTES else b""
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}.") from None
    if not data and size:
        raise UsageError(f"{file}: {size:,} bytes, more than any sample has. Move it away.")
    return loads(data, file=file)
