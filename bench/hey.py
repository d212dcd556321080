"""hey's command line and its output.

The output is a Go template's, not hey's CSV, which drops failed requests
(rakyll/hey#117) and rounds to 0.1 ms. hey's exit code says nothing: it is 0 when
every request failed.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from bench.display import printable
from bench.errors import BlockError
from bench.hey_command import REQUEST_TIMEOUT_S
from bench.level import Level
from bench.sample import Count, Number, Requests, Seconds, Status, Took

# A million requests, the most that it keeps times of, take a tenth of it.
MOST_PRINTED_BYTES = 1_000_000_000


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
