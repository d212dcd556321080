"""A run's files as frames."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from lab.condition import Condition
from lab.errors import UsageError
from lab.files import run_json
from lab.files.run_json import Run
from lab.files.sample import read
from lab.paths import shown
from report.samples.measured import FIGURES, Measured, measure
from report.samples.mixed import refuse_mixed

PLACE = ["target", "at", "round"]


def read_run(folder: Path) -> Run:
    """The run, of `run.json` and `blocks.jsonl`. Raises `UsageError` where one cannot be read."""
    return run_json.read(folder)


def read_measured(folder: Path, run: Run) -> list[Measured]:
    """What the run's samples say, in the order of their rounds.

    Raises `UsageError` for a file that is no sample of this run, for a second sample of
    the same place in it, and where samples cannot be compared.
    """
    measured: dict[str, Measured] = {}
    places: dict[tuple[str, Condition, int, int], str] = {}
    planned = set(run.plan.conditions)
    samples = folder / "samples"
    shown_folder = shown(samples)
    for path in sorted(samples.glob("*.json")):
        file = f"{shown_folder}/{path.name}"
        sample = read(path, file)
        at = sample.at
        if sample.target not in run.targets or at not in planned:
            raise UsageError(
                f"{file}: a sample of {sample.target} at {at}, which run.json does not plan."
            )
        place = (sample.target, at, sample.round, sample.repeat)
        if place in places:
            raise UsageError(
                f"{file}: {sample.target} at {at} in round {sample.round} "
                f"is also in {places[place]}. One of the two does not belong to this run."
            )
        places[place] = file
        measured[file] = measure(sample)
    build = run.engine.word if run.engine else None
    refuse_mixed(measured.values(), measured, run.origin, run_build=build)
    return sorted(measured.values(), key=lambda each: (each.round, each.repeat))


def by_round(measured: Iterable[Measured]) -> pd.DataFrame:
    """A row for each target, condition and round, with `FIGURES`: geometric means of its samples.

    A figure is NaN where nothing was answered, or none was taken.
    """
    columns = [*PLACE, *FIGURES]
    rows = [[getattr(sample, column) for column in columns] for sample in measured]
    frame = pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(FIGURES, float))
    logs = frame.assign(**{figure: np.log(frame[figure]) for figure in FIGURES})
    means = logs.groupby(PLACE, as_index=False)[list(FIGURES)].mean()
    return means.assign(**{figure: np.exp(means[figure]) for figure in FIGURES})
