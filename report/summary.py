"""`summary.json`: what a run's samples say, without a word about how it looks."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from bench.level import Level, parse_levels
from report.interval import geometric

SCHEMA = 1
METRICS = ("rps", "latency_mean_s", "latency_p95_s")

Json = dict[str, Any]


def summarize(run: Mapping[str, Any], frame: pd.DataFrame) -> Json:
    """The summary that DESIGN describes, from `run.json` and the frame of its samples."""
    levels = parse_levels(run["plan"]["levels"])
    targets = run["targets"]
    by_cell = {
        (rows["target"].iloc[0], Level(*map(int, rows[["requests", "concurrency"]].iloc[0]))): rows
        for _, rows in frame.sort_values("round").groupby(["target", "requests", "concurrency"])
    }
    empty = frame.iloc[0:0]
    cells = [
        _cell(target, level, by_cell.get((target, level), empty), run["blocks"])
        for level in levels
        for target in targets
    ]
    ranked = {
        key: by_cell[key]
        for cell in cells
        if cell["ranked"]
        and (key := (cell["target"], Level(cell["requests"], cell["concurrency"])))
    }
    return {
        "schema": SCHEMA,
        "run": {
            "id": run["id"],
            "started": run["started"],
            "finished": run["finished"],
            "profile": run["profile"]["name"],
            "seed": run["seed"],
            "rounds": run["rounds"],
            "complete": run["complete"],
        },
        "machine": run["machine"],
        "targets": {
            name: {
                key: target[key]
                for key in ("title", "parent", "change", "serve", "slots", "tags", "versions")
            }
            for name, target in targets.items()
        },
        "cells": cells,
        "comparisons": [
            _comparison(pair, level, metric, ranked)
            for pair in _pairs(targets, run["baseline"])
            for level in levels
            for metric in METRICS
        ],
    }


def _pairs(targets: Mapping[str, Any], baseline: str) -> Iterator[tuple[str, str, str]]:
    for name in targets:
        if name != baseline:
            yield "baseline", name, baseline
    for name, target in targets.items():
        if target["parent"] in targets:
            yield "parent", name, target["parent"]


def _cell(target: str, level: Level, rows: pd.DataFrame, blocks: Sequence[Json]) -> Json:
    findings = _findings(target, rows, blocks)
    return {
        "target": target,
        "requests": level.requests,
        "concurrency": level.concurrency,
        "rounds": len(rows),
        "ranked": len(rows) > 0 and all(f["severity"] != "unranked" for f in findings),
        **{metric: geometric(rows[metric].dropna().tolist()).to_json() for metric in METRICS},
        "sent": int(rows["sent"].sum()),
        "ok": int(rows["ok"].sum()),
        "errors": int(rows["errors"].sum()),
        "upstream_calls": _total(rows["upstream_calls"]),
        "upstream_connections": _total(rows["upstream_connections"]),
        "findings": findings,
    }


def _total(counts: "pd.Series[Any]") -> int | None:
    """The sum over rounds; None where a round had no witness."""
    return None if counts.empty or counts.isna().any() else int(counts.sum())


def _findings(target: str, rows: pd.DataFrame, blocks: Sequence[Json]) -> list[Json]:
    findings = []
    failed, sent = int(rows["errors"].sum()), int(rows["sent"].sum())
    if failed:
        findings.append(
            {
                "code": "errors",
                "severity": "unranked",
                "message": f"{failed} of {sent} requests failed.",
            }
        )
    findings += [
        {
            "code": "counts_disagree",
            "severity": "unranked",
            "message": f"Round {number}: {doubt}",
        }
        for number, doubts in zip(rows["round"], rows["doubts"], strict=True)
        for doubt in doubts
    ]
    findings += [
        {
            "code": "block_failed",
            "severity": "unranked",
            "message": f"Round {block['round']}: {block['error']}",
        }
        for block in blocks
        if block["target"] == target and block["error"]
    ]
    return findings


def _comparison(
    pair: tuple[str, str, str],
    level: Level,
    metric: str,
    ranked: Mapping[tuple[str, Level], pd.DataFrame],
) -> Json:
    kind, target, baseline = pair
    ratios: list[float] = []
    if (target, level) in ranked and (baseline, level) in ranked:
        # Paired: only rounds in which both were measured.
        pairs = ranked[target, level].merge(ranked[baseline, level], on="round")
        ratios = (pairs[f"{metric}_x"] / pairs[f"{metric}_y"]).tolist()
    interval = geometric(ratios)
    return {
        "kind": kind,
        "target": target,
        "baseline": baseline,
        "requests": level.requests,
        "concurrency": level.concurrency,
        "metric": metric,
        "rounds": len(ratios),
        "ratio": interval.value,
        "low": interval.low,
        "high": interval.high,
        "p_adjusted": None,
        "verdict": None,
        "rounds_needed": None,
    }
