"""`--resume`: what is left of a run, and what must be as it was."""

import json
import os
import re
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.command import cli
from bench.plan.spec import RunSpec
from bench.resume.changes import (
    lock_difference,
    refuse_changes,
    refuse_other_engine,
    refuse_reference,
)
from bench.resume.kept import look_through, state_of
from bench.resume.reread import Reopened, reopen, spec_of
from bench.run.state import Outcome
from bench.target.target import reference
from bench.upstream.real import same_upstream
from lab.condition import conditions_at
from lab.engines import Build
from lab.errors import UsageError
from lab.files import json_text
from lab.files.blocks_jsonl import BlockRecord
from lab.files.folder import RunFolder
from lab.files.plan import Block
from lab.files.run_json import Sitting
from lab.files.sample import Origin, read
from lab.level import Level
from tests.support import runs
from tests.support.lab import SLOW, Lab, processes_of, wait_until

TARGETS = {name: runs.TARGETS[name] for name in ("sync_requests", "async_httpx")}
BLOCKS = [
    {"round": 1, "position": 1, "target": "sync_requests", "levels": ["150/30", "300/50"]},
    {"round": 1, "position": 2, "target": "async_httpx", "levels": ["300/50", "150/30"]},
    {"round": 2, "position": 1, "target": "async_httpx", "levels": ["150/30", "300/50"]},
    {"round": 2, "position": 2, "target": "sync_requests", "levels": ["150/30", "300/50"]},
]


def entry(number: int, target: str, error: str | None = None, **values: Any) -> dict[str, Any]:
    return {"round": number, "position": 1, "target": target, "error": error, **values}


def past_of(
    folder: Path, *names: str, blocks: list[dict[str, Any]], refused: int = 0, **values: Any
) -> Reopened:
    """A run of two rounds with these samples (`r1-sync_requests-150x30`), and these entries."""
    plan = {
        "targets": list(TARGETS),
        "levels": ["150/30", "300/50"],
        "rounds": 2,
        "blocks": BLOCKS,
    }
    values = {"targets": TARGETS, "plan": plan, "blocks": blocks, **values}
    run = runs.run(asked=2, done=0, **values)
    samples = []
    for name in names:
        number, target, level = name.split("-")
        samples.append(
            runs.sample(
                target, int(number[1:]), 3.0, level=level.replace("x", "/"), refused=refused
            )
        )
    return reopen(RunFolder(runs.write(folder, run, samples)))


FIRST = ("r1-sync_requests-150x30", "r1-sync_requests-300x50")


def left(past: Reopened) -> list[tuple[int, str]]:
    tally = state_of(past, look_through(past))
    return [(block.round, block.target) for block in tally.todo]


def test_what_was_not_begun_and_what_was_cut_off_is_left(tmp_path: Path) -> None:
    """Cut off between its two levels: the one sample there is of it is set aside."""
    past = past_of(tmp_path, *FIRST, "r1-async_httpx-300x50", blocks=[entry(1, "sync_requests")])
    kept = look_through(past)
    assert left(past) == [(1, "async_httpx"), (2, "async_httpx"), (2, "sync_requests")]
    assert kept.aside[:2] == ["r1-async_httpx-300x50.json", "r1-async_httpx-150x30.json"]
    assert (kept.notes, kept.failures) == ([], 0)


def test_a_block_that_failed_is_left_with_the_reasons_so_far(tmp_path: Path) -> None:
    blocks = [entry(1, "sync_requests", "It died again.", earlier=["It died."])]
    past = past_of(tmp_path, *FIRST, blocks=blocks)
    assert left(past)[0] == (1, "sync_requests")
    tally = state_of(past, look_through(past))
    assert tally.errors_of(tally.todo[0]) == ["It died.", "It died again."]
    assert (tally.again, tally.failed) == (True, True)


def test_a_block_without_an_entry_was_cut_off_even_if_its_samples_are_there(
    tmp_path: Path,
) -> None:
    """It was not asked again after its load, so nobody knows whether it still answered right."""
    assert len(left(past_of(tmp_path, *FIRST, blocks=[]))) == 4


def test_a_block_whose_sample_is_broken_is_left_and_told(tmp_path: Path) -> None:
    past = past_of(tmp_path, *FIRST, blocks=[entry(1, "sync_requests")])
    (tmp_path / "samples" / f"{FIRST[0]}.json").write_bytes(b"{")
    assert left(past)[0] == (1, "sync_requests")
    kept = look_through(past)
    assert len(kept.notes) == 1
    assert kept.notes[0].startswith(f"{tmp_path}/samples/{FIRST[0]}.json: not a sample: ")
    assert kept.notes[0].endswith(" Its block is measured again.")


def test_failures_in_samples_that_stay_count_for_the_exit_code(tmp_path: Path) -> None:
    past = past_of(tmp_path, *FIRST, blocks=[entry(1, "sync_requests")], refused=3)
    assert look_through(past).failures == 6


def test_a_block_that_is_measured_again_is_known_until_then_by_how_it_failed(
    tmp_path: Path,
) -> None:
    blocks = [entry(1, "sync_requests"), entry(1, "async_httpx", "It died.")]
    past = past_of(tmp_path, *FIRST, blocks=blocks)
    tally = state_of(past, look_through(past))
    assert [block.error for block in tally.blocks()] == [None, "It died."]
    assert tally.rounds_done == 0
    tally.settle(BlockRecord(round=1, target="async_httpx", error=None), Outcome())
    assert [block.error for block in tally.blocks()] == [None, None]
    assert (tally.rounds_done, tally.again, tally.failed) == (1, False, False)
    assert [(block.round, block.target) for block in tally.todo] == [
        (2, "async_httpx"),
        (2, "sync_requests"),
    ]


def test_a_sample_that_is_not_planned_is_refused(tmp_path: Path) -> None:
    past = past_of(tmp_path, *FIRST, "r3-sync_requests-150x30", blocks=[])
    with pytest.raises(UsageError, match=r"r3-sync_requests-150x30\.json: .* plans no such sample"):
        look_through(past)


BUILD = {"name": "hey", "version": None, "sha256": 64 * "4"}


@pytest.mark.parametrize(
    ("then", "now"),
    [
        (BUILD, Build("hey", None, 64 * "4")),
        (None, Build("hey", None, 64 * "4")),
        (None, Build("other", "2")),
        ({"name": "hey", "version": None, "sha256": None}, Build("hey", "0.1.4", 64 * "4")),
    ],
    ids=["the same", "of an older version", "another, of an older version", "not known"],
)
def test_a_run_goes_on_with_the_build_that_it_has_or_with_any_where_that_is_not_known(
    tmp_path: Path, then: dict[str, Any] | None, now: Build
) -> None:
    refuse_other_engine(past_of(tmp_path, blocks=[], engine=then), now)


@pytest.mark.parametrize(
    ("now", "here"),
    [
        (Build("hey", None, 64 * "5"), "hey of an unknown version, sha256 5555555555555555"),
        (Build("hey", "0.1.4", 64 * "4"), "hey 0.1.4, sha256 4444444444444444"),
        (Build("other", "2"), "other 2"),
    ],
)
def test_another_engine_or_build_of_it_is_refused(tmp_path: Path, now: Build, here: str) -> None:
    with pytest.raises(UsageError) as caught:
        refuse_other_engine(past_of(tmp_path, blocks=[], engine=BUILD), now)

    there = "hey of an unknown version, sha256 4444444444444444"
    lines = str(caught.value).splitlines()
    assert lines[1:-1] == [f"- another load generator: {there} there, {here} here"]


def test_a_sample_of_another_build_is_refused(tmp_path: Path) -> None:
    origin = {"machine": "m", "profile": "p"}
    past = past_of(tmp_path, FIRST[0], blocks=[], engine=BUILD, origin=origin)
    file = tmp_path / "samples" / f"{FIRST[0]}.json"
    sample = replace(read(file), origin=Origin("m", "p", "0000", "hey 0.1.3"))
    file.write_bytes(sample.dumps())

    with pytest.raises(UsageError) as caught:
        look_through(past)

    assert str(caught.value) == (
        f"{file}: measured with another machine, profile, lock or load generator than "
        f"{tmp_path}/run.json says. It does not belong to this run: move it away."
    )


def test_a_sitting_begins_where_the_last_one_ended(tmp_path: Path) -> None:
    earlier = {"started": "2026-01-02T04:00:00.000Z", "rounds_done": 0}
    past = past_of(
        tmp_path,
        *FIRST,
        blocks=[entry(1, "sync_requests")],
        wall_s=300.0,
        load_share=0.25,
        resumed=[earlier],
    )
    tally = state_of(past, look_through(past))
    assert tally.started == "2026-01-02T03:04:05.678Z"
    assert (tally.before_s, tally.loaded_s) == (300.0, 75.0)
    assert 300.0 <= tally.wall_s < 310.0
    assert tally.rounds_done == 0
    assert tally.resumed[0] == Sitting("2026-01-02T04:00:00.000Z", 0)
    assert tally.resumed[1].rounds_done == 0
    assert [block.target for block in tally.blocks()] == ["sync_requests"]


def test_plan_profile_and_targets_are_those_of_the_run(tmp_path: Path) -> None:
    past = past_of(tmp_path, blocks=[])
    assert json.loads(json_text.encode(past.run.plan)) == {
        "targets": ["sync_requests", "async_httpx"],
        "levels": ["150/30", "300/50"],
        "rounds": 2,
        "blocks": BLOCKS,
        "room": None,
    }
    assert json.loads(json_text.encode(past.run.profile)) == {
        "name": "steady",
        "source": "steady",
        "latency": {"fixed_ms": 100.0},
        "trust": "certifi",
        "levels": ["150/30", "300/50", "1000/100"],
        "rounds": 3,
        "repeats": {},
        "minutes": None,
    }
    assert [target.name for target in past.targets] == ["sync_requests", "async_httpx"]
    assert spec_of(past, None).seed == 7


@pytest.mark.parametrize(
    "blocks",
    [
        [],
        BLOCKS[1:],
        [*BLOCKS, BLOCKS[0]],
        [{**BLOCKS[0], "target": "async_httpx"}, *BLOCKS[1:]],
        [{**BLOCKS[0], "levels": ["1000/100"]}, *BLOCKS[1:]],
        [{**BLOCKS[0], "levels": []}, *BLOCKS[1:]],
        [{**BLOCKS[0], "position": 7}, *BLOCKS[1:]],
        [{**BLOCKS[0], "round": 0}, *BLOCKS[1:]],
    ],
    ids=["none", "one less", "one twice", "target twice", "level", "no level", "position", "round"],
)
def test_a_plan_that_does_not_hold_every_target_once_a_round_is_refused(
    tmp_path: Path, blocks: list[dict[str, Any]]
) -> None:
    plan = {"targets": list(TARGETS), "levels": ["150/30", "300/50"], "rounds": 2, "blocks": blocks}
    runs.write(tmp_path, runs.run(targets=TARGETS, plan=plan))
    with pytest.raises(UsageError) as caught:
        reopen(RunFolder(tmp_path))
    assert str(caught.value) == (
        f"{tmp_path}/run.json: its plan is broken: it does not hold every target once in every "
        f"round."
    )


@pytest.mark.parametrize(
    "values",
    [
        {"with": ["./evil"]},
        {"with": ["--index-url=https://evil.example"]},
        {"with": ["tiny @ file:///tmp/evil"]},
        {"python": "--evil"},
    ],
    ids=["path", "option", "file", "python"],
)
def test_what_no_option_would_take_is_refused_in_run_json_too(
    tmp_path: Path, values: dict[str, Any]
) -> None:
    """It is handed to uv, which would install it."""
    with pytest.raises(UsageError) as caught:
        past_of(tmp_path, blocks=[], **values)
    assert str(caught.value).startswith(f"{tmp_path}/run.json: --")


PROFILE: dict[str, Any] = {
    "name": "x",
    "source": "x",
    "latency": {"fixed_ms": 5.0},
    "trust": "lab",
    "levels": ["40/10"],
}
NO_LEVEL = (
    "cannot be read as a run: 'a' is no level. A level is requests/concurrency, for example "
    "1000/100. - at `$.plan.levels[0]`."
)


NO_LATENCY = (
    "cannot be read as a run: a latency is one of fixed_ms and lognormal - at `$.profile.latency`."
)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"baseline": "nobody"}, "its baseline 'nobody' is none of its targets."),
        (
            {"plan": {"targets": [], "levels": ["a"], "rounds": 1, "blocks": []}},
            NO_LEVEL,
        ),
        (
            {"profile": PROFILE | {"trust": "Lab"}},
            "cannot be read as a run: Invalid enum value 'Lab' - at `$.profile.trust`.",
        ),
        (
            {"profile": PROFILE | {"latency": {}}},
            NO_LATENCY,
        ),
    ],
)
def test_a_run_that_cannot_be_read_on_is_refused_with_the_reason(
    tmp_path: Path, values: dict[str, Any], message: str
) -> None:
    plan = {"targets": list(TARGETS), "levels": ["150/30", "300/50"], "rounds": 2, "blocks": BLOCKS}
    runs.write(tmp_path, runs.run(targets=TARGETS, **{"plan": plan, **values}))
    with pytest.raises(UsageError) as caught:
        reopen(RunFolder(tmp_path))
    assert str(caught.value) == f"{tmp_path}/run.json: {message}"


def refusal(past: Reopened) -> list[str]:
    with pytest.raises(UsageError) as caught:
        refuse_changes(past, look_through(past), spec_of(past, None))
    return str(caught.value).splitlines()


def test_every_change_is_named(tmp_path: Path) -> None:
    """The run's figures are made up, so that machine, locks and servers are others."""
    past = past_of(tmp_path, *FIRST, blocks=[entry(1, "sync_requests")])
    first, *changes, last = refusal(past)
    assert first == (
        f"{tmp_path.name} cannot go on here: new samples could not be compared with those it has."
    )
    assert last == "Go on where it began, undo what has changed, or begin anew: nox -s compare"
    assert changes[0].startswith("- another machine: ")
    assert "cpu Imaginary 9000 there, " in changes[0]
    assert "cores" not in changes[0]
    serve = "gunicorn project.wsgi:application --bind {host}:{port}"
    assert changes[1].startswith(
        f"- sync_requests: 'serve' in its [tool.bench] was {serve!r}, and is 'gunicorn "
    )
    assert any(
        line.startswith("- sync_requests: its lock, requirements.txt, is another: ")
        for line in changes
    )


def test_code_may_change_of_a_target_that_has_no_sample_yet(tmp_path: Path) -> None:
    targets = {name: {**values, "code_sha256": "0" * 64} for name, values in TARGETS.items()}
    past = past_of(tmp_path, *FIRST, blocks=[entry(1, "sync_requests")], targets=targets)
    changed = [line for line in refusal(past) if "its code has changed" in line]
    assert changed == [
        "- sync_requests: its code has changed (a .py file in targets/sync_requests)"
    ]


def test_a_run_goes_on_with_the_upstream_that_it_began_with(tmp_path: Path) -> None:
    """What follows the question mark of a URL is not on record, but a digest of it is."""
    url = "https://api.example/a?key="
    origin = {"machine": "0" * 16, "profile": "0" * 16}
    past = past_of(tmp_path, blocks=[], upstream="https://api.example/a?...", origin=origin)
    began = spec_of(past, f"{url}1")
    assert began.upstream_url == f"{url}1"
    assert began.profile_digest != spec_of(past, f"{url}2").profile_digest
    with pytest.raises(UsageError) as caught:
        refuse_changes(past, look_through(past), began)
    assert "- its profile, or the URL of --upstream, is not what it began with" in str(caught.value)
    origin["profile"] = began.profile_digest
    past = past_of(
        tmp_path / "known", blocks=[], upstream="https://api.example/a?...", origin=origin
    )
    with pytest.raises(UsageError) as caught:
        refuse_changes(past, look_through(past), began)
    assert "--upstream" not in str(caught.value)


def test_a_run_whose_parts_had_cpus_of_their_own_gets_the_same_ones(tmp_path: Path) -> None:
    pinned = {"load": [0, 1], "upstream": [1022], "server": [1023]}
    past = past_of(tmp_path, *FIRST, blocks=[entry(1, "sync_requests")], pinned=pinned)
    assert "- load, upstream and servers cannot have the CPUs that they had" in refusal(past)


@pytest.mark.parametrize(
    ("lock", "said"),
    [
        ("django==5.2.19 \\\n", "the same versions, with other hashes or conditions"),
        ("Django==5.2.20 \\\n", "django 5.2.19 there, 5.2.20 here"),
        (
            "django==5.2.19\nidna==3.10 \\\n    --hash=sha256:ab\n",
            "idna not there, 3.10 here",
        ),
        (
            "django==5.2.19\ntzdata==2026.1 ; sys_platform == 'win32' \\\n",
            "the same versions, with other hashes or conditions",
        ),
        ("", "django 5.2.19 there, not here"),
    ],
)
def test_what_differs_between_two_locks(lock: str, said: str) -> None:
    assert lock_difference({"django": "5.2.19"}, lock) == said


@pytest.mark.parametrize(
    ("recorded", "given", "url"),
    [
        ("lab", None, None),
        ("https://api.example/a", None, "https://api.example/a"),
        ("https://api.example/a", "https://api.example/a", "https://api.example/a"),
        ("https://api.example/a?...", "https://api.example/a?key=1", "https://api.example/a?key=1"),
    ],
)
def test_the_upstream_is_that_of_the_run(recorded: str, given: str | None, url: str | None) -> None:
    assert same_upstream(recorded, given) == url


UNKNOWN_QUERY = (
    "This run called https://api.example/a?..., and what follows the question mark is not on "
    "record: give it again, with --upstream URL."
)


@pytest.mark.parametrize(
    ("recorded", "given", "message"),
    [
        (
            "lab",
            "https://api.example/a",
            "This run called the lab's own upstream: leave out --upstream.",
        ),
        (
            "https://api.example/a",
            "https://api.example/b?key=1",
            "This run called https://api.example/a, not https://api.example/b?....",
        ),
        (
            "https://api.example/a?...",
            None,
            UNKNOWN_QUERY,
        ),
    ],
)
def test_another_upstream_is_refused(recorded: str, given: str | None, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        same_upstream(recorded, given)
    assert str(caught.value) == message


# Each option that a run settles when it begins. Some of these values are its defaults.
SETTLED = (
    "--only sync_requests", "--tag core", "--all", "--target .", "--with tiny", "--python 3.13",
    "--profile steady", "--profile article", "--levels 150/30", "--rounds 3", "--quick",
    "--until 5", "--max-rounds 20", "--margin 5", "--margin 10", "--seed 0",
    "--baseline sync_requests", "--reference", "--no-control", "--no-pin",
)  # fmt: skip


def with_nginx(past: Reopened, upstream_url: str | None) -> RunSpec:
    spec = spec_of(past, None)
    return replace(spec, targets=[*spec.targets, reference()], upstream_url=upstream_url)


def test_a_run_in_which_nginx_cannot_call_the_api_is_refused_before_anything_is_made(
    tmp_path: Path,
) -> None:
    """Of a version that began it."""
    past = past_of(tmp_path, blocks=[])

    with pytest.raises(UsageError) as caught:
        refuse_reference(past, with_nginx(past, "https://192.0.2.7/todos/1?key=secret"))

    assert str(caught.value) == (
        f"{tmp_path.name} cannot go on: in it nginx calls the API at 192.0.2.7. It looks for no "
        f"address in a certificate, and would refuse that of this API. Begin anew with the name of "
        f"its host in --upstream, or without --reference. To write the page of what was measured: "
        f"nox -s report -- {tmp_path}"
    )


@pytest.mark.parametrize("url", ["https://api.example/todos/1", "http://192.0.2.7/todos/1", None])
def test_a_run_in_which_nginx_can_call_the_api_goes_on(tmp_path: Path, url: str | None) -> None:
    past = past_of(tmp_path, blocks=[])

    refuse_reference(past, with_nginx(past, url))


def test_a_run_without_nginx_may_call_an_api_by_its_address(tmp_path: Path) -> None:
    past = past_of(tmp_path, blocks=[])

    refuse_reference(past, replace(spec_of(past, None), upstream_url="https://192.0.2.7/todos/1"))


@pytest.mark.parametrize("options", SETTLED)
@pytest.mark.parametrize("first", [False, True])
def test_what_the_run_has_settled_cannot_be_asked_for_again(
    options: str, *, first: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    option = options.partition(" ")[0]
    words = [options.replace(" ", "=")] if first else options.split()
    resume = ["--resume", "latest"]
    assert cli.main(["compare", *(words + resume if first else resume + words)]) == 2
    assert capsys.readouterr().err == (
        f"--resume goes on with a run as it was begun: leave out {option}.\n"
    )


def test_no_option_of_compare_is_forgotten(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["compare", "--help"])
    options = set(re.findall(r"^  (--[a-z-]+)", capsys.readouterr().out, re.MULTILINE))
    assert options == {
        *(each.partition(" ")[0] for each in SETTLED), "--resume", "--results", "--upstream",
        "--no-wait",
    }  # fmt: skip


@pytest.mark.parametrize("options", ["", "--no-wait"])
def test_a_run_that_is_not_there_is_refused(
    tmp_path: Path, options: str, capsys: pytest.CaptureFixture[str]
) -> None:
    results = tmp_path / "results"
    results.mkdir()
    words = ["--resume", "nothing", "--results", str(results), *options.split()]
    assert cli.main(["compare", *words]) == 2
    assert capsys.readouterr().err == (
        f"'nothing' is no run: there is no run.json in it. Runs lie under {results}.\n"
    )


def test_a_sample_that_is_no_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    past = past_of(tmp_path, blocks=[])
    os.mkfifo(tmp_path / "samples" / f"{FIRST[0]}.json")
    with pytest.raises(UsageError, match="it is no file, and a sample is one"):
        look_through(past)


@pytest.mark.parametrize(
    ("key", "value"),
    [("margin", "NaN"), ("wall_s", "-1"), ("load_share", "1e308"), ("load_share", "Infinity")],
)
def test_figures_that_no_run_can_have_are_refused(tmp_path: Path, key: str, value: str) -> None:
    past_of(tmp_path, blocks=[])
    run = tmp_path / "run.json"
    run.write_text(run.read_text().replace("{", f'{{"{key}": {value}, "unknown": 0, ', 1))
    text = run.read_text()
    # The last of two keys counts: take the good one away.
    good = re.search(rf'"{key}": [0-9.]+, ', text[20:])
    assert good
    run.write_text(text[:20] + text[20:].replace(good[0], "", 1))
    with pytest.raises(UsageError, match="cannot be read as a run"):
        reopen(RunFolder(tmp_path))


def test_a_plan_of_absurdly_many_rounds_is_refused_at_once(tmp_path: Path) -> None:
    plan = {"targets": list(TARGETS), "levels": ["150/30"], "rounds": 10**30, "blocks": BLOCKS}
    runs.write(tmp_path, runs.run(targets=TARGETS, plan=plan))
    with pytest.raises(UsageError, match=r"its plan is broken|cannot be read as a run"):
        reopen(RunFolder(tmp_path))


def test_folders_that_are_gone_are_made_again(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    (tmp_path / ".run.json.4194305.partial").write_text("half")
    folder.mend()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["logs", "samples"]


def test_blocks_name_their_samples_in_the_order_of_their_levels() -> None:
    short, long = conditions_at([Level(150, 30), Level(300, 50)])
    assert Block(2, 1, "a", (short, long, short)).sample_names == [
        "r2-a-150x30.json",
        "r2-a-300x50.json",
        "r2-a-150x30-2.json",
    ]


def test_a_run_that_was_killed_is_finished_as_it_was_planned(lab: Lab) -> None:
    """In mid-load of its second block. All other ways to end it: `nox -s faults`."""
    lab.add("one")
    lab.add("two", SLOW)
    begun = lab.start(
        "compare", "--profile", "quick.toml", "--no-control", "--levels", "40/10,20/10",
        "--seed", "8", "--rounds", "1",
    )  # fmt: skip
    wait_until(begun, "two  ")
    begun.send_signal(signal.SIGKILL)
    begun.communicate(timeout=20)
    then = lab.read("run.json")
    samples = {path.name: path.read_bytes() for path in lab.latest.glob("samples/*")}
    assert sorted(name.split("-")[1] for name in samples) == ["one", "one", "two"]
    # It is quick now, and has no sample that stays.
    quick = (lab.root / "targets" / "one" / "server.py").read_text()
    (lab.root / "targets" / "two" / "server.py").write_text(quick)
    done = lab.run("compare", "--resume", then["id"])
    assert (done.code, done.err) == (0, "")
    assert f"Going on with {then['id']}: 1 block of 2 left to measure" in done.out
    now = lab.read("run.json")
    assert (now["complete"], now["rounds"]) == (True, {"asked": 1, "done": 1})
    assert [now[key] for key in ("plan", "seed", "profile", "started")] == [
        then[key] for key in ("plan", "seed", "profile", "started")
    ]
    for name, data in samples.items():
        folder = "samples" if "-one-" in name else "aside/1"
        assert (lab.latest / folder / name).read_bytes() == data
    assert len(lab.samples()) == 4
    assert "This run was resumed at 20" in done.out
    assert processes_of(lab.root) == []


@pytest.mark.slow
def test_a_run_with_until_goes_on_until_it_knows_enough(lab: Lab) -> None:
    lab.add("one", SLOW)
    lab.add("two")
    begun = lab.start(
        "compare", "--profile", "quick.toml", "--no-control", "--levels", "20/10",
        "--until", "900", "--max-rounds", "2",
    )  # fmt: skip
    wait_until(begun, "round 2/")
    begun.send_signal(signal.SIGINT)
    begun.communicate(timeout=20)
    assert begun.returncode == 130
    assert lab.read("run.json")["rounds"]["done"] == 1
    done = lab.run("compare", "--resume", "latest")
    assert (done.code, done.err) == (0, "")
    run = lab.read("run.json")
    assert (run["complete"], run["rounds"]) == (True, {"asked": 2, "done": 2})
    assert (run["until"]["percent"], run["until"]["max_rounds"]) == (900.0, 2)
    # On a machine that is busy the upstream may be late, and there is no ratio to know.
    told = "After 2 rounds every RPS" if run["until"]["reached"] else "2 rounds did not tell"
    assert told in done.out


@pytest.mark.slow
def test_of_a_run_that_until_has_ended_only_what_failed_is_measured_again(lab: Lab) -> None:
    """After three rounds it knows enough, here by decree; one block of the first has failed."""
    until = lab.root / "report" / "statistics" / "goal.py"
    text = until.read_text()
    reached = "reached=bool(ratios) and not unknown and done >= min(LEAST_ROUNDS, most),"
    assert text.count(reached) == 1
    until.write_text(text.replace(reached, "reached=done >= 3,"))
    fault = lab.root / "fault"
    fault.touch()
    lab.add("one")
    lab.add(
        "two",
        f"""
        if os.path.exists({str(fault)!r}):
            os.unlink({str(fault)!r})
            sys.exit(3)
        """,
    )
    begun = lab.compare("--levels", "20/10", "--until", "5", "--max-rounds", "5")
    then = lab.read("run.json")
    assert (begun.code, then["complete"], then["rounds"]["done"]) == (1, True, 3)
    assert len(lab.samples()) == 5
    done = lab.run("compare", "--resume", "latest")
    now = lab.read("run.json")
    assert (done.code, done.err) == (0, "")
    assert (now["complete"], now["rounds"]["done"], len(now["blocks"])) == (True, 3, 6)
    assert [block["error"] for block in now["blocks"]] == [None] * 6
    assert len(lab.samples()) == 6
    found = [f for cell in lab.read("summary.json")["cells"] for f in cell["findings"]]
    (again,) = [f["message"] for f in found if f["code"] == "measured_again"]
    assert again.startswith("Round 1 failed at first, and was measured again. The reason: two ")
    nothing = lab.run("compare", "--resume", "latest")
    assert (nothing.code, nothing.err) == (0, "")
    assert f"Nothing of {now['id']} is left to measure." in nothing.out
    assert lab.read("run.json") == now
