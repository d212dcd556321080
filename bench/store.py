"""A run's folder: the only module that writes under `results/`."""

import json
import os
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from bench.errors import MachineError, UsageError
from bench.paths import shown
from bench.sample import Sample


def utc_now() -> str:
    """ISO 8601, UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class RunFolder:
    """`results/<run-id>/`. Every file in it is written whole, or not at all."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.samples = path / "samples"
        self.logs = path / "logs"

    @property
    def id(self) -> str:
        return self.path.name

    def log(self, target: str, round_number: int) -> Path:
        return self.logs / f"{target}-r{round_number}.log"

    def write_run(self, values: Mapping[str, object]) -> None:
        write_whole(self.path / "run.json", (json.dumps(values, indent=2) + "\n").encode())

    def write_sample(self, sample: Sample) -> None:
        write_whole(self.samples / sample.file_name, sample.dumps())


def create(results: Path) -> RunFolder:
    """A new run's folder, with `latest` linking to it.

    Raises `UsageError` where `results` cannot be written.
    """
    run_id = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ-") + secrets.token_hex(2)
    folder = RunFolder(results.resolve() / run_id)
    latest = results / "latest"
    try:
        if latest.is_dir() and not latest.is_symlink():
            raise UsageError(
                f"{shown(latest)}: it is a folder, and the link to the newest run belongs there. "
                f"Move it away, or name another folder with --results DIR."
            )
        folder.samples.mkdir(parents=True)
        folder.logs.mkdir()
        link = results / f".latest-{run_id}"
        link.symlink_to(run_id)
        link.replace(latest)
    except OSError as error:
        raise UsageError(
            f"{shown(results)}: a run cannot be written here: {error.strerror}. "
            f"Name another folder with --results DIR."
        ) from None
    return folder


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that a reader, or a kill, sees all of it or nothing.

    Raises `MachineError` where there is no room or no right to.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise MachineError(
            f"{shown(path)} cannot be written: {error.strerror}. "
            f"What was written before it is whole, and kept."
        ) from None
    finally:
        partial.unlink(missing_ok=True)
