"""run.json and the lines beside it: whatever they hold, a run that can be written, or an error."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.files import json_text, run_json
from lab.files.blocks_jsonl import BlockLine, BlockRecord
from lab.files.folder import RunFolder
from lab.files.run_json import Run
from tests.support import runs
from tests.support.odd import FIGURES, JSON, NUMBERS, damaged, value_or_error

TARGETS = ("sync_requests", "async_httpx")
BLOCKS = [
    {"round": number, "position": position, "target": target, "levels": ["150/30"]}
    for number in (1, 2)
    for position, target in enumerate(TARGETS, start=1)
]
RUN = runs.run(
    targets={name: runs.TARGETS[name] for name in TARGETS},
    plan={"targets": TARGETS, "levels": ["150/30"], "rounds": 2, "blocks": BLOCKS},
    asked=2,
    done=0,
    errors=[(1, "sync_requests", "It died.")],
    until={"percent": 5.0, "max_rounds": 2},
    finished=None,
)


def line(number: int, target: str) -> bytes:
    record = BlockRecord(
        round=number, position=1, target=target, error=None, started="2026-01-02T03:04:05.678Z"
    )
    return json_text.encode(
        BlockLine(
            written_by="0.1.0",
            block=record,
            wall_s=10.0,
            load_share=0.5,
            rounds_done=1,
            complete=False,
            reached=False,
        )
    )


LINES = b"".join(line(number, target) + b"\n" for number in (1, 2) for target in TARGETS)
KEYS = [(key,) for key in json.loads(line(1, TARGETS[0]))] + [
    ("block", key) for key in json.loads(line(1, TARGETS[0]))["block"]
]
ODD = JSON | NUMBERS | FIGURES | st.sampled_from(TARGETS)
ODD_LINES = st.dictionaries(st.sampled_from(KEYS), ODD, max_size=2).map(
    lambda odd: LINES + _with(odd) + b"\n" + LINES
)


def _with(odd: dict[tuple[str, ...], Any]) -> bytes:
    values: dict[str, Any] = json.loads(line(1, TARGETS[0]))
    for (key, *inner), value in odd.items():
        if not inner:
            values[key] = value
        elif isinstance(values[key], dict):
            values[key][inner[0]] = value
    return json.dumps(values).encode()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return runs.write(tmp_path_factory.mktemp("properties"), RUN)


def sound(run: Run) -> None:
    """It can be written and read again, and has no block twice."""
    assert json_text.decode(json_text.encode(run), Run) == run
    places = [(block.round, block.target) for block in run.blocks]
    assert len(set(places)) == len(places)
    assert 0 <= run.load_share <= 1
    assert 0 <= run.wall_s < float("inf")


def check_lines(folder: Path, data: bytes) -> None:
    file = RunFolder(folder).blocks
    file.write_bytes(data)
    try:
        if run := value_or_error(lambda: run_json.read(folder), names=f"{file}, line "):
            sound(run)
            planned = {(block["round"], block["target"]) for block in BLOCKS}
            assert {(block.round, block.target) for block in run.blocks} <= planned
    finally:
        file.unlink()


@given(data=st.binary() | JSON.map(lambda value: json.dumps(value).encode() + b"\n"))
def test_any_bytes_beside_run_json_are_blocks_of_it_or_are_refused(
    folder: Path, data: bytes
) -> None:
    check_lines(folder, data)
    check_lines(folder, LINES + data)


@given(data=ODD_LINES)
def test_odd_values_in_a_line_are_a_block_or_are_refused(folder: Path, data: bytes) -> None:
    check_lines(folder, data)


@given(data=damaged(LINES))
def test_damaged_lines_are_blocks_or_are_refused(folder: Path, data: bytes) -> None:
    check_lines(folder, data)


@given(data=damaged(json.dumps(RUN).encode()))
def test_a_damaged_run_json_is_a_run_that_can_be_written_or_is_refused(
    folder: Path, data: bytes
) -> None:
    other = folder.parent / "damaged"
    other.mkdir(exist_ok=True)
    file = other / "run.json"
    file.write_bytes(data)
    if run := value_or_error(lambda: run_json.read(other), names=f"{file}: "):
        assert json_text.decode(json_text.encode(run), Run) == run
