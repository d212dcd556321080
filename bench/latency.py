"""How long the upstream takes to answer."""

import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bench.level import Level


@dataclass(frozen=True)
class Fixed:
    """Every call takes the same time."""

    fixed_ms: float

    def __str__(self) -> str:
        return f"fixed {self.fixed_ms:g} ms"

    def to_json(self) -> dict[str, object]:
        return {"fixed_ms": self.fixed_ms}

    def draw(self, _random: random.Random) -> float:
        return self.fixed_ms / 1000


@dataclass(frozen=True)
class Lognormal:
    """Calls take `median_ms` times e to the power of a normal variate with SD `sigma`."""

    median_ms: float
    sigma: float

    def __str__(self) -> str:
        return f"lognormal, median {self.median_ms:g} ms, sigma {self.sigma:g}"

    def to_json(self) -> dict[str, object]:
        return {"lognormal": {"median_ms": self.median_ms, "sigma": self.sigma}}

    def draw(self, random: random.Random) -> float:
        return random.lognormvariate(math.log(self.median_ms / 1000), self.sigma)


Latency = Fixed | Lognormal


def from_json(values: Mapping[str, Any]) -> Latency:
    """The latency whose `to_json` gave `values`."""
    return Lognormal(**values["lognormal"]) if "lognormal" in values else Fixed(**values)


def sequence_key(seed: int, round_number: int, level: Level | None, repeat: int = 1) -> str:
    """What the latencies of a sample are drawn from: the same for every target of a round.

    Anew in each round and repeat: one sequence repeated in all of them would leave its own
    luck in every one, and intervals over rounds would not see it. `None` is the warm-up.
    """
    again = f"/{repeat}" if repeat > 1 else ""
    return f"{seed}/{round_number}/{level or 'warm-up'}{again}"


def latencies_s(latency: Latency, key: str) -> Iterator[float]:
    """The endless sequence, in seconds, that `key` stands for; the same on every machine."""
    source = random.Random(key)  # noqa: S311 - repeatable on purpose
    while True:
        yield latency.draw(source)
