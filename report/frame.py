"""A run's files as a frame: one row a sample."""

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd

from bench.errors import UsageError
from bench.paths import RESULTS, shown
from bench.sample import loads
from report import shape

RUN_SCHEMA = 1
COLUMNS = (
    "target", "requests", "concurrency", "round",
    "rps", "latency_mean_s", "latency_p95_s",
    "sent", "ok", "errors", "upstream_calls", "upstream_connections", "doubts",
)  # fmt: skip


def find_run(name: str) -> Path:
    """The folder of a run: a path, or the name of one under `results/`."""
    for folder in (Path(name), RESULTS / name):
        with contextlib.suppress(OSError):  # longer than a path can be, or not to be entered
            if (folder / "run.json").is_file():
                return folder.resolve()
    hint = f"Runs lie under {shown(RESULTS)}." if RESULTS.is_dir() else "There is no run yet."
    raise UsageError(f"{name!r} is no run: there is no run.json in it. {hint}")


def read_run(folder: Path) -> dict[str, Any]:
    """The run's `run.json`. Raises `UsageError` where it is broken, or of another version."""
    file = folder / "run.json"
    try:
        run = json.loads(file.read_text(encoding="utf-8"))
        schema = run["schema"]
        if schema == RUN_SCHEMA:
            msgspec.convert(run, shape.Run)
            return dict(run)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UsageError(f"{shown(file)}: cannot be read as a run: {error}.") from None
    raise UsageError(f"{shown(file)}: a run of schema {schema!r}; this version reads {RUN_SCHEMA}.")


def read_frame(folder: Path, run: Mapping[str, Any]) -> pd.DataFrame:
    """One row a sample, with `COLUMNS`; the latencies themselves are not kept.

    The three metrics are NaN where nothing was answered, the witness's counts where
    there was none. Raises `UsageError` for a file that is no sample of this run, and
    for a second sample of the same block and level.
    """
    rows = []
    files: dict[tuple[object, ...], str] = {}
    for path in sorted((folder / "samples").glob("*.json")):
        file = shown(path)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise UsageError(f"{file}: cannot be read: {error.strerror}.") from None
        sample = loads(data, file=file)
        if sample.target not in run["targets"] or str(sample.level) not in run["plan"]["levels"]:
            raise UsageError(
                f"{file}: a sample of {sample.target} at {sample.level}, "
                f"which run.json does not plan."
            )
        key = (sample.target, sample.level, sample.round)
        if key in files:
            raise UsageError(
                f"{file}: {sample.target} at {sample.level} in round {sample.round} "
                f"is also in {files[key]}. One of the two does not belong to this run."
            )
        files[key] = file
        seen = sample.upstream
        rows.append(
            (
                sample.target, sample.requests, sample.concurrency, sample.round,
                sample.rps, sample.latency_mean_s, sample.latency_p95_s,
                sample.sent, sample.ok, sample.failed,
                seen.calls if seen else None, seen.connections if seen else None,
                sample.doubts,
            )
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))
