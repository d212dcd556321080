"""The product from outside: its command line, and its summary of a part of a run."""

import json
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.process.child import Child
from bench.process.log import last_lines
from lab.errors import BlockError
from lab.files import sample
from lab.files.sample import Sample
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
        return {"latency": self.latency.to_json(), "level": self.level, "rounds": self.rounds}


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
    run: Json
    measured: Sequence[Measured]
    samples: Sequence[Sample]
    summary: Json


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
        summary=json.loads((folder / "summary.json").read_text(encoding="utf-8")),
    )


def last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else ""


def of_targets(
    run: Mapping[str, Any],
    measured: Sequence[Measured],
    names: Sequence[str],
    *,
    rounds: Collection[int] | None = None,
    margin: float | None = None,
) -> tuple[Json, list[Measured]]:
    """A run as if it had had these targets alone, the first as its baseline.

    With `rounds` as if only those had been measured, with `margin` as if it had been asked
    with another one. It is what `report.summary.build.summarize` takes.
    """
    kept = range(1, run["rounds"]["done"] + 1) if rounds is None else rounds
    seen = {
        **run,
        "baseline": names[0],
        "targets": {name: run["targets"][name] for name in names},
        "plan": {**run["plan"], "targets": list(names)},
        "blocks": [
            block for block in run["blocks"] if block["target"] in names and block["round"] in kept
        ],
        "rounds": {"asked": len(kept), "done": len(kept)},
    }
    if margin is not None:
        seen["margin"] = margin
    return seen, [each for each in measured if each.target in names and each.round in kept]


def judged(
    compared: Compared,
    names: Sequence[str],
    *,
    rounds: Collection[int] | None = None,
    margin: float | None = None,
) -> Json:
    """The product's summary of `of_targets`."""
    return summarize(
        *of_targets(compared.run, compared.measured, names, rounds=rounds, margin=margin)
    )


def ratio(summary: Mapping[str, Any], target: str, metric: str = "rps") -> Json:
    """The comparison of `target` with the baseline of the summary, which has one level."""
    (found,) = (
        each
        for each in summary["comparisons"]
        if (each["kind"], each["target"], each["metric"]) == ("baseline", target, metric)
    )
    return dict(found)


def by_round(measured: Sequence[Measured], target: str, metric: str) -> tuple[float, ...]:
    """A figure of each of the target's samples, in the order of their rounds.

    Raises `BlockError` where nothing was answered, so that no round is passed over.
    """
    values = [getattr(each, metric) for each in measured if each.target == target]
    if None in values or not values:
        raise BlockError(f"{target} answered nothing in one of its rounds.")
    return tuple(values)
