"""`summary.json`: what a run's samples say, without a word about how it looks."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from lab.level import Level, parse_levels
from lab.names import CONTROL, REFERENCE
from report import findings
from report.findings import Cell
from report.samples.measured import FIGURES, RPS, Measured
from report.samples.read import by_round
from report.samples.spread import percentiles
from report.statistics.comparison import Comparisons, Key, Pair, Rules, best_pairs, by_cell, pairs
from report.statistics.goal import FAILED, UNTIL_CONFIDENCE, progress
from report.statistics.interval import CONFIDENCE, geometric
from report.statistics.verdict import INCONCLUSIVE
from report.summary.bounds import closed_loop_rps, cpu_rps, slots_rps
from report.summary.kinds import KINDS, fastest
from report.summary.leads import lead, shown_verdict
from report.summary.query import level_of, unranked

SCHEMA = 1

# Of all answers of a cell, whatever their round. P95 is not among them: it is the mean of what
# samples have (`latency_p95_s`), and two figures of that name would not agree.
POOLED = {"p50": 0.5, "p90": 0.9, "p99": 0.99}

Json = dict[str, Any]


def summarize(run: Mapping[str, Any], measured: Sequence[Measured]) -> Json:
    """What `summary.json` holds, from `run.json` and what was measured."""
    levels = parse_levels(run["plan"]["levels"])
    targets = run["targets"]
    samples: dict[Key, list[Measured]] = {
        (target, level): [] for level in levels for target in targets
    }
    for sample in measured:
        samples[sample.target, sample.level].append(sample)
    frame = by_round(measured)
    rows = dict.fromkeys(samples, frame.iloc[0:0]) | by_cell(frame)
    cells = {
        key: _cell(key, _findings(key, run, samples), samples[key], rows[key], run)
        for key in samples
    }
    valid = [key for key, cell in cells.items() if _valid(cell)]
    fields = {level: field for level in levels if (field := _field(cells, level))}
    goal = run["until"]
    rules = Rules(run["margin"], UNTIL_CONFIDENCE if goal else CONFIDENCE)
    comparisons = Comparisons(
        [
            *pairs(targets, run["baseline"], levels),
            *(pair for field in fields.values() for pair in best_pairs(field)),
        ],
        pd.concat([rows[key] for key in valid]) if valid else frame.iloc[0:0],
        {key: {s.round for s in samples[key] if findings.stalled(s)} for key in valid},
        rules,
    )
    compared = comparisons.to_json()
    leads = {level: lead(field[0]["target"], level, compared) for level, field in fields.items()}
    return {
        "schema": SCHEMA,
        "run": {
            "id": run["id"],
            "started": run["started"],
            "finished": run["finished"],
            "profile": run["profile"]["name"],
            "seed": run["seed"],
            "baseline": run["baseline"],
            "rounds": run["rounds"],
            "complete": run["complete"],
            "resumed": run["resumed"],
            "with": run["with"],
            "margin": rules.margin,
            "ratio_confidence": rules.confidence,
            "until": goal
            and progress(
                goal,
                comparisons.with_all,
                failed={
                    key
                    for key, cell in cells.items()
                    if not cell["rounds"]
                    or FAILED & {finding["code"] for finding in cell["findings"]}
                },
                done=run["rounds"]["done"],
            ),
        },
        "machine": run["machine"],
        "targets": {
            name: {
                key: target[key]
                for key in ("title", "parent", "change", "serve", "slots", "tags", "versions")
            }
            | ({"reference": True} if name == REFERENCE else {})
            | {"python": target.get("python"), "upstream_calls": target.get("upstream_calls", 1)}
            for name, target in targets.items()
        },
        "cells": list(cells.values()),
        "comparisons": compared,
        "leads": list(leads.values()),
        "sync_or_async": [
            kinds
            for level, field in fields.items()
            if (kinds := _sync_or_async(field, targets, comparisons, compared, leads[level]))
        ],
    }


def _valid(cell: Json) -> bool:
    """Whether its figures count: it is ranked, or nginx's, and nothing speaks against that."""
    return bool(cell["rounds"]) and not unranked(cell)


def _field(cells: Mapping[Key, Json], level: Level) -> list[Json]:
    """The ranked cells of a level, without the control: most RPS first."""
    ranked = [
        cell
        for (target, at), cell in cells.items()
        if at == level and cell["ranked"] and target != CONTROL
    ]
    return sorted(ranked, key=lambda cell: -float(cell["rps"]["value"]))


def _sync_or_async(
    field: Sequence[Json],
    targets: Mapping[str, Any],
    comparisons: Comparisons,
    compared: Sequence[Json],
    led: Json,
) -> Json | None:
    """How many times the RPS of the fastest target of one kind the fastest of the other has.

    `verdict` is what is said of the two where it is said who leads, or else of the one as the
    other's child, or over it as the baseline: None where nothing is, or one round tells nothing.
    None where there are not both kinds.
    """
    found = [cell for kind in KINDS if (cell := fastest(field, targets, kind))]
    if len(found) < len(KINDS):
        return None
    first, second = sorted(found, key=lambda cell: -float(cell["rps"]["value"]))
    level = Level(first["requests"], first["concurrency"])
    ratio = comparisons.ratio(Pair("best", first["target"], second["target"], level), RPS)
    if ratio.value is None:
        return None
    names = first["target"], second["target"]
    verdict = shown_verdict(*names, [each for each in compared if level_of(each) == level])
    if first["target"] == led["target"] and ratio.low is not None:
        verdict = (
            INCONCLUSIVE if second["target"] in led["tied"]
            else "slower" if second["target"] in led["ahead"]
            else "equivalent" if second["target"] in led["equivalent"]
            else "faster"
        )  # fmt: skip
    return {
        "target": first["target"],
        "next": second["target"],
        "requests": level.requests,
        "concurrency": level.concurrency,
        "rounds": ratio.count,
        "ratio": ratio.value,
        "low": ratio.low,
        "high": ratio.high,
        "verdict": verdict,
    }


def _findings(
    key: Key, run: Mapping[str, Any], samples: Mapping[Key, Sequence[Measured]]
) -> list[findings.Finding]:
    target, level = key
    planned = run["targets"][target]
    return findings.find(
        Cell(
            target=target,
            level=level,
            rounds=samples[key],
            of_target=[
                sample
                for (name, _), theirs in samples.items()
                if name == target
                for sample in theirs
            ],
            block_errors=[
                (block["round"], block["error"])
                for block in run["blocks"]
                if block["target"] == target and block["error"]
            ],
            earlier_errors=[
                (block["round"], error)
                for block in run["blocks"]
                if block["target"] == target
                for error in block.get("earlier", ())
            ],
            serve=planned["serve"],
            versions=planned["versions"],
            pinned=bool(run.get("pinned")),
            cores=run["machine"]["cores"],
            lab_upstream=run["upstream"] == "lab",
            parent=planned["parent"] if planned["parent"] in run["targets"] else None,
            undeclared=planned.get("undeclared", ()),
        )
    )


def _cell(
    key: Key,
    found: Sequence[findings.Finding],
    samples: Sequence[Measured],
    rows: pd.DataFrame,
    run: Mapping[str, Any],
) -> Json:
    target, level = key
    planned = run["targets"][target]
    figures = {name: geometric(rows[name].dropna().tolist()) for name in FIGURES}
    pooled = percentiles([sample.latencies for sample in samples], list(POOLED.values()))
    waits_s = _waits_s(samples, planned.get("upstream_calls", 1))
    return {
        "target": target,
        "requests": level.requests,
        "concurrency": level.concurrency,
        "rounds": len(rows),
        "ranked": target != REFERENCE
        and len(rows) > 0
        and all(each.severity != "unranked" for each in found),
        **{name: figure.to_json() for name, figure in figures.items()},
        "rps_spread": figures["rps"].sd,
        "rps_rounds": rows["rps"].dropna().tolist(),
        "latency_pooled_s": dict(zip(POOLED, pooled, strict=True)),
        "limits_rps": {
            "closed_loop": closed_loop_rps(level.concurrency, waits_s),
            "slots": slots_rps(planned["slots"], waits_s),
            "cpu": cpu_rps(_server_cores(run), figures["cpu_per_request_s"].value),
        },
        "sent": sum(sample.sent for sample in samples),
        "ok": sum(sample.ok for sample in samples),
        "errors": sum(sample.errors for sample in samples),
        "upstream_calls": _total(sample.upstream_calls for sample in samples),
        "upstream_connections": _total(sample.upstream_connections for sample in samples),
        "findings": [each.to_json() for each in found],
    }


def _server_cores(run: Mapping[str, Any]) -> int:
    """How many cores the servers could use."""
    pinned = run.get("pinned")
    return len(pinned["server"]) if pinned else int(run["machine"]["cores"])


def _waits_s(samples: Sequence[Measured], calls: int) -> float | None:
    """How long a request waits for the upstream at least, on average; None where nobody knows.

    Several calls may be made one after another or side by side, so nothing is said of those.
    """
    asked_s = [sample.asked_mean_s for sample in samples if sample.asked_mean_s]
    return math.fsum(asked_s) / len(asked_s) if asked_s and calls == 1 else None


def _total(counts: Iterable[int | None]) -> int | None:
    """The sum over samples; None where there was none, or one had no witness."""
    known = list(counts)
    if not known or None in known:
        return None
    return sum(count for count in known if count is not None)
