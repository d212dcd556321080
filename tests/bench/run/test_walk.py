"""What a walk through a plan writes: each finished block, and how much that is."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest

from bench.environment.prepare import Environment
from bench.load.engine import Engine
from bench.resume.reread import reopen, spec_of
from bench.run import walk
from bench.run.state import Outcome, RunState
from bench.run.walk import Walk
from bench.serving.surroundings import Surroundings
from lab.files import run_json
from lab.files.blocks_jsonl import BlockRecord
from lab.files.folder import RunFolder
from lab.files.plan import Block
from tests.support import runs
from tests.support.disk import watched

NAMES = ("sync_requests", "async_httpx")
AT = "2026-01-02T03:04:05.678Z"


class Measured:
    """In the place of `Blocks`: every block is measured in no time, or fails."""

    def __init__(self, *_: object, **_options: object) -> None:
        pass

    def measure(
        self, block: Block, _watcher: object, *, earlier: list[str]
    ) -> tuple[BlockRecord, Outcome]:
        record = BlockRecord(
            round=block.round,
            position=block.position,
            target=block.target,
            started=AT,
            log=f"logs/{block.target}-r{block.round}.log",
            error="It died." if (block.round, block.target) == (2, "async_httpx") else None,
            earlier=earlier,
            warm_up_passes=1,
        )
        return record, Outcome(samples=1, loaded_s=1e-9)


class Nothing:
    """In the place of what is never asked."""


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No server, no page."""
    monkeypatch.setattr(walk, "Blocks", Measured)
    monkeypatch.setattr(walk, "write_page", lambda *_, **_options: None)
    monkeypatch.setattr(walk, "watch", lambda _plan: contextlib.nullcontext())


def begun(folder: Path, rounds: int) -> Walk:
    """A run of two targets that has just begun."""
    plan = {
        "targets": NAMES,
        "levels": ["150/30"],
        "rounds": rounds,
        "blocks": [
            {"round": number, "position": position, "target": target, "levels": ["150/30"]}
            for number in range(1, rounds + 1)
            for position, target in enumerate(NAMES, start=1)
        ],
    }
    targets = {name: runs.TARGETS[name] for name in NAMES}
    runs.write(folder, runs.run(targets=targets, plan=plan, asked=rounds, done=0))
    spec = spec_of(reopen(RunFolder(folder)), None)
    nothing: Any = Nothing()
    engine: Engine = nothing
    surroundings: Surroundings = nothing
    begun = Walk(
        spec,
        RunFolder(folder),
        surroundings,
        engine=engine,
        build=None,
        environments={name: Environment(folder, "0" * 64, {}) for name in NAMES},
        pinned=None,
        state=RunState(spec.plan),
    )
    begun.save()
    return begun


@pytest.mark.usefixtures("quick")
def test_a_killed_sitting_is_known_by_run_json_and_the_lines_beside_it(tmp_path: Path) -> None:
    """What is read then is what `run.json` says once it has been written."""
    walk = begun(tmp_path, 3)
    walk.measure()

    assert json.loads((tmp_path / "run.json").read_text())["blocks"] == []
    lines = [json.loads(line) for line in (tmp_path / "blocks.jsonl").read_text().splitlines()]
    assert [(line["block"]["round"], line["block"]["target"]) for line in lines] == [
        (number, target) for number in (1, 2, 3) for target in NAMES
    ]
    assert [line["rounds_done"] for line in lines] == [0, 1, 1, 2, 2, 3]
    assert [line["complete"] for line in lines] == [False] * 5 + [True]
    assert [line["block"]["error"] for line in lines] == [None, None, None, "It died.", None, None]
    assert {(line["schema"], line["written_by"], line["reached"]) for line in lines} == {
        (1, "0.1.0", False)
    }
    killed = run_json.read(tmp_path)
    assert (killed.complete, killed.finished, killed.rounds.done) == (True, None, 3)

    walk.save()

    assert not (tmp_path / "blocks.jsonl").exists()
    ended = run_json.read(tmp_path)
    assert ended.blocks == killed.blocks
    assert ended.wall_s > killed.wall_s > 0
    assert (ended.complete, ended.rounds) == (killed.complete, killed.rounds)


@pytest.mark.usefixtures("quick")
def test_what_is_written_of_a_block_does_not_grow_with_their_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 500 blocks as much is written as of 50, a block; when `run.json` was, it was 8 times."""
    per_block = {}
    for rounds in (25, 250):
        walk = begun(tmp_path / str(rounds), rounds)
        with monkeypatch.context() as patch:
            disk = watched(patch)
            walk.measure()
        per_block[rounds] = disk.written_bytes / (2 * rounds)
    assert per_block[25] > 250
    assert per_block[250] < 1.05 * per_block[25]
