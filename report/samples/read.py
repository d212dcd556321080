"""A run's files as frames."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pandas as pd

from lab.engines import Build
from lab.errors import UsageError
from lab.files import json_text, run_json
from lab.files.sample import read
from lab.paths import shown
from report.samples.measured import FIGURES, Measured, measure
from report.samples.mixed import refuse_mixed

PLACE = ["target", "requests", "concurrency", "round"]


def read_run(folder: Path) -> dict[str, Any]:
    """The run's `run.json`. Raises `UsageError` where it is broken, or of another version."""
    return dict(json_text.builtins(run_json.read(folder)))


def build_of(run: Mapping[str, Any]) -> Build | None:
    """The engine that the run was loaded with; None where it is of before that was kept."""
    return msgspec.convert(run.get("engine"), Build | None)


def read_measured(folder: Path, run: Mapping[str, Any]) -> list[Measured]:
    """What the run's samples say, in the order of their rounds.

    Raises `UsageError` for a file that is no sample of this run, for a second sample of
    the same place in it, and where samples cannot be compared.
    """
    measured: dict[str, Measured] = {}
    places: dict[tuple[object, ...], str] = {}
    for path in sorted((folder / "samples").glob("*.json")):
        file = shown(path)
        sample = read(path)
        if sample.target not in run["targets"] or str(sample.level) not in run["plan"]["levels"]:
            raise UsageError(
                f"{file}: a sample of {sample.target} at {sample.level}, "
                f"which run.json does not plan."
            )
        place = (sample.target, sample.level, sample.round, sample.repeat)
        if place in places:
            raise UsageError(
                f"{file}: {sample.target} at {sample.level} in round {sample.round} "
                f"is also in {places[place]}. One of the two does not belong to this run."
            )
        places[place] = file
        measured[file] = measure(sample)
    build = build_of(run)
    refuse_mixed(
        measured.values(), measured, run.get("origin"), run_build=build.word if build else None
    )
    return sorted(measured.values(), key=lambda each: (each.round, each.repeat))


def by_round(measured: Iterable[Measured]) -> pd.DataFrame:
    """A row for each target, level and round, with `FIGURES`: geometric means of its samples.

    A figure is NaN where nothing was answered, or none was taken.
    """
    columns = [*PLACE, *FIGURES]
    rows = [[getattr(sample, column) for column in columns] for sample in measured]
    frame = pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(FIGURES, float))
    logs = frame.assign(**{figure: np.log(frame[figure]) for figure in FIGURES})
    means = logs.groupby(PLACE, as_index=False)[list(FIGURES)].mean()
    return means.assign(**{figure: np.exp(means[figure]) for figure in FIGURES})
