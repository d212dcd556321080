"""A profile: how the upstream behaves, which levels are loaded, how many rounds."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from lab.key import key
from lab.latency import Latency
from lab.level import Level

Trust = Literal["certifi", "lab"]

# Rounds of a week, and blocks of an hour, are slips of the pen; the plan holds every one.
MOST_ROUNDS = 10_000
MOST_REPEATS = 100
LEAST_MINUTES = 0.1
MOST_MINUTES = 10_000

Repeats = Annotated[int, Meta(ge=1, le=MOST_REPEATS)]


class Profile(Struct, frozen=True):
    """What `bench/profiles/NAME.toml`, or a user's file, says; `compare` may be told otherwise."""

    name: Annotated[str, key("The name of its file, without `.toml`.")]
    latency: Annotated[Latency, key("How long the upstream takes to answer.")]
    trust: Annotated[
        Trust,
        key(
            "What servers trust: the bundle of `certifi` with the lab's certificate, or that of "
            "the `lab` alone."
        ),
    ]
    levels: Annotated[
        tuple[Level, ...],
        Meta(min_length=1),
        key("Its levels; what was measured is in `plan`."),
    ]
    rounds: Annotated[
        int,
        Meta(ge=1, le=MOST_ROUNDS),
        key("Its number of rounds; what was asked for is in `plan`."),
    ]
    repeats: Annotated[
        dict[Level, Repeats],
        key("How often a level is loaded within a block, by level; once where it is not in here."),
    ] = {}
    source: Annotated[
        str, key("How it was named to `--profile`: its name, or the path of a file.")
    ] = ""
    minutes: Annotated[
        Annotated[float, Meta(ge=LEAST_MINUTES, le=MOST_MINUTES)] | None,
        key(
            "How long a run may take: it has fewer rounds, down to 4, where they would take "
            "longer, and plans itself what is loaded again within a block.",
            unit="min",
            null="it says itself what is repeated, and has its `rounds` whatever they take",
        ),
    ] = None

    def __post_init__(self) -> None:
        if len(set(self.levels)) < len(self.levels):
            raise ValueError("a level is in it twice")
        if self.minutes is not None and self.repeats:
            raise ValueError("it has both 'minutes' and 'repeats'")
        if not set(self.repeats) <= set(self.levels):
            raise ValueError("it repeats what is none of its levels")
