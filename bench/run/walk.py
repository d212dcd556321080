"""A run: every block of the plan, each sample kept as soon as it is there."""

import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from itertools import zip_longest

from bench.environment.prepare import Environment
from bench.machine import facts
from bench.plan.blocks import Block
from bench.plan.goal import Pursuit
from bench.plan.spec import Order
from bench.run.block import Blocks
from bench.run.describe import describe
from bench.run.page import write_page
from bench.run.screen import Watcher, watch
from bench.run.state import Tally
from bench.serving.surroundings import Scene
from bench.upstream.real import without_query
from lab.errors import LabError
from lab.files import run_json
from lab.files.folder import RunFolder, utc_now
from lab.files.run_json import Cores
from lab.files.sample import Origin
from lab.names import CONTROL


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
        self._pinned = pinned
        self._tally = tally
        self._targets = {target.name: target for target in order.targets}
        self._plan = order.plan.to_json()
        self._machine = facts.describe()
        self._machine_id = facts.identity()
        self._described = {
            target.name: describe(target, environments[target.name]) for target in order.targets
        }
        self._pursuit = Pursuit(order.until) if order.until else None
        self._blocks = Blocks(
            order,
            folder,
            scene,
            hey=hey,
            pinned=pinned,
            origins={
                name: Origin(self._machine_id, order.profile_digest, environment.sha256[:16])
                for name, environment in environments.items()
            },
            code={name: it["code_sha256"] for name, it in self._described.items()},
        )

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
        """Measure a block, and settle what became of it."""
        earlier = self._tally.errors_of(block)
        entry, outcome = self._blocks.measure(block, watcher, earlier=earlier)
        self._tally.settle(block, entry, outcome)

    def save(self, *, finished: bool = False) -> None:
        """Write `run.json`."""
        order, tally = self._order, self._tally
        plan = order.plan
        wall_s = tally.wall_s
        self.folder.write_run(
            {
                "schema": run_json.SCHEMA,
                "id": self.folder.id,
                "started": tally.started,
                "finished": utc_now() if finished else None,
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
