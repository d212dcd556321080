"""What the report reads of `run.json`, so that a broken one is told by the key that is wrong."""

from dataclasses import dataclass

from bench.cores import Cores
from bench.latency import Lognormal


@dataclass(frozen=True)
class Rounds:
    asked: int
    done: int


@dataclass(frozen=True)
class Latency:
    fixed_ms: float | None = None
    lognormal: Lognormal | None = None


@dataclass(frozen=True)
class Profile:
    name: str
    source: str
    latency: Latency
    trust: str


@dataclass(frozen=True)
class Plan:
    levels: list[str]


@dataclass(frozen=True)
class Target:
    title: str
    parent: str | None
    change: str | None
    serve: str
    slots: int | None
    tags: list[str]
    versions: dict[str, str]


@dataclass(frozen=True)
class Machine:
    system: str
    kernel: str
    architecture: str
    cpu: str | None
    cores: int
    memory_bytes: int
    python: str
    implementation: str
    openssl: str


@dataclass(frozen=True)
class Until:
    percent: float
    max_rounds: int


@dataclass(frozen=True)
class Origin:
    machine: str
    profile: str


@dataclass(frozen=True)
class Block:
    round: int
    target: str
    error: str | None


@dataclass(frozen=True)
class Run:
    schema: int
    id: str
    started: str
    finished: str | None
    complete: bool
    wall_s: float
    load_share: float
    seed: int
    rounds: Rounds
    baseline: str
    upstream: str
    profile: Profile
    plan: Plan
    targets: dict[str, Target]
    machine: Machine
    blocks: list[Block]
    pinned: Cores | None = None  # runs of before there was pinning lack it
    origin: Origin | None = None
    margin: float = 0.1
    until: Until | None = None
