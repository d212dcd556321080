"""`clean`: what the lab has installed, and what of it nobody uses any more is removed."""

import contextlib
import math
from datetime import UTC, datetime
from pathlib import Path

from bench.installed.found import Installed, found, left, size_bytes
from bench.installed.removal import remove, unused
from bench.process import turn
from lab import display
from lab.errors import MachineError
from lab.paths import ROOT

DAYS = 30
DAY_S = 24 * 60 * 60

LINKS_STAY = "A link stays, and so does what it leads to: that need not be the lab's."


def clean(
    *, days: int = DAYS, dry_run: bool = False, no_wait: bool = False, root: Path = ROOT
) -> int:
    """Show what is installed, and remove what was not used for so many days; 0.

    With `dry_run` it only shows. Else it has the machine for itself: it waits for another run;
    with `no_wait` raises `MachineError`. What somebody uses all the same, such as the session
    that this runs in, stays. Raises `MachineError` where something cannot be removed, when all
    else is.
    """
    with contextlib.ExitStack() as stack:
        if not dry_run:
            stack.enter_context(turn.on_machine(_say, no_wait=no_wait))
        things = sorted(found(root), key=lambda each: each.used_s or 0.0)
        if dry_run:
            things = [*left(), *things]
        now_s = datetime.now(UTC).timestamp()
        before_s = now_s - days * DAY_S if days else math.inf
        _say(f"{'size':>10}  {'last used':<12}  what")
        gone, troubles = [], []
        for thing in things:
            becomes = ""
            if thing.link:
                becomes = "stays"
            elif thing.used_s is None or thing.used_s <= before_s:
                becomes, trouble = _dealt_with(thing, root, dry_run=dry_run)
                troubles += [trouble] if trouble else []
            if becomes in (GOES, GONE):
                gone.append(thing)
            _say(_row(thing, root, now_s, becomes))
    if any(thing.link for thing in things):
        _say(LINKS_STAY)
    _say(_sum(things, gone, days, dry_run=dry_run))
    if troubles:
        raise MachineError("\n".join(troubles))
    return 0


GOES, GONE, IN_USE, CANNOT = "would go", "removed", "in use", "cannot be removed"


def _dealt_with(thing: Installed, root: Path, *, dry_run: bool) -> tuple[str, str]:
    """Remove it; what has become of it in words, and what is wrong."""
    try:
        with unused(thing) as free:
            if not free:
                return IN_USE, ""
            if not dry_run:
                remove(thing)
            return (GOES if dry_run else GONE), ""
    except FileNotFoundError:  # somebody else has
        return GONE, ""
    except OSError as error:
        return CANNOT, (
            f"{_name(thing.path, root)} cannot be removed: {error.strerror}. What is left of it "
            f"lies in {_name(Path(error.filename or thing.path), root)}: see to that, and clean "
            f"again."
        )


def _row(thing: Installed, root: Path, now_s: float, becomes: str) -> str:
    size = display.size(size_bytes([thing]))
    ago = "never" if thing.used_s is None else _ago(now_s - thing.used_s)
    used = "" if thing.link else ago
    return f"{size:>10}  {used:<12}  {_name(thing.path, root)}  ({thing.what})  {becomes}"


def _name(path: Path, root: Path) -> str:
    """Where it lies in the lab; a link is not gone after."""
    inside = path.relative_to(root) if path.is_relative_to(root) else path
    return display.printable(str(inside))


def _ago(span_s: float) -> str:
    days = int(max(0.0, span_s) // DAY_S)
    return f"{display.plural(days, 'day')} ago" if days else "today"


def _sum(things: list[Installed], gone: list[Installed], days: int, *, dry_run: bool) -> str:
    unused_for = f"not used for {display.plural(days, 'day')}" if days else "not in use"
    total = f"{display.size(size_bytes(things))} in all"
    went = f"{len(gone)} of {len(things)}, {display.size(size_bytes(gone))}"
    if dry_run:
        return f"{total}. Without --dry-run, what was {unused_for} would go: {went}."
    return f"{total}. Removed what was {unused_for}: {went}. Runs in results/ stay."


def _say(text: str) -> None:
    print(text.rstrip(), flush=True)
