"""`python -m tests.soak`: hours of rounds, and whether what a run uses stays the same.

Writes docs/soak.md, and docs/soak.csv with the readings behind it. Exit codes: 0 all flat,
1 something is not, 2 wrong use, 3 the machine lacks something.
"""

import contextlib
import importlib.metadata
import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from bench.command.parser import Parser
from bench.machine import facts
from bench.process import turn
from bench.process.orphan import end_when_alone
from lab import display
from lab.errors import INTERRUPTED, LabError, UsageError
from lab.files import sample
from lab.files.folder import utc_now, write_whole
from lab.paths import ROOT, shown
from tests.soak.flat import LEAST_READINGS, Reading, judge
from tests.soak.page import About, render, table
from tests.soak.watched import Watched

DOCS = ROOT / "docs"
MINUTES = 120
LEVEL = "60/30"
# More than can be done: five servers, one after the other, take twice as long on two cores.
ROUNDS_PER_MINUTE = 8
LOUD_EVERY = 10
SERVERS = ("django", "gunicorn", "uvicorn")


def main(arguments: Sequence[str]) -> int:
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(name) != signal.SIG_IGN:
            signal.signal(name, _interrupt)
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        # A shell's `&` has it ignored, and the bench would inherit that: its Ctrl-C is ours to
        # send. A handler is not inherited.
        signal.signal(signal.SIGINT, lambda *_: None)
    end_when_alone()
    try:
        return _run(arguments)
    except LabError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("Interrupted. Nothing was written.", file=sys.stderr)
        return INTERRUPTED


def _interrupt(*_: object) -> NoReturn:
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)  # the bench is being ended: once is enough
    raise KeyboardInterrupt


def _run(arguments: Sequence[str]) -> int:
    parser = Parser(prog="soak", allow_abbrev=False, description=__doc__)
    parser.add_argument(
        "--minutes", type=float, default=MINUTES, metavar="N", help=f"default: {MINUTES}"
    )
    parser.add_argument(
        "--folder", type=Path, metavar="DIR", help="kept; default: a temporary one, removed"
    )
    parser.add_argument(
        "--out", type=Path, default=DOCS, metavar="DIR", help="of the page; default: docs/"
    )
    options = parser.parse(arguments)
    if not options.minutes > 0:
        raise UsageError(f"--minutes {options.minutes:g}: it takes more than 0.")
    if options.folder is None:
        with tempfile.TemporaryDirectory(prefix="viewlab-soak-") as name:
            return soak(Path(name), options.minutes, options.out)
    if options.folder.exists() and any(options.folder.iterdir()):
        raise UsageError(f"--folder {shown(options.folder)}: it is not empty. Name a new one.")
    return soak(options.folder.resolve(), options.minutes, options.out)


def soak(folder: Path, minutes: float, out: Path) -> int:
    """Go on for so many minutes, judge, and write the page to `out`. The exit code."""
    started = utc_now()
    rounds = max(1, round(minutes * ROUNDS_PER_MINUTE))
    readings: list[Reading] = []
    with (
        turn.on_machine(print),
        Watched(folder, ["--levels", LEVEL, "--rounds", str(rounds)]) as watched,
    ):
        for reading in watched.readings(minutes * 60):
            readings.append(reading)
            if len(readings) % LOUD_EVERY == 1:
                _tell(reading)
        length_s = watched.elapsed_s
        faults = end(watched)
        values = watched.values()
        samples = len(list((watched.run / "samples").glob("*.json")))
    if len(readings) < LEAST_READINGS:
        raise LabError(
            f"{display.plural(len(readings), 'reading')} in {display.duration(length_s)}; to judge "
            f"takes {LEAST_READINGS}. Give it more --minutes. {' '.join(faults)}".rstrip()
        )
    verdicts, blocks = judge(readings), values["blocks"]
    about = About(
        command=f"nox -s soak{'' if minutes == MINUTES else f' -- --minutes {minutes:g}'}",
        started=started,
        length_s=length_s,
        machine=msgspec.structs.asdict(facts.describe()),
        versions=versions(values["targets"]),
        targets=values["plan"]["targets"],
        level=LEVEL,
        rounds=values["rounds"]["done"],
        blocks=len(blocks),
        failed_blocks=sum(block["error"] is not None for block in blocks),
        samples=samples,
        entry_bytes=len(json.dumps(blocks[-1])),
        kept_bytes=sys.getsizeof(blocks[-1]) + sum(map(sys.getsizeof, blocks[-1].values())),
        faults=faults,
    )
    out.mkdir(parents=True, exist_ok=True)
    write_whole(out / "soak.csv", table(readings).encode())
    write_whole(out / "soak.md", render(readings, verdicts, about).encode())
    for verdict in verdicts:
        mark = "flat" if verdict.flat else "NOT FLAT"
        print(f"{mark:8}  {verdict.name}: {verdict.seen}; bound: {verdict.bound}")
    for fault in faults:
        print(fault)
    print(f"The page: {shown(out / 'soak.md')}", flush=True)
    return 0 if all(verdict.flat for verdict in verdicts) and not faults else 1


def end(watched: Watched) -> list[str]:
    """Ctrl-C, and what was wrong then."""
    faults = []
    code = watched.interrupt()
    if code != INTERRUPTED:
        faults.append(
            "It did not end in time."
            if code is None
            else f"It ended with exit code {code}, not {INTERRUPTED}."
        )
    if left := watched.left():
        faults.append(f"Still there: {display.plural(len(left), 'process')}.")
    if files := list(watched.temporary.rglob("*")):
        faults.append(f"Left in TMPDIR: {display.plural(len(files), 'file')}.")
    files = sorted((watched.run / "samples").iterdir())
    unread = []
    for file in files:
        try:
            sample.loads(file.read_bytes(), file=file.name)
        except LabError as error:
            unread.append(str(error))
    if unread or not files:
        faults.append(f"{len(unread)} of {display.plural(len(files), 'sample')} do not read.")
    return faults


def versions(targets: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Of the lab, what its upstream is made of, and the targets' servers."""
    found = {name: importlib.metadata.version(name) for name in ("uvloop", "httptools", "psutil")}
    for target in targets.values():
        of_target: Mapping[str, str] = target["versions"]
        found |= {name: of_target[name] for name in SERVERS if name in of_target}
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        described = ["git", "describe", "--always", "--dirty"]
        done = subprocess.run(described, cwd=ROOT, capture_output=True, text=True, check=True)
        return {"Viewlab": done.stdout.strip(), **found}
    return found


def _tell(it: Reading) -> None:
    print(
        f"{utc_now()} round {it.round}: bench {it.bench_rss_bytes / 1e6:.1f} MB and "
        f"{it.bench_descriptors} descriptors, upstream {it.upstream_rss_bytes / 1e6:.1f} MB and "
        f"{it.upstream_descriptors}, {it.processes} processes, disk {it.disk_bytes / 1e6:.1f} MB",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
