"""What the time of a run went to: load, and all that has to be done for it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from lab import display
from lab.condition import Condition
from lab.files.blocks_jsonl import Stages
from lab.files.run_json import Run
from report.samples.measured import Measured


@dataclass(frozen=True)
class Spent:
    """Mean seconds of a target's blocks: by stage, and by condition what its loads took together.

    `all_s` is what all of its blocks took.
    """

    target: str
    start_s: float
    check_s: float
    warm_up_s: float
    load_s: tuple[float, ...]
    stop_s: float
    all_s: float


@dataclass(frozen=True)
class TimeSpent:
    """The table, its conditions, and a sentence on what no block took."""

    conditions: tuple[Condition, ...]
    rows: tuple[Spent, ...]
    beside: str


def time_spent(run: Run, measured: Sequence[Measured]) -> TimeSpent | None:
    """Where the time went; None of a run that has not kept it."""
    blocks: dict[str, list[Stages]] = defaultdict(list)
    for block in run.blocks:
        if block.stages is not None:
            blocks[block.target].append(block.stages)
    if not blocks:
        return None
    conditions = run.plan.conditions
    rows = tuple(
        _spent(target, blocks[target], conditions, [it for it in measured if it.target == target])
        for target in run.plan.targets
        if target in blocks
    )
    return TimeSpent(conditions, rows, _beside(run, sum(row.all_s for row in rows)))


def _spent(
    target: str,
    blocks: Sequence[Stages],
    conditions: Sequence[Condition],
    measured: Sequence[Measured],
) -> Spent:
    rounds = {it.round for it in measured}
    return Spent(
        target,
        start_s=fmean(it.start_s for it in blocks),
        check_s=fmean(it.check_s for it in blocks),
        warm_up_s=fmean(it.warm_up_s for it in blocks),
        load_s=tuple(
            sum(it.wall_s for it in measured if it.at == at) / max(1, len(rounds))
            for at in conditions
        ),
        stop_s=fmean(it.stop_s for it in blocks),
        all_s=sum(it.start_s + it.check_s + it.warm_up_s + it.load_s + it.stop_s for it in blocks),
    )


def _beside(run: Run, blocks_s: float) -> str:
    pages_s = run.pages_s or 0.0
    pages = f"{display.duration(pages_s)} went to the pages between rounds, " if pages_s else ""
    rest_s = max(0.0, run.wall_s - blocks_s - pages_s)
    return f"Beside these blocks, {pages}{display.duration(rest_s)} to all else."
