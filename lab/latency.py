"""How long the upstream takes to answer."""

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


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
