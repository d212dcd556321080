"""Calibration 5: the same figures as hey prints, and as wrk finds on the same server.

hey's own summary comes from the same run as the raw times: its template takes both. P95 is
compared with the rank that hey takes: it is the first of the sorted latencies before which
95 % or more of them lie, one rank above the ceil(0.95 n)-th, which is this project's.

wrk and hey load one server in turn. hey gets a quota so large that its start and tail do not
weigh.
"""

import json
import math
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.environment.prepare import Environment
from bench.load import engine, hey
from bench.load.sampler import Loader
from bench.process.child import Child
from bench.serving.server import Server
from bench.serving.surroundings import Surroundings
from bench.target import target
from lab.condition import Condition
from lab.engines import hey as hey_command
from lab.errors import BlockError, MachineError
from lab.files.plan import Block
from lab.files.sample import Cpu, Machine, Sample
from lab.latency import Latency
from lab.level import Level
from report.samples.measured import measure
from report.statistics.interval import Interval, geometric
from tests.calibration.answer import Answer, Json, Outcome, Setting, span
from tests.calibration.product import Load, make_lab
from tests.calibration.servers import SOUND

CALIBRATION = 5
LATENCY = Latency(fixed_ms=20)
CONCURRENCY = 20
SHORT = Level(400, CONCURRENCY)
NAME = "sound"
LOW, HIGH = 0.9, 1.1
METRICS = ("rps", "latency_mean_s", "latency_p95_s")

# What hey prints of itself, beside what the bench asks it for. `printed` are the digits of
# its own summary.
TEMPLATE = (
    hey_command.TEMPLATE.removesuffix("}")
    + ',"rps":"{{formatNumber .Rps}}","average":"{{formatNumber .Average}}"'
    + ',"distribution":{{jsonify .LatencyDistribution}}}'
)

# The last line that wrk prints. Its own summary has no P95, and fewer digits.
DONE = """
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '\\n{"requests":%d,"duration_us":%d,"mean_us":%.3f,"p95_us":%d,"errors":%d}\\n',
    summary.requests, summary.duration, latency.mean, latency:percentile(95),
    e.connect + e.read + e.write + e.status + e.timeout))
end
"""


@dataclass(frozen=True)
class Printed:
    """One run of hey: what it prints of itself, and what the report makes of its raw times."""

    hey_rps: str
    hey_mean_s: str
    hey_p95_s: float
    rps: float
    latency_mean_s: float
    latency_p95_s: float
    latencies_s: tuple[float, ...]
    wall_s: float

    @property
    def p95_one_rank_up_s(self) -> float:
        """What hey's rule gives: the smallest with at least 95 % of the others before it."""
        return sorted(self.latencies_s)[math.ceil(95 * len(self.latencies_s) / 100)]


@dataclass(frozen=True)
class Figures:
    """What one tool says of one run."""

    rps: float
    latency_mean_s: float
    latency_p95_s: float


@dataclass(frozen=True)
class Turn:
    """hey and wrk on the same server, one after the other."""

    hey: Figures
    wrk: Figures


def require_wrk() -> str:
    """The path of wrk. Raises `MachineError` with the line that installs it."""
    found = shutil.which("wrk")
    if found is None:
        raise MachineError(
            "wrk is missing, which calibration 5 compares with. Install it: apt-get install wrk"
        )
    return found


def judge_printed(runs: Sequence[Printed]) -> tuple[Answer, ...]:
    """Whether the report finds what hey prints, to its digits."""
    rps = sum(f"{run.rps:.4f}" == run.hey_rps for run in runs)
    mean = sum(f"{run.latency_mean_s:.4f}" == run.hey_mean_s for run in runs)
    p95 = sum(run.p95_one_rank_up_s == run.hey_p95_s for run in runs)
    ours = sum(
        run.latency_p95_s == sorted(run.latencies_s)[math.ceil(95 * len(run.latencies_s) / 100) - 1]
        for run in runs
    )
    return tuple(
        Answer(CALIBRATION, what, f"all of {len(runs)} runs", str(count), count == len(runs))
        for what, count in (
            ("RPS, as hey prints it (4 decimals)", rps),
            ("Mean latency, as hey prints it (4 decimals)", mean),
            ("hey's P95 is the latency one rank above ours", min(p95, ours)),
        )
    )


def judge_turns(turns: Sequence[Turn]) -> tuple[Answer, ...]:
    """Whether what hey finds lies near what wrk finds."""
    return tuple(_near(metric, paired(turns, metric)) for metric in METRICS)


def paired(turns: Sequence[Turn], metric: str) -> Interval:
    """The ratio of hey's figure to wrk's."""
    return geometric([getattr(turn.hey, metric) / getattr(turn.wrk, metric) for turn in turns])


def _near(metric: str, ratio: Interval) -> Answer:
    return Answer(
        CALIBRATION,
        f"{metric}: hey's over wrk's, {ratio.count} turns on one server",
        f"interval within {LOW} to {HIGH}",
        span(ratio.value, ratio.low, ratio.high),
        ratio.low is not None and ratio.high is not None and LOW <= ratio.low <= ratio.high <= HIGH,
    )


def calibrate(setting: Setting) -> Outcome:
    wrk = require_wrk()
    effort = setting.effort
    load = Load(LATENCY, str(SHORT), 1)
    lab = make_lab(setting, load)
    lab.add(NAME, SOUND)
    served = target.read(lab.root / "targets" / NAME)
    script = setting.folder / "done.lua"
    script.write_text(DONE)
    setting.say(f"5. hey and wrk on one server, {effort.reference_runs} turns of {effort.wrk_s} s")
    # The interpreter of the calibration does: the server needs the standard library alone.
    environment = Environment(Path(sys.prefix), lock_sha256="", versions={})
    with (
        Surroundings(
            {NAME: environment}, run=setting.folder, latency=LATENCY, trust="lab"
        ) as scene,
        scene.served(served, setting.folder / "server.log") as (server, _),
    ):
        loader = Loader(hey.Hey.at(setting.hey), setting.seed, scene.upstream())
        loader.warm_up(server, Block(1, 1, NAME, (Condition(SHORT),)))
        printed = [_printed(setting, server) for _ in range(effort.reference_runs)]
        # As many as hey answers in the time that wrk takes.
        rps = sum(run.rps for run in printed) / len(printed)
        quota = max(1, round(rps * effort.wrk_s / CONCURRENCY))
        long = Level(quota * CONCURRENCY, CONCURRENCY)
        turns = []
        for number in range(effort.reference_runs):
            # Which one is first alternates, so that no drift takes sides.
            if number % 2:
                theirs, ours = _wrk(wrk, setting, script, server), _hey(setting, long, server)
            else:
                ours, theirs = _hey(setting, long, server), _wrk(wrk, setting, script, server)
            turns.append(Turn(ours, theirs))
    return Outcome(
        (*judge_printed(printed), *judge_turns(turns)),
        {
            "load": {**load.to_json(), "long_level": str(long)},
            "printed": [asdict(run) for run in printed],
            "turns": [asdict(turn) for turn in turns],
        },
    )


def _printed(setting: Setting, server: Server) -> Printed:
    command = hey_command.command(setting.hey, SHORT, server.url, "-o", TEMPLATE)
    output = _output(command, setting, hey.timeout_s(SHORT))
    load = hey.parse(output)
    figures = _figures(load, SHORT)
    values: dict[str, Any] = json.loads(output)
    p95_s = next(
        each["latency"] for each in _lower(values["distribution"]) if each["percentage"] == 95
    )
    return Printed(
        hey_rps=values["rps"],
        hey_mean_s=values["average"],
        hey_p95_s=p95_s,
        rps=figures.rps,
        latency_mean_s=figures.latency_mean_s,
        latency_p95_s=figures.latency_p95_s,
        latencies_s=load.latencies_s,
        wall_s=load.wall_s,
    )


def _lower(rows: Sequence[Json]) -> list[Json]:
    return [{key.lower(): value for key, value in row.items()} for row in rows]


def _hey(setting: Setting, level: Level, server: Server) -> Figures:
    output = _output(
        hey_command.command(setting.hey, level, server.url), setting, hey.timeout_s(level)
    )
    return _figures(hey.parse(output), level)


def _figures(load: engine.Load, level: Level) -> Figures:
    """What the report makes of a run of hey. Raises `BlockError` where a request failed."""
    measured = measure(
        Sample(
            target=NAME,
            requests=level.requests,
            concurrency=level.concurrency,
            round=1,
            block_position=1,
            level_position=1,
            engine="hey",
            argv=(),
            started="",
            wall_s=load.wall_s,
            sent=load.sent,
            latencies_s=load.latencies_s,
            offsets_s=load.offsets_s,
            statuses=load.statuses,
            connect_s=load.connect_s,
            read_s=load.read_s,
            body_bytes=load.body_bytes,
            errors=load.errors,
            upstream=None,
            cpu_s=Cpu(0.0, (), None, 0.0),
            server_rss_bytes=None,
            machine=Machine(),
        )
    )
    rps, mean_s, p95_s = measured.rps, measured.latency_mean_s, measured.latency_p95_s
    if measured.errors or rps is None or mean_s is None or p95_s is None:
        raise BlockError(f"{measured.errors} requests of hey failed: {measured.failure}.")
    return Figures(rps, mean_s, p95_s)


def _wrk(wrk: str, setting: Setting, script: Path, server: Server) -> Figures:
    seconds = setting.effort.wrk_s
    command = [
        wrk, "-t1", f"-c{CONCURRENCY}", f"-d{seconds}s", "--latency", "-s", str(script), server.url
    ]  # fmt: skip
    return parse_wrk(_output(command, setting, seconds + 60))


def parse_wrk(output: str) -> Figures:
    """Read the line that `DONE` has wrk print. Raises `BlockError` where a request failed."""
    try:
        values = json.loads(output.strip().splitlines()[-1])
        if values["errors"]:
            raise BlockError(f"{values['errors']} requests of wrk failed.")
        return Figures(
            rps=values["requests"] / (values["duration_us"] / 1e6),
            latency_mean_s=values["mean_us"] / 1e6,
            latency_p95_s=values["p95_us"] / 1e6,
        )
    except (ValueError, LookupError, TypeError) as error:
        raise BlockError(f"wrk printed something else than figures: {output[-400:]}") from error


def _output(command: Sequence[str], setting: Setting, timeout_s: float) -> str:
    with tempfile.TemporaryFile(dir=setting.folder) as output:
        with Child(command, output=output, env={}) as child:
            ended = child.wait(timeout_s)
        output.seek(0)
        text = output.read().decode(errors="replace")
    if ended is None or ended.code:
        how = f"took over {timeout_s:.0f} s" if ended is None else f"ended with {ended}"
        raise BlockError(f"{command[0]} {how}. {text[-400:]}")
    return text
