"""In which order the targets of each round are measured."""

import random
from collections.abc import Iterator, Sequence
from itertools import count


def orders(targets: Sequence[str], seed: int) -> Iterator[tuple[str, ...]]:
    """An order for each round, without end: what comes first in one does not in the next.

    In as many rounds as there are targets each has every place once, so that a machine that warms
    up or slows down within a round does so to all alike. Each also follows every other one once;
    of an odd number of targets twice, in twice as many rounds. (E. J. Williams, Aust. J. Sci.
    Res. A 2, 1949.) Which target is which in that design, and which of its rows comes when, is
    drawn, anew for each time through it.
    """
    for times in count():
        draw = random.Random(f"{seed}/{times}/orders")  # noqa: S311 - repeatable on purpose
        drawn = draw.sample(targets, len(targets))
        for square in _squares(len(drawn)):
            for row in draw.sample(square, len(square)):
                yield tuple(drawn[place] for place in row)


def _squares(size: int) -> list[list[tuple[int, ...]]]:
    """One Latin square or, of an odd size, two that are balanced together."""
    # 0, 1, n - 1, 2, n - 2, ...: each step is another one, counted around.
    steps = [-(place // 2) if place % 2 == 0 else place // 2 + 1 for place in range(size)]
    square = [tuple((step + row) % size for step in steps) for row in range(size)]
    return [square, [row[::-1] for row in square]] if size % 2 else [square]
