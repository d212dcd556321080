"""`lock`: makes the locks that are asked for, or every one.

Needs nothing but the standard library: a lock that cannot be installed can still be made anew.
"""

import argparse
import sys
from collections.abc import Sequence

from bench.command.parser import Parser
from bench.environment.lock import LABS, compile_lock, of_target
from bench.target.target import names, unknown
from lab.errors import LabError
from lab.paths import TARGETS, shown

DESCRIPTION = "Compile locks."


def add_options(parser: Parser) -> None:
    parser.set_defaults(run=_lock, parser=parser)
    add = parser.add_argument
    add("names", nargs="*", metavar="NAME", help="targets; default: each, and the lab itself")
    add("--upgrade", action="store_true", help="take the newest versions of all packages")
    add(
        "--upgrade-package", action="append", default=[], metavar="PACKAGE",
        help="take the newest version of this one (may repeat)",
    )  # fmt: skip


def _lock(options: argparse.Namespace) -> int:
    """Make the locks of the targets named, or else every one of the repository."""
    known = names()
    for name in options.names:
        if name not in known:
            raise unknown(name, known)
    folders = [TARGETS / name for name in options.names or known]
    words = ["--upgrade"] if options.upgrade else []
    words += [word for name in options.upgrade_package for word in ("--upgrade-package", name)]
    for lock in [*([] if options.names else LABS), *map(of_target, folders)]:
        compile_lock(lock, words)
        print(f"locked  {shown(lock.made)}", flush=True)
    return 0


def main(arguments: Sequence[str]) -> int:
    """`python -m bench lock` without `bench.command.cli`, which needs what the lab's lock lists."""
    parser = Parser(prog="lock", allow_abbrev=False, description=DESCRIPTION)
    add_options(parser)
    try:
        return _lock(parser.parse(arguments[1:]))
    except LabError as error:
        print(error, file=sys.stderr)
        return error.exit_code
