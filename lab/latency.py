"""How long the upstream takes to answer."""

import math
import random
from typing import Annotated

from msgspec import Meta, Struct

from lab.key import key

# Over five seconds a call, or so wide a spread, is a slip of the pen: the targets give up
# after 10 s, and what loads them after 20.
LONGEST_MS = 5_000
LEAST_MEDIAN_MS = 0.1
WIDEST_SIGMA = 2


class Lognormal(Struct, frozen=True):
    """Calls take `median_ms` times e to the power of a normal variate with SD `sigma`."""

    median_ms: Annotated[
        float,
        Meta(ge=LEAST_MEDIAN_MS, le=LONGEST_MS),
        key("Half of the calls take longer than this.", unit="ms"),
    ]
    sigma: Annotated[
        float,
        Meta(ge=0, le=WIDEST_SIGMA),
        key("How far apart they are: the standard deviation of their logarithms; 0 is not at all."),
    ]


class Latency(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """How long the upstream takes to answer: it has one of the two keys."""

    fixed_ms: Annotated[
        Annotated[float, Meta(ge=0, le=LONGEST_MS)] | None,
        key("Every call takes this long.", unit="ms", absent="it has `lognormal`"),
    ] = None
    lognormal: Annotated[
        Lognormal | None,
        key("Each call takes its own time, drawn by the run's seed.", absent="it has `fixed_ms`"),
    ] = None

    def __post_init__(self) -> None:
        if (self.fixed_ms is None) == (self.lognormal is None):
            raise ValueError("a latency is one of fixed_ms and lognormal")

    def __str__(self) -> str:
        if self.lognormal is None:
            return f"fixed {self.fixed_ms:g} ms"
        it = self.lognormal
        return f"lognormal, median {it.median_ms:g} ms, sigma {it.sigma:g}"

    @property
    def slug(self) -> str:
        """It, in a file's name."""
        if self.lognormal is None:
            return f"{self.fixed_ms:g}ms"
        return f"{self.lognormal.median_ms:g}ms-sigma{self.lognormal.sigma:g}"

    def draw(self, random: random.Random) -> float:
        """What one call takes, in seconds."""
        if self.lognormal is not None:
            it = self.lognormal
            return random.lognormvariate(math.log(it.median_ms / 1000), it.sigma)
        return (self.fixed_ms or 0.0) / 1000
