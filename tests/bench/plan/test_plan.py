"""The order of a run: seeded, whole rounds, and the same however long the run is."""

import json

import pytest

from bench.plan.blocks import engine_of, make_plan, require_measurable
from lab.condition import Condition, Terms
from lab.errors import UsageError
from lab.files import json_text
from lab.files.plan import Block, Plan
from lab.latency import Latency
from lab.level import Level

SMALL, LARGE = Condition(Level(150, 30)), Condition(Level(300, 50))
TARGETS = ["a", "b", "c"]


def test_the_order_that_a_seed_stands_for_never_changes() -> None:
    plan = make_plan(TARGETS, [SMALL, LARGE], rounds=2, seed=7)
    assert plan.blocks == (
        Block(1, 1, "c", (LARGE, SMALL)),
        Block(1, 2, "b", (SMALL, LARGE)),
        Block(1, 3, "a", (SMALL, LARGE)),
        Block(2, 1, "b", (SMALL, LARGE)),
        Block(2, 2, "a", (LARGE, SMALL)),
        Block(2, 3, "c", (LARGE, SMALL)),
    )


def test_the_same_seed_gives_the_same_plan_and_another_seed_another() -> None:
    plan = make_plan(TARGETS, [SMALL, LARGE], rounds=5, seed=1)
    assert plan == make_plan(TARGETS, [SMALL, LARGE], rounds=5, seed=1)
    assert plan.blocks != make_plan(TARGETS, [SMALL, LARGE], rounds=5, seed=2).blocks


def test_a_longer_run_begins_like_a_shorter_one() -> None:
    short = make_plan(TARGETS, [SMALL, LARGE], rounds=3, seed=5)
    long = make_plan(TARGETS, [SMALL, LARGE], rounds=20, seed=5)
    assert short.blocks == long.blocks[: len(short.blocks)]


def test_every_round_has_every_target_once_with_every_level_once() -> None:
    plan = make_plan(TARGETS, [SMALL, LARGE], rounds=10, seed=3)
    assert len(plan.blocks) == 30
    for number in range(1, 11):
        blocks = [block for block in plan.blocks if block.round == number]
        assert [block.position for block in blocks] == [1, 2, 3]
        assert sorted(block.target for block in blocks) == ["a", "b", "c"]
        assert all(sorted(block.conditions) == [SMALL, LARGE] for block in blocks)


def test_the_control_is_spared_in_one_round_of_three_where_there_are_four_or_more() -> None:
    def with_control(rounds: int) -> list[int]:
        plan = make_plan(["a", "b", "control"], [SMALL], rounds=rounds, seed=3)
        for number in range(1, rounds + 1):
            places = [block.position for block in plan.blocks if block.round == number]
            assert places == list(range(1, len(places) + 1))
        return [block.round for block in plan.blocks if block.target == "control"]

    assert with_control(3) == [1, 2, 3]
    assert with_control(4) == [1, 3, 4]
    assert with_control(5) == [1, 3, 4]
    assert with_control(9) == [1, 3, 4, 6, 7, 9]


def test_rounds_follow_one_another() -> None:
    plan = make_plan(TARGETS, [SMALL], rounds=3, seed=0)
    assert [block.round for block in plan.blocks] == [1, 1, 1, 2, 2, 2, 3, 3, 3]


def test_every_target_is_in_every_place_as_often() -> None:
    plan = make_plan(TARGETS, [SMALL], rounds=60, seed=11)
    counts = {
        (block.target, block.position): sum(
            (other.target, other.position) == (block.target, block.position)
            for other in plan.blocks
        )
        for block in plan.blocks
    }
    assert len(counts) == 9
    assert set(counts.values()) == {20}


def test_the_warm_up_is_as_wide_as_the_widest_level() -> None:
    assert (
        Block(1, 1, "a", (Condition(Level(1000, 10)), Condition(Level(100, 50)), SMALL)).warm_up
        == 50
    )


def test_a_plan_keeps_what_was_asked_in_the_order_it_was_asked() -> None:
    plan = make_plan(["b", "a"], [LARGE, SMALL], rounds=1, seed=4)
    assert plan.rounds == 1
    assert plan.targets == ("b", "a")
    assert plan.conditions == (LARGE, SMALL)


def test_a_plan_in_json_names_levels_as_they_are_written() -> None:
    plan = make_plan(["a"], [SMALL], rounds=2, seed=9)
    assert json.loads(json_text.encode(plan)) == {
        "targets": ["a"],
        "levels": ["150/30"],
        "rounds": 2,
        "blocks": [
            {"round": 1, "position": 1, "target": "a", "levels": ["150/30"]},
            {"round": 2, "position": 1, "target": "a", "levels": ["150/30"]},
        ],
        "room": None,
    }


def test_a_condition_that_is_more_than_a_level_says_in_json_what_else_it_is() -> None:
    slow = Condition(Level(150, 30), Terms(latency=Latency(fixed_ms=50)))
    plan = make_plan(["a"], [SMALL, slow], rounds=1, seed=9)
    written = json_text.encode(plan)

    assert json.loads(written)["levels"] == [
        "150/30",
        {"level": "150/30", "latency": {"fixed_ms": 50.0}},
    ]
    assert json_text.decode(written, Plan) == plan


def test_samples_of_two_conditions_at_a_level_lie_in_files_of_their_own() -> None:
    slow = Condition(Level(150, 30), Terms(latency=Latency(fixed_ms=50)))
    assert Block(1, 1, "a", (slow, SMALL, slow)).sample_names == [
        "r1-a-150x30-50ms.json",
        "r1-a-150x30.json",
        "r1-a-150x30-50ms-2.json",
    ]


@pytest.mark.parametrize(
    "terms",
    [Terms(calls=2), Terms(connections="new"), Terms(front="nginx"), Terms(rate_rps=50)],
    ids=str,
)
def test_what_cannot_be_varied_yet_is_refused(terms: Terms) -> None:
    condition = Condition(Level(150, 30), terms)
    with pytest.raises(UsageError, match=f"^150/30, {terms}: this version varies the level, "):
        require_measurable([SMALL, condition], real_api=False)


def test_the_latency_of_a_real_api_cannot_be_varied() -> None:
    slow = Condition(Level(150, 30), Terms(latency=Latency(fixed_ms=50)))
    require_measurable([SMALL, slow], real_api=False)
    with pytest.raises(UsageError) as caught:
        require_measurable([SMALL, slow], real_api=True)
    assert str(caught.value) == (
        "150/30, upstream fixed 50 ms: the latency of a real API is its own."
    )


def test_a_run_is_loaded_by_one_engine() -> None:
    other = Condition(Level(150, 30), Terms(engine="locust"))

    assert engine_of([SMALL, LARGE]) == "hey"
    assert engine_of([other]) == "locust"
    with pytest.raises(UsageError) as caught:
        engine_of([SMALL, other])
    assert str(caught.value) == ("a run is loaded by one engine, and this asks for hey and locust.")
