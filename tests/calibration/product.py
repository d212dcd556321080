"""The product from outside: its command line, and its summary of a part of a run."""

import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from bench.process.child import Child
from bench.process.log import last_lines
from lab.errors import BlockError
from lab.files import json_text, sample
from lab.files.run_json import Rounds, Run
from lab.files.sample import Sample
from lab.files.summary_json import Comparison, Metric, Summary
from lab.latency import Latency
from report.samples.measured import Measured
from report.samples.read import read_measured, read_run
from report.summary.build import summarize
from tests.calibration.answer import Json, Setting
from tests.support.lab import Lab, copy_lab

SAY_EVERY_S = 60.0


@dataclass(frozen=True)
class Load:
    """How targets are loaded: the upstream's latency, one level, and how many rounds."""

    latency: Latency
    level: str
    rounds: int

    @property
    def profile(self) -> str:
        return (
            f'[upstream]\nlatency = {_toml(self.latency)}\ntrust = "lab"\n\n'
            f'[load]\nlevels = ["{self.level}"]\nrounds = {self.rounds}\n'
        )

    def to_json(self) -> Json:
        latency = json_text.builtins(self.latency)
        return {"latency": latency, "level": self.level, "rounds": self.rounds}


def _toml(latency: Latency) -> str:
    it = latency.lognormal
    if it is None:
        return f"{{ fixed_ms = {latency.fixed_ms} }}"
    return f"{{ lognormal = {{ median_ms = {it.median_ms}, sigma = {it.sigma} }} }}"


@dataclass(frozen=True)
class Compared:
    """A run of `python -m bench compare`: its files, read as the report reads them."""

    code: int
    folder: Path
    run: Run
    measured: Sequence[Measured]
    samples: Sequence[Sample]
    summary: Summary


def make_lab(setting: Setting, load: Load) -> Lab:
    """A copy of the lab without targets, whose profile is `load`."""
    lab = copy_lab(setting.folder, setting.hey)
    (lab.root / "quick.toml").write_text(load.profile)
    return lab


def compare(lab: Lab, setting: Setting, *arguments: str, timeout_s: float) -> Compared:
    """Compare all targets of `lab`, and read what came of it.

    Raises `BlockError` where the command takes too long, or ends in another way than
    with a whole run; failed cells are for the caller to judge.
    """
    log = lab.root / "compare.log"
    command = [
        sys.executable, "-m", "bench", "compare",
        "--profile", "quick.toml", "--no-control", "--seed", str(setting.seed), *arguments,
    ]  # fmt: skip
    left_s = timeout_s
    with (
        log.open("wb") as output,
        Child(command, output=output, cwd=lab.root, env=lab.env) as child,
    ):
        while (ended := child.wait(SAY_EVERY_S)) is None and left_s > 0:
            left_s -= SAY_EVERY_S
            setting.say(f"   {last_line(log)}")
    if ended is None:
        raise BlockError(f"compare took longer than {timeout_s:.0f} s. {last_lines(log)}")
    if ended.code not in (0, 1):
        raise BlockError(f"compare ended with {ended}. {last_lines(log)}")
    folder = lab.latest
    if not (folder / "summary.json").is_file():
        raise BlockError(f"compare wrote no summary. {last_lines(log)}")
    run = read_run(folder)
    return Compared(
        code=ended.code,
        folder=folder,
        run=run,
        measured=read_measured(folder, run),
        samples=[
            sample.loads(path.read_bytes(), file=path.name)
            for path in sorted(folder.glob("samples/*.json"))
        ],
        summary=json_text.decode((folder / "summary.json").read_bytes(), Summary),
    )


def last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else ""


def of_targets(
    run: Run,
    measured: Sequence[Measured],
    names: Sequence[str],
    *,
    rounds: Collection[int] | None = None,
    margin: float | None = None,
) -> tuple[Run, list[Measured]]:
    """A run as if it had had these targets alone, the first as its baseline.

    With `rounds` as if only those had been measured, with `margin` as if it had been asked
    with another one. It is what `report.summary.build.summarize` takes.
    """
    kept = range(1, run.rounds.done + 1) if rounds is None else rounds
    seen = replace(
        run,
        baseline=names[0],
        targets={name: run.targets[name] for name in names},
        plan=replace(run.plan, targets=tuple(names)),
        blocks=[block for block in run.blocks if block.target in names and block.round in kept],
        rounds=Rounds(asked=len(kept), done=len(kept)),
        margin=run.margin if margin is None else margin,
    )
    return seen, [each for each in measured if each.target in names and each.round in kept]


def judged(
    compared: Compared,
    names: Sequence[str],
    *,
    rounds: Collection[int] | None = None,
    margin: float | None = None,
) -> Summary:
    """The product's summary of `of_targets`."""
    return summarize(
        *of_targets(compared.run, compared.measured, names, rounds=rounds, margin=margin)
    )


def ratio(summary: Summary, target: str, metric: Metric = "rps") -> Comparison:
    """The comparison of `target` with the baseline of the summary, which has one level."""
    (found,) = (
        each
        for each in summary.comparisons
        if (each.kind, each.target, each.metric) == ("baseline", target, metric)
    )
    return found


def by_round(measured: Sequence[Measured], target: str, metric: str) -> tuple[float, ...]:
    """A figure of each of the target's samples, in the order of their rounds.

    Raises `BlockError` where nothing was answered, so that no round is passed over.
    """
    values = [getattr(each, metric) for each in measured if each.target == target]
    if None in values or not values:
        raise BlockError(f"{target} answered nothing in one of its rounds.")
    return tuple(values)
