"""`run.json`: what a run was asked for, on what, and how far it is.

Read with checked types, so that a broken one is told by the key that is wrong. Keys with a
default are missing in runs of older versions.
"""

import contextlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from lab.engines import Build
from lab.errors import UsageError
from lab.latency import Lognormal
from lab.paths import RESULTS, shown

# Fewer rounds can agree by luck, and intervals of a run that ends then miss the truth too
# often: simulated with a single ratio, those of 97 % covered 93.5 % from 3 rounds on, 95.3 %
# from 6 (`until_coverage` in tests/calibration). A cap of fewer rounds is no such choice.
LEAST_ROUNDS = 6


@dataclass(frozen=True)
class Python:
    """What a run records of an interpreter."""

    implementation: str
    version: str
    openssl: str

    def __str__(self) -> str:
        return f"{self.implementation} {self.version} with {self.openssl}"


# With fewer, cores set aside for load and upstream are missing to the server.
FEWEST_TO_PIN = 6


@dataclass(frozen=True)
class Cores:
    """The CPUs of each part, by the numbers that the kernel gives them."""

    load: tuple[int, ...]
    upstream: tuple[int, ...]
    server: tuple[int, ...]


SCHEMA = 1
FILE = "run.json"


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
    levels: list[str] = field(default_factory=list)
    rounds: int = 3
    repeats: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class PlannedBlock:
    round: int
    position: int
    target: str
    levels: list[str]


@dataclass(frozen=True)
class Plan:
    levels: list[str]
    targets: list[str] = field(default_factory=list)
    rounds: int = 0
    blocks: list[PlannedBlock] = field(default_factory=list)


@dataclass(frozen=True)
class Target:
    title: str
    parent: str | None
    change: str | None
    serve: str
    slots: int | None
    tags: list[str]
    versions: dict[str, str]
    path: str = ""
    upstream_calls: int = 1
    project: str | None = None
    settings: str | None = None
    env: list[str] = field(default_factory=list)
    method: str = "GET"
    headers: list[str] = field(default_factory=list)
    status: int = 200
    body: Literal["upstream", "text", "none"] = "upstream"
    values: str = ""
    source: str = "requirements.txt"
    lock_sha256: str = ""
    code_sha256: str | None = None
    reference: bool = False
    environment_sha256: str = ""
    python: Python | None = None
    undeclared: list[str] = field(default_factory=list)


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
    """A block that was measured, or failed with `error`; `earlier` are errors before that."""

    round: int
    target: str
    error: str | None
    earlier: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Sitting:
    """A `--resume`: when it started, and how many rounds were whole by then."""

    started: str
    rounds_done: int


# Not a dataclass, as a key of it is a word of Python's: `added` is "with" there.
class Run(msgspec.Struct, frozen=True, rename={"added": "with"}):
    schema: int
    id: str
    started: str
    finished: str | None
    complete: bool
    wall_s: Annotated[float, Meta(ge=0)]
    load_share: Annotated[float, Meta(ge=0, le=1)]
    seed: int
    rounds: Rounds
    baseline: str
    upstream: str
    profile: Profile
    plan: Plan
    targets: dict[str, Target]
    machine: Machine
    blocks: list[Block]
    pinned: Cores | None = None
    origin: Origin | None = None
    margin: Annotated[float, Meta(gt=0)] = 0.1
    until: Until | None = None
    resumed: list[Sitting] = msgspec.field(default_factory=list)
    added: list[str] = msgspec.field(default_factory=list)
    python: str | None = None
    engine: Build | None = None  # not known of a run of older versions


def find(name: str, results: Path = RESULTS) -> Path:
    """The folder of a run: a path, or the name of one under `results`.

    Raises `UsageError` where there is no run.
    """
    for folder in (Path(name), results / name):
        with contextlib.suppress(OSError):  # longer than a path can be, or not to be entered
            if (folder / FILE).is_file():
                return folder.resolve()
    hint = f"Runs lie under {shown(results)}." if results.is_dir() else "There is no run yet."
    raise UsageError(f"{name!r} is no run: there is no {FILE} in it. {hint}")


def read(folder: Path) -> tuple[Run, dict[str, Any]]:
    """The `run.json` in `folder`, with checked types and as it is.

    Raises `UsageError` where it is broken, or of another version.
    """
    file = folder / FILE
    try:
        # Unlike the standard library's, it takes no NaN, which nobody could write back.
        values = msgspec.json.decode(file.read_bytes())
        schema = values["schema"]
        if schema == SCHEMA:
            return msgspec.convert(values, Run), dict(values)
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise UsageError(f"{shown(file)}: cannot be read as a run: {error}.") from None
    raise UsageError(f"{shown(file)}: a run of schema {schema!r}; this version reads {SCHEMA}.")
