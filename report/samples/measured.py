"""What the report needs of a sample, without its thousands of times."""

import sys
from collections import Counter
from dataclasses import dataclass

import numpy as np

from lab.condition import Condition
from lab.display import printable
from lab.engines import facts
from lab.files.sample import LEAST_STEADY_S, Doubt, Origin, Program, Sample
from lab.files.summary_json import Metric
from lab.level import Level
from report.samples.spread import Part, Ranks, Times, ranks, timeline

RPS: Metric = "rps"
METRICS: tuple[Metric, ...] = (RPS, "latency_mean_s", "latency_p95_s")

# What is averaged over rounds: the metrics, and what is told of a target but not compared.
FIGURES = (*METRICS, "cpu_per_request_s", "server_rss_bytes", "server_pss_bytes")

# CPU times come in ticks of 10 ms: under this a worker, shares of it are those of rounding.
LEAST_CPU_PER_WORKER_S = 0.1


@dataclass(frozen=True)
class Share:
    """What of the CPU time of all CPUs went to the processes of one name."""

    name: str
    share: float


@dataclass(frozen=True)
class Measured:
    """One sample. Figures are None where nothing was answered, or a platform gave none.

    `at` is what it was measured under. `doubts` are the sample's; `failure` is what most of its
    failed requests met with.

    The span is the steady part of a sample, as the engine said or, of older samples, as is
    known of it; it takes `full_s`. Of what follows, the tail, `tail_share` tells how much
    of the sample it was. In the span, `longest_gap_s` is the longest time without an
    answer, `longest_latency_s` the longest of the requests that started in it, and
    `in_flight` the mean number of requests in flight over the concurrency.

    `argv` is the engine's command as it was kept, without what may be a secret.

    `read_*` is the time from the first byte of an answer to its last, `asked_*` the
    latency that the profile asked of the upstream, `late_p95_s` how much longer it took.

    `server_*_bytes` are the memory of the server's processes right after the sample: resident,
    and with the pages that they share counted once.

    `cpu_per_request_s` is the server's CPU time over the answers. `upstream_cores` and
    `load_cores` are CPU seconds over `wall_s`, `worker_share_max`
    is the CPU time of the busiest worker over the mean of all. `steal_share` and
    `other_share` are CPU time over that of all CPUs that could be used, `others` what of it went
    to which programs, `throttled_share` is what was held back over that of the `cores` that a
    quota left.
    """

    target: str
    at: Condition
    round: int
    repeat: int
    level_position: int
    argv: tuple[str, ...]
    origin: Origin | None

    rps: float | None
    latency_mean_s: float | None
    latency_median_s: float | None
    latency_p95_s: float | None
    wall_s: float
    sent: int
    ok: int
    errors: int
    failure: str | None
    doubts: tuple[Doubt, ...]
    upstream_calls: int | None
    upstream_connections: int | None
    expected_upstream_calls: int | None  # per request

    full_s: float | None
    tail_share: float | None
    longest_gap_s: float | None
    longest_latency_s: float | None
    in_flight: float | None
    read_median_s: float | None
    read_p90_s: float | None

    asked_mean_s: float | None
    asked_max_s: float | None
    late_p95_s: float | None

    latencies: Ranks
    timeline: tuple[Part, ...]

    cpu_per_request_s: float | None
    server_rss_bytes: float | None
    server_pss_bytes: float | None
    upstream_cores: float | None
    load_cores: float
    worker_share_max: float | None
    steal_share: float | None
    other_share: float | None
    others: tuple[Share, ...] | None
    throttled_share: float | None
    cores: int | None

    @property
    def level(self) -> Level:
        return self.at.level

    @property
    def engine(self) -> str:
        return self.at.terms.engine

    @property
    def first(self) -> bool:
        """Whether no sample came between this one and the warm-up."""
        return self.level_position == 1 and self.repeat == 1


@dataclass(frozen=True)
class _Span:
    full_s: float | None = None
    tail_share: float | None = None
    longest_gap_s: float | None = None
    longest_latency_s: float | None = None
    in_flight: float | None = None


def measure(sample: Sample) -> Measured:
    """The figures of a sample: one that was read, or has as many of everything as answers."""
    latencies_s, offsets_s, read_s = (
        np.asarray(column, dtype=np.float64)
        for column in (sample.latencies_s, sample.offsets_s, sample.read_s or ())
    )
    span = _span(sample, offsets_s, latencies_s)
    seen, expected = sample.upstream, sample.expected
    at_work = sample.machine
    capacity_s = at_work.cores * sample.wall_s if at_work.cores else None
    cpus = at_work.cpus or at_work.cores
    cpus_s = cpus * sample.wall_s if cpus else None
    failed = sample.failed
    return Measured(
        target=sample.target,
        at=sample.at,
        round=sample.round,
        repeat=sample.repeat,
        level_position=sample.level_position,
        # The words are nearly those of any other sample: each is held once.
        argv=tuple(map(sys.intern, sample.argv)),
        origin=sample.origin,
        rps=sample.rps,
        latency_mean_s=sample.latency_mean_s,
        latency_median_s=_percentile(latencies_s, 50),
        latency_p95_s=sample.latency_p95_s,
        wall_s=sample.wall_s,
        sent=sample.sent,
        ok=sample.ok,
        errors=failed,
        failure=_failure(sample) if failed else None,
        doubts=tuple(sample.doubts),
        upstream_calls=seen.calls if seen else None,
        upstream_connections=seen.connections if seen else None,
        expected_upstream_calls=expected.upstream_calls if expected else None,
        full_s=span.full_s,
        tail_share=span.tail_share,
        longest_gap_s=span.longest_gap_s,
        longest_latency_s=span.longest_latency_s,
        in_flight=span.in_flight,
        read_median_s=_percentile(read_s, 50),
        read_p90_s=_percentile(read_s, 90),
        asked_mean_s=seen.asked_mean_s if seen else None,
        asked_max_s=seen.asked_max_s if seen else None,
        late_p95_s=seen.late_p95_s if seen else None,
        latencies=ranks(latencies_s),
        timeline=timeline(offsets_s, latencies_s),
        cpu_per_request_s=_per_request(sample),
        server_rss_bytes=sample.server_rss_bytes or None,
        server_pss_bytes=sample.server_pss_bytes or None,
        upstream_cores=_share(sample.cpu_s.upstream, sample.wall_s),
        load_cores=sample.cpu_s.load / sample.wall_s,
        worker_share_max=_worker_share_max(sample.cpu_s.workers),
        steal_share=_share(at_work.steal_s, cpus_s),
        other_share=_share(at_work.other_s, cpus_s),
        others=_shares(at_work.others, cpus_s),
        throttled_share=_share(at_work.throttled_s, capacity_s),
        cores=at_work.cores,
    )


def _span(sample: Sample, offsets_s: Times, latencies_s: Times) -> _Span:
    """What happened while the load was steady; nothing where it never was."""
    if not len(latencies_s):
        return _Span()
    starts_s = offsets_s - offsets_s.min()
    ends_s = starts_s + latencies_s
    whole_s = float(ends_s.max())
    from_s, until_s = _steady(sample, whole_s)
    full_s = until_s - from_s
    if full_s < LEAST_STEADY_S:
        return _Span()
    ended_s = np.sort(ends_s[(ends_s > from_s) & (ends_s <= until_s)])
    gaps_s = np.diff(ended_s, prepend=from_s, append=until_s)
    within = (starts_s < until_s) & (ends_s >= from_s)
    flown_s = np.minimum(ends_s[within], until_s) - np.maximum(starts_s[within], from_s)
    started = within & (starts_s >= from_s)
    return _Span(
        full_s=full_s,
        tail_share=1 - until_s / whole_s,
        longest_gap_s=float(gaps_s.max()),
        longest_latency_s=float(latencies_s[started].max()) if started.any() else None,
        in_flight=float(flown_s.sum()) / full_s / sample.concurrency,
    )


def _steady(sample: Sample, whole_s: float) -> tuple[float, float]:
    """From when until when it was: at most until the last answer, after `whole_s`.

    No time at all where the rule of the engine finds none.
    """
    said = sample.steady
    rule = facts(sample.engine).steady_s
    if said is None and rule:
        said = rule(sample.offsets_s, sample.latencies_s) or (0.0, 0.0)
    from_s, until_s = said or (0.0, whole_s)
    return from_s, min(until_s, whole_s)


def _percentile(values: Times, percent: int) -> float | None:
    """The ceil(percent n / 100)-th smallest, as P95 is; None where there is no value."""
    rank = -(-percent * len(values) // 100)
    return float(np.partition(values, rank - 1)[rank - 1]) if rank else None


def _per_request(sample: Sample) -> float | None:
    """The server's CPU time an answer; None where nothing was counted."""
    spent_s = sample.cpu_s.server
    return spent_s / sample.answered if sample.answered and spent_s > 0 else None


def _worker_share_max(workers_s: tuple[float, ...]) -> float | None:
    """None for a single worker, and where all had too little to do to tell."""
    count, total_s = len(workers_s), sum(workers_s)
    if count == 1 or total_s < count * LEAST_CPU_PER_WORKER_S or not total_s:
        return None
    return max(workers_s) * count / total_s


def _failure(sample: Sample) -> str:
    """The engine's error, or the status, that most of the failed requests ended with."""
    counts = Counter(sample.errors)
    expected = sample.expected_status
    counts.update(f"status {status}" for status in sample.statuses if status != expected)
    return printable(counts.most_common(1)[0][0])


def _share(part: float | None, whole: float | None) -> float | None:
    return None if part is None or not whole else part / whole


def _shares(
    programs: tuple[Program, ...] | None, whole_s: float | None
) -> tuple[Share, ...] | None:
    if programs is None or not whole_s:
        return None
    return tuple(Share(printable(each.name), each.cpu_s / whole_s) for each in programs)
