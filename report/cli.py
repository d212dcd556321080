"""`python -m report [RUN]`: write a run's summary and page anew from its samples."""

import argparse
import json
import sys
from collections.abc import Sequence

from lab import display
from lab.commands import name_of
from lab.errors import INTERRUPTED, LabError
from lab.files import json_text, run_json
from lab.files.folder import RunFolder, write_whole
from lab.files.janitor import sweep
from lab.paths import shown
from report.output import markdown, page, terminal
from report.samples.read import read_measured, read_run
from report.summary.build import summarize


def main(arguments: Sequence[str]) -> int:
    """Write the three files of a run and show its table; the exit code."""
    parser = argparse.ArgumentParser(prog="report", allow_abbrev=False, description=__doc__)
    parser.add_argument("run", nargs="?", default="latest", metavar="RUN", help="its id, or a path")
    parser.add_argument("--quiet", action="store_true", help="write the files, print nothing")
    options = parser.parse_args(arguments)
    try:
        folder = run_json.find(options.run)
        sweep(str(folder))
        run = read_run(folder)
        measured = read_measured(folder, run)
        summary = summarize(run, measured)
        texts = {
            # msgspec would write null for what is no number, and say nothing.
            "summary.json": json.dumps(json_text.builtins(summary), indent=2, allow_nan=False),
            "summary.md": markdown.render(summary),
            "index.html": page.render(
                run,
                summary,
                measured,
                name=name_of(RunFolder(folder)),
                logs=(folder / "logs").is_dir(),
            ),
        }
        for name, text in texts.items():
            write_whole(folder / name, f"{text.rstrip()}\n".encode())
    except LabError as error:
        print(display.for_terminal(str(error)), file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    if not options.quiet:
        terminal.show(summary, shown(folder / "index.html"))
    return 0
