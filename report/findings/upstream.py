"""An upstream that was late, or at its limit."""

from lab.files.summary_json import Finding
from report.findings.finding import SPOILT_SHARE, Evidence, in_rounds, most, ms, over
from report.samples.measured import Measured

LATE_S = 0.005
LATE_SHARE = 0.05
# What the lab's upstream may be late anyway: with a latency of a few milliseconds, a share
# of it is less than any event loop can promise.
LATE_ALLOWED_S = 0.002
TOO_LATE_SHARE = 0.2

BUSY_CORES = 0.85


def upstream_late(cell: Evidence) -> Finding | None:
    late = [sample for sample in cell.rounds if _late(sample)]
    if not late:
        return None
    worst = max(late, key=lambda sample: sample.late_p95_s or 0.0)
    # Of samples, not of rounds: one pause of 40 ms, which a busy machine makes now and then, is
    # the lateness of over 5 % of 150 calls, and moved their mean latency by 4 ms.
    often = sum(map(_too_late, late)) / len(cell.rounds) > SPOILT_SHARE
    return Finding(
        "upstream_late",
        "unranked" if often else "warn",
        f"The upstream answered late {in_rounds(late, cell)}: one call in 20 took at least "
        f"{ms(worst.late_p95_s)} longer than asked, which was {ms(worst.asked_mean_s)} on "
        f"average. Latencies contain this delay, which is not the view's; close other programs, "
        f"or choose a level with fewer calls per second.",
    )


def _late(sample: Measured) -> bool:
    late_s, asked_s = sample.late_p95_s, sample.asked_mean_s
    if late_s is None or asked_s is None:
        return False
    return late_s > LATE_S or late_s > max(LATE_ALLOWED_S, LATE_SHARE * asked_s)


def _too_late(sample: Measured) -> bool:
    late_s, asked_s = sample.late_p95_s, sample.asked_mean_s
    if late_s is None or asked_s is None:
        return False
    return late_s > max(LATE_S, TOO_LATE_SHARE * asked_s)


def upstream_busy(cell: Evidence) -> Finding | None:
    busy = [sample for sample in cell.rounds if over(sample.upstream_cores, BUSY_CORES)]
    if not busy:
        return None
    used = most(sample.upstream_cores for sample in busy)
    return Finding(
        "upstream_busy",
        "warn",
        f"The upstream used {used:.2f} of the one core it can use {in_rounds(busy, cell)}. "
        f"The figures may be its limit and not the target's, which may be faster.",
    )
