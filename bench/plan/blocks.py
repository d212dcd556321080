"""Every block of a run, and the order in which blocks and their conditions are measured."""

import random
from collections.abc import Iterable, Mapping, Sequence

from bench.plan.order import orders
from lab.condition import USUAL, Condition, Terms
from lab.display import listed
from lab.errors import UsageError
from lab.files.plan import Block, Plan
from lab.level import Level


def make_plan(
    targets: Sequence[str],
    conditions: Sequence[Condition],
    *,
    rounds: int,
    seed: int,
    repeats: Mapping[Level, int] | None = None,
) -> Plan:
    """Every target in every round, targets and conditions in an order that `seed` settles.

    Targets take turns in each place of a round (`bench.plan.order`).

    `repeats` says how often a level is loaded within a block, where that is not once. A
    round's order depends on the seed and its own number alone, so that a longer run begins
    like a shorter one.
    """
    blocks = []
    loaded = [each for each in conditions for _ in range((repeats or {}).get(each.level, 1))]
    for round_number, order in zip(range(1, rounds + 1), orders(targets, seed), strict=False):
        draw = random.Random(f"{seed}/{round_number}/order")  # noqa: S311 - repeatable on purpose
        for position, target in enumerate(order, start=1):
            shuffled = tuple(draw.sample(loaded, len(loaded)))
            blocks.append(Block(round_number, position, target, shuffled))
    return Plan(tuple(targets), tuple(conditions), rounds, tuple(blocks))


def engine_of(conditions: Iterable[Condition]) -> str:
    """The name of the engine that loads all of them. Raises `UsageError` where they take two."""
    names = sorted({condition.terms.engine for condition in conditions})
    if len(names) > 1:
        raise UsageError(f"a run is loaded by one engine, and this asks for {listed(names)}.")
    return names[0]


def require_measurable(conditions: Iterable[Condition], *, real_api: bool) -> None:
    """Raise `UsageError` where a condition asks for what cannot be varied, or not in this run.

    `real_api` says that one takes the place of the lab's upstream.
    Measured all the same, it would stand there as what it was not.
    """
    for condition in conditions:
        terms = condition.terms
        if terms != Terms(latency=terms.latency, engine=terms.engine):
            raise UsageError(
                f"{condition}: this version varies the level, the upstream's latency and the "
                f"engine alone, and the rest is as usual ({USUAL.connections} connections)."
            )
        if terms.latency is not None and real_api:
            raise UsageError(f"{condition}: the latency of a real API is its own.")
