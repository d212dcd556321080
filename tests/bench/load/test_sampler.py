"""How often a target is loaded before it is measured, by what the witness saw of each pass."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from bench.load.engine import Engine, Load
from bench.load.sampler import Loader
from bench.process.child import Child
from bench.serving.server import Server
from bench.target.manifest import Manifest
from bench.target.target import Target
from bench.upstream.client import Upstream
from lab.condition import Condition, conditions_at
from lab.files import sample
from lab.files.plan import Block
from lab.level import Level

ANSWERED = Load(
    wall_s=0.1,
    latencies_s=(0.1,),
    offsets_s=(0.0,),
    statuses=(200,),
    connect_s=(0.0,),
    read_s=(0.0,),
    body_bytes=83,
    errors={},
    cpu_s=0.0,
)
BLOCK = Block(1, 1, "one", conditions_at([Level(150, 30)]))
Pass = tuple[int, int]  # calls, and new connections that they came on


@dataclass
class Witness:
    """An upstream that tells of each pass what a test says."""

    passes: list[Pass]
    begun: list[str] = field(default_factory=list)

    def begin(self, key: str) -> float:
        self.begun.append(key)
        return 0.0

    def read(self) -> tuple[sample.Testimony, float]:
        calls, new = self.passes[len(self.begun) - 1]
        return sample.Testimony(calls, calls, new, calls, 0, None, None, None), 0.0


class Answered:
    """An engine whose requests are all answered: none is sent. It keeps what it was asked for."""

    columns = frozenset({"body_bytes"})

    def __init__(self) -> None:
        self.asked: list[str] = []

    def run(self, condition: Condition, *_: object, **__: object) -> Load:
        self.asked.append(str(condition))
        return ANSWERED


ENGINE = cast("Engine", Answered())


@pytest.fixture
def server(tmp_path: Path) -> Server:
    target = Target("one", tmp_path, Manifest(title="One", serve="server {port}", path="/"))
    return Server(target, 1, tmp_path / "log", cast("Child", None))


@pytest.mark.parametrize(
    ("seen", "passes"),
    [
        # Each call opened one, and then none did: the target keeps them.
        ([(30, 30), (30, 0)], 2),
        # Each call opened one, and did so again: none is kept, and no pass will change that.
        ([(30, 30), (30, 30)], 2),
        # Few threads share few connections from the first pass on.
        ([(30, 4), (30, 0)], 2),
        # Nothing was left to open after the check: the second pass says so.
        ([(30, 0), (30, 0)], 2),
        # Other workers were asked than before.
        ([(30, 30), (30, 7), (30, 0)], 3),
        ([(30, 30), (30, 7), (30, 30)], 3),
        # Some connections are opened anew for ever: a third pass is the last.
        ([(30, 30), (30, 7), (30, 7)], 3),
        # More calls than requests, and a pass of which some failed.
        ([(60, 30), (60, 60)], 2),
        ([(30, 30), (21, 21)], 2),
        # No call, no connection.
        ([(0, 0)], 1),
        ([(30, 30), (0, 0)], 2),
    ],
)
def test_a_target_is_warm_when_a_pass_opens_no_connection_or_each_opens_one_for_every_call(
    server: Server, seen: list[Pass], passes: int
) -> None:
    witness = Witness(seen)
    warm_up = Loader(ENGINE, 7, cast("Upstream", witness)).warm_up(server, BLOCK)
    assert warm_up.passes == passes
    assert witness.begun == ["7/1/warm-up"] * passes


@pytest.mark.parametrize(
    ("seen", "asked"),
    [
        # Where each call opened a connection, ten requests tell whether any is kept.
        ([(30, 30), (10, 10)], ["30/30", "10/10"]),
        ([(30, 30), (10, 0)], ["30/30", "10/10"]),
        # Where they do not tell, all come once more.
        ([(30, 30), (10, 3), (30, 0)], ["30/30", "10/10", "30/30"]),
        ([(30, 12), (30, 0)], ["30/30", "30/30"]),
    ],
)
def test_a_pass_that_only_tells_whether_connections_are_kept_is_short(
    server: Server, seen: list[Pass], asked: list[str]
) -> None:
    engine = Answered()
    witness = cast("Upstream", Witness(seen))
    Loader(cast("Engine", engine), 7, witness).warm_up(server, BLOCK)
    assert engine.asked == asked


def test_without_a_witness_one_pass_is_made(server: Server) -> None:
    assert Loader(ENGINE, 7, None).warm_up(server, BLOCK).passes == 1
