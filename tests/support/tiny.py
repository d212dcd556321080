"""A second engine: threads and http.client, without any of the columns that an engine may lack.

It is what an engine has to be, and no more; a copy of the lab runs it in place of its own with
`python -m tiny compare ...`.
"""

import http.client
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from urllib.parse import urlsplit

from msgspec import structs

from bench.command import cli
from bench.command.compare import compare, resume
from bench.load.engine import Column, Engine, Load
from bench.plan.spec import RunSpec
from bench.process.cancellation import Cancellation
from bench.target.request import Request
from lab.condition import Condition, Terms
from lab.engines import Build, Times

TIMEOUT_S = 20


@dataclass
class _Seen:
    """What all connections saw: when an answer ended, when it was asked for, and its status."""

    answers: list[tuple[float, float, int]] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)


class Tiny:
    """Loads from within this process."""

    build = Build("tiny", "0.7")
    columns = frozenset[Column]()

    def shown_command(self, condition: Condition, url: str, request: Request) -> list[str]:
        return ["tiny", "--level", str(condition.level), *request.shown_headers, url]

    def typed_command(self, condition: Condition, url: str, request: Request) -> None:
        """Nobody can type it."""

    def run(
        self,
        condition: Condition,
        url: str,
        request: Request,
        *,
        cores: Sequence[int] | None = None,
        look: Callable[[], None] | None = None,
    ) -> Load:
        assert cores is None
        level = condition.level
        seen, began_s, cpu_s = _Seen(), time.monotonic(), time.process_time()
        each = level.requests // level.concurrency
        with ThreadPoolExecutor(level.concurrency) as pool:
            loading = [
                pool.submit(_ask, url, request, each, seen) for _ in range(level.concurrency)
            ]
            if look:
                look()
            for connection in loading:
                connection.result()
        answers = sorted(seen.answers)
        return Load(
            wall_s=time.monotonic() - began_s,
            latencies_s=tuple(ended_s - asked_s for ended_s, asked_s, _ in answers),
            offsets_s=tuple(asked_s - began_s for _, asked_s, _ in answers),
            statuses=tuple(status for *_, status in answers),
            connect_s=None,
            read_s=None,
            body_bytes=None,
            errors=dict(seen.errors),
            cpu_s=time.process_time() - cpu_s,
        )

    def steady_s(self, load: Load, concurrency: int) -> Times | None:
        """From the first answer until the last one that leaves as many to come as there are
        connections."""
        if len(load.latencies_s) <= concurrency:
            return None
        first_s = min(load.offsets_s)
        ends_s = sorted(
            offset_s - first_s + took_s
            for offset_s, took_s in zip(load.offsets_s, load.latencies_s, strict=True)
        )
        return ends_s[0], ends_s[-concurrency]


def _ask(url: str, request: Request, count: int, seen: _Seen) -> None:
    """Send so many requests, one after the other."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=TIMEOUT_S)
    for _ in range(count):
        asked_s = time.monotonic()
        try:
            connection.request(request.method, parts.path, request.post, request.sent_headers)
            with connection.getresponse() as response:
                response.read()
        except OSError as error:
            seen.errors[type(error).__name__] += 1
            connection.close()
            continue
        seen.answers.append((time.monotonic(), asked_s, response.status))
    connection.close()


def find_tiny(name: str, _say: Callable[[str], None]) -> Engine:
    assert name == "tiny"
    return Tiny()


def compare_with_tiny(spec: RunSpec, cancellation: Cancellation, *, no_wait: bool) -> int:
    """What was asked for, with this engine in every condition: no option names one yet."""

    def by_tiny(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
        return tuple(Condition(each.level, Terms(engine="tiny")) for each in conditions)

    blocks = tuple(
        structs.replace(block, conditions=by_tiny(block.conditions)) for block in spec.plan.blocks
    )
    plan = structs.replace(spec.plan, conditions=by_tiny(spec.plan.conditions), blocks=blocks)
    spec = replace(spec, plan=plan)
    return compare(spec, cancellation, no_wait=no_wait, find=find_tiny)


if __name__ == "__main__":
    vars(cli).update(compare=compare_with_tiny, resume=partial(resume, find=find_tiny))
    sys.exit(cli.main(sys.argv[1:]))
