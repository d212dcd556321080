"""Hand-made runs: `run.json` and samples with literal values."""

import heapq
import json
from collections.abc import Container, Iterable
from pathlib import Path
from typing import Any

from lab.condition import USUAL, Terms
from lab.files import json_text
from lab.files.run_json import Run
from lab.files.sample import Cpu, Machine, Sample, Testimony, beside_level
from lab.files.summary_json import Summary
from lab.level import parse_level
from report.output import page
from report.samples.read import read_measured
from report.summary.build import summarize

ID = "20260102T030405Z-abcd"
TARGETS: dict[str, dict[str, Any]] = {
    "sync_requests": {"title": "requests.get in a sync view", "parent": None, "change": None},
    "async_httpx": {"title": "httpx in an async view", "parent": None, "change": None},
    "sync_pooled": {
        "title": "One Session per thread",
        "parent": "sync_requests",
        "change": "one Session per thread",
    },
}
NGINX = {
    "title": "nginx as a proxy to the same upstream",
    "parent": None,
    "change": None,
    "slots": None,
    "tags": ["pooled"],
    "versions": {"nginx": "1.22.1"},
    "reference": True,
}
CONTROL = {"title": "sync_requests once more", "parent": None, "change": None}


def run(
    *,
    targets: dict[str, dict[str, Any]] = TARGETS,
    levels: Iterable[object] = ("150/30",),
    asked: int = 3,
    done: int = 3,
    errors: Iterable[tuple[int, str, str]] = (),
    **values: Any,
) -> dict[str, Any]:
    """A `run.json`; `errors` are failed blocks: round, target, message."""
    return {
        "schema": 1,
        "id": ID,
        "started": "2026-01-02T03:04:05.678Z",
        "finished": "2026-01-02T03:09:05.678Z",
        "complete": done == asked,
        "wall_s": 300.0,
        "load_share": 0.25,
        "seed": 7,
        "rounds": {"asked": asked, "done": done},
        "baseline": "sync_requests",
        "control": None,
        "upstream": "lab",
        "profile": {
            "name": "steady",
            "source": "steady",
            "latency": {"fixed_ms": 100.0},
            "trust": "certifi",
            "levels": ["150/30", "300/50", "1000/100"],
            "rounds": 3,
            "repeats": {},
        },
        "plan": {"targets": list(targets), "levels": list(levels), "rounds": asked, "blocks": []},
        "targets": {
            name: {
                "serve": "gunicorn project.wsgi:application --bind {host}:{port}",
                "path": "/sync/test",
                "slots": 40,
                "tags": ["core"],
                "upstream_calls": 1,
                "lock_sha256": "0" * 64,
                "versions": {"django": "5.2.19"},
                **target,
            }
            for name, target in targets.items()
        },
        "machine": {
            "system": "Linux",
            "kernel": "6.1.0",
            "architecture": "x86_64",
            "cpu": "Imaginary 9000",
            "cores": 2,
            "memory_bytes": 8 * 2**30,
            "python": "3.11.2",
            "implementation": "CPython",
            "openssl": "OpenSSL 3.0.19",
        },
        "margin": 0.1,
        "resumed": [],
        "until": None,
        "with": [],
        "python": None,
        "blocks": [
            {"round": number, "position": 1, "target": target, "error": error}
            for number, target, error in errors
        ],
        **values,
    }


def sample(
    target: str,
    round_number: int,
    wall_s: float,
    *,
    level: str = "150/30",
    repeat: int = 1,
    fast_s: float = 0.25,
    slow_s: float = 1.5,
    refused: int = 0,
    rejected: int = 0,
    witness: bool = True,
    asked_s: float = 0.1,
    terms: Terms = USUAL,
) -> Sample:
    """A sample; nine of ten answers took `fast_s`, one `slow_s`, so P95 is `slow_s`.

    `refused` requests got no answer, `rejected` ones a 503. Its times leave nothing to
    find, unless `slow_s` is over ten times `fast_s`: that is a stall.
    """
    at = parse_level(level)
    answered = at.requests - refused
    offsets_s, latencies_s = _closed_loop(at.concurrency, _mixed(answered, fast_s, slow_s))
    return Sample(
        target=target,
        requests=at.requests,
        concurrency=at.concurrency,
        round=round_number,
        block_position=1,
        level_position=1,
        engine=terms.engine,
        argv=("hey",),
        started="2026-01-02T03:04:05.678Z",
        wall_s=wall_s,
        sent=at.requests,
        latencies_s=latencies_s,
        offsets_s=offsets_s,
        statuses=(200,) * (answered - rejected) + (503,) * rejected,
        connect_s=(0.0,) * answered,
        read_s=(0.0,) * answered,
        body_bytes=73 * answered,
        errors={"connection refused": refused} if refused else {},
        upstream=Testimony(
            calls=answered - rejected,
            connections=at.concurrency,
            connections_new=at.concurrency,
            in_flight_max=at.concurrency,
            abandoned=0,
            asked_mean_s=asked_s,
            served_mean_s=asked_s + 0.001,
            late_p95_s=0.002,
        )
        if witness
        else None,
        cpu_s=Cpu(server=1.0, workers=(0.5, 0.5), upstream=0.25, load=0.125),
        server_rss_bytes=100_000_000,
        machine=Machine(load1=1.0, steal_s=0.0),
        repeat=repeat,
        condition=beside_level(terms),
    )


def _mixed(count: int, fast_s: float, slow_s: float) -> list[float]:
    """Latencies in the order of their requests: every third is slow, until a tenth of all are."""
    return [
        slow_s if number % 3 == 0 and number // 3 < count // 10 else fast_s
        for number in range(count)
    ]


def _closed_loop(
    concurrency: int, latencies_s: Iterable[float]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Starts and latencies in the order of answers; a connection that is free asks next."""
    free_s = [0.0] * concurrency
    requests = []
    for latency_s in latencies_s:
        start_s = free_s[0]
        heapq.heapreplace(free_s, start_s + latency_s)
        requests.append((start_s, latency_s))
    requests.sort(key=sum)
    return tuple(start_s for start_s, _ in requests), tuple(took_s for _, took_s in requests)


def rounds(
    target: str,
    *rps: float,
    level: str = "150/30",
    stalled: Container[int] = (),
    **values: Any,
) -> list[Sample]:
    """A sample in each round, from the first on, with these RPS.

    In the `stalled` rounds a tenth of the requests take 16 times the median.
    """
    requests = parse_level(level).requests
    return [
        sample(
            target,
            number,
            requests / each,
            level=level,
            **values | ({"slow_s": 4.0} if number in stalled else {}),
        )
        for number, each in enumerate(rps, start=1)
    ]


# Three rounds at 150/30. RPS: sync_requests 50, 50, 50; async_httpx 40, 50, 60;
# sync_pooled 100, 200, 400.
SAMPLES = [
    sample("sync_requests", 1, 3.0),
    sample("sync_requests", 2, 3.0),
    sample("sync_requests", 3, 3.0),
    sample("async_httpx", 1, 3.75, fast_s=0.5, slow_s=1.0),
    sample("async_httpx", 2, 3.0, fast_s=0.5, slow_s=1.0),
    sample("async_httpx", 3, 2.5, fast_s=0.5, slow_s=1.0),
    sample("sync_pooled", 1, 1.5, fast_s=0.125, slow_s=0.25),
    sample("sync_pooled", 2, 0.75, fast_s=0.125, slow_s=0.25),
    sample("sync_pooled", 3, 0.375, fast_s=0.125, slow_s=0.25),
]


def whole_run() -> tuple[dict[str, Any], list[Sample]]:
    """Three targets at the article's levels, three rounds each."""
    speeds = {
        "sync_requests": {"150/30": (50.0, 52.0, 48.0), "300/50": (90.0, 80.0, 85.0)},
        "async_httpx": {"150/30": (40.0, 50.0, 60.0), "300/50": (30.0, 31.0, 29.0)},
        "sync_pooled": {"150/30": (100.0, 200.0, 400.0), "300/50": (210.0, 200.0, 220.0)},
    }
    samples = [
        each
        for target, levels in speeds.items()
        for level, rps in {**levels, "1000/100": levels["300/50"]}.items()
        for each in rounds(target, *rps, level=level)
    ]
    return run(levels=("150/30", "300/50", "1000/100")), samples


def doubtful_run(**values: Any) -> tuple[dict[str, Any], list[Sample]]:
    """Six rounds with every verdict; one target stalls in few of them, another in many."""
    names = ("sync_requests", "quick", "slow", "alike", "open", "stalls")
    targets = {name: {"title": name, "parent": None, "change": None} for name in names}
    samples = [
        *rounds("sync_requests", 50, 50, 50, 50, 50, 50),
        *rounds("quick", 100, 101, 99, 100, 101, 99, stalled=(6,)),
        *rounds("slow", 25, 26, 24, 25, 26, 24),
        *rounds("alike", 50, 51, 49, 50, 51, 49),
        *rounds("open", 50, 40, 62.5, 50, 40, 62.5),
        *rounds("stalls", 70, 70, 70, 70, 70, 70, stalled=(1, 3)),
        *rounds("control", 50, 52, 48, 50, 52, 48),
    ]
    return run(asked=6, done=6, targets={**targets, "control": CONTROL}, **values), samples


def write(folder: Path, values: object, samples: Iterable[Sample] = ()) -> Path:
    """A run's folder, as bench writes it."""
    (folder / "samples").mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps(values))
    for each in samples:
        (folder / "samples" / each.file_name).write_bytes(each.dumps())
    return folder


def read(values: object) -> Run:
    """A `run.json`, as it is read."""
    return json_text.convert(values, Run)


def summary(folder: Path, values: dict[str, Any], samples: Iterable[Sample] = ()) -> Summary:
    """The summary of a run that is written to `folder`."""
    write(folder, values, samples)
    run = read(values)
    return summarize(run, read_measured(folder, run))


def as_json(value: object) -> Any:
    """A summary, or a part of one, as it is written."""
    return json.loads(json.dumps(json_text.builtins(value), allow_nan=False))


def cell_of(whole: Summary, target: str, *, level: str = "150/30") -> dict[str, Any]:
    """The one cell of a target at a level, as a summary has it written."""
    (found,) = (cell for cell in whole.cells if (cell.target, str(cell.at)) == (target, level))
    return dict(as_json(found))


def ratio_of(
    whole: Summary,
    target: str,
    metric: str = "rps",
    *,
    kind: str = "baseline",
    level: str = "150/30",
) -> dict[str, Any]:
    """The one comparison of a target with its baseline or parent at a level, as it is written."""
    (found,) = (
        each
        for each in whole.comparisons
        if (each.target, each.metric, each.kind, str(each.at)) == (target, metric, kind, level)
    )
    return dict(as_json(found))


def page_of(folder: Path, values: dict[str, Any], samples: Iterable[Sample] = ()) -> Path:
    """The page of a run that is written to `folder`."""
    file = folder / "index.html"
    whole = summary(folder, values, samples)
    run = read(values)
    text = page.render(run, whole, read_measured(folder, run))
    file.write_text(text, encoding="utf-8")
    return file
