"""`blocks.jsonl`: finished blocks that `run.json` does not have yet, a line each.

To write all of `run.json` after every block takes longer with each. So a block is a line that is
appended, until the sitting ends and `run.json` has them all. After a kill both are read.
"""

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from lab.errors import UsageError
from lab.files.version import require_schema
from lab.key import key
from lab.paths import shown

SCHEMA = 1
FILE = "blocks.jsonl"

# Of this and of run.json: 10,000 rounds of 30 targets, the longest run, have 200 MB.
LARGEST_BYTES = 300_000_000


class Stages(Struct, frozen=True, kw_only=True):
    """What the time of a block went to, beside its samples: each of those has a `wall_s`."""

    start_s: Annotated[float, key("Until its server was ready.", unit="s")]
    check_s: Annotated[float, key("Until it was known to answer as it should.", unit="s")]
    warm_up_s: Annotated[float, key("Until it was warm.", unit="s")]
    load_s: Annotated[float, key("From its first sample to the end of its last.", unit="s")]
    stop_s: Annotated[float, key("Until it was known to answer still, and had ended.", unit="s")]


class BlockRecord(Struct, frozen=True, kw_only=True):
    """What became of a block."""

    round: Annotated[int, key("Its round, counted from 1.")]
    position: Annotated[int, key("Its place in the round, counted from 1.")] = 0
    target: Annotated[str, key("Name of the target.")]
    started: Annotated[str, key("When it began, ISO 8601 in UTC.")] = ""
    log: Annotated[str, key("What its server printed: a file in the run's folder.")] = ""
    error: Annotated[str | None, key("Why it failed.", null="it was measured")]
    earlier: Annotated[
        list[str], key("Why it had failed before, where `--resume` measured it again.")
    ] = []
    warm_up_passes: Annotated[
        int | None,
        key("How many times it was loaded until it was warm.", null="it failed before that"),
    ] = None
    stages: Annotated[Stages | None, key("What its time went to.", null="it failed, or never")] = (
        None
    )


class BlockLine(Struct, frozen=True, kw_only=True):
    """A line: a finished block, and how far the run was then."""

    schema: Annotated[int, key("Schema of the line.")] = SCHEMA
    written_by: Annotated[
        str | None, key("Version of Viewlab that wrote the line.", null="never")
    ] = None
    block: Annotated[BlockRecord, key("What became of the block; that of an earlier sitting goes.")]
    wall_s: Annotated[float, Meta(ge=0), key("`wall_s` of `run.json` by then.", unit="s")]
    load_share: Annotated[float, Meta(ge=0, le=1), key("Its `load_share` by then.")]
    rounds_done: Annotated[int, Meta(ge=0), key("`done` of its `rounds` by then.")]
    complete: Annotated[bool, key("Its `complete` by then.")]
    reached: Annotated[
        bool, key("`reached` of its `until` by then; false where there is no `until`.")
    ]


_DECODER = msgspec.json.Decoder(BlockLine)


def read_bytes(folder: Path) -> bytes:
    """The file in `folder`, empty where there is none.

    Raises `UsageError` where it is no file, or larger than any.
    """
    file = folder / FILE
    try:
        if (size := file.stat().st_size) > LARGEST_BYTES:
            raise UsageError(f"{shown(file)}: {size:,} bytes, more than any run has.")
        return file.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise UsageError(f"{shown(file)}: cannot be read: {error.strerror}.") from None


def loads(data: bytes, *, file: str) -> list[BlockLine]:
    """Every line that is whole. The last one is not where a kill has cut it off.

    Raises `UsageError`, naming `file` and the line, where one is broken or of another schema.
    """
    *lines, _cut_off = data.split(b"\n")
    return [_load(line, at=place(file, number)) for number, line in enumerate(lines, start=1)]


def place(file: str, number: int) -> str:
    """What messages call a line, the first being 1."""
    return f"{file}, line {number}"


def _load(data: bytes, *, at: str) -> BlockLine:
    try:
        try:
            line = _DECODER.decode(data)
        except msgspec.DecodeError:
            require_schema(data, SCHEMA, what="a block", file=at)  # says it better
            raise
        if line.schema != SCHEMA or b'"schema"' not in data:
            require_schema(data, SCHEMA, what="a block", file=at)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(
            f"{at}: cannot be read as a block: {error}. Take that line out: --resume then measures "
            f"its block again."
        ) from None
    return line
