"""`python -m tests.calibration`: what Viewlab says of targets whose right answer is known.

Writes docs/calibration.md and the figures behind it, docs/calibration.json. Exit codes: 0 all
hold, 1 one does not, 2 wrong use, 3 the machine lacks something.
"""

import json
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

from bench.command.parser import Parser
from bench.machine import facts
from bench.process import turn
from bench.process.orphan import end_when_alone
from bench.tools.hey import find_hey
from lab.errors import INTERRUPTED, LabError, UsageError
from lab.files import json_text
from lab.files.folder import utc_now, write_whole
from lab.paths import ROOT, shown
from tests.calibration import burn, faults, reference, same, simulated, slower
from tests.calibration.answer import FULL, SMALL, Answer, Json, Outcome, Setting
from tests.calibration.table import About, failures, render, rows

CALIBRATIONS: Mapping[int, Callable[[Setting], Outcome]] = {
    1: same.calibrate,
    2: slower.calibrate,
    3: burn.calibrate,
    4: faults.calibrate,
    5: reference.calibrate,
    6: simulated.calibrate,
}
DOCS = ROOT / "docs"
SEED = 20_250_101
MOST_SHOWN = 20


def main(arguments: Sequence[str]) -> int:
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(name) != signal.SIG_IGN:
            signal.signal(name, _interrupt)
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
    raise KeyboardInterrupt


def _run(arguments: Sequence[str]) -> int:
    parser = Parser(prog="calibrate", allow_abbrev=False, description=__doc__)
    parser.add_argument("--only", metavar="1,4", help="these calibrations; default: all six")
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="default: docs/, where all six run in full"
    )
    parser.add_argument(
        "--small", action="store_true", help="few rounds, to see whether it runs; proves nothing"
    )
    parser.add_argument("--seed", type=int, default=SEED, metavar="N")
    options = parser.parse(arguments)
    chosen = chosen_of(options.only)
    out = options.out
    if out is None and len(chosen) == len(CALIBRATIONS) and not options.small:
        out = DOCS
    if 5 in chosen:
        reference.require_wrk()
    hey = find_hey(print)
    effort = SMALL if options.small else FULL
    started, started_s = utc_now(), time.monotonic()
    answers: list[Answer] = []
    figures: dict[str, Json] = {}
    with (
        turn.on_machine(_say),
        tempfile.TemporaryDirectory(prefix="viewlab-calibration-") as name,
    ):
        for number in chosen:
            setting = Setting(Path(name) / str(number), hey, options.seed, effort, _say)
            setting.folder.mkdir()
            outcome = _calibrate(number, setting)
            answers += outcome.answers
            figures[str(number)] = outcome.figures
            print("\n".join(rows(shown_of(outcome.answers))))
            done = sum(answer.holds is not False for answer in outcome.answers)
            minutes = (time.monotonic() - started_s) / 60
            _say(
                f"{done} of {len(outcome.answers)} hold or are stated; {minutes:.1f} minutes so far"
            )
    about = About(
        started=started,
        minutes=(time.monotonic() - started_s) / 60,
        machine=json_text.builtins(facts.describe()),
        options=" ".join(arguments) or "none",
    )
    if out is not None:
        write(out, answers, figures, about)
    broken = failures(answers)
    for answer in broken:
        print(f"Does not hold: {answer.calibration}. {answer.what}: {answer.seen}")
    return 1 if broken else 0


def chosen_of(only: str | None) -> list[int]:
    """The calibrations that `--only` names, in order. Raises `UsageError` for others."""
    if only is None:
        return list(CALIBRATIONS)
    names = [name.strip() for name in only.split(",")]
    for name in names:
        if name not in map(str, CALIBRATIONS):
            raise UsageError(f"--only {name!r}: calibrations are 1 to {len(CALIBRATIONS)}.")
    return sorted({int(name) for name in names})


def shown_of(answers: Sequence[Answer]) -> Sequence[Answer]:
    """All answers, or of a long table those that do not hold."""
    return answers if len(answers) <= MOST_SHOWN else failures(answers)


def _calibrate(number: int, setting: Setting) -> Outcome:
    """What came of it. One that could not be done does not hold; the others are still done."""
    try:
        return CALIBRATIONS[number](setting)
    except LabError as error:
        return Outcome((Answer(number, "It could be done", "yes", str(error), holds=False),), {})


def _say(text: str) -> None:
    print(f"{utc_now()} {text}", flush=True)


def write(out: Path, answers: Sequence[Answer], figures: Json, about: About) -> None:
    """Write the page and the figures."""
    out.mkdir(parents=True, exist_ok=True)
    values = {
        "schema": 1,
        "about": asdict(about),
        "answers": [asdict(answer) for answer in answers],
        "figures": figures,
    }
    write_whole(
        out / "calibration.json", (json.dumps(values, separators=(",", ":")) + "\n").encode()
    )
    write_whole(out / "calibration.md", render(answers, about).encode())
    print(f"The table: {shown(out / 'calibration.md')}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
