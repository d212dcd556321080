"""Hand-made summaries with literal values: what a reader does not look at has a usual one."""

from collections.abc import Iterable, Mapping

from lab.condition import USUAL, Condition, Terms
from lab.files.run_json import MachineFacts, Rounds
from lab.files.summary_json import (
    Cell,
    Comparison,
    Figure,
    Finding,
    Kind,
    Lead,
    Limits,
    Metric,
    Order,
    Percentiles,
    RunSummary,
    Severity,
    Summary,
    SyncOrAsync,
    TargetSummary,
    Unstalled,
    Verdict,
    terms_of,
)
from lab.level import parse_level


def target(
    *,
    title: str = "A view",
    parent: str | None = None,
    change: str | None = None,
    slots: int | None = None,
    tags: Iterable[str] = (),
    versions: Mapping[str, str] | None = None,
    upstream_calls: int = 1,
) -> TargetSummary:
    return TargetSummary(
        title=title,
        parent=parent,
        change=change,
        serve="server",
        slots=slots,
        tags=list(tags),
        versions=dict(versions or {}),
        python=None,
        upstream_calls=upstream_calls,
    )


def cell(
    name: str,
    rps: float | None,
    interval: tuple[float, float] | None = None,
    *,
    level: str = "1000/100",
    ranked: bool | None = None,
    rounds: Iterable[float] = (),
    cpu_s: float | None = None,
    p50_s: float | None = None,
    closed_loop: float | None = None,
    slots: float | None = None,
    cpu: float | None = None,
    rss_bytes: float | None = None,
    pss_bytes: float | None = None,
    findings: Iterable[tuple[Severity, str, str]] = (),
    terms: Terms = USUAL,
) -> Cell:
    """One that is ranked where it has RPS; `findings` are severity, code, message.

    `rounds` are the RPS of each; `closed_loop`, `slots` and `cpu` what limits them.
    """
    at = Condition(parse_level(level), terms)
    return Cell(
        target=name,
        requests=at.level.requests,
        concurrency=at.level.concurrency,
        condition=terms_of(at),
        rounds=0 if rps is None else 3,
        ranked=rps is not None if ranked is None else ranked,
        rps=figure(rps, *interval or ()),
        latency_mean_s=figure(None),
        latency_p95_s=figure(None),
        cpu_per_request_s=figure(cpu_s),
        server_rss_bytes=figure(rss_bytes),
        server_pss_bytes=figure(pss_bytes),
        rps_spread=None,
        rps_rounds=list(rounds),
        latency_pooled_s=Percentiles(p50=p50_s, p90=None, p99=None),
        limits_rps=Limits(closed_loop=closed_loop, slots=slots, cpu=cpu),
        sent=3000,
        ok=3000,
        errors=0,
        upstream_calls=None,
        upstream_connections=None,
        findings=[
            Finding(code=code, severity=severity, message=message)
            for severity, code, message in findings
        ],
    )


def figure(value: float | None, low: float | None = None, high: float | None = None) -> Figure:
    return Figure(value, low, high)


def over(
    name: str,
    ratio: float | None,
    interval: tuple[float, float] | None = None,
    verdict: Verdict | None = None,
    *,
    baseline: str = "sync_requests",
    kind: Kind = "baseline",
    metric: Metric = "rps",
    level: str = "1000/100",
    p_adjusted: float | None = None,
    adjusted_for: int | None = None,
    needed: int | None = None,
    without_stalls: Unstalled | None = None,
) -> Comparison:
    at = parse_level(level)
    return Comparison(
        kind=kind,
        target=name,
        baseline=baseline,
        requests=at.requests,
        concurrency=at.concurrency,
        metric=metric,
        rounds=3,
        ratio=ratio,
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        p_adjusted=p_adjusted,
        adjusted_for=adjusted_for,
        verdict=verdict,
        rounds_needed=needed,
        without_stalls=without_stalls,
    )


def unstalled(
    ratio: float | None,
    interval: tuple[float, float] | None = None,
    verdict: Verdict | None = None,
    *,
    rounds: int = 2,
) -> Unstalled:
    """A comparison without the rounds that stalled."""
    low, high = interval or (None, None)
    return Unstalled(rounds=rounds, ratio=ratio, low=low, high=high, verdict=verdict)


def lead(
    best: str,
    order: Order = "leads",
    *,
    tied: Iterable[str] = (),
    ahead: Iterable[str] = (),
    equivalent: Iterable[str] = (),
    singly: Iterable[str] = (),
    level: str = "1000/100",
) -> Lead:
    at = parse_level(level)
    return Lead(
        target=best,
        requests=at.requests,
        concurrency=at.concurrency,
        order=order,
        tied=list(tied),
        ahead=list(ahead),
        equivalent=list(equivalent),
        singly=list(singly),
    )


def kinds(
    first: str,
    second: str,
    ratio: float | None,
    interval: tuple[float, float] | None = None,
    *,
    verdict: Verdict | None = None,
    level: str = "1000/100",
) -> SyncOrAsync:
    """The fastest sync target over the fastest async one, or the other way round."""
    at = parse_level(level)
    return SyncOrAsync(
        target=first,
        next=second,
        requests=at.requests,
        concurrency=at.concurrency,
        rounds=3,
        ratio=ratio,
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        verdict=verdict,
    )


def summary(
    cells: Iterable[Cell] = (),
    comparisons: Iterable[Comparison] = (),
    leads: Iterable[Lead] = (),
    of_both: Iterable[SyncOrAsync] = (),
    *,
    targets: Mapping[str, TargetSummary] | None = None,
    cores: int = 2,
    server_cores: int | None = None,
    margin: float = 0.1,
    confidence: float = 0.95,
) -> Summary:
    """A summary; targets that are not described are plain ones, servers could use all `cores`."""
    listed = list(cells)
    plain = {each.target: target() for each in listed}
    return Summary(
        run=RunSummary(
            id="20260102T030405Z-abcd",
            started="2026-01-02T03:04:05.678Z",
            finished="2026-01-02T03:09:05.678Z",
            profile="steady",
            seed=7,
            baseline="sync_requests",
            rounds=Rounds(asked=3, done=3),
            complete=True,
            resumed=[],
            added=[],
            margin=margin,
            ratio_confidence=confidence,
            significance=0.05,
            until=None,
            server_cores=cores if server_cores is None else server_cores,
        ),
        machine=MachineFacts(
            system="Linux",
            kernel="6.1.0",
            architecture="x86_64",
            cpu="Imaginary 9000",
            cores=cores,
            memory_bytes=8 * 2**30,
            python="3.11.2",
            implementation="CPython",
            openssl="OpenSSL 3.0.19",
        ),
        targets=dict(plain if targets is None else targets),
        cells=listed,
        comparisons=list(comparisons),
        leads=list(leads),
        sync_or_async=list(of_both),
    )
