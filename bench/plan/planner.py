"""How many rounds a run has, and what is loaded again within a block: planned as it goes on.

What counts is how wide the intervals of ratios are, for the minutes that they take. After some
rounds, and from what they have shown, the rest of the run is planned anew.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from bench.plan.blocks import Cell, blocks_of, is_measured
from bench.plan.loads import Seen, Spread, load_s, spreads
from lab.files.plan import Plan, Room
from lab.names import CONTROL

# What a plan may come to where the profile says how long a run may take.
FEWEST_ROUNDS = 4

# More would tell of one start of the server, and of luck with it, only.
MOST_LOADS = 5

Pair = tuple[str, str]


def room_of(*, rounds: int, minutes: float) -> Room:
    """For a run of `rounds` at most, fewer where they would take longer than `minutes`."""
    return Room(fewest=min(FEWEST_ROUNDS, rounds), most=rounds, minutes=minutes)


def is_due(rounds_done: int) -> bool:
    """Whether the rest is planned anew after so many rounds: 1, 2, 4, 8, ...

    Seldom later on, when there is little new to know.
    """
    return rounds_done > 0 and rounds_done & (rounds_done - 1) == 0


@dataclass(frozen=True)
class SoFar:
    """What a run knows of itself: its loads, its rounds, and how long it has taken.

    `begun` rounds stay as they are planned; `block_s` is what a block takes beside its loads.
    """

    seen: Sequence[Seen]
    begun: int
    elapsed_s: float
    block_s: float


def plan_anew(
    plan: Plan, so_far: SoFar, *, seed: int, baseline: str, pairs: Iterable[Pair]
) -> Plan:
    """The plan with the rounds that are not begun as they are best measured.

    The number of rounds is the largest that its `room` has minutes for. Then, one by one, that
    load is planned once more within a block which narrows the intervals of `pairs` most for its
    time, as long as that is more than the same time would in rounds, or time is left. (After
    T. Kalibera and R. Jones, Rigorous Benchmarking in Reasonable Time, ISMM 2013, who give the
    best number for one target; here targets are compared, and share their baseline.)

    Every pair counts by how wide its interval is to be, so that the widest are narrowed first.
    """
    room = plan.room
    if room is None:
        return plan
    kept = tuple(block for block in plan.blocks if block.round <= so_far.begun)
    costs = _Costs(plan, so_far, baseline)
    rounds = costs.rounds_within(room)
    to_come = rounds - so_far.begun
    if to_come <= 0:
        return msgspec.structs.replace(plan, rounds=rounds, blocks=kept)
    total_s = costs.total_s(rounds)
    left_s = math.inf if room.minutes is None else 60 * room.minutes - total_s
    if left_s < 0:  # the fewest rounds take longer: what is worth more than a round is, anyway
        left_s = math.inf
    loads = _loads(
        costs,
        _Widths(spreads(so_far.seen), plan, pairs),
        rounds=rounds,
        round_s=(total_s - so_far.elapsed_s) / to_come,
        left_s=left_s / to_come,
        filling=rounds < room.most and left_s < math.inf,
    )
    numbers = range(so_far.begun + 1, rounds + 1)
    new = blocks_of(plan.targets, plan.conditions, loads, numbers=numbers, seed=seed)
    return msgspec.structs.replace(plan, rounds=rounds, blocks=(*kept, *new))


class _Costs:
    """How long the blocks of a run take, by what they took so far."""

    def __init__(self, plan: Plan, so_far: SoFar, baseline: str) -> None:
        self._targets = plan.targets
        self._so_far = so_far
        self.baseline = baseline
        self._load_s = load_s(so_far.seen)
        self.cells = [(target, at) for target in plan.targets for at in plan.conditions]
        self._block_s = dict.fromkeys(plan.targets, so_far.block_s)
        for cell in self.cells:
            self._block_s[cell[0]] += self._load_s.get(cell, 0.0)

    def _round_s(self, number: int, rounds: int) -> float:
        """Round `number` of so many, nothing being loaded again."""
        return sum(
            self._block_s[target]
            for target in self._targets
            if is_measured(target, number, rounds=rounds)
        )

    def total_s(self, rounds: int) -> float:
        """All of a run of `rounds`, nothing being loaded again in those that are not begun."""
        left = range(self._so_far.begun + 1, rounds + 1)
        return self._so_far.elapsed_s + sum(self._round_s(number, rounds) for number in left)

    def rounds_within(self, room: Room) -> int:
        """How many rounds there is time for, and those at least that are begun."""
        rounds = max(room.fewest, self._so_far.begun)
        if room.minutes is None:
            return max(room.most, rounds)
        total_s = self.total_s(rounds)
        while rounds < room.most:
            total_s += self._round_s(rounds + 1, rounds + 1)
            if total_s > 60 * room.minutes:
                break
            rounds += 1
        return rounds

    def more_s(self, rounds: int) -> dict[Cell, float]:
        """Seconds that one more load a block of each cell adds to an average round of so many.

        The control is loaded as the baseline is, or it would not tell how far that lies from
        itself.
        """
        spared = sum(is_measured(CONTROL, number, rounds=rounds) for number in range(1, rounds + 1))
        more_s = {cell: self._load_s.get(cell, 0.0) for cell in self.cells if cell[0] != CONTROL}
        for target, at in more_s:
            if target == self.baseline:
                more_s[target, at] += self._load_s.get((CONTROL, at), 0.0) * spared / rounds
        return more_s


class _Widths:
    """How wide the intervals of all pairs will be, up to a factor that they share."""

    def __init__(self, spread: Mapping[Cell, Spread], plan: Plan, pairs: Iterable[Pair]) -> None:
        self._spread = spread
        self._with: dict[Cell, list[Cell]] = defaultdict(list)
        for pair in pairs:
            for at in plan.conditions:
                first, second = ((target, at) for target in pair)
                if first in spread and second in spread:
                    self._with[first].append(second)
                    self._with[second].append(first)

    def of(self, cell: Cell, loads: Mapping[Cell, int], *, more: int = 0) -> float:
        """The widths of a cell's pairs together, with `more` loads of it than are planned."""
        if cell not in self._with:
            return 0.0
        own = self._spread[cell].of_start(loads[cell] + more)
        return sum(
            math.sqrt(own + self._spread[other].of_start(loads[other]))
            for other in self._with[cell]
        )

    def total(self, loads: Mapping[Cell, int]) -> float:
        """Those of all pairs, each counted once."""
        return sum(self.of(cell, loads) for cell in self._with) / 2


def _loads(
    costs: _Costs, widths: _Widths, *, rounds: int, round_s: float, left_s: float, filling: bool
) -> dict[Cell, int]:
    """How often each cell is loaded within a block, where an average round takes `round_s` else.

    `left_s` is the time left for each round; `filling` says that it is to be used up, as it is
    too short for another round.
    """
    loads = dict.fromkeys(costs.cells, 1)
    total, more_s = widths.total(loads), costs.more_s(rounds)

    def worth(cell: Cell) -> float:
        """By what part the widths shrink, for each part that the time grows."""
        gain = widths.of(cell, loads) - widths.of(cell, loads, more=1)
        return (gain / total) / (more_s[cell] / round_s)

    while total > 0:
        able = [
            cell for cell, seconds in more_s.items()
            if loads[cell] < MOST_LOADS and 0 < seconds <= left_s
        ]  # fmt: skip
        best = max(able, key=worth, default=None)
        if best is None or worth(best) <= (0 if filling else worth_of_round(rounds)):
            break
        loads[best] += 1
        left_s, round_s = left_s - more_s[best], round_s + more_s[best]
        total = widths.total(loads)
    return {
        (target, at): loads[costs.baseline if target == CONTROL else target, at]
        for target, at in loads
    }


def worth_of_round(rounds: int) -> float:
    """By what part a round more than `rounds` narrows intervals, for each part it takes longer.

    The width of a t interval goes with t / sqrt(rounds), so that is over 1 with few rounds.
    """
    narrower = math.log(_t_over_root(rounds) / _t_over_root(rounds + 1))
    return narrower / math.log((rounds + 1) / rounds)


def _t_over_root(rounds: int) -> float:
    # Here, as it takes 30 MB and a quarter of a second, which many runs need not spend.
    from scipy.special import stdtrit  # noqa: PLC0415

    return float(stdtrit(rounds - 1, 0.975)) / math.sqrt(rounds)
