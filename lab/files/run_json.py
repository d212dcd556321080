"""`run.json`: what a run was asked for, on what, and how far it is.

Written and read as `Run`, so that a broken one is told by the key that is wrong. Keys with a
default are missing in runs of older versions.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from lab.engines import Build
from lab.errors import UsageError
from lab.files import blocks_jsonl, json_text
from lab.files.answer import BodyKind
from lab.files.blocks_jsonl import BlockLine, BlockRecord
from lab.files.plan import Plan
from lab.files.profile import Profile
from lab.files.version import require_schema
from lab.key import key
from lab.paths import RESULTS, shown

# Fewer rounds can agree by luck, and intervals of a run that ends then miss the truth too
# often: simulated with a single ratio, those of 97 % covered 93.5 % from 3 rounds on, 95.3 %
# from 6 (`until_coverage` in tests/calibration). A cap of fewer rounds is no such choice.
LEAST_ROUNDS = 6


@dataclass(frozen=True)
class Python:
    """An interpreter that targets run on."""

    implementation: Annotated[str, key("Which Python it is, such as `CPython`.")]
    version: Annotated[str, key("Its version.")]
    openssl: Annotated[str, key("The OpenSSL that it uses, with its version.")]

    def __str__(self) -> str:
        return f"{self.implementation} {self.version} with {self.openssl}"


# With fewer, cores set aside for load and upstream are missing to the server.
FEWEST_TO_PIN = 6


@dataclass(frozen=True)
class Cores:
    """Which CPUs each part has to itself, by the numbers that the kernel gives them."""

    load: Annotated[tuple[int, ...], key("The load engine's.")]
    upstream: Annotated[tuple[int, ...], key("The upstream's.")]
    server: Annotated[tuple[int, ...], key("The servers'.")]


SCHEMA = 1
FILE = "run.json"


class Rounds(Struct, frozen=True):
    """How many rounds were asked for, and how many there are."""

    asked: Annotated[int, key("Rounds of the plan; with `--until`, the most it may take.")]
    done: Annotated[
        int, key("Rounds that are whole: each of their blocks was measured, or has failed.")
    ]


class TargetFacts(Struct, frozen=True, kw_only=True):
    """A target as it was measured. What may be a secret is there by its name alone."""

    title: Annotated[str, key("What it is, in a line.")]
    parent: Annotated[str | None, key("The target that it was derived from.", null="it names none")]
    change: Annotated[
        str | None,
        key("The one thing in which it differs from its parent.", null="it names none"),
    ]
    serve: Annotated[
        str, key("The command that starts its server; `{host}` and `{port}` are filled in.")
    ]
    path: Annotated[str, key("The path that is asked, with its query.")] = ""
    slots: Annotated[
        int | None, key("Requests that it can hold at once.", null="nothing bounds them")
    ]
    tags: Annotated[list[str], key("Its tags, by which `--tag` finds it.")]
    upstream_calls: Annotated[int, key("Calls to the upstream for each request.")] = 1
    project: Annotated[
        str | None,
        key("Path of a user's own project.", null="it is one of `targets/`, or nginx"),
    ] = None
    settings: Annotated[
        str | None,
        key("Its `DJANGO_SETTINGS_MODULE`.", null="the project says that itself"),
    ] = None
    env: Annotated[
        list[str], key("Names of what its manifest adds to the environment of its server.")
    ] = []
    method: Annotated[str, key("How it is asked: `GET` or `POST`.")] = "GET"
    headers: Annotated[list[str], key("Names of the headers that its manifest adds.")] = []
    status: Annotated[int, key("The status that is expected of an answer.")] = 200
    body: Annotated[
        BodyKind,
        key(
            "What is expected as its body: the JSON of the `upstream`, a `text` that the manifest "
            "has, or anything (`none`)."
        ),
    ] = "upstream"
    values: Annotated[
        str,
        key(
            "A digest of what may be secret: values of `env` and `headers`, what is posted, the "
            "text expected; empty where there is nothing of it."
        ),
    ] = ""
    source: Annotated[str, key("What its environment was made from.")] = "requirements.txt"
    lock_sha256: Annotated[
        str, key("SHA-256 of its lock; of a ready environment, and of nginx, of what is there.")
    ] = ""
    environment_sha256: Annotated[
        str,
        key(
            "The same, where neither `--with` nor `--python` was given; else a digest of lock, "
            "requirements, interpreter and installed versions."
        ),
    ] = ""
    code_sha256: Annotated[str | None, key("A digest of its Python files.", null="never")] = None
    versions: Annotated[dict[str, str], key("Version of each installed package, by its name.")]
    reference: Annotated[
        bool, key("Whether it is nginx, which has no rank and shows what is possible.")
    ] = False
    python: Annotated[
        Python | None,
        key("The interpreter that it ran on.", null="it was the lab's own, as `machine` has it"),
    ] = None
    undeclared: Annotated[
        list[str],
        key("In what it differs from its parent beyond its `change`, a sentence each."),
    ] = []


class MachineFacts(Struct, frozen=True):
    """The machine, and the Python of the lab itself."""

    system: Annotated[str, key("Its operating system, such as `Linux`.")]
    kernel: Annotated[str, key("Release of its kernel.")]
    architecture: Annotated[str, key("Its architecture, such as `x86_64`.")]
    cpu: Annotated[str | None, key("Model of its CPU.", null="the platform does not tell")]
    cores: Annotated[
        int, key("Cores that the lab may use; where a container has less, that, rounded up.")
    ]
    memory_bytes: Annotated[int, key("Its memory.", unit="bytes")]
    python: Annotated[str, key("Version of the Python that the lab runs on.")]
    implementation: Annotated[str, key("Which Python that is, such as `CPython`.")]
    openssl: Annotated[str, key("The OpenSSL that it uses, with its version.")]


class Goal(Struct, frozen=True):
    """What `--until` asks for: RPS ratios to the baseline known to `percent`, or verdicts."""

    percent: Annotated[
        float | None,
        key(
            "How well: an interval ends at most so far above its ratio.",
            unit="%",
            null="every verdict shall be settled: `--until decided`",
        ),
    ]
    max_rounds: Annotated[int, key("The most rounds that it may take.")]
    reached: Annotated[bool, key("Whether that is so by now.")] = False


class RunOrigin(Struct, frozen=True):
    """Digests of what all samples of a run share."""

    machine: Annotated[str, key("Of machine, kernel and the lab's Python.")]
    profile: Annotated[
        str, key("Of how the upstream behaves: latency, trust, and the URL of a real one.")
    ]


class Sitting(Struct, frozen=True):
    """A `--resume` of the run."""

    started: Annotated[str, key("When it began, ISO 8601 in UTC.")]
    rounds_done: Annotated[int, key("How many rounds were whole by then.")]


# `added` is "with" in the file, which is a word of Python's.
class Run(Struct, frozen=True, kw_only=True, rename={"added": "with"}):
    """What a run was asked for, on what, and how far it is; with `blocks.jsonl`, where that is."""

    schema: Annotated[int, key("Schema of the file.")] = SCHEMA
    written_by: Annotated[
        str | None, key("Version of Viewlab that wrote the file.", null="never")
    ] = None
    id: Annotated[str, key("Its name, and that of its folder: its start in UTC, and 4 hex digits.")]
    started: Annotated[str, key("When it began, ISO 8601 in UTC.")]
    finished: Annotated[
        str | None,
        key("When its last sitting ended, ISO 8601 in UTC.", null="it is going on, or was killed"),
    ]
    complete: Annotated[
        bool, key("Whether nothing is left to measure: no block, or what `--until` asks for.")
    ]
    wall_s: Annotated[
        float, Meta(ge=0), key("How long it took so far, all sittings together.", unit="s")
    ]
    load_share: Annotated[
        float,
        Meta(ge=0, le=1),
        key("What part of that a target was under load in, as samples have it; 1 is all."),
    ]
    pages_s: Annotated[
        float | None,
        key("How long the pages took that came between rounds.", unit="s", null="never"),
    ] = None
    seed: Annotated[int, key("What settles the order of blocks and the upstream's latencies.")]
    rounds: Annotated[Rounds, key("How many rounds there are.")]
    margin: Annotated[float, Meta(gt=0), key("Smaller differences do not matter; 0.1 is 10 %.")] = (
        0.1
    )
    until: Annotated[Goal | None, key("What `--until` asked for.", null="it asked for nothing")] = (
        None
    )
    baseline: Annotated[str, key("The target that every other one is compared with.")]
    control: Annotated[
        str | None,
        key("Under which name the baseline ran a second time.", null="there was no control"),
    ] = None
    upstream: Annotated[
        str, key("What views called: `lab`, or the URL of a real API; `?...` is its query.")
    ]
    profile: Annotated[Profile, key("The profile.")]
    plan: Annotated[Plan, key("What was to be measured, and in which order.")]
    targets: Annotated[
        dict[str, TargetFacts],
        key("Each target by its name, also `control` and `nginx` where they were measured."),
    ]
    machine: Annotated[MachineFacts, key("The machine.")]
    origin: Annotated[RunOrigin | None, key("What its samples have in common.", null="never")] = (
        None
    )
    engine: Annotated[
        Build | None,
        key("Which build of the engine made the load.", null="of a run of older versions"),
    ] = None
    pinned: Annotated[
        Cores | None,
        key(
            "Which CPUs each part had to itself.",
            null="they shared all: fewer than 6 cores, `--no-pin`, or no Linux",
        ),
    ] = None
    added: Annotated[
        list[str], key("What `--with` installed on top of every lock, as it was given.")
    ] = []
    python: Annotated[
        str | None,
        key("What `--python` named.", null="targets ran on the lab's own interpreter"),
    ] = None
    resumed: Annotated[list[Sitting], key("Each `--resume` of it, in order.")] = []
    blocks: Annotated[
        list[BlockRecord], key("What became of each block so far, in the order of the plan.")
    ]

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
    """The run in `folder`: its `run.json`, with what `blocks.jsonl` has beyond that.

    Raises `UsageError` where one of them is broken, or of a newer version.
    """
    # First: what moves from here to run.json meanwhile is read twice, and not missed.
    lines = blocks_jsonl.read_bytes(folder)
    run = _read(folder / FILE)
    file = shown(folder / blocks_jsonl.FILE)
    return _with_lines(run, blocks_jsonl.loads(lines, file=file), file=file)


def _read(file: Path) -> Run:
    try:
        if (size := file.stat().st_size) > blocks_jsonl.LARGEST_BYTES:
            raise UsageError(f"{shown(file)}: {size:,} bytes, more than any run has.")
        data = file.read_bytes()
        require_schema(data, SCHEMA, what="a run", file=shown(file))
        # Unlike the standard library's, it takes no NaN, which nobody could write back.
        return json_text.decode(data, Run)
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{shown(file)}: cannot be read as a run: {error}.") from None


def _with_lines(run: Run, lines: Sequence[BlockLine], *, file: str) -> Run:
    """The run as it would have been written after the last of the lines.

    Where a kill came after run.json was written and before the lines were removed, it has them all,
    and is the newer one. Raises `UsageError` for a block that the run does not plan.
    """
    known = {(block.round, block.target): block for block in run.blocks}
    planned = {(block.round, block.target): None for block in run.plan.blocks}
    latest = None
    for number, line in enumerate(lines, start=1):
        block = line.block
        place = (block.round, block.target)
        if known.get(place) == block:
            continue
        if place not in planned:
            raise UsageError(
                f"{blocks_jsonl.place(file, number)}: a block of {block.target!r} in round "
                f"{block.round}, which {FILE} does not plan. It does not belong to this run: move "
                f"{blocks_jsonl.FILE} away."
            )
        known[place], latest = block, line
    if latest is None:
        return run
    until = run.until and msgspec.structs.replace(run.until, reached=latest.reached)
    return msgspec.structs.replace(
        run,
        complete=latest.complete,
        wall_s=latest.wall_s,
        load_share=latest.load_share,
        rounds=Rounds(run.rounds.asked, latest.rounds_done),
        until=until,
        blocks=[known[place] for place in planned if place in known],
    )
