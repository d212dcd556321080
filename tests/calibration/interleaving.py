"""`nox -s interleaving`: what interleaved rounds of short samples buy over one long run each.

Both procedures measure how many times the requests of one target another serves, and
get the same time under load. The usual one serves each target once, warms it up and
loads it for 15 seconds. This project's serves them in turn, again and again, and loads
each for a short sample. Which of the two comes first is drawn at random each time; the
spread of their answers over many repetitions is what is compared.
"""

import argparse
import csv
import random
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.environment.prepare import prepared
from bench.load.hey import Hey, run_hey
from bench.load.sampler import Loader
from bench.machine import facts
from bench.plan.blocks import make_plan
from bench.plan.profile import load_profile
from bench.process import turn
from bench.process.orphan import end_when_alone
from bench.serving.surroundings import Surroundings
from bench.target.target import Target, select
from bench.tools.hey import find_hey
from lab.condition import Condition
from lab.errors import INTERRUPTED, LabError
from lab.files.folder import utc_now
from lab.files.plan import Block
from lab.files.run_json import MachineFacts
from lab.files.sample import Expected, Origin
from lab.level import Level
from lab.paths import ROOT, shown
from tests.calibration.spread import (
    INTERLEAVED,
    USUAL,
    Answers,
    Figure,
    answers,
    narrowing,
    sources,
)

LONG_RUN_S = 15
DOCS = ROOT / "docs"
TEMPLATE = """\
# What interleaving buys for the time

Written by `nox -s interleaving` on {day}: {machine}.
Every figure is in [interleaving.csv](interleaving.csv).

Two procedures answer how many times the RPS of one target another has, {repetitions} times
each, with about the same time under load. The usual one serves each target once and loads it for
{seconds} s. This project's serves them in turn, in random order, loads each with {level} {repeats}
times per start, and goes on in rounds. Which of the two comes first is drawn at random. (What they
measure differs a little: a short run of hey has ramp-up and tail in it.)

"Width" is the upper end of the 95 % t interval over the repetitions, over its lower end. The last
column compares the logarithms of the two widths, with an interval of its own (95 %, F).

| ratio | usual | interleaved | interleaved over usual |
|---|---|---|---|
{widths}

Where the spread of a short sample comes from (standard deviations of log RPS):

| target | within a start | between starts | of long runs |
|---|---|---|---|
{origins}

Within a start it is luck of connections: at each run of hey they fall on the workers anew, evenly
or not, and the last to finish sets the time. A long run keeps the hand it was dealt. Loading a
short level several times per start averages that luck for the load alone, without another start.
"""

PAIRS = ["sync_requests,async_httpx", "sync_pooled,async_aiohttp"]
LEVEL = Level(150, 30)
# Not what a profile says or plans: it is a part of the procedure whose figures are kept.
REPEATS = 3


@dataclass(frozen=True)
class Lab:
    """What a repetition needs."""

    scene: Surroundings
    hey: str
    folder: Path
    level: Level
    repeats: int

    def usual(self, targets: Sequence[Target], pair: str, repetition: int) -> list[Figure]:
        """Each target alone, one after the other, in one long run."""
        figures = []
        for target in targets:
            block = Block(1, 1, target.name, (Condition(self.level),))
            loader = Loader(Hey.at(self.hey), repetition, self.scene.upstream())
            with self.scene.served(target, self._log(target)) as (server, _):
                loader.warm_up(server, block)
                if loader.upstream:
                    loader.upstream.begin(f"{repetition}/usual")
                load = run_hey(self.hey, self.level, server.url, "-z", f"{LONG_RUN_S}s")
            figures.append(
                Figure(
                    pair, repetition, USUAL, target.name, 1, 1,
                    len(load.latencies_s), load.wall_s,
                )
            )  # fmt: skip
        return figures

    def interleaved(self, targets: Sequence[Target], pair: str, repetition: int) -> list[Figure]:
        """Rounds of fresh servers in random order, until as much time was spent under load."""
        by_name = {target.name: target for target in targets}
        plan = make_plan(
            list(by_name),
            [Condition(self.level)],
            rounds=100,
            seed=repetition,
            repeats={self.level: self.repeats},
        )
        figures: list[Figure] = []
        for block in plan.blocks:
            loaded_s = sum(figure.wall_s for figure in figures)
            # Another round only if it brings the time nearer to that of the long runs.
            round_s = loaded_s / max(1, block.round - 1)
            if block.position == 1 and loaded_s + round_s / 2 > LONG_RUN_S * len(targets):
                break
            figures += self._block(by_name[block.target], block, pair, repetition)
        return figures

    def _block(self, target: Target, block: Block, pair: str, repetition: int) -> list[Figure]:
        figures = []
        loader = Loader(Hey.at(self.hey), repetition, self.scene.upstream())
        with self.scene.served(target, self._log(target)) as (server, answer):
            loader.warm_up(server, block)
            for position in range(1, len(block.conditions) + 1):
                sample = loader.sample(
                    server, block, position, Expected(1, len(answer.body)), Origin("", "", "")
                )
                figures.append(
                    Figure(
                        pair, repetition, INTERLEAVED, target.name, block.round, sample.repeat,
                        sample.answered, sample.wall_s,
                    )
                )  # fmt: skip
        return figures

    def _log(self, target: Target) -> Path:
        return self.folder / f"{target.name}.log"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="interleaving", description=__doc__.partition("\n")[0])
    parser.add_argument("--repetitions", type=int, default=8, metavar="N", help="default: 8")
    parser.add_argument("--out", type=Path, default=DOCS, metavar="FOLDER", help="default: docs/")
    options = parser.parse_args(arguments)
    if options.repetitions < 2:  # one has no spread
        parser.error("--repetitions takes a whole number, 2 or more.")
    end_when_alone()
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.default_int_handler)
    try:
        figures = measure(options.repetitions)
        write(options.out, figures)
    except LabError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("Interrupted. Nothing was written.", file=sys.stderr)
        return INTERRUPTED
    return 0


def measure(repetitions: int) -> list[Figure]:
    """Both procedures on each pair, as often as asked."""
    targets = {target.name: target for target in select(",".join(PAIRS).split(","))}
    profile = load_profile("steady")
    figures: list[Figure] = []
    with (
        turn.on_machine(print),
        tempfile.TemporaryDirectory(prefix="viewlab-interleaving-") as folder,
        prepared(list(targets.values()), turn.waiting(print)) as environments,
        Surroundings(environments, latency=profile.latency, trust=profile.trust) as scene,
    ):
        lab = Lab(scene, find_hey(print), Path(folder), LEVEL, REPEATS)
        for repetition in range(1, repetitions + 1):
            for pair in PAIRS:
                both = [targets[name] for name in pair.split(",")]
                procedures = [lab.usual, lab.interleaved]
                order = random.Random(f"{repetition}/{pair}")  # noqa: S311 - repeatable on purpose
                order.shuffle(procedures)
                for procedure in procedures:
                    figures += procedure(both, pair, repetition)
                print(f"{pair}: {repetition} of {repetitions}", flush=True)
    return figures


def write(folder: Path, figures: Sequence[Figure]) -> None:
    """`interleaving.md`, and in `interleaving.csv` every figure that it is made from."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "interleaving.csv").open("w", newline="") as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(Figure.__dataclass_fields__)
        rows.writerows([*vars(figure).values()] for figure in figures)
    text = render(figures, facts.describe(), utc_now()[:10])
    (folder / "interleaving.md").write_text(text, encoding="utf-8")
    print(f"{text}\nIn {shown(folder / 'interleaving.md')}", flush=True)


def read(file: Path) -> list[Figure]:
    """The figures that `write` kept."""
    with file.open(newline="") as rows:
        return [
            Figure(
                row["pair"], int(row["repetition"]), row["procedure"], row["target"],
                int(row["round"]), int(row["repeat"]), int(row["answered"]), float(row["wall_s"]),
            )
            for row in csv.DictReader(rows)
        ]  # fmt: skip


def render(figures: Sequence[Figure], described: MachineFacts, day: str) -> str:
    """The page in the docs."""
    pairs = list(dict.fromkeys(figure.pair for figure in figures))
    widths, origins = [], []
    for pair in pairs:
        base, other = pair.split(",")
        usual, ours = (answers(figures, pair, name) for name in (USUAL, INTERLEAVED))
        narrow = narrowing(ours, usual)
        widths.append(
            f"| {other} over {base} | {_answered(usual)} | {_answered(ours)} "
            f"| {narrow.times:.2f} [{narrow.low:.2f}, {narrow.high:.2f}] |"
        )
        for target in (base, other):
            found = sources(figures, pair, target)
            origins.append(
                f"| {target} | {found.within:.3f} | {found.between:.3f} | {found.long_runs:.3f} |"
            )
    repetitions = max(figure.repetition for figure in figures)
    return TEMPLATE.format(
        day=day,
        machine=f"{described.cpu or described.architecture}, {described.cores} cores, "
        f"{described.system} {described.kernel}, Python {described.python}",
        repetitions=repetitions,
        seconds=LONG_RUN_S,
        level=LEVEL,
        repeats=max(figure.repeat for figure in figures),
        widths="\n".join(widths),
        origins="\n".join(origins),
    )


def _answered(it: Answers) -> str:
    return (
        f"{min(it.ratios):.2f} to {max(it.ratios):.2f}, SD {it.sd:.3f}, "
        f"width {it.width:.2f}, {it.loaded_s:.0f} s"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
