"""`compare`: a run from what was asked for to its page, or from where it was interrupted."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench.environment.prepare import Environment, prepared
from bench.load.engine import Engine
from bench.load.find import Finder, find_engine
from bench.machine import open_files, pinning
from bench.plan.blocks import engine_of
from bench.plan.spec import RunSpec
from bench.process import turn
from bench.process.cancellation import Cancellation
from bench.process.scratch import scratch
from bench.resume.changes import (
    refuse_changes,
    refuse_other_engine,
    refuse_other_versions,
    refuse_reference,
)
from bench.resume.kept import look_through, state_of
from bench.resume.reread import Reopened, reopen, spec_of
from bench.run.page import write_page
from bench.run.state import RunState
from bench.run.walk import Walk
from bench.serving.surroundings import Surroundings
from bench.target.target import Reference
from bench.tools import nginx
from bench.upstream.real import ask_real_api
from lab import display
from lab.commands import page_command, resume_command
from lab.engines import Build
from lab.entry import is_output_lost, silence
from lab.errors import INTERRUPTED, LabError, MachineError
from lab.files import run_json
from lab.files.folder import RunFolder, create, utc_now
from lab.files.run_json import Rounds
from lab.paths import shown


@dataclass(frozen=True)
class Begun:
    """A run's folder, how far it is, and whether it is a new one.

    `build` is what its samples are said to be loaded with, None where that is not known.
    """

    folder: RunFolder
    state: RunState
    new: bool
    build: Build | None


Begin = Callable[[Mapping[str, Environment], Engine], Begun]


def compare(
    spec: RunSpec,
    cancellation: Cancellation,
    *,
    no_wait: bool = False,
    find: Finder = find_engine,
) -> int:
    """Measure everything that `spec` plans, and write the page. The exit code.

    What makes the load is what `find` gives. Waits for another run on this machine; with
    `no_wait` raises `MachineError`.
    """

    def begin(_environments: Mapping[str, Environment], engine: Engine) -> Begun:
        folder = create(spec.results)
        _say(f"Results go to {shown(folder.path)}")
        return Begun(folder, RunState(spec.plan), new=True, build=engine.build)

    with turn.measuring_into(spec.results, _say, no_wait=no_wait):
        wait = turn.waiting(_say, no_wait=no_wait)
        return _carry_out(spec, begin, find, wait, cancellation)


def resume(
    name: str,
    cancellation: Cancellation,
    *,
    results: Path,
    upstream_url: str | None,
    no_wait: bool = False,
    find: Finder = find_engine,
) -> int:
    """Go on with an interrupted run, with the plan, order, seed and profile it has.

    `upstream_url` is asked for again where the run called a real API whose query is not on
    record. Raises `UsageError` where there is no such run, or it cannot go on here; `MachineError`
    with `no_wait`, where another run is in the way.
    """
    folder = RunFolder(run_json.find(name, results))
    with turn.measuring_into(folder.path.parent, _say, no_wait=no_wait):
        # Read now, and not before the wait for whoever may have gone on with it.
        reopened = reopen(folder)
        kept = look_through(reopened)
        spec = spec_of(reopened, upstream_url)
        if any(isinstance(target, Reference) for target in spec.targets):
            nginx.require_nginx(_say)
        refuse_changes(reopened, kept, spec)
        state = state_of(reopened, kept)
        for note in kept.notes:
            _say(note)
        if not state.todo or (reopened.run.complete and not state.again):
            return _close(reopened, state)
        refuse_reference(reopened, spec)

        def begin(environments: Mapping[str, Environment], engine: Engine) -> Begun:
            refuse_other_engine(reopened, engine.build)
            refuse_other_versions(reopened, environments)
            folder.mend()
            folder.set_aside(kept.aside)
            _say(f"Going on with {folder.id}: {_left(reopened, state)} left to measure")
            # Of a run that does not know what it was loaded with, new samples say as little: they
            # could else not be in one summary with those there are.
            return Begun(folder, state, new=False, build=reopened.run.engine)

        wait = turn.waiting(_say, no_wait=no_wait)
        return _carry_out(spec, begin, find, wait, cancellation)


def _left(reopened: Reopened, state: RunState) -> str:
    blocks = f"{display.plural(len(state.todo), 'block')} of {len(reopened.run.plan.blocks)}"
    return f"at most {blocks}" if reopened.run.until else blocks


def _close(reopened: Reopened, state: RunState) -> int:
    """A run of which nothing is left: have it say so, also where a kill came just before that."""
    folder, run = reopened.folder, reopened.run
    if not (run.complete and run.finished):
        run = msgspec.structs.replace(
            run,
            complete=True,
            finished=utc_now(),
            rounds=Rounds(run.plan.rounds, state.rounds_done),
        )
    if run is not reopened.run or folder.blocks.exists():
        folder.write_run(run)
    _say(f"Nothing of {folder.id} is left to measure.")
    with scratch(folder.path):
        write_page(folder, quiet=False)
    return 1 if state.failed else 0


def _say(text: str) -> None:
    print(text, flush=True)


def _overrides(spec: RunSpec) -> str:
    """What environments are made of beside the locks, to follow on their number."""
    added = f", {display.listed(spec.added)} on top of every lock" if spec.added else ""
    return added + (f", on Python {spec.python}" if spec.python else "")


def _carry_out(
    spec: RunSpec,
    begin: Begin,
    find: Finder,
    wait: Callable[[str], None],
    cancellation: Cancellation,
) -> int:
    """Measure what is left of a run, and tell how it ended. The exit code."""
    calls = max(target.manifest.upstream_calls for target in spec.targets)
    open_files.allow_files((each.level for each in spec.plan.conditions), _say, calls=calls)
    engine = find(engine_of(spec.plan.conditions), _say)
    if any(isinstance(target, Reference) for target in spec.targets):
        nginx.require_nginx(_say)
    real = ask_real_api(spec.upstream_url) if spec.upstream_url else None
    pinned = pinning.of_this_machine() if spec.pin else None
    _say(f"Preparing {display.plural(len(spec.targets), 'environment')}{_overrides(spec)}")
    with prepared(spec.targets, wait, added=spec.added, python=spec.python) as environments:
        begun = begin(environments, engine)
        folder, state = begun.folder, begun.state
        surroundings = Surroundings(
            environments,
            run=folder.path,
            latency=spec.profile.latency,
            trust=spec.profile.trust,
            real=real,
            pinned=pinned,
            cancellation=cancellation,
        )
        try:
            run = Walk(
                spec,
                folder,
                surroundings,
                engine=engine,
                build=begun.build,
                environments=environments,
                pinned=pinned,
                state=state,
            )
            # At once: without it there is nothing to go on with.
            run.save()
        except BaseException:
            folder.discard()
            raise
        if begun.new:
            folder.link_latest()
        try:
            with surroundings:
                interrupted = _walk(run)
        except KeyboardInterrupt:  # another one, while it stopped
            interrupted = True
            with contextlib.suppress(LabError):  # every block is kept, as after a kill
                run.save(finished=True)
        except (LabError, OSError) as error:
            if is_output_lost(error):
                raise
            raise _with_advice(error, folder) from None
    if interrupted:
        _tell(
            f"\nInterrupted. What was measured is kept: {state.rounds_done} of "
            f"{state.plan.rounds} rounds are whole.\n"
            f"To go on with it: {resume_command(folder)}\n"
            f"To write its page again: {page_command(folder)}"
        )
        return INTERRUPTED
    if any(record.error for record in state.blocks()):
        _say(f"To measure again what failed: {resume_command(folder)}")
    return 1 if state.failed else 0


def _walk(run: Walk) -> bool:
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
