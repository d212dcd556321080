"""Loads a served target, while the witness watches: one sample at a time."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from bench.load.engine import Engine, Load
from bench.observe import others, pressure, server_usage
from bench.process import log
from bench.serving.server import Server
from bench.target.request import Request
from bench.upstream.client import Upstream
from bench.upstream.draws import sequence_key
from lab.condition import Condition
from lab.errors import BlockError, UpstreamError
from lab.files.folder import utc_now
from lab.files.plan import Block
from lab.files.sample import Cpu, Expected, Origin, Sample, Testimony, beside_level
from lab.level import Level

WARM_UP_PASSES = 3
# So many requests tell whether connections that were opened for each call are kept.
TELLING = 10


@dataclass(frozen=True)
class WarmUp:
    """How many passes it took, and whether answers announce their length: no other is counted.

    That is None where the engine counts none at all.
    """

    passes: int
    lengths_announced: bool | None


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
    """How samples are taken: with which engine, seed, witness if there is one, on which CPUs."""

    engine: Engine
    seed: int
    upstream: Upstream | None
    cores: Sequence[int] | None = None

    def warm_up(self, server: Server, block: Block) -> WarmUp:
        """Load the server until its connections to the upstream stand.

        Raises `BlockError` where no request was answered at all.
        """
        every, passes = block.warm_up, 0
        level = Level(every, every)
        while passes < WARM_UP_PASSES:
            passes += 1
            condition = Condition(level, block.conditions[0].terms)
            if self.upstream:
                self.upstream.begin(sequence_key(self.seed, block.round, None))
            load = self._load(condition, server)
            if not load.latencies_s:
                message = max(load.errors, key=lambda text: load.errors[text], default="no error")
                raise BlockError(
                    f"{server.target.name}: none of {level.requests} requests of the warm-up was "
                    f"answered. {self.engine.build.name} says: {message}."
                )
            if not self.upstream:
                break
            seen = self.upstream.read()[0]
            if is_warm(seen, passes):
                break
            asked = min(TELLING, every) if seen.connections_new == seen.calls else every
            level = Level(asked, asked)
        counted = "body_bytes" in self.engine.columns
        return WarmUp(passes, bool(load.body_bytes) if counted else None)

    def sample(
        self, server: Server, block: Block, position: int, expected: Expected, origin: Origin
    ) -> Sample:
        """Load the server under the condition that stands at `position` (from 1) in its block.

        Where the witness is lost meanwhile, its part is None.
        """
        condition = block.conditions[position - 1]
        level, terms = condition.level, condition.terms
        repeat = block.conditions[:position].count(condition)
        upstream_before_s = (
            self.upstream.begin(
                sequence_key(self.seed, block.round, condition, repeat), terms.latency
            )
            if self.upstream
            else 0.0
        )
        others_before = others.look()
        started, machine_before = utc_now(), pressure.pressure()
        before = server_usage.measure(server.child.pid)
        load = self._load(condition, server)
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
            engine=self.engine.build.name,
            argv=tuple(self.engine.shown_command(condition, server.url, _request(server))),
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
            cpu_s=Cpu(server_s, tuple(workers_s), upstream_s, load.cpu_s),
            server_rss_bytes=after.rss_bytes or None,
            server_pss_bytes=server_usage.pss_bytes(server.child.pid),
            machine=machine_before.spent_until(
                machine_after,
                lab_s=server_s + load.cpu_s + (upstream_s or 0.0),
                others=others.between(others_before, others_after, wall_s=load.wall_s),
            ),
            expected=expected,
            origin=origin,
            repeat=repeat,
            condition=beside_level(terms),
            steady=self.engine.steady_s(load, level.concurrency),
        )

    def _load(self, condition: Condition, server: Server) -> Load:
        look = partial(self._look, server)
        return self.engine.run(condition, server.url, _request(server), cores=self.cores, look=look)

    def _look(self, server: Server) -> None:
        """Raise `UpstreamError` where the upstream hangs; keep the server's log from filling the
        disk.

        Requests to a hanging upstream take minutes to time out. One that has died is told
        when the load is done, which is soon then: what was answered is kept.
        """
        log.trim(server.log)
        if self.upstream and self.upstream.running():
            self.upstream.ping()


def _request(server: Server) -> Request:
    return server.target.manifest.request
