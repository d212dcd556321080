"""docs/soak.md and docs/soak.csv, from readings and verdicts."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from itertools import pairwise
from statistics import median

from lab import display
from tests.soak.flat import Reading, Verdict, quarters

MOST_ROWS = 1000  # of about 80 bytes

TEMPLATE = """\
# A soak

{verdict}

Written by `{command}`, which repeats it. `bench compare` went on for {length}
with its core targets at {level}: real servers, hey and upstream. What it used was read {readings}
times, each time right after a round, while the page is written: no server runs then.
[soak.csv](soak.csv) holds {rows}.

- Date: {started} (UTC)
- Machine: {machine}
- Versions: {versions}
- Targets: {targets}
- Rounds: {rounds} whole, {blocks}, of which {failed} failed; {samples}
- A round took {first_round_s:.1f} s in the first quarter and {last_round_s:.1f} s in the last
  (medians): the page is written after each from all samples so far, in a process of its own
- At the end: {end}

| reading | first quarter | last quarter | largest | per hour | judged by | bound | flat |
|---|---:|---:|---:|---:|---|---|---|
{table}

Quarters are of the readings, figures of quarters medians. The first quarter is warm-up and not
judged. Descriptors, processes, listeners and temporary files: the largest reading of the
last quarter is not above that of the second; processes are all that descend from the bench, what
writes the page included. Memory (resident): the Theil-Sen slope over all but the first quarter, at
the upper end of its 95 % interval, makes it grow by less than 5 MB over the
whole soak, or by less than 5 % where that is more; 20 kB kept too long in each of 300 rounds would
be found. Disk: samples and logs are the product, and what a round adds is the same, ±10 %, in the
last quarter as in the second. At the end no temporary file may be left at all.

The bench does keep something per block, its entry in `run.json`: about {entry_bytes} bytes there,
{kept_bytes} in memory, which makes {kept_mb:.2f} MB from the first round to the last. The slope of
its memory includes that.
"""


@dataclass(frozen=True)
class About:
    """When, where and how a soak was done, and what came of it."""

    command: str
    started: str
    length_s: float
    machine: Mapping[str, object]
    versions: Mapping[str, str]
    targets: Sequence[str]
    level: str
    rounds: int
    blocks: int
    failed_blocks: int
    samples: int
    entry_bytes: int  # of a block in run.json
    kept_bytes: int  # of a block in memory
    faults: Sequence[str]  # what was wrong at the end


def render(readings: Sequence[Reading], verdicts: Sequence[Verdict], about: About) -> str:
    machine = about.machine
    first, _, _, last = quarters(_round_s(readings))
    rows = len(thinned(readings))
    every = "a row for each" if rows == len(readings) else f"every {_step(readings)}th of them"
    return TEMPLATE.format(
        verdict=_verdict(verdicts, about),
        command=about.command,
        targets=", ".join(about.targets),
        level=about.level,
        length=display.duration(about.length_s),
        readings=len(readings),
        rows=every,
        started=about.started,
        machine=f"{machine['cpu'] or machine['architecture']}, {machine['cores']} cores, "
        f"{machine['system']} {machine['kernel']}, {machine['implementation']} {machine['python']}",
        versions=", ".join(f"{name} {version}" for name, version in about.versions.items()),
        rounds=about.rounds,
        blocks=display.plural(about.blocks, "block"),
        failed=about.failed_blocks,
        samples=display.plural(about.samples, "sample"),
        first_round_s=median(first),
        last_round_s=median(last),
        end=" ".join(about.faults)
        or "Ctrl-C ended it with exit code 130; no process and no temporary file "
        "was left, and every sample reads.",
        table="\n".join(map(_row, verdicts)),
        entry_bytes=about.entry_bytes,
        kept_bytes=about.kept_bytes,
        kept_mb=about.kept_bytes * about.blocks / 1e6,
    )


def table(readings: Sequence[Reading]) -> str:
    """docs/soak.csv: a row per round, or every so many where there are more than 1000."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(field.name for field in fields(Reading))
    rows.writerows((f"{reading.at_s:.1f}", *astuple(reading)[1:]) for reading in thinned(readings))
    return text.getvalue()


def thinned(readings: Sequence[Reading]) -> Sequence[Reading]:
    return readings[:: _step(readings)]


def _step(readings: Sequence[Reading]) -> int:
    return -(-len(readings) // MOST_ROWS)


def _round_s(readings: Sequence[Reading]) -> list[float]:
    return [
        (later.at_s - reading.at_s) / (later.round - reading.round)
        for reading, later in pairwise(readings)
    ]


def _verdict(verdicts: Sequence[Verdict], about: About) -> str:
    broken = [verdict.name for verdict in verdicts if not verdict.flat]
    said = f"Not flat: {', '.join(broken)}." if broken else "All flat."
    return f"{said} The end was not clean." if about.faults else said


def _row(it: Verdict) -> str:
    per_hour = display.NONE if it.per_hour is None else f"{_figure(it.per_hour, it.unit)}"
    cells = (
        it.name,
        _figure(it.first, it.unit),
        _figure(it.last, it.unit),
        _figure(it.largest, it.unit),
        per_hour,
        it.seen,
        it.bound,
        "yes" if it.flat else "**no**",
    )
    return f"| {' | '.join(cells)} |"


def _figure(value: float, unit: str) -> str:
    return f"{value / 1e6:.2f} MB" if unit == "bytes" else f"{value:g}"
