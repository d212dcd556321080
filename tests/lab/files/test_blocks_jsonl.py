"""Finished blocks that `run.json` does not have yet: added, read with it, and not counted twice."""

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from lab.errors import MachineError, UsageError
from lab.files import run_json
from lab.files.blocks_jsonl import BlockLine, BlockRecord
from lab.files.folder import RunFolder
from tests.support import runs
from tests.support.disk import watched

BLOCKS = [
    {"round": number, "position": position, "target": target, "levels": ["150/30"]}
    for number in (1, 2)
    for position, target in enumerate(("sync_requests", "async_httpx"), start=1)
]


def record(number: int, target: str, **values: Any) -> BlockRecord:
    values = {"started": "2026-01-02T03:04:05.678Z", "error": None, **values}
    return BlockRecord(round=number, position=1, target=target, **values)


def line(block: BlockRecord, **values: Any) -> BlockLine:
    values = {
        "wall_s": 10.0,
        "load_share": 0.5,
        "rounds_done": 0,
        "complete": False,
        "reached": False,
        **values,
    }
    return BlockLine(block=block, **values)


def begun(folder: Path, *known: BlockRecord, **values: Any) -> RunFolder:
    """A run of two targets and two rounds, whose `run.json` knows these blocks."""
    values = {"finished": None, "wall_s": 1.0, "load_share": 0.0, **values}
    plan = {
        "targets": ["sync_requests", "async_httpx"],
        "levels": ["150/30"],
        "rounds": 2,
        "blocks": BLOCKS,
    }
    runs.write(folder, runs.run(asked=2, done=0, plan=plan, **values))
    run = RunFolder(folder)
    run.write_run(replace(run_json.read(folder), blocks=list(known)))
    return run


FIRST = record(1, "sync_requests")
SECOND = record(1, "async_httpx")


def test_what_was_added_is_read_in_the_order_of_the_plan(tmp_path: Path) -> None:
    folder = begun(tmp_path)
    folder.add_block(line(SECOND))
    folder.add_block(line(FIRST, wall_s=20.0, load_share=0.25, rounds_done=1))
    run = run_json.read(tmp_path)
    assert run.blocks == [FIRST, SECOND]
    assert (run.wall_s, run.load_share, run.rounds.done) == (20.0, 0.25, 1)
    assert (run.complete, run.finished, run.until) == (False, None, None)


def test_the_last_line_tells_how_far_the_run_is(tmp_path: Path) -> None:
    folder = begun(tmp_path, until={"percent": 5.0, "max_rounds": 20})
    folder.add_block(line(FIRST, reached=True))
    folder.add_block(line(SECOND, rounds_done=1, complete=True, reached=True))
    run = run_json.read(tmp_path)
    assert (run.complete, run.rounds) == (True, run_json.Rounds(2, 1))
    assert run.until == run_json.Goal(5.0, 20, reached=True)


def test_a_block_that_is_measured_again_takes_the_place_of_the_failed_one(tmp_path: Path) -> None:
    folder = begun(tmp_path, record(1, "sync_requests", error="It died."), SECOND)
    again = record(1, "sync_requests", started="2026-01-03T00:00:00.000Z", earlier=["It died."])
    folder.add_block(line(again))
    assert run_json.read(tmp_path).blocks == [again, SECOND]


def test_once_run_json_is_written_the_lines_are_gone_and_nothing_else_has_changed(
    tmp_path: Path,
) -> None:
    folder = begun(tmp_path)
    folder.add_block(line(FIRST))
    run = run_json.read(tmp_path)
    folder.write_run(run)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run.json", "samples"]
    assert run_json.read(tmp_path) == run


def test_lines_that_run_json_has_since_count_for_nothing(tmp_path: Path) -> None:
    """A kill came after the one was written, and before the others were removed."""
    folder = begun(tmp_path)
    folder.add_block(line(FIRST, wall_s=20.0))
    folder.add_block(line(SECOND, wall_s=30.0, rounds_done=1))
    left = folder.blocks.read_bytes()
    run = replace(run_json.read(tmp_path), wall_s=40.0, finished="2026-01-02T04:00:00.000Z")
    folder.write_run(run)
    folder.blocks.write_bytes(left)
    assert run_json.read(tmp_path) == run


WHOLE = (
    b'{"schema":1,"written_by":"0.1.0","block":{"round":1,"target":"sync_requests","error":null},'
)
ENDS = b'"wall_s":2.0,"load_share":0.5,"rounds_done":0,"complete":false,"reached":false}\n'


@pytest.mark.parametrize("cut", [b"", b'{"schema":1,"wri', WHOLE + ENDS[:-1], bytes(300)])
def test_a_last_line_that_was_cut_off_is_none(tmp_path: Path, cut: bytes) -> None:
    """The power went while it was written: what is there may be zeros too."""
    folder = begun(tmp_path)
    folder.blocks.write_bytes(WHOLE + ENDS + cut)
    run = run_json.read(tmp_path)
    assert [(block.round, block.target) for block in run.blocks] == [(1, "sync_requests")]
    assert run.wall_s == 2.0


def refusal(folder: RunFolder, second: bytes) -> str:
    """What is said of a second line among sound ones."""
    folder.blocks.write_bytes(WHOLE + ENDS + second + WHOLE + ENDS)
    with pytest.raises(UsageError) as caught:
        run_json.read(folder.path)
    return str(caught.value).removeprefix(f"{folder.path}/")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"{\n", "Input data was truncated"),
        (b"\n", "Input data was truncated"),
        (
            (WHOLE + ENDS).replace(b"2.0", b"-2.0"),
            "Expected `float` >= 0.0 - at `$.wall_s`",
        ),
        ((WHOLE + ENDS).replace(b'"schema":1,', b""), "Object missing required field `schema`"),
    ],
    ids=["cut off", "empty", "value", "no schema"],
)
def test_a_broken_line_is_named_with_what_to_do(tmp_path: Path, text: bytes, why: str) -> None:
    assert refusal(begun(tmp_path), text) == (
        f"blocks.jsonl, line 2: cannot be read as a block: {why}. Take that line out: --resume "
        f"then measures its block again."
    )


@pytest.mark.parametrize(
    "text",
    [
        b'{"schema":2,"written_by":"0.1.0","blocks":[]}\n',
        (WHOLE + ENDS).replace(b'"schema":1', b'"schema":2'),
    ],
    ids=["other keys", "same keys"],
)
def test_a_line_of_a_newer_version_is_refused_as_a_run_is(tmp_path: Path, text: bytes) -> None:
    assert refusal(begun(tmp_path), text) == (
        "blocks.jsonl, line 2: a block of schema 2; this version reads schema 1. It was written by "
        "Viewlab 0.1.0: read it with that, or with a newer one."
    )


def test_a_line_of_another_run_is_refused(tmp_path: Path) -> None:
    other = (WHOLE + ENDS).replace(b'"round":1', b'"round":3')
    assert refusal(begun(tmp_path), other) == (
        "blocks.jsonl, line 2: a block of 'sync_requests' in round 3, which run.json does not "
        "plan. It does not belong to this run: move blocks.jsonl away."
    )


def test_what_is_no_file_in_its_place_is_named(tmp_path: Path) -> None:
    folder = begun(tmp_path)
    folder.blocks.mkdir()
    with pytest.raises(UsageError) as caught:
        run_json.read(tmp_path)
    assert str(caught.value) == f"{folder.blocks}: cannot be read: Is a directory."


def test_a_line_that_cannot_be_added_is_told_as_a_sample_that_cannot(tmp_path: Path) -> None:
    folder = begun(tmp_path)
    folder.blocks.symlink_to("/dev/full")
    with pytest.raises(MachineError) as caught:
        folder.add_block(line(FIRST))
    assert str(caught.value) == (
        f"{folder.blocks} cannot be written: No space left on device. What was written before it "
        f"is whole, and kept."
    )


def test_of_a_run_that_a_reader_finds_while_it_ends_every_block_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It moves the lines to run.json when the reader has looked at one of the two files."""
    folder = begun(tmp_path)
    folder.add_block(line(FIRST))
    run = run_json.read(tmp_path)
    read_bytes = Path.read_bytes

    def end_meanwhile(path: Path) -> bytes:
        data = read_bytes(path)
        if folder.blocks.exists():
            monkeypatch.setattr(Path, "read_bytes", read_bytes)
            folder.write_run(run)
        return data

    monkeypatch.setattr(Path, "read_bytes", end_meanwhile)
    assert run_json.read(tmp_path).blocks == [FIRST]
    assert not folder.blocks.exists()


def test_lines_are_on_the_disk_when_they_are_added_and_gone_after_run_json_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = begun(tmp_path)
    run = run_json.read(tmp_path)
    disk = watched(monkeypatch)
    folder.add_block(line(FIRST))
    folder.add_block(line(SECOND))
    folder.write_run(run)
    # A new file's name is on the disk once; what is removed goes when all of it is elsewhere.
    assert disk.done == [
        "sync blocks.jsonl",
        f"sync {tmp_path.name}",
        "sync blocks.jsonl",
        "sync run.json.partial",
        "rename run.json.partial run.json",
        f"sync {tmp_path.name}",
        "remove blocks.jsonl",
        f"sync {tmp_path.name}",
    ]


def test_a_line_is_a_json_value_of_its_own(tmp_path: Path) -> None:
    folder = begun(tmp_path)
    folder.add_block(line(record(1, "sync_requests", error="It died.\nAs\u2028it\r\n does.")))
    folder.add_block(line(SECOND))
    texts = folder.blocks.read_bytes().split(b"\n")
    assert [json.loads(text)["block"]["error"] for text in texts[:-1]] == [
        "It died.\nAs\u2028it\r\n does.",
        None,
    ]
    assert texts[-1] == b""
