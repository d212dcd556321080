"""Serves Django projects, loads them, and compares what they do."""

import argparse
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from bench.command import check, clean, lock, new, serve
from bench.command.compare import compare, resume
from bench.command.new_text import NewTarget
from bench.command.options import (
    DECIDED,
    add_environment,
    add_no_wait,
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
from bench.plan.goal import MOST_ROUNDS
from bench.plan.profile import load_profile
from bench.process.cancellation import Cancellation
from bench.process.orphan import end_when_alone
from bench.target.project import joined
from bench.target.table import did_you_mean
from bench.target.target import select
from bench.upstream.real import require_url, without_queries
from lab import display
from lab.errors import INTERRUPTED, LabError, UsageError
from lab.files.profile import MOST_ROUNDS as LONGEST_PLAN
from lab.paths import RESULTS


def main(arguments: Sequence[str]) -> int:
    """Run one command; its exit code."""
    cancellation = Cancellation()

    def interrupt(*_: object) -> NoReturn:
        cancellation.ask()
        raise KeyboardInterrupt

    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # What nohup, or a shell's `&`, has this ignore stays ignored.
        if signal.getsignal(name) != signal.SIG_IGN:
            signal.signal(name, interrupt)
    end_when_alone(ending=lambda: cancellation.asked)
    try:
        return _run(list(arguments), cancellation)
    except LabError as error:
        # Whatever it was given to, a URL may have stood among the arguments.
        print(display.for_terminal(without_queries(str(error))), file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED


def _run(arguments: list[str], cancellation: Cancellation) -> int:
    """What is no command's name is an option of `compare`."""
    if not arguments or (arguments[0].startswith("-") and arguments[0] not in HELP):
        arguments.insert(0, "compare")
    if arguments[0] not in (*COMMANDS, *HELP):
        raise UsageError(
            f"unknown command {arguments[0]!r}.{did_you_mean(arguments[0], COMMANDS)} "
            f"Commands: {', '.join(COMMANDS)}."
        )
    parser = Parser(
        prog="python -m bench",
        allow_abbrev=False,
        description=__doc__,
        epilog="Without a command: compare. Each has a --help of its own.",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for name, (help_, add) in COMMANDS.items():
        add(commands.add_parser(name, prog=name, allow_abbrev=False, help=help_, description=help_))
    options = parser.parse(arguments)
    options.cancellation = cancellation
    return int(options.run(options))


def _compare(options: argparse.Namespace) -> int:
    if options.resume is None:
        return compare(spec_of(options), options.cancellation, no_wait=options.no_wait)
    refuse_with_resume(options)
    return resume(
        options.resume,
        options.cancellation,
        results=options.results,
        upstream_url=options.upstream,
        no_wait=options.no_wait,
    )


def _add_compare(parser: Parser) -> None:
    parser.set_defaults(run=_compare, parser=parser)
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
        type=whole_number("--rounds", 1, LONGEST_PLAN),
        metavar="N",
        help="default: the profile's, 5, or 4 where 5 take long",
    )
    add("--quick", action="store_true", help="one round, each level once")
    add(
        "--until",
        type=percent("--until", DECIDED),
        metavar="PCT|decided",
        help="rounds until every RPS ratio to the baseline is known to +-PCT percent, or until "
        "every verdict on the baseline and on the first is settled",
    )
    add(
        "--max-rounds",
        type=whole_number("--max-rounds", 2, LONGEST_PLAN),
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
    add_no_wait(parser)


def _add_serve(parser: Parser) -> None:
    parser.set_defaults(run=_serve, parser=parser)
    parser.add_argument("name", metavar="NAME", nargs="?", help="a target")
    add_target(parser)
    parser.add_argument(
        "--profile", default="steady", metavar="NAME", help="how the upstream behaves"
    )
    add_environment(parser)
    add_no_wait(parser)


def _serve(options: argparse.Namespace) -> int:
    names = [] if options.name is None else [options.name]
    if len(names) + len(options.target) != 1:
        options.parser.error("it serves one target: give a NAME, or --target PATH")
    (target,) = joined(select(names) if names else [], options.target)
    profile = load_profile(options.profile)
    return serve.serve(
        target,
        profile,
        options.cancellation,
        no_wait=options.no_wait,
        **environment_of(options),
    )


def _add_check(parser: Parser) -> None:
    parser.set_defaults(run=_check, parser=parser)
    parser.add_argument("names", metavar="NAME", nargs="*", help="targets; default: every one")
    add_selection(parser, default="every one")
    add_target(parser)
    add_environment(parser)
    add_no_wait(parser)


def _check(options: argparse.Namespace) -> int:
    given = {
        "NAME": bool(options.names),
        "--only": options.only is not None,
        "--tag": options.tag is not None,
    }
    only_one_of(given)
    names = options.names or comma_separated(options.only)
    selected = (
        select(names, tags=comma_separated(options.tag), everything=True)
        if any(given.values()) or not options.target
        else []
    )
    targets = joined(selected, options.target)
    profile = load_profile("steady")
    return check.check(
        targets,
        profile,
        options.cancellation,
        no_wait=options.no_wait,
        **environment_of(options),
    )


def _add_new(parser: Parser) -> None:
    parser.set_defaults(run=_new, parser=parser)
    add = parser.add_argument
    add("name", metavar="NAME", help="of the new target, and its folder under targets/")
    add("--from", dest="parent", required=True, metavar="PARENT", help="a target")
    add(
        "--change", type=line_of_text("--change"), metavar="TEXT", help="the one thing that differs"
    )
    add("--title", type=line_of_text("--title"), metavar="TEXT", help="a line for the page")


def _new(options: argparse.Namespace) -> int:
    return new.new(
        NewTarget(options.name, parent=options.parent, title=options.title, change=options.change),
        options.cancellation,
    )


def _add_clean(parser: Parser) -> None:
    parser.set_defaults(run=_clean, parser=parser)
    add = parser.add_argument
    add(
        "--days",
        type=whole_number("--days", 0),
        default=clean.DAYS,
        metavar="N",
        help=f"remove what was not used for so many; 0: what is not in use; default: {clean.DAYS}",
    )
    add("--dry-run", action="store_true", help="only show what there is, and what would go")
    add_no_wait(parser)


def _clean(options: argparse.Namespace) -> int:
    return clean.clean(days=options.days, dry_run=options.dry_run, no_wait=options.no_wait)


HELP = ("-h", "--help")

# What a command is, and what adds its options.
COMMANDS: Mapping[str, tuple[str, Callable[[Parser], None]]] = {
    "compare": ("Serve targets, load them, and write a page that compares them.", _add_compare),
    "serve": ("Serve one target until Ctrl-C.", _add_serve),
    "check": ("Check targets, without load.", _add_check),
    "new": ("Make a target as a copy of its parent.", _add_new),
    "lock": (lock.DESCRIPTION, lock.add_options),
    "clean": ("Show what is installed, and remove what was not used for long.", _add_clean),
}
