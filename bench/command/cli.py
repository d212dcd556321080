"""The command line: `python -m bench [compare|serve|check|new|lock] ...`."""

import argparse
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from bench.command import check, lock, new, serve
from bench.command.compare import compare, resume
from bench.command.new_text import Child
from bench.command.options import (
    add_environment,
    add_selection,
    add_target,
    comma_separated,
    environment_of,
    folder,
    line_of_text,
    only_one_of,
    percent,
    whole_number,
)
from bench.command.parser import Parser
from bench.command.policy import BASELINE, refuse_with_resume, spec_of
from bench.plan import profile
from bench.plan.goal import MOST_ROUNDS
from bench.plan.profile import load_profile
from bench.process.child import hurry
from bench.process.orphan import end_when_alone
from bench.target.project import joined
from bench.target.table import did_you_mean
from bench.target.target import select
from bench.upstream.real import require_url
from lab.errors import INTERRUPTED, LabError, UsageError
from lab.paths import RESULTS


def main(arguments: Sequence[str]) -> int:
    """Run one command; its exit code."""
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # What nohup, or a shell's `&`, has this ignore stays ignored.
        if signal.getsignal(name) != signal.SIG_IGN:
            signal.signal(name, _interrupt)
    end_when_alone(ending=lambda: _Interrupts.count > 0)
    try:
        return _run(list(arguments))
    except LabError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED


class _Interrupts:
    """How often this process was asked to end."""

    count = 0


def _interrupt(*_: object) -> NoReturn:
    _Interrupts.count += 1
    if _Interrupts.count > 1:
        hurry()
    raise KeyboardInterrupt


def _run(arguments: list[str]) -> int:
    commands = {
        "compare": _compare,
        "serve": _serve,
        "check": _check,
        "new": _new,
        "lock": lock.command,
    }
    command = "compare"
    if arguments and not arguments[0].startswith("-"):
        command = arguments.pop(0)
    if command not in commands:
        raise UsageError(
            f"unknown command {command!r}.{did_you_mean(command, commands)} "
            f"Commands: {', '.join(commands)}."
        )
    return commands[command](arguments)


def _compare(arguments: list[str]) -> int:
    parser = _compare_parser()
    options = parser.parse(arguments)
    if options.resume is not None:
        return _resume(options, parser)
    return compare(spec_of(options))


def _resume(options: argparse.Namespace, parser: Parser) -> int:
    refuse_with_resume(options, parser)
    return resume(options.resume, results=options.results, upstream_url=options.upstream)


def _compare_parser() -> Parser:
    parser = Parser(
        prog="compare",
        allow_abbrev=False,
        description="Serve targets, load them, and write a page that compares them.",
    )
    add = parser.add_argument
    add_selection(parser, default="those tagged 'core'")
    add("--all", action="store_true", help="every target under targets/")
    add_target(parser)
    add_environment(parser)
    add(
        "--profile",
        default="steady",
        metavar="NAME",
        help="a profile of the repo, or a TOML file's path",
    )
    add("--levels", metavar="150/30,...", help="requests/concurrency; default: the profile's")
    add(
        "--rounds",
        type=whole_number("--rounds", 1, profile.MOST_ROUNDS),
        metavar="N",
        help="default: the profile's, 3",
    )
    add("--quick", action="store_true", help="one round, each level once")
    add(
        "--until",
        type=percent("--until"),
        metavar="PCT",
        help="rounds until every RPS ratio to the baseline is known to +-PCT percent",
    )
    add(
        "--max-rounds",
        type=whole_number("--max-rounds", 2, profile.MOST_ROUNDS),
        metavar="N",
        help=f"the most that --until takes; default: {MOST_ROUNDS}",
    )
    add(
        "--margin",
        type=percent("--margin"),
        default=10.0,
        metavar="PCT",
        help="smaller differences do not matter; default: 10",
    )
    add(
        "--seed",
        type=whole_number("--seed", 0),
        metavar="N",
        help="the order of blocks and the upstream's latencies",
    )
    add(
        "--upstream",
        type=require_url,
        metavar="URL",
        help="call a real API in place of the lab's; there is no witness then",
    )
    add("--results", type=folder, default=RESULTS, metavar="DIR", help="default: results/")
    add(
        "--baseline",
        metavar="NAME",
        help=f"what every target is compared with; default: {BASELINE}",
    )
    add("--resume", metavar="RUN", help="finish an interrupted run: its id, a path, or latest")
    add(
        "--reference",
        action="store_true",
        help="measure nginx as a proxy to the same upstream too; with --all where it is found",
    )
    add("--no-control", action="store_true", help="leave out the control")
    add(
        "--no-pin",
        action="store_true",
        help="leave load, upstream and server on the same cores; below 6 cores nothing is pinned",
    )
    return parser


def _serve(arguments: list[str]) -> int:
    parser = Parser(prog="serve", allow_abbrev=False, description="Serve one target until Ctrl-C.")
    parser.add_argument("name", metavar="NAME", nargs="?", help="a target")
    add_target(parser)
    parser.add_argument(
        "--profile", default="steady", metavar="NAME", help="how the upstream behaves"
    )
    add_environment(parser)
    options = parser.parse(arguments)
    names = [] if options.name is None else [options.name]
    if len(names) + len(options.target) != 1:
        parser.error("it serves one target: give a NAME, or --target PATH")
    (target,) = joined(select(names) if names else [], options.target)
    return serve.serve(target, load_profile(options.profile), **environment_of(options))


def _check(arguments: list[str]) -> int:
    parser = Parser(prog="check", allow_abbrev=False, description="Check targets, without load.")
    add_selection(parser, default="every one")
    add_target(parser)
    add_environment(parser)
    options = parser.parse(arguments)
    only_one_of({"--only": options.only is not None, "--tag": options.tag is not None})
    named = options.only is not None or options.tag is not None
    selected = (
        select(comma_separated(options.only), tags=comma_separated(options.tag), everything=True)
        if named or not options.target
        else []
    )
    targets = joined(selected, options.target)
    return check.check(targets, load_profile("steady"), **environment_of(options))


def _new(arguments: list[str]) -> int:
    parser = Parser(
        prog="new", allow_abbrev=False, description="Make a target as a copy of its parent."
    )
    add = parser.add_argument
    add("name", metavar="NAME", help="of the new target, and its folder under targets/")
    add("--from", dest="parent", required=True, metavar="PARENT", help="a target")
    add(
        "--change", type=line_of_text("--change"), metavar="TEXT", help="the one thing that differs"
    )
    add("--title", type=line_of_text("--title"), metavar="TEXT", help="a line for the page")
    options = parser.parse(arguments)
    return new.new(
        Child(options.name, parent=options.parent, title=options.title, change=options.change)
    )
