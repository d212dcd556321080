"""hey's command line and its output.

The output is a Go template's, not hey's CSV, which drops failed requests
(rakyll/hey#117) and rounds to 0.1 ms. hey's exit code says nothing: it is 0 when
every request failed.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from bench.errors import BlockError
from bench.level import Level

TEMPLATE = (
    '{"errors":{{jsonify .ErrorDist}},"statuses":{{jsonify .StatusCodes}},'
    '"latencies":{{jsonify .Lats}},"offsets":{{jsonify .Offsets}},'
    '"connect":{{jsonify .ConnLats}},"read":{{jsonify .ResLats}},'
    '"body_bytes":{{jsonify .SizeTotal}},"total_ns":{{jsonify .Total}}}'
)

# A million requests, the most that it keeps times of, take a tenth of it.
MOST_PRINTED_BYTES = 1_000_000_000

# hey counts in 64 bits, and times in whole nanoseconds. Within these bounds no sum, mean or share
# of what it printed is beyond what a float holds.
MOST = 2**63 - 1
Count = Annotated[int, msgspec.Meta(ge=0, le=MOST)]
Number = Annotated[int, msgspec.Meta(ge=1, le=MOST)]
Requests = Annotated[int, msgspec.Meta(ge=0, le=10**9)]  # no level has more
Seconds = Annotated[float, msgspec.Meta(ge=0, le=MOST / 1e9)]
Took = Annotated[float, msgspec.Meta(ge=1e-9, le=MOST / 1e9)]  # what cannot have taken no time
Status = Annotated[int, msgspec.Meta(ge=0, le=999)]

# A request that takes longer has failed. It is hey's own default, said aloud.
REQUEST_TIMEOUT_S = 20


@dataclass(frozen=True)
class Load:
    """What hey saw. The sequences hold answered requests, in the order they completed.

    `latencies_s`, `connect_s` and `read_s` are durations, `offsets_s` the start of each
    request since hey's own; `errors` counts transport failures by message.
    """

    wall_s: float
    latencies_s: tuple[float, ...]
    offsets_s: tuple[float, ...]
    statuses: tuple[int, ...]
    connect_s: tuple[float, ...]
    read_s: tuple[float, ...]
    body_bytes: int
    errors: dict[str, int]

    @property
    def sent(self) -> int:
        """Requests that hey sent: the answered and the failed."""
        return len(self.latencies_s) + sum(self.errors.values())


def command(hey: str, level: Level, url: str, *options: str) -> list[str]:
    """The argument list that loads `url` at `level`, with more of hey's `options`.

    A redirect is an answer with another status than expected, not a request more.
    """
    return [
        hey,
        "-n", str(level.requests),
        "-c", str(level.concurrency),
        "-t", str(REQUEST_TIMEOUT_S),
        "-disable-redirects",
        "-o", TEMPLATE,
        *options,
        url,
    ]  # fmt: skip


def timeout_s(level: Level) -> float:
    """When hey itself must have hung: every request of a connection timed out, and a minute."""
    return REQUEST_TIMEOUT_S * level.requests / level.concurrency + 60


@dataclass(frozen=True)
class _Output:
    """What hey prints with `TEMPLATE`; null where it has none."""

    errors: dict[str, Requests] | None
    statuses: tuple[Status, ...] | None
    latencies: tuple[Took, ...] | None
    offsets: tuple[Seconds, ...] | None
    connect: tuple[Seconds, ...] | None
    read: tuple[Seconds, ...] | None
    body_bytes: Count | None
    total_ns: Number


def parse(output: str) -> Load:
    """Read what hey printed with `TEMPLATE`. Raises `BlockError` where it is anything else."""
    try:
        said = msgspec.json.decode(output, type=_Output)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        start = printable(output[:200].strip(), besides="\n\t") or "nothing"
        raise BlockError(
            f"hey printed something that is not its template's output ({error}). It begins: {start}"
        ) from None
    load = Load(
        wall_s=said.total_ns / 1e9,
        latencies_s=said.latencies or (),
        offsets_s=said.offsets or (),
        statuses=said.statuses or (),
        connect_s=said.connect or (),
        read_s=said.read or (),
        body_bytes=said.body_bytes or 0,
        errors=_printable_keys(said.errors or {}),
    )
    columns: Sequence[Sequence[Any]] = (load.offsets_s, load.connect_s, load.read_s, load.statuses)
    if any(len(column) != len(load.latencies_s) for column in columns):
        raise BlockError(
            f"hey printed {len(load.latencies_s)} latencies but "
            f"{', '.join(str(len(column)) for column in columns)} of what belongs to them."
        )
    return load


def _printable_keys(errors: Mapping[str, int]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for text, count in errors.items():
        counts[printable(text)] += count
    return dict(counts)


def printable(text: str, *, besides: str = "") -> str:
    """`text` as a terminal can show it: what would move its cursor, or worse, is escaped."""
    return "".join(
        letter if letter.isprintable() or letter in besides else ascii(letter)[1:-1]
        for letter in text
    )
