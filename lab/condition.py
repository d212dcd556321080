"""What a cell is measured under: a level, and what else a run may vary."""

import functools
from collections.abc import Iterable, Iterator
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from lab.engines import DEFAULT
from lab.key import key
from lab.latency import Latency
from lab.level import Level


class Terms(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a condition has beside its level: each key is there where it is not as usual."""

    latency: Annotated[
        Latency | None,
        key("How long the upstream takes to answer.", absent="as the profile says"),
    ] = None
    calls: Annotated[
        Annotated[int, Meta(ge=0)] | None,
        key("Calls to the upstream for each request.", absent="as many as the target makes"),
    ] = None
    connections: Annotated[
        Literal["kept", "new"],
        key(
            "Whether the engine keeps its connections to the server, or opens a new one for each "
            "request.",
            absent="they are kept",
        ),
    ] = "kept"
    front: Annotated[
        Literal["nginx", "pgbouncer"] | None,
        key("What is put before the server, or before its database.", absent="nothing is"),
    ] = None
    rate_rps: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        key(
            "How many requests are sent a second, whether or not earlier ones were answered.",
            unit="requests/s",
            absent="each connection sends its next request when the last one is answered",
        ),
    ] = None
    engine: Annotated[
        str,
        Meta(min_length=1, pattern=r"^[!-~]+(?![\s\S])"),
        key("What makes the load.", absent=f"it is `{DEFAULT}`"),
    ] = DEFAULT

    def _differing(self) -> Iterator[tuple[str, str]]:
        """In words, and for a file's name: what is not as where nothing is asked for."""
        if self.latency is not None:
            yield f"upstream {self.latency}", self.latency.slug
        if self.calls is not None:
            yield f"{self.calls} calls a request", f"{self.calls}calls"
        if self.connections == "new":
            yield "new connections", "new"
        if self.front is not None:
            yield f"behind {self.front}", self.front
        if self.rate_rps is not None:
            yield f"at {self.rate_rps:g} a second", f"{self.rate_rps:g}rps"
        if self.engine != DEFAULT:
            yield f"loaded by {self.engine}", self.engine

    def __str__(self) -> str:
        return ", ".join(words for words, _ in self._differing())

    @property
    def slug(self) -> str:
        return "".join(f"-{part}" for _, part in self._differing())


USUAL = Terms()


@functools.total_ordering
class Condition:
    """A level and its terms: cells of equal conditions are compared, and no others.

    Written as its level where it is no more, in files too.
    """

    # No dataclass: msgspec would write that as an object, and never ask `lab.files.json_text`.
    __slots__ = ("level", "terms")

    def __init__(self, level: Level, terms: Terms = USUAL) -> None:
        self.level: Final = level
        self.terms: Final = terms

    def __str__(self) -> str:
        terms = str(self.terms)
        return f"{self.level}, {terms}" if terms else str(self.level)

    @property
    def within(self) -> str:
        """It, where more words of the sentence follow: its terms stand between commas."""
        return str(self) if self.terms == USUAL else f"{self},"

    def __repr__(self) -> str:
        return f"Condition({self.level!r}, {self.terms!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Condition) and (self.level, self.terms) == (
            other.level,
            other.terms,
        )

    def __lt__(self, other: "Condition") -> bool:
        return (self.level, self.terms.slug) < (other.level, other.terms.slug)

    def __hash__(self) -> int:
        return hash((self.level, self.terms))

    @property
    def slug(self) -> str:
        """The condition in a file's name."""
        return self.level.slug + self.terms.slug


def conditions_at(levels: Iterable[Level]) -> tuple[Condition, ...]:
    """Each level under the usual terms."""
    return tuple(Condition(level) for level in levels)
