"""hey: its command line, how it is run, and its output.

The output is a Go template's, not hey's CSV, which drops failed requests
(rakyll/hey#117) and rounds to 0.1 ms. hey's exit code says nothing: it is 0 when
every request failed.
"""

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

import msgspec

from bench.load.engine import Column, Load
from bench.load.program import wait_for
from bench.process.child import Child, StartError
from bench.target.request import HIDDEN, Request
from bench.tools.hey import build_of
from lab import display
from lab.condition import Condition
from lab.display import printable
from lab.engines import Build, Times, hey
from lab.engines.hey import NAME, REQUEST_TIMEOUT_S
from lab.errors import BlockError, MachineError
from lab.files.sample import Count, Number, Requests, Seconds, Status, Took
from lab.level import Level
from lab.paths import shown

# A million requests, the most that it keeps times of, take a tenth of it.
MOST_PRINTED_BYTES = 1_000_000_000


@dataclass(frozen=True)
class Hey:
    """The engine `hey`: a program that lies at a path."""

    program: str
    build: Build

    columns = frozenset[Column]({"connect_s", "read_s", "body_bytes"})

    @classmethod
    def at(cls, program: str) -> Self:
        """The hey that lies there."""
        return cls(program, build_of(program))

    def shown_command(self, condition: Condition, url: str, request: Request) -> list[str]:
        return hey.command(NAME, condition.level, url, *_given(condition, request, shown=True))

    def typed_command(self, condition: Condition, url: str, request: Request) -> list[str]:
        program = NAME if shutil.which(NAME) else shown(Path(self.program))
        return [
            program,
            *hey.level_options(condition.level),
            *_given(condition, request, shown=True),
            url,
        ]

    def run(
        self,
        condition: Condition,
        url: str,
        request: Request,
        *,
        cores: Sequence[int] | None = None,
        look: Callable[[], None] | None = None,
    ) -> Load:
        given = _given(condition, request)
        return run_hey(self.program, condition.level, url, *given, cores=cores, look=look)

    def steady_s(self, load: Load, concurrency: int) -> Times | None:  # noqa: ARG002 - others do
        return hey.steady_s(load.offsets_s, load.latencies_s)


def _given(condition: Condition, request: Request, *, shown: bool = False) -> list[str]:
    fresh = ["-disable-keepalive"] if condition.terms.connections == "new" else []
    return [*options(request, shown=shown), *fresh]


def options(request: Request, *, shown: bool = False) -> list[str]:
    """What hey has to be told of a request; `shown`, as it may be kept: without any value."""
    return list(_options(request, shown=shown))


def _options(request: Request, *, shown: bool) -> Iterator[str]:
    if request.post is not None:
        yield from ("-m", "POST", "-d", HIDDEN if shown else request.post)
    headers = request.shown_headers if shown else request.sent_headers
    for name, value in headers.items():
        # hey sends the Host header of the URL, whatever `-H` says.
        yield from ("-host", value) if name.lower() == "host" else ("-H", f"{name}: {value}")


# When one that does nothing must have hung: at the latest when a request timed out it goes on.
HUNG_AFTER_S = REQUEST_TIMEOUT_S + 60.0


def timeout_s(level: Level) -> float:
    """When hey must have ended: every request of a connection timed out, and a minute."""
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


def parse(output: str, *, cpu_s: float = 0.0) -> Load:
    """Read what hey printed with `TEMPLATE`, for which it took `cpu_s`.

    Raises `BlockError` where it is anything else.
    """
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
        cpu_s=cpu_s,
    )
    columns: Sequence[Sequence[Any]] = (
        load.offsets_s, said.connect or (), said.read or (), load.statuses
    )  # fmt: skip
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


# More than a disk that was full has room for.
PROBE_BYTES = 65536


def run_hey(
    program: str,
    level: Level,
    url: str,
    *options: str,
    cores: Sequence[int] | None = None,
    look: Callable[[], None] | None = None,
) -> Load:
    """One run of hey, with more of its `options`; for the rest see `Engine.run`.

    Raises `BlockError` where hey hangs or is killed, `MachineError` where it has gone.
    """
    command = hey.command(program, level, url, *options)
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        try:
            child = Child(command, output=output, errors=errors, env={}, cores=cores)
        except StartError as error:
            raise MachineError(f"hey: {error}") from None
        with child:
            ended = wait_for(
                child, NAME, hung_after_s=HUNG_AFTER_S, most_s=timeout_s(level), look=look
            )
        if ended.code < 0:
            raise BlockError(f"hey was killed ({ended}).")
        printed = output.seek(0, os.SEEK_END)
        if printed > MOST_PRINTED_BYTES:
            raise BlockError(f"hey printed {printed:,} bytes, more than any run of it can.")
        output.seek(0)
        errors.seek(0)
        try:
            return parse(output.read().decode(errors="replace"), cpu_s=ended.cpu_s)
        except BlockError as error:
            _require_room(output)
            said = display.printable(
                errors.read(400).decode(errors="replace").strip(), besides="\n\t"
            )
            raise BlockError(f"{error} {said}".strip()) from None


def _require_room(file: IO[bytes]) -> None:
    """Raise `MachineError` where the file cannot have been written whole for want of room."""
    try:
        file.seek(0, os.SEEK_END)
        file.write(bytes(PROBE_BYTES))
        file.flush()
    except OSError as error:
        raise MachineError(
            f"hey's output cannot be kept in {tempfile.gettempdir()}: {error.strerror}. Make room, "
            f"or name another folder in TMPDIR."
        ) from None
