"""`summary.json`: what a run's samples say, without a word about how it looks."""

from pathlib import Path
from typing import Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from lab.condition import USUAL, Condition, Terms
from lab.files.run_json import MachineFacts, Python, Rounds, Sitting
from lab.files.version import VERSION
from lab.level import Level

SCHEMA = 1

Severity = Literal["info", "warn", "unranked"]
Kind = Literal["baseline", "parent", "control", "reference", "best"]
Metric = Literal["rps", "latency_mean_s", "latency_p95_s"]
Verdict = Literal["faster", "slower", "equivalent", "inconclusive"]
# The best is told apart from every other; from some of them only singly; from all but those that
# are equivalent; not from all; one round tells nothing; there is no other.
Order = Literal["leads", "likely leads", "shares the lead", "no clear lead", "one round", "alone"]


class _Somewhere:
    """What is about one condition: a level, and terms where they are not the usual ones."""

    __slots__ = ()

    requests: int
    concurrency: int
    condition: Terms | UnsetType

    @property
    def at(self) -> Condition:
        terms = USUAL if self.condition is UNSET else self.condition
        return Condition(Level(self.requests, self.concurrency), terms)


def terms_of(condition: Condition) -> Terms | UnsetType:
    """What is written of a condition beside its level: nothing where that is all."""
    return UNSET if condition.terms == USUAL else condition.terms


class Figure(Struct, frozen=True):
    """A geometric mean over rounds and its interval."""

    value: float | None
    low: float | None
    high: float | None


class Percentiles(Struct, frozen=True):
    p50: float | None
    p90: float | None
    p99: float | None


class Limits(Struct, frozen=True):
    closed_loop: float | None
    slots: float | None
    cpu: float | None


class Finding(Struct, frozen=True):
    """Something wrong or noteworthy about a cell."""

    code: str
    severity: Severity
    message: str


class Cell(_Somewhere, Struct, frozen=True, kw_only=True):
    target: str
    requests: int
    concurrency: int
    condition: Terms | UnsetType = UNSET
    rounds: int
    ranked: bool
    rps: Figure
    latency_mean_s: Figure
    latency_p95_s: Figure
    cpu_per_request_s: Figure
    server_rss_bytes: Figure
    server_pss_bytes: Figure
    rps_spread: float | None
    rps_rounds: list[float]
    latency_pooled_s: Percentiles
    limits_rps: Limits
    sent: int
    ok: int
    errors: int
    upstream_calls: int | None
    upstream_connections: int | None
    findings: list[Finding]


class Unstalled(Struct, frozen=True, kw_only=True):
    """A ratio without the rounds in which a service stood still."""

    rounds: int
    ratio: float | None
    low: float | None
    high: float | None
    verdict: Verdict | None


class Comparison(_Somewhere, Struct, frozen=True, kw_only=True):
    kind: Kind
    target: str
    baseline: str
    requests: int
    concurrency: int
    condition: Terms | UnsetType = UNSET
    metric: Metric
    rounds: int
    ratio: float | None
    low: float | None
    high: float | None
    p_adjusted: float | None
    adjusted_for: int | None
    verdict: Verdict | None
    rounds_needed: int | None
    without_stalls: Unstalled | None


class Lead(_Somewhere, Struct, frozen=True, kw_only=True):
    """How the target with most RPS stands to the others."""

    target: str
    requests: int
    concurrency: int
    condition: Terms | UnsetType = UNSET
    order: Order
    tied: list[str]
    ahead: list[str]
    equivalent: list[str]
    singly: list[str]


class SyncOrAsync(_Somewhere, Struct, frozen=True, kw_only=True):
    """The fastest target of one kind over the fastest of the other, which is `next`."""

    target: str
    next: str
    requests: int
    concurrency: int
    condition: Terms | UnsetType = UNSET
    rounds: int
    ratio: float | None
    low: float | None
    high: float | None
    verdict: Verdict | None


class Progress(Struct, frozen=True):
    """How far a run with `--until` is."""

    percent: float
    max_rounds: int
    reached: bool
    ratios: int
    left_out: list[str]
    rounds_expected: int | None


# `added` is "with" in the file, which is a word of Python's.
class RunSummary(Struct, frozen=True, kw_only=True, rename={"added": "with"}):
    id: str
    started: str
    finished: str | None
    profile: str
    seed: int
    baseline: str
    rounds: Rounds
    complete: bool
    resumed: list[Sitting]
    added: list[str]
    margin: float
    ratio_confidence: float
    until: Progress | None
    server_cores: int


class TargetSummary(Struct, frozen=True, kw_only=True):
    title: str
    parent: str | None
    change: str | None
    serve: str
    slots: int | None
    tags: list[str]
    versions: dict[str, str]
    reference: bool = False
    python: Python | None
    upstream_calls: int


class Summary(Struct, frozen=True, kw_only=True):
    schema: int = SCHEMA
    written_by: str | None = VERSION
    run: RunSummary
    machine: MachineFacts
    targets: dict[str, TargetSummary]
    cells: list[Cell]
    comparisons: list[Comparison]
    leads: list[Lead]
    sync_or_async: list[SyncOrAsync]


class _Run(Struct):
    until: Progress | None


class _Summary(Struct):
    run: _Run


def read_progress(file: Path) -> Progress | None:
    """How far a run with `--until` is, by its summary; None of a run without a goal."""
    return msgspec.json.decode(file.read_bytes(), type=_Summary).run.until
