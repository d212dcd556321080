"""What the machine did besides: other programs, limits, cores."""

import math
from collections.abc import Sequence

from lab import display
from lab.display import listed
from lab.files.summary_json import Finding
from report.findings.finding import Evidence, in_rounds, most, over, percent, round_numbers
from report.samples.measured import Measured, Share

OTHER_SHARE = 0.10
STEAL_SHARE = 0.05
THROTTLED_SHARE = 0.01

# Less than this of all cores is not worth a word.
REST_SHARE = 0.01


def machine_busy(cell: Evidence) -> Finding | None:
    seen = []
    busy = [sample for sample in cell.rounds if over(sample.other_share, OTHER_SHARE)]
    if busy:
        seen.append(_others(busy, cell))
    stolen = [sample for sample in cell.rounds if over(sample.steal_share, STEAL_SHARE)]
    if stolen:
        share = percent(most(sample.steal_share for sample in stolen))
        seen.append(
            f"The host of this virtual machine kept up to {share} of all cores for others "
            f"{in_rounds(stolen, cell)}."
        )
    if not seen:
        return None
    return Finding(
        "machine_busy",
        "warn",
        f"{' '.join(seen)} The target had less CPU than it seems; close other programs, or "
        f"measure again at a quieter time.",
    )


def _others(busy: Sequence[Measured], cell: Evidence) -> str:
    """How much other programs used, and which did in the busiest sample, where that is known."""
    share, busiest = max(
        ((sample.other_share or 0.0, sample) for sample in busy), key=lambda pair: pair[0]
    )
    said = f"Other programs used up to {percent(share)} of all cores {in_rounds(busy, cell)}"
    if busiest.others is None:
        return f"{said}."
    if not busiest.others:
        return (
            f"{said}. None of them can be named: they came and went, or cannot be seen from here."
        )
    if len(round_numbers(busy)) > 1:
        said += f", most in round {busiest.round}"
    return f"{said}: {_named(busiest.others, share)}."


def _named(programs: Sequence[Share], whole: float) -> str:
    """`cc1 31 %, chromium 12 %`, and what is left of the `whole` to others."""
    together = math.fsum(program.share for program in programs)
    # Each was looked at some milliseconds before and after the whole was: it may seem to be less.
    scale = min(1.0, whole / together)
    named = ", ".join(f"{each.name} {percent(each.share * scale)}" for each in programs)
    rest = whole - together
    if rest < REST_SHARE:
        return named
    return (
        f"{named}; the other {percent(rest)} by programs that are small, came and went, or cannot "
        f"be seen from here"
    )


def throttled(cell: Evidence) -> Finding | None:
    held = [sample for sample in cell.rounds if over(sample.throttled_share, THROTTLED_SHARE)]
    if not held:
        return None
    share = percent(most(sample.throttled_share for sample in held))
    return Finding(
        "throttled",
        "warn",
        f"A cgroup limits the CPU, and stopped processes for up to {share} of the time "
        f"{in_rounds(held, cell)}. Raise the limit of this container, or read the figures as "
        f"those of a smaller machine.",
    )


def cores_changed(cell: Evidence) -> Finding | None:
    changed = [s for s in cell.rounds if s.cores is not None and s.cores != cell.cores]
    if not changed:
        return None
    counts = listed(sorted({sample.cores for sample in changed if sample.cores is not None}))
    return Finding(
        "cores_changed",
        "warn",
        f"The number of cores was {counts} {in_rounds(changed, cell)}; the run's is {cell.cores}. "
        f"Such samples are from another machine, as it were; measure again on the same cores.",
    )


def cores_shared(cell: Evidence) -> Finding | None:
    if cell.pinned or not cell.rounds:
        return None
    others = ", the upstream and the servers" if cell.lab_upstream else " and the servers"
    all_of_them = "all three" if cell.lab_upstream else "both"
    return Finding(
        "cores_shared",
        "info",
        f"{cell.engine}{others} shared {display.plural(cell.cores, 'core')}, so RPS is what "
        f"{all_of_them} reach together. With cores of their own, servers may do more.",
    )
