"""What a level and a server's slots allow at most, and what it would take to match another.

Little's law, L = X W: requests in flight are throughput times the time that each takes.
J. D. C. Little, Operations Research 9 (1961).
"""

from dataclasses import dataclass

from lab.condition import Condition
from lab.files.summary_json import Summary
from report.summary.kinds import KINDS, fastest
from report.summary.query import ordered


def closed_loop_rps(concurrency: int, waits_s: float | None) -> float | None:
    """The most that `concurrency` connections can ask for: each waits `waits_s` for an answer."""
    return concurrency / waits_s if waits_s else None


def slots_rps(slots: int | None, waits_s: float | None) -> float | None:
    """The most that a server can answer that holds `slots` requests at once; None: no bound."""
    return slots / waits_s if slots and waits_s else None


def cpu_rps(cores: int, cpu_per_request_s: float | None) -> float | None:
    """The most that `cores` can answer that do nothing else."""
    return cores / cpu_per_request_s if cpu_per_request_s else None


@dataclass(frozen=True)
class BreakEven:
    """How many threads would make the fastest sync target serve as many as the fastest async one.

    Its RPS taken to grow as its threads do: each is held for `held_s` a request, as it was
    with `slots` of them. `waiting` is how many of these waited for the API, on average;
    `cores_needed` the CPU time that the sync target takes a request, times the RPS to match:
    None where that is not known. `cores` is what servers had.
    """

    at: Condition
    sync_target: str
    async_target: str
    async_rps: float
    slots: int
    held_s: float
    waiting: float | None
    cores_needed: float | None
    cores: int

    @property
    def threads(self) -> int:
        return round(self.async_rps * self.held_s)


def break_even(summary: Summary, at: Condition) -> BreakEven | None:
    """None where threads would not do: no async target was ahead, or slots are not what is short.

    Slots are not where the sync target states none, has one for each connection, needs no
    more of them, or would have to hold more requests than the level's connections ever send.
    """
    cells = [cell for cell in ordered(summary, at) if cell.ranked]
    sync, other = (fastest(cells, summary.targets, kind) for kind in KINDS)
    if sync is None or other is None or sync.rps.value is None or other.rps.value is None:
        return None
    sync_rps, async_rps = sync.rps.value, other.rps.value
    slots = summary.targets[sync.target].slots
    if not slots:
        return None
    # As more ask than there are slots, all of these are held all the time. (Where there are enough,
    # or the async target was not ahead, this comes to no more threads, or to too many.)
    held_s = slots / sync_rps
    if round(async_rps * held_s) <= slots or async_rps * held_s > at.level.concurrency:
        return None
    limit, cpu_s = sync.limits_rps.slots, sync.cpu_per_request_s.value
    return BreakEven(
        at=at,
        sync_target=sync.target,
        async_target=other.target,
        async_rps=async_rps,
        slots=slots,
        held_s=held_s,
        waiting=slots * sync_rps / limit if limit else None,
        cores_needed=cpu_s * async_rps if cpu_s else None,
        cores=summary.run.server_cores,
    )
