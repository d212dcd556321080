"""Loads a served target with hey, while the witness watches: one sample at a time."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from bench.load.engine import Load
from bench.load.hey import run_hey
from bench.observe import others, pressure, server_usage
from bench.plan.blocks import Block
from bench.process import log
from bench.serving.server import Server
from bench.upstream.client import Upstream
from bench.upstream.draws import sequence_key
from lab.engines.hey import command
from lab.errors import BlockError, UpstreamError
from lab.files.folder import utc_now
from lab.files.sample import Cpu, Expected, Origin, Sample, Testimony
from lab.level import Level

WARM_UP_PASSES = 3


@dataclass(frozen=True)
class WarmUp:
    """How many passes it took, and whether answers announce their length: hey counts no other."""

    passes: int
    lengths_announced: bool


def is_warm(seen: Testimony, passes: int) -> bool:
    """Whether the last of so many passes, in which the witness saw this, was enough.

    The first one may open a connection for every call whether or not the target keeps it, as all
    calls come at once. From the second on that tells: where it opens none, those there are stand;
    where it opens one for every call, none is kept.
    """
    if not seen.calls:
        return True
    return passes > 1 and seen.connections_new in (0, seen.calls)


@dataclass(frozen=True)
class Loader:
    """How samples are taken: with which hey, which seed, which witness if any, on which CPUs."""

    hey: str
    seed: int
    upstream: Upstream | None
    cores: Sequence[int] | None = None

    def warm_up(self, server: Server, block: Block) -> WarmUp:
        """Load the server until its connections to the upstream stand.

        Raises `BlockError` where no request was answered at all.
        """
        level = Level(block.warm_up, block.warm_up)
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
            if not self.upstream or is_warm(self.upstream.read()[0], passes):
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
        started, machine_before = utc_now(), pressure.pressure()
        before = server_usage.measure(server.child.pid)
        load, load_cpu_s = self._run_hey(level, server)
        after = server_usage.measure(server.child.pid)
        machine_after = pressure.pressure()
        others_after = others.look()
        server_s, workers_s = before.spent_until(after)
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
                command("hey", level, server.url, *server.target.manifest.request.shown_options())
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
            server_pss_bytes=server_usage.pss_bytes(server.child.pid),
            machine=machine_before.spent_until(
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
        log.trim(server.log)
        if self.upstream and self.upstream.running():
            self.upstream.ping()
