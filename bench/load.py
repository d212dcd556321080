"""Loads a served target with hey, while the witness watches: one sample at a time."""

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import IO

from bench import display, hey, hey_command, logs, machine, others, usage
from bench.draws import sequence_key
from bench.errors import BlockError, MachineError, UpstreamError
from bench.hey import Load
from bench.level import Level
from bench.plan import Block
from bench.process import Child, StartError
from bench.sample import Cpu, Expected, Origin, Sample
from bench.server import Server
from bench.store import utc_now
from bench.upstream.client import Upstream

WARM_UP_PASSES = 3
LOOK_INTERVAL_S = 2.0

# More than a disk that was full has room for.
PROBE_BYTES = 65536
POOLED = "pooled"


@dataclass(frozen=True)
class WarmUp:
    """How many passes it took, and whether answers announce their length: hey counts no other."""

    passes: int
    lengths_announced: bool


@dataclass(frozen=True)
class Loader:
    """How samples are taken: with which hey, which seed, which witness if any, on which CPUs."""

    hey: str
    seed: int
    upstream: Upstream | None
    cores: Sequence[int] | None = None

    def warm_up(self, server: Server, block: Block) -> WarmUp:
        """Load the server until its connections to the upstream stand.

        A target that opens a connection for every call has nothing to warm after the
        first pass. Raises `BlockError` where no request was answered at all.
        """
        level = Level(block.warm_up, block.warm_up)
        pooled = POOLED in server.target.manifest.tags
        passes = 0
        while passes < WARM_UP_PASSES:
            passes += 1
            if self.upstream:
                self.upstream.begin(sequence_key(self.seed, block.round, None))
            load, _ = self._run_hey(level, server)
            if not load.latencies_s:
                message = max(load.errors, key=lambda text: load.errors[text], default="no error")
                raise BlockError(
                    f"{server.target.name}: none of {level.requests} requests of the warm-up was "
                    f"answered. hey says: {message}."
                )
            if not self.upstream:
                break
            seen, _ = self.upstream.read()
            pooled = pooled or seen.connections_new < seen.calls
            if not pooled or not seen.connections_new:
                break
        return WarmUp(passes, lengths_announced=load.body_bytes > 0)

    def sample(
        self, server: Server, block: Block, position: int, expected: Expected, origin: Origin
    ) -> Sample:
        """Load the server at the level that stands at `position` (from 1) in its block.

        Where the witness is lost meanwhile, its part is None.
        """
        level = block.levels[position - 1]
        repeat = block.levels[:position].count(level)
        upstream_before_s = (
            self.upstream.begin(sequence_key(self.seed, block.round, level, repeat))
            if self.upstream
            else 0.0
        )
        others_before = others.look()
        started, machine_before = utc_now(), machine.pressure()
        before = usage.measure(server.child.pid)
        load, load_cpu_s = self._run_hey(level, server)
        after = usage.measure(server.child.pid)
        machine_after = machine.pressure()
        others_after = others.look()
        server_s, workers_s = before.until(after)
        testimony, upstream_s = None, None
        if self.upstream:
            with contextlib.suppress(UpstreamError):
                testimony, upstream_after_s = self.upstream.read()
                upstream_s = upstream_after_s - upstream_before_s
        return Sample(
            target=block.target,
            requests=level.requests,
            concurrency=level.concurrency,
            round=block.round,
            block_position=block.position,
            level_position=position,
            engine="hey",
            argv=tuple(
                hey_command.command(
                    "hey", level, server.url, *server.target.manifest.request.shown_options()
                )
            ),
            started=started,
            wall_s=load.wall_s,
            sent=load.sent,
            latencies_s=load.latencies_s,
            offsets_s=load.offsets_s,
            statuses=load.statuses,
            connect_s=load.connect_s,
            read_s=load.read_s,
            body_bytes=load.body_bytes,
            errors=load.errors,
            upstream=testimony,
            cpu_s=Cpu(server_s, tuple(workers_s), upstream_s, load_cpu_s),
            server_rss_bytes=after.rss_bytes or None,
            server_pss_bytes=usage.pss_bytes(server.child.pid),
            machine=machine_before.until(
                machine_after,
                lab_s=server_s + load_cpu_s + (upstream_s or 0.0),
                others=others.between(others_before, others_after, wall_s=load.wall_s),
            ),
            expected=expected,
            origin=origin,
            repeat=repeat,
        )

    def _run_hey(self, level: Level, server: Server) -> tuple[Load, float]:
        look = partial(self._look, server)
        options = server.target.manifest.request.hey_options()
        return run_hey(self.hey, level, server.url, *options, cores=self.cores, look=look)

    def _look(self, server: Server) -> None:
        """Raise `UpstreamError` where the upstream hangs; keep the server's log from filling the
        disk.

        Requests to a hanging upstream take minutes to time out. One that has died is told
        when hey is done, which is soon then: what was answered is kept.
        """
        logs.trim(server.log)
        if self.upstream and self.upstream.running():
            self.upstream.ping()


def run_hey(
    program: str,
    level: Level,
    url: str,
    *options: str,
    cores: Sequence[int] | None = None,
    look: Callable[[], None] | None = None,
) -> tuple[Load, float]:
    """One run of hey, and its CPU seconds. With `cores` it runs on these CPUs alone.

    Now and then `look` is called meanwhile, and ends the run with what it raises.
    Raises `BlockError` where hey hangs or is killed, `MachineError` where it has gone.
    """
    command = hey_command.command(program, level, url, *options)
    deadline_s = time.monotonic() + hey.timeout_s(level)
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        try:
            child = Child(command, output=output, errors=errors, env={}, cores=cores)
        except StartError as error:
            raise MachineError(f"hey: {error}") from None
        with child:
            while (ended := child.wait(_wait_s(deadline_s, look))) is None:
                if time.monotonic() >= deadline_s:
                    raise BlockError(
                        f"hey did not end within {hey.timeout_s(level):g} s, and was stopped."
                    )
                if look:
                    look()
        if ended.code < 0:
            raise BlockError(f"hey was killed ({ended}).")
        printed = output.seek(0, os.SEEK_END)
        if printed > hey.MOST_PRINTED_BYTES:
            raise BlockError(f"hey printed {printed:,} bytes, more than any run of it can.")
        output.seek(0)
        errors.seek(0)
        try:
            return hey.parse(output.read().decode(errors="replace")), ended.cpu_s
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


def _wait_s(deadline_s: float, look: Callable[[], None] | None) -> float:
    left_s = max(0.0, deadline_s - time.monotonic())
    return min(LOOK_INTERVAL_S, left_s) if look else left_s
