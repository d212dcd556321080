"""Hand-made summaries: the parts of `summary.json` that its readers look at, with literal values.

`tests/report/summary/test_cell_figures.py` holds their keys to those of a real one.
"""

from collections.abc import Iterable
from typing import Any

from lab.level import parse_level

Json = dict[str, Any]


def target(
    *,
    title: str = "A view",
    parent: str | None = None,
    change: str | None = None,
    slots: int | None = None,
    tags: Iterable[str] = (),
) -> Json:
    return {
        "title": title,
        "parent": parent,
        "change": change,
        "serve": "server",
        "slots": slots,
        "tags": list(tags),
        "versions": {},
        "python": None,
        "upstream_calls": 1,
    }


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
    findings: Iterable[tuple[str, str, str]] = (),
) -> Json:
    """One that is ranked where it has RPS; `findings` are severity, code, message.

    `rounds` are the RPS of each; `closed_loop`, `slots` and `cpu` what limits them.
    """
    at = parse_level(level)
    return {
        "target": name,
        "requests": at.requests,
        "concurrency": at.concurrency,
        "rounds": 0 if rps is None else 3,
        "ranked": rps is not None if ranked is None else ranked,
        "rps": figure(rps, *interval or ()),
        "latency_mean_s": figure(None),
        "latency_p95_s": figure(None),
        "cpu_per_request_s": figure(cpu_s),
        "server_rss_bytes": figure(rss_bytes),
        "server_pss_bytes": figure(pss_bytes),
        "rps_spread": None,
        "rps_rounds": list(rounds),
        "latency_pooled_s": {"p50": p50_s, "p90": None, "p99": None},
        "limits_rps": {"closed_loop": closed_loop, "slots": slots, "cpu": cpu},
        "sent": 3000,
        "ok": 3000,
        "errors": 0,
        "upstream_calls": None,
        "upstream_connections": None,
        "findings": [
            {"code": code, "severity": severity, "message": message}
            for severity, code, message in findings
        ],
    }


def figure(value: float | None, low: float | None = None, high: float | None = None) -> Json:
    return {"value": value, "low": low, "high": high}


def over(
    name: str,
    ratio: float | None,
    interval: tuple[float, float] | None = None,
    verdict: str | None = None,
    *,
    baseline: str = "sync_requests",
    kind: str = "baseline",
    metric: str = "rps",
    level: str = "1000/100",
    p_adjusted: float | None = None,
    adjusted_for: int | None = None,
    needed: int | None = None,
    without_stalls: Json | None = None,
) -> Json:
    """A comparison."""
    at = parse_level(level)
    return {
        "kind": kind,
        "target": name,
        "baseline": baseline,
        "requests": at.requests,
        "concurrency": at.concurrency,
        "metric": metric,
        "rounds": 3,
        "ratio": ratio,
        "low": interval[0] if interval else None,
        "high": interval[1] if interval else None,
        "p_adjusted": p_adjusted,
        "adjusted_for": adjusted_for,
        "verdict": verdict,
        "rounds_needed": needed,
        "without_stalls": without_stalls,
    }


def lead(
    best: str,
    order: str = "leads",
    *,
    tied: Iterable[str] = (),
    ahead: Iterable[str] = (),
    equivalent: Iterable[str] = (),
    singly: Iterable[str] = (),
    level: str = "1000/100",
) -> Json:
    at = parse_level(level)
    return {
        "target": best,
        "requests": at.requests,
        "concurrency": at.concurrency,
        "order": order,
        "tied": list(tied),
        "ahead": list(ahead),
        "equivalent": list(equivalent),
        "singly": list(singly),
    }


def kinds(
    first: str,
    second: str,
    ratio: float | None,
    interval: tuple[float, float] | None = None,
    *,
    verdict: str | None = None,
    level: str = "1000/100",
) -> Json:
    """The fastest sync target over the fastest async one, or the other way round."""
    at = parse_level(level)
    return {
        "target": first,
        "next": second,
        "requests": at.requests,
        "concurrency": at.concurrency,
        "rounds": 3,
        "ratio": ratio,
        "low": interval[0] if interval else None,
        "high": interval[1] if interval else None,
        "verdict": verdict,
    }


def summary(
    cells: Iterable[Json] = (),
    comparisons: Iterable[Json] = (),
    leads: Iterable[Json] = (),
    of_both: Iterable[Json] = (),
    *,
    targets: Json | None = None,
    cores: int = 2,
    margin: float = 0.1,
) -> Json:
    """A summary; targets that are not described are plain ones."""
    listed = list(cells)
    plain = {each["target"]: target() for each in listed}
    return {
        "run": {"baseline": "sync_requests", "margin": margin, "ratio_confidence": 0.95},
        "machine": {"cores": cores},
        "targets": plain if targets is None else targets,
        "cells": listed,
        "comparisons": list(comparisons),
        "leads": list(leads),
        "sync_or_async": list(of_both),
    }
