"""A profile: how the upstream behaves, which levels are loaded, how many rounds."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from lab.latency import Latency
from lab.level import Level

Trust = Literal["certifi", "lab"]

# Rounds of a week, and blocks of an hour, are slips of the pen; the plan holds every one.
MOST_ROUNDS = 10_000
MOST_REPEATS = 100

Repeats = Annotated[int, Meta(ge=1, le=MOST_REPEATS)]


class Profile(Struct, frozen=True):
    """What `bench/profiles/NAME.toml`, or a user's file, says; `source` is how it was named.

    `repeats` says how often a level is loaded within a block, where that is more than once.
    """

    name: str
    latency: Latency
    trust: Trust
    levels: Annotated[tuple[Level, ...], Meta(min_length=1)]
    rounds: Annotated[int, Meta(ge=1, le=MOST_ROUNDS)]
    repeats: dict[Level, Repeats] = {}
    source: str = ""

    def __post_init__(self) -> None:
        if len(set(self.levels)) < len(self.levels):
            raise ValueError("a level is in it twice")
        if not set(self.repeats) <= set(self.levels):
            raise ValueError("it repeats what is none of its levels")
