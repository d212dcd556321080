"""A run: every block of the plan, each sample kept as soon as it is there."""

import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from itertools import zip_longest
from pathlib import Path

from bench import check, clock, display, logs, machine, record, store
from bench.cores import Cores
from bench.described import describe
from bench.environment import Environment
from bench.errors import BlockError, LabError
from bench.load import Loader
from bench.order import Order
from bench.page import write_page
from bench.paths import shown
from bench.plan import Block
from bench.progress import Watcher, watch
from bench.sample import Expected, Origin
from bench.scene import Scene, without_query
from bench.server import last_lines
from bench.store import RunFolder
from bench.tally import Entry, Outcome, Tally
from bench.target import CONTROL
from bench.until import Pursuit

# A machine that falls asleep in each of so many attempts is none to measure on.
MOST_ATTEMPTS = 3
LEAST_SLEEP_S = 1.0


class Run:
    """Walks through the plan of one run."""

    def __init__(
        self,
        order: Order,
        folder: RunFolder,
        scene: Scene,
        *,
        hey: str,
        environments: Mapping[str, Environment],
        pinned: Cores | None,
        tally: Tally,
    ) -> None:
        self._order = order
        self.folder = folder
        self._scene = scene
        self._hey = hey
        self._environments = environments
        self._pinned = pinned
        self._tally = tally
        self._targets = {target.name: target for target in order.targets}
        self._plan = order.plan.to_json()
        self._machine = machine.describe()
        self._machine_id = machine.identity()
        self._described = {
            target.name: describe(target, environments[target.name]) for target in order.targets
        }
        self._pursuit = Pursuit(order.until) if order.until else None

    def measure(self) -> None:
        """Every block that is left; after each round the page is written anew.

        A run with `--until` ends before a round in which nothing was begun, when it may.
        """
        tally, began_s = self._tally, time.monotonic()
        todo = tuple(tally.todo)
        with watch(replace(self._order.plan, blocks=todo)) as watcher:
            if self._pursuit and tally.rounds_done and self._round_ends(began_s, watcher):
                return
            for block, following in zip_longest(todo, todo[1:]):
                self._block(block, watcher)
                self.save()
                if following and following.round == block.round:
                    continue
                if self._pursuit is None and following is None:
                    return
                if self._round_ends(began_s, watcher):
                    return

    def _round_ends(self, began_s: float, watcher: Watcher) -> bool:
        """Write the page; whether it tells that the run is at its end."""
        try:
            write_page(self.folder, quiet=True)
        except LabError as error:  # the samples matter more than this page
            watcher.note(str(error))
            return False
        if self._pursuit is None:
            return False
        pursuit = self._pursuit
        pursuit.learn(self.folder.path / "summary.json", done=self._tally.rounds_done)
        if news := pursuit.news(self._tally.before_s + time.monotonic() - began_s):
            watcher.note(news)
        if pursuit.rounds_expected:
            watcher.expect(pursuit.rounds_expected)
        return self._over

    @property
    def _over(self) -> bool:
        """Whether `--until` is at its end; a block that is to be measured again comes first."""
        return self._pursuit is not None and self._pursuit.over and not self._tally.again

    def _block(self, block: Block, watcher: Watcher) -> None:
        """Measure a block, again where the machine slept meanwhile, and say what became of it."""
        watcher.begin_block(block)
        log = self.folder.log(block.target, block.round)
        for attempt in range(1, MOST_ATTEMPTS + 1):
            entry: Entry = {
                "round": block.round,
                "position": block.position,
                "target": block.target,
                "started": store.utc_now(),
                "log": str(log.relative_to(self.folder.path)),
                "error": None,
                "earlier": self._tally.errors_of(block),
            }
            slept_before_s = clock.slept_s()
            outcome = Outcome()
            try:
                self._measure_block(block, log, entry, outcome, watcher)
            except BlockError as error:
                entry["error"] = str(error)
            slept_s = clock.slept_s() - slept_before_s
            if slept_s < LEAST_SLEEP_S:
                break
            self.folder.set_aside(block.sample_names)
            entry["error"] = (
                f"The machine slept for {display.duration(slept_s)} while {block.target} was "
                f"measured."
            )
            if attempt < MOST_ATTEMPTS:
                watcher.note(f"{entry['error']} It is measured again, with a fresh server.")
            watcher.take_back(outcome.samples)
            outcome = Outcome()
        logs.trim(log)
        if entry["error"]:
            # Whatever it was, the next block shall not find an upstream that has suffered by it.
            self._scene.drop_upstream()
            lost = len(block.levels) - outcome.samples
            watcher.fail_block(block, str(entry["error"]), skipped=lost)
        self._tally.settle(block, entry, outcome)

    def _measure_block(
        self, block: Block, log: Path, entry: Entry, outcome: Outcome, watcher: Watcher
    ) -> None:
        """Fill in `outcome` sample by sample. Raises `BlockError` where the block fails."""
        target = self._targets[block.target]
        if target.code_sha256 != self._described[target.name]["code_sha256"]:
            raise BlockError(
                f"{target.name}: its code has changed since the run began (a .py file in "
                f"{shown(target.folder)}). Undo that, and measure its blocks again with --resume."
            )
        loader = Loader(
            self._hey,
            self._order.plan.seed,
            self._scene.upstream(),
            cores=self._pinned.load if self._pinned else None,
        )
        with self._scene.served(target, log) as (server, answer):
            watcher.begin_sample(block, "warming up")
            warm_up = loader.warm_up(server, block)
            entry["warm_up_passes"] = warm_up.passes
            wanted = target.manifest.wanted
            length = len(answer.body) if warm_up.lengths_announced else 0
            expected = Expected(
                upstream_calls=target.manifest.upstream_calls,
                body_bytes=None if wanted.body is False else length,
                status=wanted.status,
            )
            origin = Origin(
                machine=self._machine_id,
                profile=self._order.profile_digest,
                lock=self._environments[block.target].sha256[:16],
            )
            for position, level in enumerate(block.levels, start=1):
                watcher.begin_sample(block, str(level))
                sample = loader.sample(server, block, position, expected, origin)
                self.folder.write_sample(sample)
                outcome.add(sample)
                watcher.take_sample(sample)
                if trouble := server.trouble():
                    raise BlockError(f"{block.target} {trouble}")
                if loader.upstream and sample.upstream is None:
                    raise BlockError(
                        f"the upstream was lost while {block.target} was loaded at {level}: "
                        f"nobody counted the calls. See {shown(self.folder.path)}/upstream.log."
                    )
                if not sample.answered:
                    raise BlockError(
                        f"{block.target} answered none of {level.requests} requests at {level}. "
                        f"{last_lines(server.log)}"
                    )
            if loader.upstream:  # a real API may answer something else each time
                check.verify_again(server, answer, loader.upstream)

    def save(self, *, finished: bool = False) -> None:
        """Write `run.json`."""
        order, tally = self._order, self._tally
        plan = order.plan
        wall_s = tally.wall_s
        self.folder.write_run(
            {
                "schema": record.SCHEMA,
                "id": self.folder.id,
                "started": tally.started,
                "finished": store.utc_now() if finished else None,
                "complete": not tally.todo or self._over,
                "wall_s": wall_s,
                "load_share": tally.loaded_s / wall_s,
                "seed": plan.seed,
                "rounds": {"asked": plan.rounds, "done": tally.rounds_done},
                "margin": order.margin,
                "until": self._pursuit.to_json() if self._pursuit else None,
                "baseline": order.baseline,
                "control": CONTROL if CONTROL in self._targets else None,
                "upstream": without_query(order.upstream_url) if order.upstream_url else "lab",
                "profile": order.profile.to_json(),
                "plan": self._plan,
                "targets": self._described,
                "machine": self._machine,
                "origin": {"machine": self._machine_id, "profile": order.profile_digest},
                "pinned": asdict(self._pinned) if self._pinned else None,
                "with": list(order.added),
                "python": order.python,
                "resumed": tally.resumed,
                "blocks": tally.blocks(),
            }
        )
