"""`summary.json`: what a run's samples say, without a word about how it looks."""

import math
from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from lab.condition import Condition
from lab.files.run_json import Run, TargetFacts
from lab.files.summary_json import (
    Cell,
    Comparison,
    Figure,
    Finding,
    Lead,
    Limits,
    Percentiles,
    Progress,
    RunSummary,
    Summary,
    SyncOrAsync,
    TargetSummary,
    terms_of,
)
from lab.files.version import VERSION
from lab.names import CONTROL, REFERENCE
from report import findings
from report.findings import Evidence
from report.samples.measured import FIGURES, RPS, Measured
from report.samples.read import by_round
from report.samples.spread import percentiles
from report.statistics.comparison import Comparisons, Key, Pair, Rules, best_pairs, by_cell, pairs
from report.statistics.goal import FAILED, known_to, rules_of, settled
from report.statistics.interval import Interval, geometric
from report.statistics.verdict import INCONCLUSIVE
from report.summary.bounds import closed_loop_rps, cpu_rps, slots_rps
from report.summary.kinds import KINDS, fastest
from report.summary.leads import lead, shown_verdict
from report.summary.query import rps_of, unranked

# Of all answers of a cell, whatever their round. P95 is not among them: it is the mean of what
# samples have (`latency_p95_s`), and two figures of that name would not agree.
POOLED = (0.5, 0.9, 0.99)


def summarize(run: Run, measured: Sequence[Measured]) -> Summary:
    """What `summary.json` holds, from `run.json` and what was measured."""
    targets = {name: _target(target) for name, target in run.targets.items()}
    samples: dict[Key, list[Measured]] = {
        (target, at): [] for at in run.plan.conditions for target in targets
    }
    for sample in measured:
        samples[sample.target, sample.at].append(sample)
    frame = by_round(measured)
    rows = dict.fromkeys(samples, frame.iloc[0:0]) | by_cell(frame)
    cells = {
        key: _cell(key, findings.find(_evidence(key, run, samples)), samples[key], rows[key], run)
        for key in samples
    }
    valid = [key for key, cell in cells.items() if _valid(cell)]
    fields = {at: field for at in run.plan.conditions if (field := _field(cells, at))}
    rules = rules_of(run.until, run.margin)
    comparisons = Comparisons(
        [
            *pairs(
                {name: it.parent for name, it in targets.items()},
                run.baseline,
                run.plan.conditions,
            ),
            *(pair for field in fields.values() for pair in best_pairs(field)),
        ],
        pd.concat([rows[key] for key in valid]) if valid else frame.iloc[0:0],
        {key: {s.round for s in samples[key] if findings.stalled(s)} for key in valid},
        rules,
    )
    compared = comparisons.compared()
    leads = {at: lead(field[0].target, at, compared) for at, field in fields.items()}
    kinds = (
        _sync_or_async(field, targets, comparisons, compared, leads[at])
        for at, field in fields.items()
    )
    return Summary(
        written_by=VERSION,
        run=_run(run, rules, _progress(run, cells, comparisons, compared)),
        machine=run.machine,
        targets=targets,
        cells=list(cells.values()),
        comparisons=compared,
        leads=list(leads.values()),
        sync_or_async=[each for each in kinds if each],
    )


def _run(run: Run, rules: Rules, until: Progress | None) -> RunSummary:
    return RunSummary(
        id=run.id,
        started=run.started,
        finished=run.finished,
        profile=run.profile.name,
        seed=run.seed,
        baseline=run.baseline,
        rounds=run.rounds,
        complete=run.complete,
        resumed=run.resumed,
        added=run.added,
        margin=rules.margin,
        ratio_confidence=rules.confidence,
        significance=rules.significance,
        until=until,
        server_cores=run.server_cores,
    )


def _progress(
    run: Run,
    cells: Mapping[Key, Cell],
    comparisons: Comparisons,
    compared: Sequence[Comparison],
) -> Progress | None:
    goal, done = run.until, run.rounds.done
    if goal is None:
        return None
    failed = {
        key
        for key, cell in cells.items()
        if not cell.rounds or FAILED & {finding.code for finding in cell.findings}
    }
    if goal.percent is None:
        return settled(goal, compared, failed=failed, done=done)
    return known_to(goal.percent, goal, comparisons.with_all, failed=failed, done=done)


def _target(target: TargetFacts) -> TargetSummary:
    return TargetSummary(
        title=target.title,
        parent=target.parent,
        change=target.change,
        serve=target.serve,
        slots=target.slots,
        tags=target.tags,
        versions=target.versions,
        reference=target.reference,
        python=target.python,
        upstream_calls=target.upstream_calls,
    )


def _valid(cell: Cell) -> bool:
    """Whether its figures count: it is ranked, or nginx's, and nothing speaks against that."""
    return bool(cell.rounds) and not unranked(cell)


def _field(cells: Mapping[Key, Cell], at: Condition) -> list[Cell]:
    """The ranked cells of a condition, without the control: most RPS first."""
    ranked = [
        cell
        for (target, its), cell in cells.items()
        if its == at and cell.ranked and target != CONTROL
    ]
    return sorted(ranked, key=lambda cell: -rps_of(cell))


def _sync_or_async(
    field: Sequence[Cell],
    targets: Mapping[str, TargetSummary],
    comparisons: Comparisons,
    compared: Sequence[Comparison],
    led: Lead,
) -> SyncOrAsync | None:
    """How many times the RPS of the fastest target of one kind the fastest of the other has.

    `verdict` is what is said of the two where it is said who leads, or else of the one as the
    other's child, or over it as the baseline: None where nothing is, or one round tells nothing.
    None where there are not both kinds.
    """
    found = [cell for kind in KINDS if (cell := fastest(field, targets, kind))]
    if len(found) < len(KINDS):
        return None
    first, second = sorted(found, key=lambda cell: -rps_of(cell))
    at = first.at
    ratio = comparisons.ratio(Pair("best", first.target, second.target, at), RPS)
    if ratio.value is None:
        return None
    verdict = shown_verdict(
        first.target, second.target, [each for each in compared if each.at == at]
    )
    if first.target == led.target and ratio.low is not None:
        verdict = (
            INCONCLUSIVE if second.target in led.tied
            else "slower" if second.target in led.ahead
            else "equivalent" if second.target in led.equivalent
            else "faster"
        )  # fmt: skip
    return SyncOrAsync(
        target=first.target,
        next=second.target,
        requests=at.level.requests,
        concurrency=at.level.concurrency,
        condition=terms_of(at),
        rounds=ratio.count,
        ratio=ratio.value,
        low=ratio.low,
        high=ratio.high,
        verdict=verdict,
    )


def _evidence(key: Key, run: Run, samples: Mapping[Key, Sequence[Measured]]) -> Evidence:
    target, at = key
    planned = run.targets[target]
    blocks = [block for block in run.blocks if block.target == target]
    return Evidence(
        target=target,
        at=at,
        rounds=samples[key],
        of_target=[
            sample for (name, _), theirs in samples.items() if name == target for sample in theirs
        ],
        block_errors=[(block.round, block.error) for block in blocks if block.error],
        earlier_errors=[(block.round, error) for block in blocks for error in block.earlier],
        serve=planned.serve,
        versions=planned.versions,
        pinned=run.pinned is not None,
        cores=run.machine.cores,
        lab_upstream=run.upstream == "lab",
        parent=planned.parent if planned.parent in run.targets else None,
        undeclared=planned.undeclared,
    )


def _cell(
    key: Key,
    found: list[Finding],
    samples: Sequence[Measured],
    rows: pd.DataFrame,
    run: Run,
) -> Cell:
    target, at = key
    planned = run.targets[target]
    means = {name: geometric(rows[name].dropna().tolist()) for name in FIGURES}
    waits_s = _waits_s(samples, planned.upstream_calls)
    return Cell(
        target=target,
        requests=at.level.requests,
        concurrency=at.level.concurrency,
        condition=terms_of(at),
        rounds=len(rows),
        ranked=target != REFERENCE
        and len(rows) > 0
        and all(each.severity != "unranked" for each in found),
        rps=_figure(means["rps"]),
        latency_mean_s=_figure(means["latency_mean_s"]),
        latency_p95_s=_figure(means["latency_p95_s"]),
        cpu_per_request_s=_figure(means["cpu_per_request_s"]),
        server_rss_bytes=_figure(means["server_rss_bytes"]),
        server_pss_bytes=_figure(means["server_pss_bytes"]),
        rps_spread=means["rps"].sd,
        rps_rounds=rows["rps"].dropna().tolist(),
        latency_pooled_s=Percentiles(*percentiles([each.latencies for each in samples], POOLED)),
        limits_rps=Limits(
            closed_loop=closed_loop_rps(at.level.concurrency, waits_s),
            slots=slots_rps(planned.slots, waits_s),
            cpu=cpu_rps(run.server_cores, means["cpu_per_request_s"].value),
        ),
        sent=sum(sample.sent for sample in samples),
        ok=sum(sample.ok for sample in samples),
        errors=sum(sample.errors for sample in samples),
        upstream_calls=_total(sample.upstream_calls for sample in samples),
        upstream_connections=_total(sample.upstream_connections for sample in samples),
        findings=found,
    )


def _figure(mean: Interval) -> Figure:
    return Figure(mean.value, mean.low, mean.high)


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
