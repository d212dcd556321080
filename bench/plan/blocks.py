"""Every block of a run, and the order in which blocks and their conditions are measured."""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bench.plan.order import orders
from lab.condition import USUAL, Condition, Terms
from lab.display import listed
from lab.errors import UsageError
from lab.files.plan import Block, Plan, Room
from lab.level import Level
from lab.names import CONTROL

Cell = tuple[str, Condition]

# With fewer, the control would have two or less: too few to tell anything.
FEWEST_TO_SPARE = 4


def make_plan(
    targets: Sequence[str],
    conditions: Sequence[Condition],
    *,
    rounds: int,
    seed: int,
    repeats: Mapping[Level, int] | None = None,
    room: Room | None = None,
) -> Plan:
    """Targets and conditions of each round in an order that `seed` settles.

    Targets take turns in each place of a round (`bench.plan.order`). Every one is in every round,
    but for the control (`is_measured`).

    `repeats` says how often a level is loaded within a block, where that is not once. A
    round's order depends on the seed and its own number alone, so that a longer run begins
    like a shorter one.
    """
    loads = {
        (target, each): (repeats or {}).get(each.level, 1)
        for target in targets
        for each in conditions
    }
    blocks = blocks_of(targets, conditions, loads, numbers=range(1, rounds + 1), seed=seed)
    return Plan(tuple(targets), tuple(conditions), rounds, tuple(blocks), room)


def blocks_of(
    targets: Sequence[str],
    conditions: Sequence[Condition],
    loads: Mapping[Cell, int],
    *,
    numbers: range,
    seed: int,
) -> Iterator[Block]:
    """The blocks of rounds `numbers`, the last of which is the run's.

    `loads` says how often a target is loaded under a condition within a block.
    """
    last = numbers.stop - 1
    for number, order in zip(range(1, numbers.stop), orders(targets, seed), strict=False):
        if number not in numbers:
            continue
        draw = random.Random(f"{seed}/{number}/order")  # noqa: S311 - repeatable on purpose
        here = [target for target in order if is_measured(target, number, rounds=last)]
        for position, target in enumerate(here, start=1):
            loaded = [each for each in conditions for _ in range(loads[target, each])]
            yield Block(number, position, target, tuple(draw.sample(loaded, len(loaded))))


def is_measured(target: str, number: int, *, rounds: int) -> bool:
    """Whether a target is in round `number` of a run of so many.

    The control takes as long as the baseline, and only says how far that lies from itself. Of each
    three rounds it has no second one, in a run of `FEWEST_TO_SPARE` or more.
    """
    return target != CONTROL or rounds < FEWEST_TO_SPARE or (number + 1) % 3 != 0


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
