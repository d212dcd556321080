"""`run.json`: what a run was asked for, on what, and how far it is.

Written and read as `Run`, so that a broken one is told by the key that is wrong. Keys with a
default are missing in runs of older versions.
"""

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from lab.engines import Build
from lab.errors import UsageError
from lab.files import json_text
from lab.files.answer import BodyKind
from lab.files.plan import Plan
from lab.files.profile import Profile
from lab.files.version import require_schema
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


class Rounds(Struct, frozen=True):
    asked: int
    done: int


class TargetFacts(Struct, frozen=True, kw_only=True):
    """A target as it was measured. What may be a secret is there by its name alone."""

    title: str
    parent: str | None
    change: str | None
    serve: str
    path: str = ""
    slots: int | None
    tags: list[str]
    upstream_calls: int = 1
    project: str | None = None
    settings: str | None = None
    env: list[str] = []
    method: str = "GET"
    headers: list[str] = []
    status: int = 200
    body: BodyKind = "upstream"
    values: str = ""
    source: str = "requirements.txt"
    lock_sha256: str = ""
    environment_sha256: str = ""
    code_sha256: str | None = None
    versions: dict[str, str]
    reference: bool = False
    python: Python | None = None
    undeclared: list[str] = []


class MachineFacts(Struct, frozen=True):
    system: str
    kernel: str
    architecture: str
    cpu: str | None
    cores: int
    memory_bytes: int
    python: str
    implementation: str
    openssl: str


class Goal(Struct, frozen=True):
    """Until every RPS ratio to the baseline is known to +-`percent`, or `max_rounds` are done."""

    percent: float
    max_rounds: int
    reached: bool = False


class RunOrigin(Struct, frozen=True):
    """Digests of what all samples of a run share."""

    machine: str
    profile: str


class BlockRecord(Struct, frozen=True, kw_only=True):
    """A block that was measured, or failed with `error`; `earlier` are errors before that."""

    round: int
    position: int = 0
    target: str
    started: str = ""
    log: str = ""
    error: str | None
    earlier: list[str] = []
    warm_up_passes: int | None = None


class Sitting(Struct, frozen=True):
    """A `--resume`: when it started, and how many rounds were whole by then."""

    started: str
    rounds_done: int


# `added` is "with" in the file, which is a word of Python's.
class Run(Struct, frozen=True, kw_only=True, rename={"added": "with"}):
    schema: int = SCHEMA
    written_by: str | None = None
    id: str
    started: str
    finished: str | None
    complete: bool
    wall_s: Annotated[float, Meta(ge=0)]
    load_share: Annotated[float, Meta(ge=0, le=1)]
    seed: int
    rounds: Rounds
    margin: Annotated[float, Meta(gt=0)] = 0.1
    until: Goal | None = None
    baseline: str
    control: str | None = None
    upstream: str
    profile: Profile
    plan: Plan
    targets: dict[str, TargetFacts]
    machine: MachineFacts
    origin: RunOrigin | None = None
    engine: Build | None = None  # not known of a run of older versions
    pinned: Cores | None = None
    added: list[str] = []
    python: str | None = None
    resumed: list[Sitting] = []
    blocks: list[BlockRecord]

    @property
    def server_cores(self) -> int:
        """How many cores the servers could use."""
        return len(self.pinned.server) if self.pinned else self.machine.cores


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


def read(folder: Path) -> Run:
    """The `run.json` in `folder`. Raises `UsageError` where it is broken, or of a newer version."""
    file = folder / FILE
    try:
        data = file.read_bytes()
        require_schema(data, SCHEMA, what="a run", file=shown(file))
        # Unlike the standard library's, it takes no NaN, which nobody could write back.
        return json_text.decode(data, Run)
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{shown(file)}: cannot be read as a run: {error}.") from None
