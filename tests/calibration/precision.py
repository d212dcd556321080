"""`nox -s precision`: how narrow the intervals of a run are, and how they were before.

Whole runs of `compare` by the profile of before and by that of now are taken in turn, as their
users would run them. That of now is given the minutes that those of before have taken so far,
where its profile says how long a run may take. In the first repetition before comes first; in the
others which of the two does is drawn at random.
Interrupted, it goes on with the runs that it has when it is started again.
"""

import random
import shlex
import shutil
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from bench.command.options import whole_number
from bench.command.parser import Parser
from bench.machine import facts
from bench.process import turn
from bench.process.child import Child
from bench.process.log import last_lines
from bench.process.orphan import end_when_alone
from lab import display
from lab.errors import INTERRUPTED, LabError
from lab.files import json_text, run_json
from lab.files.digest import digest
from lab.files.folder import make_folder, utc_now, write_whole
from lab.files.summary_json import Summary
from lab.paths import PROFILES, RESULTS, ROOT, shown
from tests.calibration.kept_runs import Kept, Key, load, pairs_table, save, times_table
from tests.calibration.product import last_line
from tests.calibration.same_minutes import has_minutes, taken_minutes, with_minutes
from tests.calibration.widths import BEFORE, NOW, PROCEDURES, Measured, measured, render, widths

DOCS = ROOT / "docs"
WORK = RESULTS / "precision"
PART = "precision.csv-part"
REPETITIONS = 6
SAY_EVERY_S = 60.0
# 1: a cell failed. Its ratios have no interval, which the page says.
WHOLE = (0, 1)

# Takes the arguments of `compare` and a folder for results; gives that of the run.
Runner = Callable[[Sequence[str], Path], Path]


@dataclass(frozen=True)
class Profile:
    """What `--profile` is given, and the file that it stands for."""

    word: str
    file: Path

    @property
    def text(self) -> str:
        return self.file.read_text(encoding="utf-8")


PROFILE = {
    BEFORE: Profile(
        "tests/calibration/before.toml", ROOT / "tests" / "calibration" / "before.toml"
    ),
    NOW: Profile("steady", PROFILES / "steady.toml"),
}


def main(arguments: Sequence[str], *, runner: Runner | None = None) -> int:
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(name) != signal.SIG_IGN:
            signal.signal(name, _interrupt)
    end_when_alone()
    try:
        return _run(arguments, runner or run_compare)
    except LabError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print(
            "Interrupted. The runs that had ended are kept: the same command goes on with them.",
            file=sys.stderr,
        )
        return INTERRUPTED


def _interrupt(*_: object) -> NoReturn:
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)  # the run is being ended: once is enough
    raise KeyboardInterrupt


def _run(arguments: Sequence[str], runner: Runner) -> int:
    parser = Parser(prog="precision", allow_abbrev=False, description=__doc__)
    parser.add_argument(
        "--repetitions",
        type=whole_number("--repetitions", 2),  # one has no interval
        default=REPETITIONS,
        metavar="N",
        help=f"default: {REPETITIONS}",
    )
    parser.add_argument("--only", metavar="NAME[,NAME]", help="handed on to compare")
    parser.add_argument("--levels", metavar="LEVEL[,LEVEL]", help="handed on to compare")
    parser.add_argument("--out", type=Path, default=DOCS, metavar="FOLDER", help="default: docs/")
    parser.add_argument(
        "--results",
        type=Path,
        default=WORK,
        metavar="DIR",
        help="the runs, and what is kept of them; default: results/precision/",
    )
    options = parser.parse(arguments)
    handed = [
        word
        for name, value in (("--only", options.only), ("--levels", options.levels))
        if value is not None
        for word in (name, value)
    ]
    make_folder(options.results)
    with turn.on_machine(_say):
        runs = measure(options.repetitions, handed, options.results.resolve(), runner)
    write(options.out, runs, shlex.join(handed))
    return 0


def measure(repetitions: int, handed: Sequence[str], work: Path, runner: Runner) -> list[Measured]:
    """All runs, in the order of repetitions; those that `work` has already are not made again.

    Raises `LabError` where one fails; the others are kept.
    """
    file = work / PART
    kept = load(file)
    done = {(it.key, it.run.repetition, it.run.procedure): it.run for it in kept}
    machine, options = facts.identity(), shlex.join(handed)
    runs: list[Measured] = []
    for repetition in range(1, repetitions + 1):
        for procedure in order(repetition):
            what = f"Repetition {repetition} of {repetitions}, {procedure}"
            word, text = PROFILE[procedure].word, PROFILE[procedure].text
            own = work / f"{repetition}-{procedure}.toml"
            if procedure == NOW and has_minutes(text):
                minutes = taken_minutes(runs)
                what += f", in {minutes} minutes"
                word, text = str(own), with_minutes(text, minutes)
            key = Key(machine, options, digest(text))
            if (key, repetition, procedure) in done:
                _say(f"{what}: skipped, as it is measured already.")
                runs.append(done[key, repetition, procedure])
                continue
            _say(f"{what}.")
            if word == str(own):
                write_whole(own, text.encode())
            folder = runner(
                ["--profile", word, "--seed", str(repetition), *handed],
                work / f"{repetition}-{procedure}",
            )
            run = read(folder, repetition, procedure)
            kept.append(Kept(key, run))
            save(file, kept)
            runs.append(run)
            _say(f"{what}: {display.duration(run.wall_s)}, {display.plural(run.rounds, 'round')}.")
    return runs


def order(repetition: int) -> list[str]:
    """The procedures in the order in which this repetition has them.

    Before comes first in the first one, as the minutes of now are those that it has taken.
    """
    drawn = list(PROCEDURES)
    if repetition == 1:
        return drawn
    # By this word, each comes first in three of the default number of repetitions.
    random.Random(f"order {repetition}").shuffle(drawn)  # noqa: S311 - repeatable on purpose
    return drawn


def read(folder: Path, repetition: int, procedure: str) -> Measured:
    """What counts of the run in `folder`. Raises `LabError` where it compares nothing."""
    summary = json_text.decode((folder / "summary.json").read_bytes(), Summary)
    run = measured(repetition, procedure, run_json.read(folder), summary)
    if not run.pairs:
        raise LabError(f"{shown(folder)}: no target is compared with a baseline. Name two or more.")
    return run


def run_compare(arguments: Sequence[str], folder: Path) -> Path:
    """`python -m bench compare` into `folder`, made anew, with what it prints. The run's folder.

    Its processes end with this one, and when this is interrupted. Raises `LabError` where it ends
    without a whole run.
    """
    shutil.rmtree(folder, ignore_errors=True)
    make_folder(folder)
    log = folder / "compare.log"
    command = [
        sys.executable, "-m", "bench", "compare", *arguments, "--results", str(folder),
    ]  # fmt: skip
    with log.open("wb") as output, Child(command, output=output, cwd=ROOT) as child:
        while (ended := child.wait(SAY_EVERY_S)) is None:
            _say(f"   {last_line(log)}")
    run = (folder / "latest").resolve()
    if ended.code not in WHOLE or not (run / "summary.json").is_file():
        raise LabError(f"compare ended with {ended}, and without a whole run. {last_lines(log)}")
    return run


def write(out: Path, runs: Sequence[Measured], options: str) -> None:
    """`precision.md`, and the figures that it is made from as `precision*.csv`."""
    out.mkdir(parents=True, exist_ok=True)
    text = render(
        widths(runs),
        facts.describe(),
        day=utc_now()[:10],
        options=options,
        same_minutes=has_minutes(PROFILE[NOW].text),
    )
    write_whole(out / "precision.csv", pairs_table(runs))
    write_whole(out / "precision_time.csv", times_table(runs))
    write_whole(out / "precision.md", text.encode())
    print(f"{text}\nIn {shown(out / 'precision.md')}", flush=True)


def _say(text: str) -> None:
    print(f"{utc_now()} {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
