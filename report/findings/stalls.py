"""Service that stood still."""

from lab import display
from lab.files.summary_json import Finding
from report.findings.finding import SPOILT_SHARE, Evidence, in_rounds, most, round_numbers
from report.samples.measured import Measured

# Where half of the requests take some milliseconds, others take ten times that, and nothing stalls.
STALL_S = 0.2
STALL_GAP_S = 1.0
STALL_OVER_ASKED = 2
GAP_OVER_MEDIAN = 2
STALL_OVER_MEDIAN = 10

GTHREAD = (
    "gunicorn's gthread worker does this with more keep-alive connections than threads; they land "
    "unevenly, so give each worker as many threads as there may be connections in all, or take "
    "another kind of worker."
)


def stalled(sample: Measured) -> bool:
    """Whether service stood still: for all connections, or for some of them."""
    return _no_answers(sample) or _one_waited(sample)


def _no_answers(sample: Measured) -> bool:
    """Whether no answer came for over a second, although every connection had a request.

    A server short of CPU answers in lock-step, with pauses as long as its latencies: one
    within twice what half of the requests took is no stall. (P95 will not do: a pause
    that hits all 30 connections of 150 requests is the latency of a fifth of them.)
    """
    gap_s, median_s = sample.longest_gap_s, sample.latency_median_s
    if gap_s is None or median_s is None:
        return False
    return gap_s > max(STALL_GAP_S, _slow_s(sample), GAP_OVER_MEDIAN * median_s)


def _one_waited(sample: Measured) -> bool:
    """Whether a request took over ten times what half of them took.

    Not what 95 % of them took: of 200 requests on 100 connections to 40 threads of
    gunicorn, up to 79 waited for over a second, and P95 was among those.
    """
    longest_s, median_s = sample.longest_latency_s, sample.latency_median_s
    if longest_s is None or median_s is None:
        return False
    return longest_s > max(STALL_S, _slow_s(sample), STALL_OVER_MEDIAN * median_s)


def _slow_s(sample: Measured) -> float:
    """What a request may take because the upstream takes long, and that twice over.

    Where the upstream may take seconds, nothing completes for seconds, and it is no stall.
    """
    calls = 1 if sample.expected_upstream_calls is None else sample.expected_upstream_calls
    return STALL_OVER_ASKED * calls * (sample.asked_max_s or sample.asked_mean_s or 0.0)


def stall(cell: Evidence) -> Finding | None:
    stalling = [sample for sample in cell.rounds if stalled(sample)]
    if not stalling:
        return None
    seen = []
    silent = [sample for sample in stalling if _no_answers(sample)]
    if silent:
        gap_s = most(sample.longest_gap_s for sample in silent)
        seen.append(f"no answer came for {display.seconds(gap_s)} s")
    waiting = [sample for sample in stalling if _one_waited(sample)]
    if waiting:
        worst = max(waiting, key=lambda sample: sample.longest_latency_s or 0.0)
        seen.append(
            f"a request took {display.seconds(worst.longest_latency_s)} s where half of them took "
            f"{display.seconds(worst.latency_median_s)} s or less"
        )
    often = len(round_numbers(stalling)) / len(round_numbers(cell.rounds)) > SPOILT_SHARE
    consequence = (
        "It happens too often for a figure to mean much."
        if often
        else "Ratios are given with and without such rounds."
    )
    if not cell.lab_upstream:
        consequence += " The API that was called may have been slow: nobody watched it."
    return Finding(
        "stall",
        # Without a witness it may be the API that stood still, which is no fault of the target.
        "unranked" if often and cell.lab_upstream else "warn",
        f"Service stood still {in_rounds(stalling, cell)}: {', and '.join(seen)}. {consequence} "
        + (GTHREAD if "gunicorn" in cell.versions else "Look into its log."),
    )
