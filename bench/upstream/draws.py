"""The sequences of latencies that samples are drawn."""

import random
from collections.abc import Iterator

from lab.condition import Condition
from lab.latency import Latency


def sequence_key(seed: int, round_number: int, condition: Condition | None, repeat: int = 1) -> str:
    """What the latencies of a sample are drawn from: the same for every target of a round.

    Anew in each round and repeat: one sequence repeated in all of them would leave its own
    luck in every one, and intervals over rounds would not see it. `None` is the warm-up.
    """
    again = f"/{repeat}" if repeat > 1 else ""
    what = f"{condition.level}{condition.terms.slug}" if condition else "warm-up"
    return f"{seed}/{round_number}/{what}{again}"


def latencies_s(latency: Latency, key: str) -> Iterator[float]:
    """The endless sequence, in seconds, that `key` stands for; the same on every machine."""
    source = random.Random(key)  # noqa: S311 - repeatable on purpose
    while True:
        yield latency.draw(source)
