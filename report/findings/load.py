"""What the load generator did: at its limit, too few requests in flight, a long tail."""

import math

from lab.files.summary_json import Finding
from report.findings.finding import Evidence, in_rounds, most, over, percent

BUSY_CORES = 0.85
IN_FLIGHT_SHARE = 0.9
TAIL_SHARE = 0.25


def load_busy(cell: Evidence) -> Finding | None:
    busy = [sample for sample in cell.rounds if over(sample.load_cores, BUSY_CORES)]
    if not busy:
        return None
    used = most(sample.load_cores for sample in busy)
    return Finding(
        "load_busy",
        "warn",
        f"{cell.engine} used {used:.2f} cores {in_rounds(busy, cell)}. The figures may be those "
        f"of {cell.engine} and not the target's, which may be faster.",
    )


def in_flight_low(cell: Evidence) -> Finding | None:
    low = [
        sample
        for sample in cell.rounds
        # No times are given of requests that failed, so they look as if never in flight.
        if not sample.errors and sample.in_flight is not None and sample.in_flight < IN_FLIGHT_SHARE
    ]
    if not low:
        return None
    least = min(sample.in_flight for sample in low if sample.in_flight is not None)
    asked = cell.at.level.concurrency
    return Finding(
        "in_flight_low",
        "warn",
        f"{cell.engine} kept {least * asked:.0f} of {asked} "
        f"requests in flight {in_rounds(low, cell)}, so figures describe a lower concurrency than "
        f"the level's. {cell.engine} may have been short of CPU; close other programs, and "
        f"measure again.",
    )


def tail(cell: Evidence) -> Finding | None:
    shares = [sample.tail_share for sample in cell.rounds if sample.tail_share is not None]
    mean = math.fsum(shares) / len(shares) if shares else 0.0
    if mean <= TAIL_SHARE:
        return None
    return Finding(
        "tail",
        "info",
        f"For the last {percent(mean)} of the time, on average, {cell.engine} waited for "
        f"connections that still had requests of their quota while others had none. RPS reads "
        f"lower than under a steady load; compare it only with targets at the same level.",
    )
