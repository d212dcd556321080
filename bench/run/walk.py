"""A run: every block of the plan, each sample kept as soon as it is there."""

import time
from collections import deque
from collections.abc import Mapping

import msgspec

from bench.environment.prepare import Environment
from bench.load.engine import Engine
from bench.machine import facts
from bench.plan.goal import Pursuit
from bench.plan.planner import SoFar, is_due, plan_anew
from bench.plan.spec import RunSpec
from bench.run.block import Blocks
from bench.run.describe import describe
from bench.run.page import write_page
from bench.run.screen import Watcher, watch
from bench.run.state import RunState
from bench.serving.surroundings import Surroundings
from bench.upstream.real import without_query
from lab import display
from lab.engines import Build
from lab.errors import LabError
from lab.files.blocks_jsonl import BlockLine
from lab.files.folder import RunFolder, utc_now
from lab.files.plan import Block
from lab.files.run_json import Cores, Rounds, Run, RunOrigin
from lab.files.sample import Origin
from lab.files.version import VERSION
from lab.names import BESIDE, CONTROL


class Walk:
    """Walks through the plan of one run.

    `build` is what its samples are said to be loaded with, None where the run began without
    knowing it.
    """

    def __init__(
        self,
        spec: RunSpec,
        folder: RunFolder,
        surroundings: Surroundings,
        *,
        engine: Engine,
        build: Build | None,
        environments: Mapping[str, Environment],
        pinned: Cores | None,
        state: RunState,
    ) -> None:
        self._spec = spec
        self.folder = folder
        self._pinned = pinned
        self._build = build
        self._state = state
        self._targets = {target.name: target for target in spec.targets}
        self._machine = facts.describe()
        self._machine_id = facts.identity()
        self._described = {
            target.name: describe(target, environments[target.name]) for target in spec.targets
        }
        self._pursuit = Pursuit(spec.until) if spec.until else None
        self._blocks = Blocks(
            spec,
            folder,
            surroundings,
            engine=engine,
            pinned=pinned,
            origins={
                name: Origin(
                    self._machine_id,
                    spec.profile_digest,
                    environment.sha256[:16],
                    build.word if build else None,
                )
                for name, environment in environments.items()
            },
            code={name: it.code_sha256 for name, it in self._described.items()},
        )

    def measure(self) -> None:
        """Every block that is left; after each round the page is written anew.

        A run with `--until` ends before a round in which nothing was begun, when it may.
        """
        state, began_s = self._state, time.monotonic()
        todo = deque(state.todo)
        with watch(msgspec.structs.replace(state.plan, blocks=tuple(todo))) as watcher:
            if self._pursuit and state.rounds_done and self._round_ends(began_s, watcher):
                return
            while todo:
                block = todo.popleft()
                self._block(block, watcher)
                if todo and todo[0].round == block.round:
                    continue
                if self._pursuit is None and not todo:
                    return
                if self._round_ends(began_s, watcher):
                    return
                if is_due(state.rounds_done):
                    self._plan_anew(watcher)
                    todo = deque(state.todo)

    def _plan_anew(self, watcher: Watcher) -> None:
        """Plan what is not begun from what is known by now, and have that on record first."""
        spec, state = self._spec, self._state
        anew = plan_anew(
            state.plan,
            SoFar(
                state.seen,
                begun=state.rounds_begun,
                elapsed_s=state.wall_s,
                block_s=(state.wall_s - state.loaded_s) / len(state.records),
            ),
            seed=spec.seed,
            baseline=spec.baseline,
            pairs=self._pairs,
        )
        if anew == state.plan:
            return
        if anew.rounds != state.plan.rounds and anew.room and anew.room.minutes:
            watcher.note(
                f"{display.plural(anew.rounds, 'round')}, not {state.plan.rounds}: that is what "
                f"{anew.room.minutes:g} minutes have time for."
            )
        state.plan_anew(anew)
        self.save()
        watcher.plan_anew(msgspec.structs.replace(anew, blocks=tuple(state.todo)))

    @property
    def _pairs(self) -> list[tuple[str, str]]:
        """The targets whose ratios are asked for: each with the baseline, and with its parent."""
        baseline = self._spec.baseline
        return [
            (target.name, other)
            for target in self._spec.targets
            if target.name not in (baseline, *BESIDE)
            for other in dict.fromkeys((baseline, target.manifest.parent))
            if other in self._targets
        ]

    def _round_ends(self, began_s: float, watcher: Watcher) -> bool:
        """Write the page; whether it tells that the run is at its end."""
        state, before_s = self._state, time.monotonic()
        try:
            write_page(self.folder, quiet=True)
        except LabError as error:  # the samples matter more than this page
            watcher.note(str(error))
            return False
        finally:
            state.pages_s += time.monotonic() - before_s
        if self._pursuit is None:
            return False
        pursuit = self._pursuit
        pursuit.learn(self.folder.path / "summary.json", done=self._state.rounds_done)
        if news := pursuit.news(self._state.before_s + time.monotonic() - began_s):
            watcher.note(news)
        if pursuit.rounds_expected:
            watcher.expect(pursuit.rounds_expected)
        return self._over

    @property
    def _over(self) -> bool:
        """Whether `--until` is at its end; a block that is to be measured again comes first."""
        return self._pursuit is not None and self._pursuit.over and not self._state.again

    def _block(self, block: Block, watcher: Watcher) -> None:
        """Measure a block, settle what became of it, and keep that."""
        earlier = self._state.errors_of(block)
        record, outcome = self._blocks.measure(block, watcher, earlier=earlier)
        self._state.settle(record, outcome)
        wall_s = self._state.wall_s
        self.folder.add_block(
            BlockLine(
                written_by=VERSION,
                block=record,
                wall_s=wall_s,
                load_share=self._state.loaded_s / wall_s,
                rounds_done=self._state.rounds_done,
                complete=self._complete,
                reached=self._pursuit is not None and self._pursuit.goal.reached,
            )
        )

    @property
    def _complete(self) -> bool:
        """Whether nothing is left to measure."""
        return self._state.all_settled or self._over

    def save(self, *, finished: bool = False) -> None:
        """Write `run.json`, when a sitting begins or ends. In between, blocks are added to it."""
        spec, state = self._spec, self._state
        plan = state.plan
        wall_s = state.wall_s
        self.folder.write_run(
            Run(
                written_by=VERSION,
                id=self.folder.id,
                started=state.started,
                finished=utc_now() if finished else None,
                complete=self._complete,
                wall_s=wall_s,
                load_share=state.loaded_s / wall_s,
                pages_s=state.pages_s,
                seed=spec.seed,
                rounds=Rounds(plan.rounds, state.rounds_done),
                margin=spec.margin,
                until=self._pursuit.goal if self._pursuit else None,
                baseline=spec.baseline,
                control=CONTROL if CONTROL in self._targets else None,
                upstream=without_query(spec.upstream_url) if spec.upstream_url else "lab",
                profile=spec.profile,
                plan=plan,
                targets=self._described,
                machine=self._machine,
                origin=RunOrigin(self._machine_id, spec.profile_digest),
                engine=self._build,
                pinned=self._pinned,
                added=list(spec.added),
                python=spec.python,
                resumed=state.resumed,
                blocks=state.blocks(),
            )
        )
