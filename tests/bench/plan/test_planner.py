"""Rounds and repeats as they are planned: what is slow, what is noisy, what there is time for."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping

import pytest

from bench.plan.blocks import Cell, make_plan
from bench.plan.loads import Seen
from bench.plan.planner import Pair, SoFar, is_due, plan_anew, room_of, worth_of_round
from lab.condition import Condition
from lab.files.plan import Plan, Room
from lab.level import Level

SHORT, LONG = Condition(Level(150, 30)), Condition(Level(1000, 100))
PAIRS = [("fast", "base"), ("slow", "base")]
SEED = 4

# A load of 150 requests, and one of 1000.
QUICK_S = {"base": (2.0, 13.0), "control": (2.0, 13.0), "fast": (1.0, 4.0), "slow": (3.0, 20.0)}


def plan_of(*targets: str, room: Room | None, rounds: int = 5) -> Plan:
    return make_plan(targets, [SHORT, LONG], rounds=rounds, seed=SEED, room=room)


def rounds_seen(
    plan: Plan,
    rounds: int = 1,
    *,
    took_s: Mapping[str, tuple[float, float]] = QUICK_S,
    noisy: Iterable[str] = (),
) -> list[Seen]:
    """All of the first rounds of a plan; of what is noisy every other load is half as quick."""
    seen = []
    for block in plan.blocks:
        for position, at in enumerate(block.conditions):
            if block.round > rounds:
                continue
            log = (position + block.round) % 2 * math.log(2) if block.target in noisy else 0.0
            seconds = took_s[block.target][at == LONG]
            seen.append(Seen(block.target, at, block.round, log, seconds))
    return seen


def anew(
    plan: Plan,
    seen: list[Seen],
    *,
    begun: int = 1,
    block_s: float = 3.0,
    pairs: Iterable[Pair] = PAIRS,
) -> Plan:
    blocks = sum(block.round <= begun for block in plan.blocks)
    elapsed_s = sum(each.wall_s for each in seen) + blocks * block_s
    so_far = SoFar(seen, begun, elapsed_s, block_s)
    return plan_anew(plan, so_far, seed=SEED, baseline="base", pairs=pairs)


def loads_of(plan: Plan, number: int) -> dict[str, tuple[int, int]]:
    """How often each target of a round is loaded, by 150 and by 1000 requests."""
    counts = {block.target: Counter(block.conditions) for block in plan.blocks
              if block.round == number}  # fmt: skip
    return {target: (count[SHORT], count[LONG]) for target, count in counts.items()}


def test_a_plan_without_room_stays_as_it_is() -> None:
    plan = plan_of("base", "fast", "slow", room=None)
    assert anew(plan, rounds_seen(plan, noisy=["fast"])) is plan


def test_what_is_slow_is_loaded_once_in_as_many_rounds_as_there_may_be() -> None:
    plan = plan_of("base", "fast", "slow", room=room_of(rounds=5, minutes=60))
    took_s = dict.fromkeys(QUICK_S, (13.0, 13.0))
    assert anew(plan, rounds_seen(plan, took_s=took_s)) == plan


def test_a_run_whose_rounds_take_too_long_has_fewer_but_never_under_four() -> None:
    # A round takes 43 s of load and 9 s beside it.
    fits, short, hopeless = (
        plan_of("base", "fast", "slow", room=room_of(rounds=5, minutes=minutes))
        for minutes in (261 / 60, 259 / 60, 1)
    )
    assert anew(fits, rounds_seen(fits)).rounds == 5
    assert anew(short, rounds_seen(short)).rounds == 4
    assert anew(hopeless, rounds_seen(hopeless)).rounds == 4


def test_a_profile_of_two_rounds_has_two_whatever_they_take() -> None:
    assert room_of(rounds=2, minutes=0.1) == Room(fewest=2, most=2, minutes=0.1)
    plan = plan_of("base", "fast", "slow", room=room_of(rounds=2, minutes=0.1), rounds=2)
    assert anew(plan, rounds_seen(plan)).rounds == 2


def test_rounds_that_were_begun_stay_as_they_are_planned() -> None:
    plan = plan_of("base", "fast", "slow", room=room_of(rounds=5, minutes=60))
    seen = rounds_seen(plan, 2, noisy=["fast"])

    planned = anew(plan, seen, begun=2)

    assert planned.blocks[:6] == plan.blocks[:6]
    assert planned != plan


def test_time_that_is_too_short_for_another_round_is_used_for_repeats() -> None:
    plan = plan_of("base", "fast", "slow", room=room_of(rounds=5, minutes=255 / 60))
    planned = anew(plan, rounds_seen(plan))
    # Four rounds take 208 s: 47 s are left, 15.7 s for each of the three that are to come.
    extra_s = sum(
        (short - 1) * QUICK_S[target][0] + (long - 1) * QUICK_S[target][1]
        for target, (short, long) in loads_of(planned, 2).items()
    )
    assert planned.rounds == 4
    assert 10 <= extra_s <= 15.7
    assert loads_of(planned, 2)["slow"][1] == 1


def test_what_is_quick_and_noisy_is_loaded_again_and_what_is_slow_is_not() -> None:
    plan = plan_of("base", "fast", "slow", room=Room(fewest=5, most=5))
    planned = anew(plan, rounds_seen(plan, 2, noisy=["fast"]), begun=2)
    assert planned.rounds == 5
    loads = loads_of(planned, 3)
    assert loads["fast"][0] > 1
    assert loads["slow"] == (1, 1)


def test_what_is_compared_with_nothing_is_loaded_once() -> None:
    plan = plan_of("base", "fast", "slow", room=Room(fewest=5, most=5))
    seen = rounds_seen(plan, 2, noisy=["fast"])
    planned = anew(plan, seen, begun=2, pairs=[("slow", "base")])
    assert loads_of(planned, 3)["fast"] == (1, 1)


def test_the_control_is_loaded_as_the_baseline_is_and_spared_in_every_third_round() -> None:
    plan = plan_of("base", "fast", "slow", "control", room=room_of(rounds=5, minutes=60))
    quick = {**QUICK_S, "base": (0.1, 13.0), "control": (0.1, 13.0)}
    seen = rounds_seen(plan, 2, took_s=quick, noisy=["base"])

    planned = anew(plan, seen, begun=2)

    spared = [number for number in range(1, 6) if "control" not in loads_of(planned, number)]
    assert spared == [2, 5]
    assert loads_of(planned, 3)["base"][0] > 1
    assert loads_of(planned, 3)["control"] == loads_of(planned, 3)["base"]


def test_a_target_of_which_nothing_was_measured_takes_no_time_and_gets_no_repeats() -> None:
    plan = plan_of("base", "fast", "slow", room=Room(fewest=5, most=5))
    seen = [each for each in rounds_seen(plan, noisy=["base"]) if each.target != "slow"]
    assert loads_of(anew(plan, seen), 2)["slow"] == (1, 1)


@pytest.mark.parametrize(
    ("minutes", "rounds"),
    [(4.0, 4), (4.5, 5)],
)
def test_a_run_of_a_week_is_planned_at_once(minutes: float, rounds: int) -> None:
    plan = plan_of("base", "fast", "slow", room=Room(4, 10_000, minutes), rounds=10_000)
    assert anew(plan, rounds_seen(plan)).rounds == rounds


def test_a_round_is_worth_what_student_t_over_the_root_of_rounds_says() -> None:
    """From tables: t of 2, 3, 4 and 5 degrees of freedom is 4.303, 3.182, 2.776 and 2.571."""
    for rounds, t, next_t in ((3, 4.3027, 3.1824), (4, 3.1824, 2.7764), (5, 2.7764, 2.5706)):
        narrower = math.log((t / rounds**0.5) / (next_t / (rounds + 1) ** 0.5))
        longer = math.log((rounds + 1) / rounds)
        assert worth_of_round(rounds) == pytest.approx(narrower / longer, rel=1e-3)


def test_what_is_noisy_and_takes_next_to_no_time_is_loaded_five_times_at_most() -> None:
    plan = plan_of("base", "fast", "slow", room=Room(fewest=5, most=5))
    took_s = {**QUICK_S, "fast": (0.001, 4.0)}
    planned = anew(plan, rounds_seen(plan, 2, took_s=took_s, noisy=["fast"]), begun=2)
    assert loads_of(planned, 3)["fast"][0] == 5


def test_a_run_whose_rounds_are_all_begun_is_planned_as_it_is() -> None:
    plan = plan_of("base", "fast", "slow", room=room_of(rounds=5, minutes=60))
    assert anew(plan, rounds_seen(plan, 5), begun=5) == plan


def test_the_last_round_is_planned_too() -> None:
    plan = plan_of("base", "fast", "slow", room=Room(fewest=5, most=5))
    planned = anew(plan, rounds_seen(plan, 4, noisy=["fast"]), begun=4)
    assert loads_of(planned, 5)["fast"][0] > 1


def test_a_round_that_ends_when_the_minutes_do_is_in_time() -> None:
    # Five rounds of 52 s.
    def rounds(minutes: float) -> int:
        plan = plan_of("base", "fast", "slow", room=room_of(rounds=5, minutes=minutes))
        return anew(plan, rounds_seen(plan)).rounds

    assert (rounds(260 / 60), rounds(259.9 / 60)) == (5, 4)


def test_the_control_counts_in_the_rounds_that_have_it() -> None:
    """A round of 52 s, and one of 70 s with the control: in rounds 1, 3 and 4 of five."""

    def rounds(minutes: float) -> int:
        room = room_of(rounds=5, minutes=minutes)
        plan = plan_of("base", "fast", "slow", "control", room=room)
        return anew(plan, rounds_seen(plan)).rounds

    assert (rounds(314.1 / 60), rounds(313.9 / 60)) == (5, 4)


def test_a_load_is_planned_again_where_it_is_worth_more_than_a_round() -> None:
    """Of one pair at one level, with the usual spread: SD 0.1 within, 0.05 between starts.

    One more load of `fast` makes the width sqrt(0.02) of sqrt(0.025), 10.6 % less, and is worth a
    round of 5 (0.922 of what it costs) up to 11.4 % of the time of a round.
    """

    def loads(fast_s: float) -> int:
        room = Room(fewest=5, most=5)
        plan = make_plan(["base", "fast"], [SHORT], rounds=5, seed=SEED, room=room)
        seen = [
            Seen(target, SHORT, 1, 5.0, wall_s)
            for target, wall_s in (("base", 100.0 - fast_s), ("fast", fast_s))
        ]
        so_far = SoFar(seen, begun=1, elapsed_s=100.0, block_s=0.0)
        planned = plan_anew(plan, so_far, seed=SEED, baseline="base", pairs=[("fast", "base")])
        return loads_of(planned, 2)["fast"][0]

    assert (loads(11.4), loads(11.5)) == (2, 1)


def test_the_rest_is_planned_after_one_two_four_and_eight_rounds() -> None:
    assert [done for done in range(20) if is_due(done)] == [1, 2, 4, 8, 16]


def test_a_plan_depends_on_what_was_seen_and_on_no_order_of_it() -> None:
    plan = plan_of("base", "fast", "slow", room=Room(fewest=5, most=5))
    seen = rounds_seen(plan, 2, noisy=["fast"])
    assert anew(plan, seen, begun=2) == anew(plan, seen[::-1], begun=2)


def test_every_cell_of_a_plan_is_loaded_in_every_block() -> None:
    plan = plan_of("base", "fast", "slow", room=room_of(rounds=5, minutes=255 / 60))
    planned = anew(plan, rounds_seen(plan, noisy=["fast"]))
    cells: set[Cell] = {(block.target, at) for block in planned.blocks for at in block.conditions}
    assert cells == {(target, at) for target in plan.targets for at in (SHORT, LONG)}
