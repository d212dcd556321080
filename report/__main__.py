"""`python -m report [RUN]`: write a run's summary and page anew from its samples."""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from bench.errors import LabError, UsageError
from bench.paths import shown
from bench.store import write_whole
from report import markdown, page, terminal
from report.frame import find_run, read_frame, read_run
from report.summary import summarize


def main() -> int:
    parser = argparse.ArgumentParser(prog="report", allow_abbrev=False, description=__doc__)
    parser.add_argument("run", nargs="?", default="latest", metavar="RUN", help="its id, or a path")
    parser.add_argument("--quiet", action="store_true", help="write the files, print nothing")
    options = parser.parse_args()
    try:
        folder = find_run(options.run)
        run = read_run(folder)
        summary = summarize(run, read_frame(folder, run))
        write(
            folder,
            {
                "summary.json": json.dumps(summary, indent=2, allow_nan=False),
                "summary.md": markdown.render(summary),
                "index.html": page.render(run, summary),
            },
        )
    except LabError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    if not options.quiet:
        terminal.show(summary, shown(folder / "index.html"))
    return 0


def write(folder: Path, texts: Mapping[str, str]) -> None:
    """Write the files, each whole. Raises `UsageError` where the folder cannot be written to."""
    for name, text in texts.items():
        try:
            write_whole(folder / name, f"{text.rstrip()}\n".encode())
        except OSError as error:
            raise UsageError(
                f"{shown(folder / name)}: cannot be written: {error.strerror}."
            ) from None


if __name__ == "__main__":
    sys.exit(main())
