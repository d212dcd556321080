"""How long the rest of a run will take."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from bench.level import Level
from bench.plan import Block


@dataclass(frozen=True)
class Done:
    """A sample that is finished, and how long hey took."""

    target: str
    level: Level
    wall_s: float


def time_left_s(
    blocks: Sequence[Block], done: Sequence[Done], elapsed_s: float, *, samples_skipped: int = 0
) -> float | None:
    """Seconds left, from what `done` took in `elapsed_s`; None before the first sample.

    `blocks` are the plan's, and samples are taken in its order; `samples_skipped` were
    lost with failed blocks. A target and level not seen yet is taken to need as long
    per request as the target's others, else as everything so far.
    """
    if not done:
        return None
    order = [(block.target, level) for block in blocks for level in block.levels]
    left = order[len(done) + samples_skipped :]
    overhead_s = max(0.0, elapsed_s - sum(sample.wall_s for sample in done)) / len(done)

    def per_request_s(target: str, level: Level) -> float:
        same = [d for d in done if (d.target, d.level) == (target, level)]
        similar = same or [d for d in done if d.target == target] or list(done)
        return fmean(d.wall_s / d.level.requests for d in similar)

    return sum(
        per_request_s(target, level) * level.requests + overhead_s for target, level in left
    )  # fmt: skip
