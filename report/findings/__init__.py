"""Findings: what is wrong with a cell, or worth knowing of it, and what to do about it.

`RULES` is the closed list. Each rule is a pure function of its `Evidence`; its message says
what was seen, in which rounds, and what that means. docs/findings.md tells of them all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lab.files.summary_json import Finding, Severity
from report.findings.counts import block_failed, counts_disagree, errors, hey_limit, measured_again
from report.findings.edges import two_changes
from report.findings.finding import Evidence
from report.findings.load import in_flight_low, load_busy, tail
from report.findings.machine import cores_changed, cores_shared, machine_busy, throttled
from report.findings.servers import delayed_ack, first_sample, workers_uneven
from report.findings.stalls import stall, stalled
from report.findings.upstream import upstream_busy, upstream_late

__all__ = ["RULES", "Evidence", "Rule", "find", "stalled"]


@dataclass(frozen=True)
class Rule:
    """How a finding is found: its code, the severities it may have, and when, in one line."""

    code: str
    severities: tuple[Severity, ...]
    when: str
    find: Callable[[Evidence], Finding | Sequence[Finding] | None]


RULES = (
    Rule("errors", ("unranked",), "requests failed, or had another status", errors),
    Rule(
        "counts_disagree",
        ("unranked",),
        "load generator, target and upstream do not agree on requests, calls or bytes",
        counts_disagree,
    ),
    Rule("block_failed", ("unranked",), "a block could not be measured", block_failed),
    Rule(
        "hey_limit",
        ("unranked",),
        "more requests than the load generator keeps the times of",
        hey_limit,
    ),
    Rule("stall", ("unranked", "warn"), "the service stood still for a while", stall),
    Rule(
        "upstream_late", ("unranked", "warn"), "the upstream took longer than asked", upstream_late
    ),
    Rule(
        "measured_again",
        ("warn",),
        "a block failed, and was measured again",
        measured_again,
    ),
    Rule(
        "two_changes",
        ("warn",),
        "a target differs from its parent in more than its change says",
        two_changes,
    ),
    Rule("upstream_busy", ("warn",), "the upstream was near the limit of its core", upstream_busy),
    Rule("load_busy", ("warn",), "the load generator was near a full core", load_busy),
    Rule("in_flight_low", ("warn",), "fewer requests in flight than asked", in_flight_low),
    Rule(
        "delayed_ack",
        ("warn",),
        "answers waited for a delayed acknowledgement",
        delayed_ack,
    ),
    Rule("first_sample", ("warn",), "the first sample after a start is out of line", first_sample),
    Rule("machine_busy", ("warn",), "others used the CPU", machine_busy),
    Rule("throttled", ("warn",), "a cgroup limits the CPU", throttled),
    Rule("cores_changed", ("warn",), "a sample had other cores than the run", cores_changed),
    Rule("workers_uneven", ("info",), "one worker did over twice its share", workers_uneven),
    Rule(
        "tail",
        ("info",),
        "the load generator's last connections took a large part of the time",
        tail,
    ),
    Rule("cores_shared", ("info",), "load, upstream and servers shared the cores", cores_shared),
)


def find(cell: Evidence) -> list[Finding]:
    """Every finding of a cell, in the order of `RULES`."""
    findings: list[Finding] = []
    for rule in RULES:
        found = rule.find(cell)
        if isinstance(found, Finding):
            findings.append(found)
        elif found:
            findings.extend(found)
    return findings
