"""`compare`: a run from its order to its page, or from where it was interrupted."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.environment.prepare import Environment, prepared
from bench.machine import open_files, pinning
from bench.plan.spec import Order
from bench.process import turn
from bench.process.scratch import scratch
from bench.reference import install
from bench.resume.changes import refuse_changes, refuse_other_versions
from bench.resume.kept import look_through, tally_of
from bench.resume.reread import Past, order_of, read_past
from bench.run.page import write_page
from bench.run.state import Tally
from bench.run.walk import Run
from bench.serving.surroundings import Scene
from bench.tools.hey import find_hey
from bench.upstream.real import ask_real_api
from lab import display
from lab.commands import page_command, resume_command
from lab.entry import is_output_lost, silence
from lab.errors import INTERRUPTED, LabError, MachineError
from lab.files import run_json
from lab.files.folder import RunFolder, create, utc_now
from lab.paths import shown


@dataclass(frozen=True)
class Begun:
    """A run's folder, how far it is, and whether it is a new one."""

    folder: RunFolder
    tally: Tally
    new: bool


def compare(order: Order) -> int:
    """Measure everything that `order` plans, and write the page. The exit code."""

    def begin(_environments: Mapping[str, Environment]) -> Begun:
        folder = create(order.results)
        _say(f"Results go to {shown(folder.path)}")
        return Begun(folder, Tally(order.plan), new=True)

    with turn.measuring_into(order.results, _say):
        return _carry_out(order, begin)


def resume(name: str, *, results: Path, upstream_url: str | None) -> int:
    """Go on with an interrupted run, with the plan, order, seed and profile it has.

    `upstream_url` is asked for again where the run called a real API whose query is not on
    record. Raises `UsageError` where there is no such run, or it cannot go on here.
    """
    folder = RunFolder(run_json.find(name, results))
    with turn.measuring_into(folder.path.parent, _say):
        # Read now, and not before the wait for whoever may have gone on with it.
        past = read_past(folder)
        kept = look_through(past)
        order = order_of(past, upstream_url)
        if any(target.is_reference for target in order.targets):
            install.require_nginx(_say)
        refuse_changes(past, kept, order)
        tally = tally_of(past, kept)
        for note in kept.notes:
            _say(note)
        if not tally.todo or (past.record.complete and not tally.again):
            return _close(past, tally)

        def begin(environments: Mapping[str, Environment]) -> Begun:
            refuse_other_versions(past, environments)
            folder.mend()
            folder.set_aside(kept.aside)
            _say(f"Going on with {folder.id}: {_left(past, tally)} left to measure")
            return Begun(folder, tally, new=False)

        return _carry_out(order, begin)


def _left(past: Past, tally: Tally) -> str:
    blocks = f"{display.plural(len(tally.todo), 'block')} of {len(past.plan.blocks)}"
    return f"at most {blocks}" if past.record.until else blocks


def _close(past: Past, tally: Tally) -> int:
    """A run of which nothing is left: have it say so, also where a kill came just before that."""
    folder = past.folder
    if not (past.record.complete and past.record.finished):
        done = {"asked": past.plan.rounds, "done": tally.rounds_done}
        folder.write_run({**past.values, "complete": True, "finished": utc_now(), "rounds": done})
    _say(f"Nothing of {folder.id} is left to measure.")
    with scratch(folder.path):
        write_page(folder, quiet=False)
    return 1 if tally.failed else 0


def _say(text: str) -> None:
    print(text, flush=True)


def _beside(order: Order) -> str:
    """What environments are made of beside the locks, to follow on their number."""
    added = f", {display.listed(order.added)} on top of every lock" if order.added else ""
    return added + (f", on Python {order.python}" if order.python else "")


def _carry_out(order: Order, begin: Callable[[Mapping[str, Environment]], Begun]) -> int:
    """Measure what is left of a run, and tell how it ended. The exit code."""
    calls = max(target.manifest.upstream_calls for target in order.targets)
    open_files.allow_files(order.plan.levels, _say, calls=calls)
    hey = find_hey(_say)
    if any(target.is_reference for target in order.targets):
        install.require_nginx(_say)
    real = ask_real_api(order.upstream_url) if order.upstream_url else None
    pinned = pinning.of_this_machine() if order.pin else None
    _say(f"Preparing {display.plural(len(order.targets), 'environment')}{_beside(order)}")
    with prepared(order.targets, _say, added=order.added, python=order.python) as environments:
        begun = begin(environments)
        folder, tally = begun.folder, begun.tally
        scene = Scene(
            environments,
            run=folder.path,
            latency=order.profile.latency,
            trust=order.profile.trust,
            real=real,
            pinned=pinned,
        )
        try:
            run = Run(
                order, folder, scene, hey=hey, environments=environments, pinned=pinned, tally=tally
            )
            # At once: without it there is nothing to go on with.
            run.save()
        except BaseException:
            folder.discard()
            raise
        if begun.new:
            folder.link_latest()
        try:
            with scene:
                interrupted = _walk(run)
        except KeyboardInterrupt:  # another one, while it stopped
            interrupted = True
        except (LabError, OSError) as error:
            if is_output_lost(error):
                raise
            raise _with_advice(error, folder) from None
    if interrupted:
        _tell(
            f"\nInterrupted. What was measured is kept: {tally.rounds_done} of "
            f"{order.plan.rounds} rounds are whole.\n"
            f"To go on with it: {resume_command(folder)}\n"
            f"To write its page again: {page_command(folder)}"
        )
        return INTERRUPTED
    if any(entry["error"] for entry in tally.blocks()):
        _say(f"To measure again what failed: {resume_command(folder)}")
    return 1 if tally.failed else 0


def _walk(run: Run) -> bool:
    """Measure what is left of a run, and write its page; whether it was interrupted."""
    interrupted = False
    try:
        run.measure()
    except KeyboardInterrupt:
        interrupted = True
    except (LabError, OSError):
        with contextlib.suppress(LabError):  # what ended the run is what to tell
            run.save(finished=True)
        raise
    run.save(finished=True)
    try:
        write_page(run.folder, quiet=False)
    except LabError as error:
        if not interrupted:
            raise
        _tell(str(error))
    return interrupted


def _tell(text: str) -> None:
    """Print the last words of an interrupted run, where there still is a terminal to read them."""
    try:
        print(text, flush=True)
    except OSError as error:
        if not is_output_lost(error):
            raise
        silence()


def _with_advice(error: LabError | OSError, folder: RunFolder) -> LabError:
    """What ended a run, and how to go on with it."""
    advice = f"To go on with what was measured: {resume_command(folder)}"
    if isinstance(error, LabError):
        return type(error)(f"{error}\n{advice}")
    return MachineError(f"The machine refused something that is needed: {error}.\n{advice}")
