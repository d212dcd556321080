"""One block: a fresh server that is checked, warmed up and loaded at every level of it."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.load.engine import Engine
from bench.load.sampler import Loader
from bench.observe import clock
from bench.plan.spec import RunSpec
from bench.process.log import last_lines, trim
from bench.run.screen import Watcher
from bench.run.state import Outcome
from bench.serving import verify
from bench.serving.surroundings import Surroundings
from bench.target.code import code_digest
from lab import display
from lab.errors import BlockError
from lab.files.blocks_jsonl import BlockRecord, Stages
from lab.files.folder import RunFolder, utc_now
from lab.files.plan import Block
from lab.files.run_json import Cores
from lab.files.sample import Expected, Origin
from lab.paths import shown

# A machine that falls asleep in each of so many attempts is none to measure on.
MOST_ATTEMPTS = 3
LEAST_SLEEP_S = 1.0


class Blocks:
    """Measures the blocks of one run, each by itself.

    `origins` are those of every target's samples, `code` the digests of its Python files when
    the run began.
    """

    def __init__(
        self,
        spec: RunSpec,
        folder: RunFolder,
        surroundings: Surroundings,
        *,
        engine: Engine,
        pinned: Cores | None,
        origins: Mapping[str, Origin],
        code: Mapping[str, object],
    ) -> None:
        self._folder = folder
        self._surroundings = surroundings
        self._engine = engine
        self._pinned = pinned
        self._origins = origins
        self._code = code
        self._seed = spec.seed
        self._targets = {target.name: target for target in spec.targets}

    def measure(
        self, block: Block, watcher: Watcher, *, earlier: Sequence[str]
    ) -> tuple[BlockRecord, Outcome]:
        """Measure a block, again where the machine slept meanwhile, and say what became of it.

        `earlier` are errors of it from sittings before this one.
        """
        watcher.begin_block(block)
        log = self._folder.log(block.target, block.round)
        for attempt in range(1, MOST_ATTEMPTS + 1):
            started, failure = utc_now(), None
            slept_before_s = clock.slept_s()
            outcome = Outcome()
            try:
                self._measure_block(block, log, outcome, watcher)
            except BlockError as error:
                failure = str(error)
            slept_s = clock.slept_s() - slept_before_s
            if slept_s < LEAST_SLEEP_S:
                break
            self._folder.set_aside(block.sample_names)
            failure = (
                f"The machine slept for {display.duration(slept_s)} while {block.target} was "
                f"measured."
            )
            if attempt < MOST_ATTEMPTS:
                watcher.note(f"{failure} It is measured again, with a fresh server.")
            watcher.take_back(outcome.samples)
            outcome = Outcome()
        trim(log)
        if failure:
            # Whatever it was, the next block shall not find an upstream that has suffered by it.
            self._surroundings.drop_upstream()
            lost = len(block.conditions) - outcome.samples
            watcher.fail_block(block, failure, skipped=lost)
        record = BlockRecord(
            round=block.round,
            position=block.position,
            target=block.target,
            started=started,
            log=str(log.relative_to(self._folder.path)),
            error=failure,
            earlier=list(earlier),
            warm_up_passes=outcome.warm_up_passes,
            stages=outcome.stages,
        )
        return record, outcome

    def _measure_block(self, block: Block, log: Path, outcome: Outcome, watcher: Watcher) -> None:
        """Fill in `outcome` sample by sample. Raises `BlockError` where the block fails."""
        target = self._targets[block.target]
        if code_digest(target) != self._code[target.name]:
            raise BlockError(
                f"{target.name}: its code has changed since the run began (a .py file in "
                f"{shown(target.folder)}). Undo that, and measure its blocks again with --resume."
            )
        loader = Loader(
            self._engine,
            self._seed,
            self._surroundings.upstream(),
            cores=self._pinned.load if self._pinned else None,
        )
        began_s = time.monotonic()
        with self._surroundings.served(target, log) as (server, answer):
            served_s = time.monotonic()
            if server.doubt:
                watcher.note(f"{block.target} {server.doubt}")
            watcher.begin_sample(block, "warming up")
            warm_up = loader.warm_up(server, block)
            outcome.warm_up_passes = warm_up.passes
            warm_s = time.monotonic()
            wanted = target.manifest.wanted
            length = len(answer.body) if warm_up.lengths_announced else 0
            counted = wanted.body is not False and warm_up.lengths_announced is not None
            expected = Expected(
                upstream_calls=target.manifest.upstream_calls,
                body_bytes=length if counted else None,
                status=wanted.status,
            )
            for position, condition in enumerate(block.conditions, start=1):
                watcher.begin_sample(block, str(condition))
                sample = loader.sample(
                    server, block, position, expected, self._origins[block.target]
                )
                self._folder.write_sample(sample)
                outcome.add(sample)
                watcher.take_sample(sample)
                if trouble := server.trouble():
                    raise BlockError(f"{block.target} {trouble}")
                if loader.upstream and sample.upstream is None:
                    raise BlockError(
                        f"the upstream was lost while {block.target} was loaded at {condition}: "
                        f"nobody counted the calls. See {shown(self._folder.path)}/upstream.log."
                    )
                if not sample.answered:
                    raise BlockError(
                        f"{block.target} answered none of {sample.requests} requests at "
                        f"{condition}. "
                        f"{last_lines(server.log)}"
                    )
            loaded_s = time.monotonic()
            if loader.upstream:  # a real API may answer something else each time
                verify.verify_again(server, answer, loader.upstream)
        outcome.stages = Stages(
            start_s=served_s - began_s - answer.took_s,
            check_s=answer.took_s,
            warm_up_s=warm_s - served_s,
            load_s=loaded_s - warm_s,
            stop_s=time.monotonic() - loaded_s,
        )
