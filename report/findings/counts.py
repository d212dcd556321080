"""Requests, calls and bytes that do not add up, and blocks that failed."""

from lab.engines import facts
from lab.files.sample import Doubt
from lab.files.summary_json import Finding
from report.findings.finding import Evidence, in_rounds
from report.samples.measured import Measured


def errors(cell: Evidence) -> Finding | None:
    failing = [sample for sample in cell.rounds if sample.errors]
    if not failing:
        return None
    failed = sum(sample.errors for sample in failing)
    sent = sum(sample.sent for sample in cell.rounds)
    worst = max(failing, key=lambda sample: sample.errors)
    return Finding(
        "errors",
        "unranked",
        f"{failed} of {sent} requests failed. It happened {in_rounds(failing, cell)}, most often "
        f"with: {worst.failure}. A server that fails requests has less to do, so figures say "
        f"nothing; look into its log.",
    )


def counts_disagree(cell: Evidence) -> list[Finding]:
    return [
        Finding(
            "counts_disagree",
            "unranked",
            f"Round {sample.round}: {doubt.text} {_advice(doubt, sample)}",
        )
        for sample in cell.rounds
        # Else hey_limit says why they cannot agree.
        if facts(sample.engine).keeps(sample.level.requests)
        for doubt in sample.doubts
    ]


def _advice(doubt: Doubt, sample: Measured) -> str:
    """What to do about one of `lab.files.sample.Sample.doubts`."""
    if doubt.kind == "sent":
        return "That is another load than this level's; measure again."
    advice = "The target does not do under load what it did when it was checked; look into its log."
    calls, expected = sample.upstream_calls, sample.expected_upstream_calls
    if doubt.kind == "calls" and calls is not None and expected is not None:
        fewer = calls < sample.sent * expected
        times = "once" if expected == 1 else f"{expected} times"
        more = f"It calls more than {times}, or retries." if expected else "It does call it."
        why = "A cache answers in its place?" if fewer else more
        return f"{why} {advice}"
    return advice


def block_failed(cell: Evidence) -> list[Finding]:
    return [
        Finding("block_failed", "unranked", f"Round {number}: {message}")
        for number, message in cell.block_errors
    ]


def measured_again(cell: Evidence) -> list[Finding]:
    return [
        Finding(
            "measured_again",
            "warn",
            f"Round {number} failed at first, and was measured again. The reason: {message}",
        )
        for number, message in cell.earlier_errors
    ]


def hey_limit(cell: Evidence) -> Finding | None:
    if not cell.rounds:
        return None
    engine, requests = facts(cell.engine), cell.at.level.requests
    if engine.keeps(requests):
        return None
    return Finding(
        "hey_limit",
        "unranked",
        f"A sample has {requests:,} requests, and {cell.engine} keeps the times of "
        f"{engine.most_times:,} at the most: the rest is in no figure. Take fewer requests and "
        f"more rounds.",
    )
