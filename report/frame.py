"""A run's files as a frame: one row a sample."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from bench.errors import UsageError
from bench.paths import RESULTS, shown
from bench.sample import loads

RUN_SCHEMA = 1
COLUMNS = (
    "target", "requests", "concurrency", "round",
    "rps", "latency_mean_s", "latency_p95_s",
    "sent", "ok", "errors", "upstream_calls", "upstream_connections",
)  # fmt: skip


def find_run(name: str) -> Path:
    """The folder of a run: a path, or the name of one under `results/`."""
    for folder in (Path(name), RESULTS / name):
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
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UsageError(f"{shown(file)}: cannot be read as a run: {error}.") from None
    if schema != RUN_SCHEMA:
        raise UsageError(
            f"{shown(file)}: a run of schema {schema!r}; this version reads {RUN_SCHEMA}."
        )
    return dict(run)


def read_frame(folder: Path) -> pd.DataFrame:
    """One row a sample, with `COLUMNS`; the latencies themselves are not kept.

    The three metrics are NaN where nothing was answered, the witness's counts where
    there was none. Raises `UsageError` for a file that is no sample.
    """
    rows = []
    for file in sorted((folder / "samples").glob("*.json")):
        sample = loads(file.read_bytes(), file=shown(file))
        seen = sample.upstream
        rows.append(
            (
                sample.target, sample.requests, sample.concurrency, sample.round,
                sample.rps, sample.latency_mean_s, sample.latency_p95_s,
                sample.sent, sample.ok, sample.failed,
                seen.calls if seen else None, seen.connections if seen else None,
            )
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))
