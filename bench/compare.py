"""`compare`: a run from its order to its page, or from where it was interrupted."""

import contextlib
from pathlib import Path

from bench import cores, display, hey_install, limits, record, store
from bench.environment import prepared
from bench.errors import INTERRUPTED, LabError, MachineError
from bench.order import Order
from bench.page import page_command, resume_command, write_page
from bench.paths import shown
from bench.resume import Kept, Past, look_through, read_past, refuse_changes, tally_of
from bench.run import Run
from bench.scene import Scene, ask_real_api, same_upstream
from bench.start import is_output_lost, silence
from bench.store import RunFolder
from bench.tally import fresh
from bench.until import Until


def compare(order: Order) -> int:
    """Measure everything that `order` plans, and write the page. The exit code."""
    with store.measuring_into(order.results, _say):
        return _carry_out(order)


def resume(name: str, *, results: Path, upstream_url: str | None) -> int:
    """Go on with an interrupted run, with the plan, order, seed and profile it has.

    `upstream_url` is asked for again where the run called a real API whose query is not on
    record. Raises `UsageError` where there is no such run, or it cannot go on here.
    """
    folder = RunFolder(record.find(name, results))
    with store.measuring_into(folder.path.parent, _say):
        # Read now, and not before the wait for whoever may have gone on with it.
        past = read_past(folder)
        kept = look_through(past)
        refuse_changes(past, kept)
        run = past.record
        order = Order(
            targets=past.targets,
            profile=past.profile,
            plan=past.plan,
            baseline=run.baseline,
            results=folder.path.parent,
            margin=run.margin,
            until=Until(run.until.percent, run.until.max_rounds) if run.until else None,
            upstream_url=same_upstream(run.upstream, upstream_url),
            pin=run.pinned is not None,
        )
        for note in kept.notes:
            _say(note)
        if kept.todo:
            return _carry_out(order, past, kept)
        _say(f"Nothing of {folder.id} is left to measure.")
        write_page(folder, quiet=False)
        return 1 if kept.failures else 0


def _say(text: str) -> None:
    print(text, flush=True)


def _carry_out(order: Order, past: Past | None = None, kept: Kept | None = None) -> int:
    """Measure what is left of a run, or all of a new one, and tell how it ended; the exit code."""
    limits.allow_files(order.plan.levels, _say)
    hey = hey_install.find_hey(_say)
    real = ask_real_api(order.upstream_url) if order.upstream_url else None
    pinned = cores.of_this_machine() if order.pin else None
    _say(f"Preparing {display.plural(len(order.targets), 'environment')}")
    with prepared(order.targets, _say) as environments:
        if past and kept:
            folder, tally = past.folder, tally_of(past, kept)
            folder.set_aside(kept.aside)
            _say(
                f"Going on with {folder.id}: {display.plural(len(kept.todo), 'block')} of "
                f"{len(past.plan.blocks)} left to measure"
            )
        else:
            folder, tally = store.create(order.results), fresh(order.plan)
            _say(f"Results go to {shown(folder.path)}")
        try:
            with Scene(
                environments,
                run=folder.path,
                latency=order.profile.latency,
                trust=order.profile.trust,
                real=real,
                pinned=pinned,
            ) as scene:
                run = Run(
                    order,
                    folder,
                    scene,
                    hey=hey,
                    environments=environments,
                    pinned=pinned,
                    tally=tally,
                )
                interrupted = _walk(run, latest=past is None)
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
        print(f"To measure again what failed: {resume_command(folder)}", flush=True)
    return 1 if tally.failures else 0


def _walk(run: Run, *, latest: bool) -> bool:
    """Measure what is left of a run, and write its page; whether it was interrupted."""
    run.record()
    if latest:
        run.folder.link_latest()
    interrupted = False
    try:
        run.measure()
    except KeyboardInterrupt:
        interrupted = True
    except (LabError, OSError):
        with contextlib.suppress(LabError):  # what ended the run is what to tell
            run.record(finished=True)
        raise
    run.record(finished=True)
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
