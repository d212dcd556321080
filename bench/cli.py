"""The command line: `python -m bench [compare|serve|check|new|lock] ...`."""

import argparse
import secrets
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from bench import locking, new, nginx_install, profile, serve
from bench.alone import end_when_alone
from bench.child import Child
from bench.compare import compare, resume
from bench.errors import INTERRUPTED, LabError, MachineError, UsageError
from bench.level import parse_levels
from bench.options import (
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
from bench.order import Order
from bench.parser import Parser
from bench.paths import RESULTS
from bench.plan import make_plan
from bench.process import hurry
from bench.profile import load_profile
from bench.project import joined
from bench.reference.nginx import find
from bench.scene import require_url
from bench.table import did_you_mean
from bench.target import BESIDE, control_of, reference, select
from bench.until import MOST_ROUNDS, Until

BASELINE = "sync_requests"

# What may be given beside it: all else a run has settled when it began.
WITH_RESUME = ("resume", "results", "upstream")


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
        "lock": locking.command,
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
    only_one_of(
        {"--only": options.only is not None, "--tag": options.tag is not None, "--all": options.all}
    )
    if options.quick and options.rounds is not None:
        raise UsageError("--quick means one round: leave out --rounds, or --quick.")
    goal = _until(options)
    profile = load_profile(options.profile)
    levels = profile.levels if options.levels is None else parse_levels(options.levels.split(","))
    selected = select(
        comma_separated(options.only), tags=comma_separated(options.tag), everything=options.all
    )
    targets = joined(selected, options.target)
    baseline = _baseline(options.baseline, [target.name for target in targets])
    targets.sort(key=lambda target: target.name != baseline)
    if not options.no_control:
        targets.append(control_of(targets[0]))
    if _with_reference(options):
        targets.append(reference())
    names = [target.name for target in targets]
    if goal and len(set(names) - BESIDE.keys()) == 1:
        raise UsageError(
            "--until looks at ratios, and there is one target alone: name two or more."
        )
    seed = secrets.randbelow(2**32) if options.seed is None else options.seed
    rounds = 1 if options.quick else options.rounds or profile.rounds
    if goal:
        rounds = goal.max_rounds
    order = Order(
        targets=targets,
        profile=profile,
        plan=make_plan(
            names,
            levels,
            rounds=rounds,
            seed=seed,
            # One round is a first look, not a measurement: as quick as can be.
            repeats={} if options.quick else profile.repeats,
        ),
        baseline=baseline,
        results=options.results,
        margin=options.margin / 100,
        until=goal,
        upstream_url=options.upstream,
        pin=not options.no_pin,
        **environment_of(options),
    )
    return compare(order)


def _with_reference(options: argparse.Namespace) -> bool:
    """Whether nginx is measured too: where that is asked for, and with --all where it can be."""
    if options.all and not options.reference and not find():
        print(
            f"Without a reference: no nginx is found. {nginx_install.how_to_install()}", flush=True
        )
        return False
    if options.all and not options.reference:
        try:
            nginx_install.nginx_version()
        except MachineError as error:
            print(f"Without a reference: {error}", flush=True)
            return False
    return bool(options.reference or options.all)


def _resume(options: argparse.Namespace, parser: Parser) -> int:
    for name, value in vars(options).items():
        if name not in WITH_RESUME and value != parser.get_default(name):
            option = f"--{name.replace('_', '-')}"
            raise UsageError(f"--resume goes on with a run as it was begun: leave out {option}.")
    return resume(options.resume, results=options.results, upstream_url=options.upstream)


def _until(options: argparse.Namespace) -> Until | None:
    """The goal of `--until`, which settles the number of rounds alone."""
    if options.until is None:
        if options.max_rounds is not None:
            raise UsageError(
                "--max-rounds caps the rounds of --until PCT, and without it of nothing."
            )
        return None
    if options.quick or options.rounds is not None:
        raise UsageError(
            "--until goes on for as many rounds as it takes: leave out --rounds and --quick; "
            "--max-rounds N is the most."
        )
    return Until(options.until, options.max_rounds or MOST_ROUNDS)


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
    return serve.check(targets, load_profile("steady"), **environment_of(options))


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


def _baseline(asked: str | None, names: Sequence[str]) -> str:
    """The baseline asked for; else the default where it runs, else the first target."""
    if asked is None:
        return BASELINE if BASELINE in names else names[0]
    if asked not in names:
        raise UsageError(
            f"--baseline {asked!r} is not among the targets of this run: {', '.join(names)}."
            f"{did_you_mean(asked, names)}"
        )
    return asked
