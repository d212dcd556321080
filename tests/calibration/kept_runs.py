"""What a session of `nox -s precision` has measured so far, so that it can be gone on with."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from lab.errors import UsageError
from lab.files.folder import write_whole
from lab.level import parse_level
from lab.paths import shown
from tests.calibration.widths import Measured, Pair

COLUMNS = (
    "machine", "options", "profile", "repetition", "procedure", "wall_s", "load_s", "rounds",
    "target", "level", "ratio", "low", "high",
)  # fmt: skip
OF_RUN = COLUMNS[:5]
PAIRS = ("repetition", "procedure", "target", "level", "ratio", "low", "high")
TIMES = ("repetition", "procedure", "wall_s", "load_s", "rounds")


@dataclass(frozen=True)
class Key:
    """What two runs must share for one to stand for the other.

    `machine` is `origin.machine` of run.json, `profile` a digest of the profile's text, `options`
    what was handed on to `compare`.
    """

    machine: str
    options: str
    profile: str


@dataclass(frozen=True)
class Kept:
    """A run, and what it was made from. Without a pair it could not be kept: it has one or more."""

    key: Key
    run: Measured


def load(file: Path) -> list[Kept]:
    """What `save` wrote; nothing where there is no such file. Raises `UsageError` for another."""
    if not file.exists():
        return []
    try:
        rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))
        return [
            _kept(list(its)) for _, its in groupby(rows, lambda row: [row[it] for it in OF_RUN])
        ]
    except (KeyError, TypeError, ValueError, UsageError) as error:
        raise UsageError(
            f"{shown(file)}: it does not read as what was measured so far ({error}). Remove it, "
            "and all is measured anew."
        ) from None


def _kept(rows: Sequence[dict[str, str]]) -> Kept:
    first = rows[0]
    pairs = tuple(
        Pair(
            row["target"], parse_level(row["level"]),
            _number(row["ratio"]), _number(row["low"]), _number(row["high"]),
        )
        for row in rows
    )  # fmt: skip
    return Kept(
        Key(first["machine"], first["options"], first["profile"]),
        Measured(
            int(first["repetition"]), first["procedure"], float(first["wall_s"]),
            float(first["load_s"]), int(first["rounds"]), pairs,
        ),
    )  # fmt: skip


def _number(text: str) -> float | None:
    return float(text) if text else None


def save(file: Path, kept: Iterable[Kept]) -> None:
    """Write all of them, a row for each pair. Raises `MachineError` where it cannot be written."""
    write_whole(
        file,
        table(
            COLUMNS,
            (
                (
                    it.key.machine, it.key.options, it.key.profile, it.run.repetition,
                    it.run.procedure, it.run.wall_s, it.run.load_s, it.run.rounds, *_cells(pair),
                )
                for it in kept
                for pair in it.run.pairs
            ),
        ),
    )  # fmt: skip


def pairs_table(runs: Iterable[Measured]) -> bytes:
    """precision.csv: a row for each ratio of each run; what it does not have is empty."""
    return table(
        PAIRS,
        ((run.repetition, run.procedure, *_cells(pair)) for run in runs for pair in run.pairs),
    )


def times_table(runs: Iterable[Measured]) -> bytes:
    """precision_time.csv: a row for each run."""
    return table(
        TIMES, ((run.repetition, run.procedure, run.wall_s, run.load_s, run.rounds) for run in runs)
    )


def _cells(pair: Pair) -> Iterator[object]:
    return iter((pair.target, pair.level, pair.ratio, pair.low, pair.high))


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """CSV with a header; None is an empty cell, a number reads back as it was."""
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(columns)
    out.writerows(rows)
    return text.getvalue().encode()
