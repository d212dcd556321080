"""hey's command line and its output.

The output is a Go template's, not hey's CSV, which drops failed requests
(rakyll/hey#117) and rounds to 0.1 ms. hey's exit code says nothing: it is 0 when
every request failed.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.errors import BlockError
from bench.level import Level

TEMPLATE = (
    '{"errors":{{jsonify .ErrorDist}},"statuses":{{jsonify .StatusCodes}},'
    '"latencies":{{jsonify .Lats}},"offsets":{{jsonify .Offsets}},'
    '"connect":{{jsonify .ConnLats}},"read":{{jsonify .ResLats}},'
    '"body_bytes":{{jsonify .SizeTotal}},"total_ns":{{jsonify .Total}}}'
)

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


def parse(output: str) -> Load:
    """Read what hey printed with `TEMPLATE`. Raises `BlockError` where it is anything else."""
    try:
        values = json.loads(output)
        latencies_s = _floats(values["latencies"])
        offsets_s = _floats(values["offsets"])
        connect_s = _floats(values["connect"])
        read_s = _floats(values["read"])
        statuses = tuple(int(status) for status in values["statuses"] or ())
        errors = {str(text): int(count) for text, count in (values["errors"] or {}).items()}
        wall_s = values["total_ns"] / 1e9
        body_bytes = int(values["body_bytes"] or 0)
    except (
        ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError
    ) as error:  # fmt: skip
        start = output[:200].strip() or "nothing"
        raise BlockError(
            f"hey printed something that is not its template's output "
            f"({type(error).__name__}: {error}). It begins: {start}"
        ) from None
    columns: Sequence[Sequence[Any]] = (offsets_s, connect_s, read_s, statuses)
    if any(len(column) != len(latencies_s) for column in columns):
        raise BlockError(
            f"hey printed {len(latencies_s)} latencies but "
            f"{', '.join(str(len(column)) for column in columns)} of what belongs to them."
        )
    if not 0 < wall_s < math.inf:
        raise BlockError(f"hey printed an impossible total of {wall_s} s.")
    if min((*latencies_s, *errors.values()), default=0) < 0:
        raise BlockError("hey printed an impossible latency or count of errors, less than 0.")
    return Load(
        wall_s, latencies_s, offsets_s, statuses, connect_s, read_s, body_bytes, errors
    )  # fmt: skip


def _floats(values: list[float] | None) -> tuple[float, ...]:
    floats = tuple(float(value) for value in values or ())
    if not all(math.isfinite(value) for value in floats):
        raise ValueError("a duration is not finite")
    return floats
