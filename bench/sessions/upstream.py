"""`nox -s upstream`: does the upstream keep its times with 100 calls in flight?

The load engine calls it directly, over kept connections and over new ones, and the witness says
how late its answers were. Exit code 1 where the mean is 2 ms late or more.
"""

import sys

from bench.load.engine import Engine
from bench.load.find import find_engine
from bench.process import turn
from bench.process.scratch import scratch
from bench.target.request import Request
from bench.upstream.client import Upstream, serving
from lab.condition import USUAL, Condition, Terms
from lab.engines import DEFAULT
from lab.errors import LabError
from lab.latency import Latency
from lab.level import Level

LEVEL = Level(5000, 100)
LATENCY = Latency(fixed_ms=100)
LATE_LIMIT_S = 0.002


def show(upstream: Upstream, engine: Engine, what: str, terms: Terms) -> bool:
    """Load the upstream and print what its witness says; False where it was late."""
    cpu_before_s = upstream.begin(what)
    load = engine.run(Condition(LEVEL, terms), upstream.url, Request())
    seen, cpu_s = upstream.read()
    if load.errors or seen.asked_mean_s is None or seen.served_mean_s is None:
        print(f"{what}: calls failed: {load.errors}")
        return False
    late_s = seen.served_mean_s - seen.asked_mean_s
    print(
        f"{what}: {seen.calls} calls on {seen.connections} connections, "
        f"{seen.in_flight_max} at once, {seen.calls / load.wall_s:.0f} a second; "
        f"late by {1000 * late_s:.2f} ms on average; "
        f"{1e6 * (cpu_s - cpu_before_s) / seen.calls:.0f} us of CPU a call"
    )
    return late_s < LATE_LIMIT_S


def main() -> int:
    try:
        with turn.on_machine(print), scratch() as folder:
            # Not before: what was fetched may be removed for as long as another has the machine.
            engine = find_engine(DEFAULT, print)
            with serving(LATENCY, "certifi", folder) as upstream:
                kept = show(upstream, engine, "kept connections", USUAL)
                new = show(upstream, engine, "new connections", Terms(connections="new"))
    except LabError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0 if kept and new else 1


if __name__ == "__main__":
    sys.exit(main())
