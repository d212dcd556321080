"""The command line: what it asks for, and the exit code."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench.command import cli, policy
from bench.plan.blocks import make_plan
from bench.plan.profile import load_profile
from bench.plan.spec import RunSpec
from bench.process.cancellation import Cancellation
from bench.target.target import names, read, select
from lab.condition import conditions_at
from lab.errors import BlockError, LabError, MachineError
from lab.files.plan import Room
from lab.files.profile import Profile
from lab.files.run_json import Goal
from lab.latency import Latency
from lab.level import Level
from lab.paths import RESULTS, TARGETS

PAIR = ("--only", "sync_pooled,sync_requests")


def order_of(orders: list[RunSpec], *arguments: str) -> RunSpec:
    assert cli.main(["compare", *arguments]) == 0
    return orders.pop()


def test_without_options_the_core_is_compared_as_the_default_profile_says(
    orders: list[RunSpec],
) -> None:
    assert cli.main([]) == 0
    (order,) = orders
    # The baseline first, then by name.
    tagged = [name for name in names() if "core" in read(TARGETS / name).manifest.tags]
    core = select(sorted(tagged, key=lambda name: (name != "sync_requests", name)))
    profile = load_profile("steady")
    control = replace(
        core[0],
        name="control",
        manifest=replace(core[0].manifest, title="sync_requests once more"),
    )
    expected = RunSpec(
        targets=[*core, control],
        profile=profile,
        plan=make_plan(
            [*(target.name for target in core), "control"],
            conditions_at(profile.levels),
            rounds=5,
            seed=order.seed,
            room=Room(fewest=4, most=5, minutes=7.5),
        ),
        seed=order.seed,
        baseline="sync_requests",
        results=RESULTS,
        margin=0.1,
        until=None,
        upstream_url=None,
        pin=True,
    )
    assert expected == order


def test_every_option_reaches_the_order(orders: list[RunSpec], tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        "[upstream]\nlatency = { fixed_ms = 5 }\ntrust = 'lab'\n[load]\nlevels = ['40/10']\n"
    )
    order = order_of(
        orders,
        "--only", "sync_pooled, sync_requests",
        "--profile", str(tmp_path / "mine.toml"),
        "--levels", "20/10, 10/5",
        "--rounds", "5",
        "--seed", "9",
        "--upstream", "https://api.example/todos/1",
        "--results", str(tmp_path / "out"),
        "--baseline", "sync_pooled",
        "--margin", "5",
        "--no-control",
        "--no-pin",
    )  # fmt: skip
    levels = conditions_at((Level(20, 10), Level(10, 5)))
    expected = RunSpec(
        targets=select(["sync_pooled", "sync_requests"]),
        profile=Profile(
            "mine",
            Latency(fixed_ms=5.0),
            "lab",
            (Level(40, 10),),
            3,
            source=str(tmp_path / "mine.toml"),
        ),
        plan=make_plan(["sync_pooled", "sync_requests"], levels, rounds=5, seed=9),
        seed=9,
        baseline="sync_pooled",
        results=tmp_path / "out",
        margin=0.05,
        upstream_url="https://api.example/todos/1",
        pin=False,
    )
    assert expected == order


def test_a_profiles_levels_and_rounds_count_where_no_option_says_otherwise(
    orders: list[RunSpec], tmp_path: Path
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[upstream]\nlatency={fixed_ms=5}\n[load]\nlevels=['40/10']\nrounds=7\n")
    plan = order_of(orders, *PAIR, "--profile", str(path)).plan
    assert (plan.conditions, plan.rounds) == (conditions_at([Level(40, 10)]), 7)
    plan = order_of(orders, *PAIR, "--profile", str(path), "--quick").plan
    assert (plan.conditions, plan.rounds) == (conditions_at([Level(40, 10)]), 1)


def test_all_means_every_target(orders: list[RunSpec], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "find", lambda: None)
    assert set(order_of(orders, "--all").plan.targets) == {*names(), "control"}


def test_a_tag_takes_its_targets_and_the_first_is_the_baseline_where_the_default_is_not_among_them(
    orders: list[RunSpec],
) -> None:
    sync, asynchronous = order_of(orders, "--tag", "sync"), order_of(orders, "--tag", " async")
    assert {"sync_requests", "sync_pooled", "control"} <= set(sync.plan.targets)
    assert (sync.baseline, asynchronous.baseline) == ("sync_requests", "async_aiohttp")
    assert {"async_aiohttp", "async_httpx", "control"} <= set(asynchronous.plan.targets)
    assert [name for name in asynchronous.plan.targets if name.startswith("sync")] == []
    both = order_of(orders, "--tag", "sync,async", "--baseline", "async_httpx")
    assert {*sync.plan.targets, *asynchronous.plan.targets} == set(both.plan.targets)


def test_the_control_is_the_baseline_whichever_that_is(orders: list[RunSpec]) -> None:
    order = order_of(orders, *PAIR, "--baseline", "sync_pooled")
    assert order.plan.targets == ("sync_pooled", "sync_requests", "control")
    assert order.targets[2].folder == order.targets[0].folder
    assert order.targets[2].manifest.parent is None
    assert order_of(orders, *PAIR, "--no-control").plan.targets == ("sync_requests", "sync_pooled")


def test_one_round_loads_each_level_once_and_more_rounds_as_often_as_the_profile_says(
    orders: list[RunSpec], tmp_path: Path
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        "[upstream]\nlatency={fixed_ms=5}\n[load]\nlevels=['40/10', '20/5']\n"
        "repeats = { '40/10' = 3 }\n"
    )

    def levels_of(*options: str) -> list[str]:
        plan = order_of(orders, "--profile", str(path), *options).plan
        assert plan.room is None
        return sorted(str(level) for level in plan.blocks[0].conditions)

    assert levels_of("--quick") == ["20/5", "40/10"]
    assert levels_of("--rounds", "1") == ["20/5", "40/10", "40/10", "40/10"]
    # Levels of one's own are loaded once, unless the profile repeats them.
    assert levels_of("--levels", "30/10") == ["30/10"]


def test_a_run_plans_itself_where_the_profile_says_how_long_it_may_take(
    orders: list[RunSpec],
) -> None:
    def room_of(*options: str) -> Room | None:
        return order_of(orders, *options).plan.room

    assert room_of() == Room(fewest=4, most=5, minutes=7.5)
    # Who asks for rounds gets them, whatever they take.
    assert room_of("--rounds", "7") == Room(fewest=7, most=7)
    assert room_of("--until", "10", "--max-rounds", "9") == Room(fewest=9, most=9)
    assert room_of("--quick") is None


def test_until_plans_as_many_rounds_as_it_may_take(orders: list[RunSpec]) -> None:
    order = order_of(orders, *PAIR, "--until", "10")
    assert (order.until, order.plan.rounds) == (Goal(10.0, 20), 20)
    decided = order_of(orders, *PAIR, "--until", "decided").until
    assert decided == Goal(percent=None, max_rounds=20)
    order = order_of(orders, *PAIR, "--until", "2.5%", "--max-rounds", "4")
    assert (order.until, order.plan.rounds) == (Goal(2.5, 4), 4)


def test_without_the_default_baseline_the_first_target_is_it(orders: list[RunSpec]) -> None:
    assert order_of(orders, "--only", "async_httpx,sync_pooled").baseline == "async_httpx"
    assert order_of(orders, *PAIR).baseline == "sync_requests"


def test_without_a_seed_every_run_has_its_own(orders: list[RunSpec]) -> None:
    seeds = {order_of(orders, *PAIR).seed for _ in range(5)}
    assert len(seeds) > 1
    assert order_of(orders, *PAIR, "--seed", "0").seed == 0


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (LabError("No page."), 1, "No page.\n"),
        (BlockError("It died."), 1, "It died.\n"),
        (MachineError("No hey."), 3, "No hey.\n"),
        (KeyboardInterrupt(), 130, "Interrupted.\n"),
    ],
)
def test_what_ends_a_run_settles_the_exit_code(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    message: str,
) -> None:
    def fail(_order: RunSpec, _cancellation: Cancellation, **_options: object) -> int:
        raise error

    monkeypatch.setattr(cli, "compare", fail)
    assert code == cli.main(["compare", *PAIR])
    assert capsys.readouterr() == ("", message)


def test_help_lists_every_option_and_exits_0(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["compare", "--help"])
    assert caught.value.code == 0
    printed = capsys.readouterr().out
    options = ["--only", "--all", "--reference", "--profile", "--levels", "--rounds", "--quick",
               "--seed", "--upstream", "--results", "--baseline", "--no-pin", "--no-control",
               "--target"]  # fmt: skip
    assert [option for option in options if f"\n  {option}" not in printed] == []


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_its_help_lists_every_command_with_what_it_does(
    option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([option])
    assert ended.value.code == 0
    lines = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    told = {line[0]: line[1] for line in lines if len(line) > 1 and line[0] in cli.COMMANDS}
    assert told == {
        "compare": "Serve targets, load them, and write a page that compares them.",
        "serve": "Serve one target until Ctrl-C.",
        "check": "Check targets, without load.",
        "new": "Make a target as a copy of its parent.",
        "lock": "Compile locks.",
        "clean": "Show what is installed, and remove what was not used for long.",
    }


@pytest.mark.parametrize("command", ["compare", "serve", "check", "new", "lock", "clean"])
def test_each_command_has_a_help_of_its_own(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([command, "--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: {command} [-h]")
