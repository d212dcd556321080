"""A run: every block of the plan, each sample kept as soon as it is there."""

import contextlib
import shlex
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bench import check, cores, display, hey_install, machine, store
from bench.cores import Cores
from bench.environment import Environment, prepare
from bench.errors import INTERRUPTED, BlockError, LabError
from bench.load import Loader
from bench.paths import RESULTS, ROOT, shown
from bench.plan import Block, Plan
from bench.profile import Profile
from bench.progress import Watcher, watch
from bench.sample import Expected, Origin, digest
from bench.scene import Scene, ask_real_api, without_query
from bench.store import RunFolder
from bench.target import CONTROL, Target
from bench.until import Pursuit, Until

RUN_SCHEMA = 1


@dataclass(frozen=True)
class Order:
    """What the user asked for, checked.

    With `pin`, load, upstream and server get cores of their own where there are enough.
    """

    targets: Sequence[Target]
    profile: Profile
    plan: Plan
    baseline: str
    results: Path
    margin: float = 0.1
    until: Until | None = None
    upstream_url: str | None = None
    pin: bool = True


@dataclass
class Tally:
    """What has happened so far; `run.json` is made from it."""

    started: str = field(default_factory=store.utc_now)
    started_s: float = field(default_factory=time.monotonic)
    blocks: list[dict[str, object]] = field(default_factory=list)
    samples: int = 0
    loaded_s: float = 0.0
    failures: int = 0

    @property
    def wall_s(self) -> float:
        return time.monotonic() - self.started_s


def compare(order: Order) -> int:
    """Measure everything that `order` plans, and write the page. The exit code."""
    tally = Tally()
    hey = hey_install.find_hey(print)
    real = ask_real_api(order.upstream_url) if order.upstream_url else None
    pinned = cores.of_this_machine() if order.pin else None
    print(f"Preparing {display.plural(len(order.targets), 'environment')}", flush=True)
    environments = prepare(order.targets)
    folder = store.create(order.results)
    print(f"Results go to {shown(folder.path)}", flush=True)
    with Scene(
        environments,
        folder=folder.path,
        latency=order.profile.latency,
        trust=order.profile.trust,
        real=real,
        pinned=pinned,
    ) as scene:
        run = Run(
            order, folder, scene, hey=hey, environments=environments, pinned=pinned, tally=tally
        )
        run.record()
        interrupted = False
        try:
            with watch(order.plan) as watcher:
                run.measure(watcher)
        except KeyboardInterrupt:
            interrupted = True
        except LabError:
            with contextlib.suppress(LabError):  # what ended the run is what to tell
                run.record(finished=True)
            raise
        run.record(finished=True)
    try:
        report(folder, quiet=False)
    except KeyboardInterrupt:
        interrupted = True
    except LabError as error:
        if not interrupted:
            raise
        print(error, file=sys.stderr)
    if interrupted:
        done = f"{run.rounds_done} of {order.plan.rounds} rounds are whole"
        print(f"\nInterrupted. What was measured is kept: {done}.")
        print(f"To write its page again: {report_command(folder)}", flush=True)
        return INTERRUPTED
    return 1 if tally.failures else 0


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
        self._folder = folder
        self._scene = scene
        self._hey = hey
        self._environments = environments
        self._pinned = pinned
        self._tally = tally
        self._targets = {target.name: target for target in order.targets}
        self._machine = machine.describe()
        self._machine_id = machine.identity()
        profile = order.profile
        self._pursuit = Pursuit(order.until) if order.until else None
        self._profile_id = digest([profile.latency.to_json(), profile.trust, order.upstream_url])

    @property
    def rounds_done(self) -> int:
        """Rounds of which every block was measured or has failed."""
        per_round = len(self._order.plan.targets)
        return len(self._tally.blocks) // per_round

    @property
    def _settled(self) -> bool:
        return self._pursuit is not None and self._pursuit.over

    def measure(self, watcher: Watcher) -> None:
        """Every block; after each round the page is written anew."""
        began_s = time.monotonic()
        for block in self._order.plan.blocks:
            self._block(block, watcher)
            self.record()
            if block.position < len(self._order.plan.targets):
                continue
            if self._pursuit is None and block.round == self._order.plan.rounds:
                return
            try:
                report(self._folder, quiet=True)
            except LabError as error:  # the samples matter more than this page
                watcher.note(str(error))
                continue
            if self._pursuit and self._ends(self._pursuit, block.round, began_s, watcher):
                return

    def _ends(self, pursuit: Pursuit, done: int, began_s: float, watcher: Watcher) -> bool:
        """After a round of a run with `--until`: whether it was the last."""
        pursuit.learn(self._folder.path / "summary.json", done=done)
        if news := pursuit.news(time.monotonic() - began_s):
            watcher.note(news)
        if pursuit.rounds_expected:
            watcher.expect(pursuit.rounds_expected)
        return pursuit.over

    def _block(self, block: Block, watcher: Watcher) -> None:
        watcher.begin_block(block)
        log = self._folder.log(block.target, block.round)
        entry: dict[str, object] = {
            "round": block.round,
            "position": block.position,
            "target": block.target,
            "started": store.utc_now(),
            "log": str(log.relative_to(self._folder.path)),
            "error": None,
        }
        before = self._tally.samples
        try:
            self._measure_block(block, log, entry, watcher)
        except BlockError as error:
            entry["error"] = str(error)
            self._tally.failures += 1
            lost = len(block.levels) - (self._tally.samples - before)
            watcher.fail_block(block, str(error), skipped=lost)
        self._tally.blocks.append(entry)

    def _measure_block(
        self, block: Block, log: Path, entry: dict[str, object], watcher: Watcher
    ) -> None:
        loader = Loader(
            self._hey,
            self._order.plan.seed,
            self._scene.upstream(),
            cores=self._pinned.load if self._pinned else None,
        )
        with self._scene.served(self._targets[block.target], log) as (server, answer):
            watcher.begin_sample(block, "warming up")
            warm_up = loader.warm_up(server, block)
            entry["warm_up_passes"] = warm_up.passes
            expected = Expected(
                upstream_calls=server.target.manifest.upstream_calls,
                body_bytes=len(answer.body) if warm_up.lengths_announced else 0,
            )
            origin = Origin(
                machine=self._machine_id,
                profile=self._profile_id,
                lock=self._environments[block.target].lock_sha256[:16],
            )
            for position, level in enumerate(block.levels, start=1):
                watcher.begin_sample(block, str(level))
                sample = loader.sample(server, block, position, expected, origin)
                self._folder.write_sample(sample)
                self._tally.samples += 1
                self._tally.loaded_s += sample.wall_s
                self._tally.failures += sample.failed + len(sample.doubts)
                watcher.take_sample(sample)
                if trouble := server.trouble():
                    raise BlockError(f"{block.target} {trouble}")
                if loader.upstream and sample.upstream is None:
                    raise BlockError(
                        f"the upstream was lost while {block.target} was loaded at {level}: "
                        f"nobody counted the calls. See {shown(self._folder.path)}/upstream.log."
                    )
            if loader.upstream:  # a real API may answer something else each time
                check.verify_again(server, answer)

    def record(self, *, finished: bool = False) -> None:
        """Write `run.json`."""
        order, tally = self._order, self._tally
        plan = order.plan
        self._folder.write_run(
            {
                "schema": RUN_SCHEMA,
                "id": self._folder.id,
                "started": tally.started,
                "finished": store.utc_now() if finished else None,
                "complete": len(tally.blocks) == len(plan.blocks) or self._settled,
                "wall_s": tally.wall_s,
                "load_share": tally.loaded_s / tally.wall_s,
                "seed": plan.seed,
                "rounds": {"asked": plan.rounds, "done": self.rounds_done},
                "margin": order.margin,
                "until": self._pursuit.to_json() if self._pursuit else None,
                "baseline": order.baseline,
                "control": CONTROL if CONTROL in self._targets else None,
                "upstream": without_query(order.upstream_url) if order.upstream_url else "lab",
                "profile": order.profile.to_json(),
                "plan": plan.to_json(),
                "targets": {
                    target.name: _describe(target, self._environments[target.name])
                    for target in order.targets
                },
                "machine": self._machine,
                "origin": {"machine": self._machine_id, "profile": self._profile_id},
                "pinned": asdict(self._pinned) if self._pinned else None,
                "blocks": tally.blocks,
            }
        )


def _describe(target: Target, environment: Environment) -> dict[str, object]:
    manifest = target.manifest
    return {
        "title": manifest.title,
        "parent": manifest.parent,
        "change": manifest.change,
        "serve": manifest.serve,
        "path": manifest.path,
        "slots": manifest.slots,
        "tags": list(manifest.tags),
        "upstream_calls": manifest.upstream_calls,
        "lock_sha256": environment.lock_sha256,
        "versions": environment.versions,
    }


def report(folder: RunFolder, *, quiet: bool) -> None:
    """Write summary and page in a process of its own: pandas would stay in this one's memory."""
    command = [sys.executable, "-m", "report", str(folder.path), *(["--quiet"] if quiet else [])]
    done = subprocess.run(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is the bench's to deal with
        check=False,
    )
    if done.returncode:
        raise LabError(
            f"The page could not be written. Every sample is kept in {shown(folder.samples)}; "
            f"try: {report_command(folder)}"
        )


def report_command(folder: RunFolder) -> str:
    """What writes the page of a run again."""
    known = folder.path.parent == RESULTS
    return shlex.join(["nox", "-s", "report", "--", folder.id if known else str(folder.path)])
