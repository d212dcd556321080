"""Keep a run in docs/: its page, all of its samples, and pictures of the page.

python -m tests.support.example [--tree] [RUN]: without a run, one is measured first. With `--tree`
it is one of every target, kept beside the example of what `compare` does by itself.
"""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from playwright.sync_api import sync_playwright

from lab.errors import INTERRUPTED, LabError, MachineError, UsageError
from lab.files import run_json
from lab.paths import ROOT, shown
from report import cli
from report.samples.read import read_measured, read_run
from tests.support import chromium, results

EXAMPLE = results.EXAMPLE
TREE = ROOT / "docs" / "tree"
TREES_OPTIONS = ("--all",)

# The first screen of a laptop in both schemes, and of a phone.
PICTURES: tuple[tuple[str, int, int, Literal["light", "dark"]], ...] = (
    ("light", 1280, 800, "light"),
    ("dark", 1280, 800, "dark"),
    ("phone", 360, 800, "light"),
)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="example", description=__doc__.partition("\n")[0])
    parser.add_argument("run", nargs="?", metavar="RUN", help="default: measure one")
    parser.add_argument("--tree", action="store_true", help="a run of every target")
    options = parser.parse_args(arguments)
    folder, compare = (TREE, TREES_OPTIONS) if options.tree else (EXAMPLE, ())
    try:
        path = chromium.find_chromium()
        if path is None:
            raise MachineError(f"No Chromium for the pictures. Try: {chromium.how_to_install()}")
        if options.run is None:
            ended = subprocess.run(
                [sys.executable, "-m", "bench", "compare", *compare], cwd=ROOT, check=False
            )
            if ended.returncode:
                return ended.returncode
        keep(run_json.find(options.run or "latest"), folder)
        take_pictures(folder, path)
        if folder == EXAMPLE:
            results.write()
    except LabError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    print(f"The example: {shown(folder / 'index.html')}")
    return 0


def keep(run: Path, folder: Path) -> None:
    """Copy a run that is whole, and write its page. Logs stay behind: they name folders."""
    values = read_run(run)
    if not (values.complete and values.finished):
        raise UsageError(f"{shown(run)}: this run is not complete, and no example.")
    read_measured(run, values)
    if run != folder:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        shutil.copy(run / run_json.FILE, folder)
        shutil.copytree(run / "samples", folder / "samples")
    code = cli.main([str(folder), "--quiet"])
    if code:
        raise LabError(f"The page of {shown(folder)} could not be written.")


def take_pictures(folder: Path, path: str) -> None:
    """What of the page is seen without scrolling."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=chromium.arguments(), chromium_sandbox=False
        )
        for name, width, height, scheme in PICTURES:
            view = browser.new_page(
                viewport={"width": width, "height": height}, color_scheme=scheme
            )
            view.goto((folder / "index.html").as_uri())
            view.screenshot(path=folder / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
