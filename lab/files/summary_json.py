"""`summary.json`: what a run's samples say, without a word about how it looks."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from lab.condition import USUAL, Condition, Terms
from lab.files.run_json import MachineFacts, Python, Rounds, Sitting
from lab.key import key
from lab.level import Level

SCHEMA = 1

Severity = Literal["info", "warn", "unranked"]
Kind = Literal["baseline", "parent", "control", "reference", "best"]
Metric = Literal["rps", "latency_mean_s", "latency_p95_s"]
Verdict = Literal["faster", "slower", "equivalent", "inconclusive"]
Order = Literal["leads", "likely leads", "shares the lead", "no clear lead", "one round", "alone"]

# What several structs have.
Requests = Annotated[int, key("Requests of the level.")]
Concurrency = Annotated[int, key("How many of them at a time.")]
Beside = Annotated[
    Terms | UnsetType,
    key("What the condition has beside its level.", absent="all of that is as usual"),
]
Low = Annotated[
    float | None,
    key(
        "Lower end of its interval, as sure as `run.ratio_confidence`.",
        null="there are fewer than two rounds",
    ),
]
High = Annotated[
    float | None,
    key(
        "Upper end of its interval, as sure as `run.ratio_confidence`.",
        null="there are fewer than two rounds",
    ),
]


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
    """A figure of a cell over its rounds, in the unit of the key that it stands under."""

    value: Annotated[
        float | None,
        key("Geometric mean of the rounds' figures.", null="no round has one"),
    ]
    low: Annotated[
        float | None,
        key("Lower end of its 95 % interval.", null="fewer than two rounds have one"),
    ]
    high: Annotated[
        float | None,
        key("Upper end of its 95 % interval.", null="fewer than two rounds have one"),
    ]


class Percentiles(Struct, frozen=True):
    """Latencies that a part of all answers took at most, whatever their round."""

    p50: Annotated[
        float | None,
        key("What half of them took at most.", unit="s", null="there are fewer than 10 answers"),
    ]
    p90: Annotated[
        float | None,
        key("What 90 % of them took at most.", unit="s", null="there are fewer than 50 answers"),
    ]
    p99: Annotated[
        float | None,
        key("What 99 % of them took at most.", unit="s", null="there are fewer than 500 answers"),
    ]


class Limits(Struct, frozen=True):
    """RPS that a cell could have at most, were this its only limit."""

    closed_loop: Annotated[
        float | None,
        key(
            "Of the level: connections that each wait for the upstream, then ask again.",
            unit="requests/s",
            null="how long a request waits is not known: a real API, several calls, or none",
        ),
    ]
    slots: Annotated[
        float | None,
        key(
            "Of the server: as many requests at once as it can hold, each waiting for the "
            "upstream.",
            unit="requests/s",
            null="nothing bounds the slots, or `closed_loop` is null",
        ),
    ]
    cpu: Annotated[
        float | None,
        key(
            "Of the machine: `server_cores` that do nothing else.",
            unit="requests/s",
            null="`cpu_per_request_s` has no value",
        ),
    ]


class Finding(Struct, frozen=True):
    """Something wrong or noteworthy about a cell."""

    code: Annotated[str, key("Which finding it is, of those in docs/findings.md.")]
    severity: Annotated[
        Severity,
        key(
            "`unranked`: the figures say nothing; `warn`: they count, and something else is in "
            "them; `info`: nothing is wrong."
        ),
    ]
    message: Annotated[str, key("What was found, in words.")]


class Cell(_Somewhere, Struct, frozen=True, kw_only=True):
    """A target under a condition, over all rounds."""

    target: Annotated[str, key("Name of the target, `control` or `nginx`.")]
    requests: Requests
    concurrency: Concurrency
    condition: Beside = UNSET
    rounds: Annotated[int, key("Rounds that have a sample of it.")]
    ranked: Annotated[bool, key("Whether it has a rank: its figures count, and it is not nginx.")]
    rps: Annotated[Figure, key("Answered requests a second.", unit="requests/s")]
    latency_mean_s: Annotated[Figure, key("Mean latency of a sample.", unit="s")]
    latency_p95_s: Annotated[
        Figure, key("What 95 % of a sample's requests took at most.", unit="s")
    ]
    cpu_per_request_s: Annotated[Figure, key("The server's CPU time for an answer.", unit="s")]
    server_rss_bytes: Annotated[
        Figure,
        key(
            "Resident memory of the server's processes; what they share counts for each.",
            unit="bytes",
        ),
    ]
    server_pss_bytes: Annotated[
        Figure,
        key("Memory of the server's processes; what they share counts once.", unit="bytes"),
    ]
    rps_spread: Annotated[
        float | None,
        key(
            "How much RPS differ from round to round: the standard deviation of their logarithms; "
            "0.1 is about 10 %.",
            null="fewer than two rounds have RPS",
        ),
    ]
    rps_rounds: Annotated[
        list[float],
        key(
            "RPS of each round, in order; a round in which nothing was answered is left out.",
            unit="requests/s",
        ),
    ]
    latency_pooled_s: Annotated[Percentiles, key("Latencies of all answers.", unit="s")]
    limits_rps: Annotated[Limits, key("The most it could have.", unit="requests/s")]
    sent: Annotated[int, key("Requests that were sent, over all samples.")]
    ok: Annotated[int, key("Those that were answered with the expected status.")]
    errors: Annotated[
        int, key("Those that were not answered, or with another status than expected.")
    ]
    upstream_calls: Annotated[
        int | None,
        key("Calls that the upstream counted.", null="there is no sample, or one had no witness"),
    ]
    upstream_connections: Annotated[
        int | None,
        key(
            "Connections that carried them, counted in each sample.",
            null="`upstream_calls` is",
        ),
    ]
    findings: Annotated[list[Finding], key("What casts doubt on it, or helps to read it.")]


class Unstalled(Struct, frozen=True, kw_only=True):
    """A ratio without the rounds in which one of the two stood still."""

    rounds: Annotated[int, key("Rounds that are left.")]
    ratio: Annotated[float | None, key("As that of the comparison.", null="no round is left")]
    low: Low
    high: High
    verdict: Annotated[
        Verdict | None,
        key("As that of the comparison.", null="it has no interval, or is one to nginx"),
    ]


class Comparison(_Somewhere, Struct, frozen=True, kw_only=True):
    """Two targets under the same condition: the mean of their ratios in each round."""

    kind: Annotated[
        Kind,
        key(
            "`baseline`: a target with the run's baseline; `parent`: with the one it was derived "
            "from; `control`: the control with the baseline; `reference`: a target with nginx; "
            "`best`: the one with most RPS with each other."
        ),
    ]
    target: Annotated[str, key("Name of the target.")]
    baseline: Annotated[str, key("Name of what it is compared with.")]
    requests: Requests
    concurrency: Concurrency
    condition: Beside = UNSET
    metric: Annotated[Metric, key("What is compared: a key of cells.")]
    rounds: Annotated[
        int, key("Rounds in which both were measured; 0 where the figures of one do not count.")
    ]
    ratio: Annotated[
        float | None,
        key("How many times the baseline's figure the target's is.", null="`rounds` is 0"),
    ]
    low: Low
    high: High
    p_adjusted: Annotated[
        float | None,
        key(
            "P value of the ratio being 1, adjusted for the number of ratios that are told "
            "together.",
            null="the metric is not `rps`, there is no interval, or it is a ratio to nginx",
        ),
    ]
    adjusted_for: Annotated[int | None, key("How many ratios those are.", null="`p_adjusted` is")]
    verdict: Annotated[
        Verdict | None,
        key(
            "What may be said of the target's RPS over the baseline's; `inconclusive` also where "
            "`without_stalls` says something else.",
            null="`p_adjusted` is",
        ),
    ]
    rounds_needed: Annotated[
        int | None,
        key(
            "How many more rounds would probably decide; 51 is more than 50.",
            null="the verdict is not `inconclusive`",
        ),
    ]
    without_stalls: Annotated[
        Unstalled | None,
        key(
            "The same without the rounds in which one of the two stood still.",
            null="there is no such round, `rounds` is 0, or the metric is not `rps`",
        ),
    ]


class Lead(_Somewhere, Struct, frozen=True, kw_only=True):
    """Who leads under a condition: how the ranked target with most RPS stands to each other."""

    target: Annotated[str, key("Name of the target with most RPS.")]
    requests: Requests
    concurrency: Concurrency
    condition: Beside = UNSET
    order: Annotated[
        Order,
        key(
            "`leads`: it is told apart from each other target; `likely leads`: from some only "
            "where the two alone are compared; `shares the lead`: from all but those that are "
            "equivalent; `no clear lead`: not from all; `one round`: which tells nothing; `alone`: "
            "there is no other."
        ),
    ]
    tied: Annotated[list[str], key("What it is not told apart from.")]
    ahead: Annotated[list[str], key("What was faster in the rounds that both have.")]
    equivalent: Annotated[list[str], key("What differs by less than the margin.")]
    singly: Annotated[
        list[str], key("What it is told apart from only where the two alone are compared.")
    ]


class SyncOrAsync(_Somewhere, Struct, frozen=True, kw_only=True):
    """The fastest target tagged `sync` and the fastest tagged `async`, at one call a request."""

    target: Annotated[str, key("Name of the faster of the two.")]
    next: Annotated[str, key("Name of the other.")]
    requests: Requests
    concurrency: Concurrency
    condition: Beside = UNSET
    rounds: Annotated[int, key("Rounds in which both were measured.")]
    ratio: Annotated[
        float | None,
        key("How many times the RPS of `next` those of `target` are.", null="never"),
    ]
    low: Low
    high: High
    verdict: Annotated[
        Verdict | None,
        key(
            "What is said of the two where it is said who leads, or else of one as the other's "
            "child, or over it as the baseline.",
            null="they are not so compared, or there is no interval",
        ),
    ]


class Progress(Struct, frozen=True):
    """What `--until` asks for, and how near the run is to it."""

    percent: Annotated[
        float | None,
        key(
            "How well: an interval ends at most so far above its ratio.",
            unit="%",
            null="every verdict shall be settled: `--until decided`",
        ),
    ]
    max_rounds: Annotated[int, key("The most rounds that it may take.")]
    reached: Annotated[
        bool,
        key(
            "Whether every ratio is known so well, by 6 rounds or more; or every verdict settled, "
            "by 4 or more."
        ),
    ]
    ratios: Annotated[
        int,
        key(
            "RPS ratios to the baseline that can become known; where verdicts shall be settled, "
            "those of the first of each condition too."
        ),
    ]
    left_out: Annotated[
        list[str], key("Those that cannot, as one of the two failed: `NAME at LEVEL`.")
    ]
    rounds_expected: Annotated[
        int | None,
        key(
            "With how many rounds in all it will probably be reached; one more than `max_rounds` "
            "where those will not do.",
            null="`ratios` is 0, or one of them has no interval yet",
        ),
    ]
    open: Annotated[
        list[str],
        key("Those that are not known yet, or not settled: `NAME over BASELINE at LEVEL`."),
    ]


# `added` is "with" in the file, which is a word of Python's.
class RunSummary(Struct, frozen=True, kw_only=True, rename={"added": "with"}):
    """What `run.json` says of the run, and how its ratios are judged."""

    id: Annotated[str, key("Its name, and that of its folder.")]
    started: Annotated[str, key("When it began, ISO 8601 in UTC.")]
    finished: Annotated[
        str | None,
        key("When its last sitting ended, ISO 8601 in UTC.", null="it is going on, or was killed"),
    ]
    profile: Annotated[str, key("Name of the profile.")]
    seed: Annotated[int, key("What settles the order of blocks and the upstream's latencies.")]
    baseline: Annotated[str, key("The target that every other one is compared with.")]
    rounds: Annotated[Rounds, key("How many rounds there are.")]
    complete: Annotated[bool, key("Whether nothing is left to measure.")]
    resumed: Annotated[list[Sitting], key("Each `--resume` of it, in order.")]
    added: Annotated[
        list[str], key("What `--with` installed on top of every lock, as it was given.")
    ]
    margin: Annotated[float, key("Smaller differences do not matter; 0.1 is 10 %.")]
    ratio_confidence: Annotated[
        float,
        key(
            "How sure intervals of ratios are: 0.95, or 0.97 in a run with `--until PCT`; more "
            "with `--until decided`, the more rounds it may take: 0.9914 with 20."
        ),
    ]
    significance: Annotated[
        float,
        key(
            "What P, adjusted, must be under for a verdict: 0.05, or less as verdicts are asked "
            "for after each round."
        ),
    ]
    until: Annotated[Progress | None, key("How near `--until` is.", null="it asked for nothing")]
    server_cores: Annotated[int, key("How many cores the servers could use.")]


class TargetSummary(Struct, frozen=True, kw_only=True):
    """What `run.json` says of a target."""

    title: Annotated[str, key("What it is, in a line.")]
    parent: Annotated[str | None, key("The target that it was derived from.", null="it names none")]
    change: Annotated[
        str | None,
        key("The one thing in which it differs from its parent.", null="it names none"),
    ]
    serve: Annotated[
        str, key("The command that starts its server; `{host}` and `{port}` are filled in.")
    ]
    slots: Annotated[
        int | None, key("Requests that it can hold at once.", null="nothing bounds them")
    ]
    tags: Annotated[list[str], key("Its tags, by which `--tag` finds it.")]
    versions: Annotated[dict[str, str], key("Version of each installed package, by its name.")]
    reference: Annotated[
        bool, key("Whether it is nginx, which has no rank and shows what is possible.")
    ] = False
    python: Annotated[
        Python | None,
        key("The interpreter that it ran on.", null="it was the lab's own, as `machine` has it"),
    ]
    upstream_calls: Annotated[int, key("Calls to the upstream for each request.")]


class Summary(Struct, frozen=True, kw_only=True):
    """What a run's samples say; written anew after every round."""

    schema: Annotated[int, key("Schema of the file.")] = SCHEMA
    written_by: Annotated[
        str | None, key("Version of Viewlab that wrote the file.", null="never")
    ] = None
    run: Annotated[RunSummary, key("The run.")]
    machine: Annotated[MachineFacts, key("The machine.")]
    targets: Annotated[
        dict[str, TargetSummary],
        key("Each target by its name, also `control` and `nginx` where they were measured."),
    ]
    cells: Annotated[list[Cell], key("Each target under each condition.")]
    comparisons: Annotated[list[Comparison], key("Each ratio of two targets.")]
    leads: Annotated[
        list[Lead], key("Who leads, for each condition under which anything is ranked.")
    ]
    sync_or_async: Annotated[
        list[SyncOrAsync],
        key("How sync stands to async, for each condition under which both are ranked."),
    ]


class _Run(Struct):
    until: Progress | None


class _Summary(Struct):
    run: _Run


def read_progress(file: Path) -> Progress | None:
    """How far a run with `--until` is, by its summary; None of a run without a goal."""
    return msgspec.json.decode(file.read_bytes(), type=_Summary).run.until
