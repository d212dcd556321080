"""`python -m tests.mutations [FILES]`: which changes of the code no test notices.

Writes docs/mutations.csv and docs/mutations.md; of FILES alone where some are named, with the
others as they were. `--survivors` tries only what has survived unexplained. Exit codes: 0 all well,
1 a survivor without an explanation or too few killed, 2 wrong use.
"""

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.command.parser import Parser
from bench.process.orphan import PARENT
from lab.errors import INTERRUPTED, LabError, UsageError
from lab.files.folder import write_whole
from lab.paths import ROOT
from tests.mutations import kept, scope, trial
from tests.mutations.page import render
from tests.mutations.paths import CSV, EXPLAINED, LEAST, PAGE
from tests.mutations.session import Session


def main(arguments: Sequence[str]) -> int:
    if os.environ.get(PARENT) == str(os.getppid()):  # nox, which dies without a word to it
        trial.end_with_parent(signal.SIGTERM)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return _run(_options(arguments))
    except LabError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("Interrupted. docs/mutations.csv has the modules that were done.", file=sys.stderr)
        return INTERRUPTED


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = Parser(prog="mutations", allow_abbrev=False, description="Change code, run tests.")
    parser.add_argument("files", nargs="*", metavar="FILE", help="modules; default: all in scope")
    parser.add_argument(
        "--survivors", action="store_true",
        help="only what has survived so far and is not explained; the code has to be the same",
    )  # fmt: skip
    options = parser.parse(arguments)
    known = list(scope.files(ROOT))
    for file in options.files:
        if file not in known:
            raise UsageError(f"{file} is not in scope; tests/mutations/scope.py lists what is.")
    options.files = options.files or known
    return options


def _run(options: argparse.Namespace) -> int:
    # One thread each: what forks must have no other, and a second core is not ours to take.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    why = kept.explanations(EXPLAINED)

    def settled(row: kept.Row) -> bool:
        return bool(options.survivors) and (row.outcome == "killed" or row.key in why)

    with tempfile.TemporaryDirectory(prefix="viewlab-mutations-") as scratch:
        os.environ["TMPDIR"] = tempfile.tempdir = scratch
        Session(ROOT, Path(scratch), CSV, settled).run(options.files, scope.TESTS)
    rows = kept.read(CSV)
    write_whole(PAGE, render(rows, why).encode())
    faults = kept.faults(rows, why, LEAST)
    print("\n".join(faults) or "Every survivor is explained.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
