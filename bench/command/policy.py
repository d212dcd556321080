"""What a run is asked for where its options leave it open, and which of them contradict."""

import argparse
import secrets
from collections.abc import Sequence

from bench.command.options import DECIDED, comma_separated, environment_of, only_one_of
from bench.plan.blocks import make_plan
from bench.plan.goal import MOST_ROUNDS
from bench.plan.planner import room_of
from bench.plan.profile import load_profile
from bench.plan.spec import RunSpec
from bench.reference.nginx import find, finds_no_name_of
from bench.target.project import joined
from bench.target.table import did_you_mean
from bench.target.target import control_of, reference, select
from bench.tools import nginx
from lab.condition import conditions_at
from lab.errors import MachineError, UsageError
from lab.files.plan import Room
from lab.files.profile import Profile
from lab.files.run_json import Goal
from lab.level import parse_levels
from lab.names import BESIDE

BASELINE = "sync_requests"

# What may be given with --resume: all else a run has settled when it began.
WITH_RESUME = ("--resume", "--results", "--upstream", "--no-wait")


def spec_of(options: argparse.Namespace) -> RunSpec:
    """The run that these options of `compare` ask for.

    Raises `UsageError` where they contradict each other, or name what is not there.
    """
    only_one_of(
        {"--only": options.only is not None, "--tag": options.tag is not None, "--all": options.all}
    )
    if options.quick and options.rounds is not None:
        raise UsageError("--quick means one round: leave out --rounds, or --quick.")
    goal = _goal(options)
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
    return RunSpec(
        targets=targets,
        profile=profile,
        plan=make_plan(
            names,
            conditions_at(levels),
            rounds=rounds,
            seed=seed,
            # One round is a first look, not a measurement: as quick as can be.
            repeats={} if options.quick else profile.repeats,
            room=_room(options, profile, rounds),
        ),
        seed=seed,
        baseline=baseline,
        results=options.results,
        margin=options.margin / 100,
        until=goal,
        upstream_url=options.upstream,
        pin=not options.no_pin,
        **environment_of(options),
    )


def _room(options: argparse.Namespace, profile: Profile, rounds: int) -> Room | None:
    """Whether the run plans itself anew as it goes on, and how many rounds it may have."""
    if profile.minutes is None or options.quick:
        return None
    if options.rounds is not None or options.until is not None:
        return Room(fewest=rounds, most=rounds)
    return room_of(rounds=rounds, minutes=profile.minutes)


def refuse_with_resume(options: argparse.Namespace) -> None:
    """Raise `UsageError` where an option is given that a run has settled when it began."""
    for option in options.given:
        if option not in WITH_RESUME:
            raise UsageError(f"--resume goes on with a run as it was begun: leave out {option}.")


def _with_reference(options: argparse.Namespace) -> bool:
    """Whether nginx is measured too: where that is asked for, and with --all where it can be.

    Raises `UsageError` where it is asked for, and could not call the API of --upstream.
    """
    address = finds_no_name_of(options.upstream or "")
    if options.reference and address:
        raise UsageError(
            f"--reference with --upstream at {address}: nginx looks for no address in a "
            f"certificate, and would refuse that of this API. Give the name of its host in the "
            f"URL, or leave out --reference."
        )
    if options.all and address:
        print(
            f"Without a reference: nginx looks for no address in a certificate, and would refuse "
            f"that of {address}. With the name of its host in --upstream it would not.",
            flush=True,
        )
        return False
    if options.all and not options.reference and not find():
        print(f"Without a reference: no nginx is found. {nginx.how_to_install()}", flush=True)
        return False
    if options.all and not options.reference:
        try:
            nginx.nginx_version()
        except MachineError as error:
            print(f"Without a reference: {error}", flush=True)
            return False
    return bool(options.reference or options.all)


def _goal(options: argparse.Namespace) -> Goal | None:
    """The goal of `--until`, which settles the number of rounds alone."""
    if options.until is None:
        if options.max_rounds is not None:
            raise UsageError("--max-rounds caps the rounds of --until, and without it of nothing.")
        return None
    if options.quick or options.rounds is not None:
        raise UsageError(
            "--until goes on for as many rounds as it takes: leave out --rounds and --quick; "
            "--max-rounds N is the most."
        )
    percent = None if options.until == DECIDED else options.until
    return Goal(percent, options.max_rounds or MOST_ROUNDS)


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
