"""A run's folder: all that the lab writes there, but for logs, goes through here."""

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import IO

import msgspec

from lab.errors import MachineError, UsageError
from lab.files import blocks_jsonl, json_text
from lab.files.blocks_jsonl import BlockLine
from lab.files.janitor import SUFFIX, hold, sweep
from lab.files.run_json import FILE, Run
from lab.files.sample import Sample
from lab.paths import shown


def utc_now() -> str:
    """ISO 8601, UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class RunFolder:
    """`results/<run-id>/`. But for logs, a file in it, or a line, is written whole, or not at all.

    What is written is on the disk, with its name: a pulled plug loses nothing of it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.blocks = path / blocks_jsonl.FILE
        self.samples = path / "samples"
        self.logs = path / "logs"
        self.aside = path / "aside"

    @property
    def id(self) -> str:
        return self.path.name

    def log(self, target: str, round_number: int) -> Path:
        return self.logs / f"{target}-r{round_number}.log"

    def write_run(self, run: Run) -> None:
        """Write `run.json`, which has every block by now: `blocks.jsonl` goes."""
        # Of a long run it is a megabyte: as fast and small as can be.
        text = msgspec.json.format(json_text.encode(run), indent=2)
        write_whole(self.path / FILE, text + b"\n")
        # Not before: a kill in between leaves both, and readers count no block twice.
        with _writing(self.blocks), contextlib.suppress(FileNotFoundError):
            self.blocks.unlink()
            _sync_folder(self.path)

    def add_block(self, line: BlockLine) -> None:
        """Append a finished block to `blocks.jsonl`. Raises as `write_whole` does."""
        with _writing(self.blocks):
            is_new = not self.blocks.exists()
            with self.blocks.open("ab") as file:
                file.write(json_text.encode(line) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            if is_new:
                _sync_folder(self.path)

    def write_sample(self, sample: Sample) -> None:
        write_whole(self.samples / sample.file_name, sample.dumps())

    def set_aside(self, names: Iterable[str]) -> None:
        """Move samples of a block that is measured again into a new folder under `aside/`.

        They are kept as they are, and count for nothing. Names that are not there are passed over.
        """
        there = [path for name in names if (path := self.samples / name).is_file()]
        if not there:
            return
        try:
            folder = self._new_aside()
            for path in there:
                path.rename(folder / path.name)
            # In this order: a name may be in both folders, never in none.
            _sync_folder(folder)
            _sync_folder(self.samples)
        except OSError as error:
            raise MachineError(
                f"{shown(self.aside)}: samples cannot be moved there: {error.strerror}."
            ) from None

    def _new_aside(self) -> Path:
        for number in count(1):
            folder = self.aside / str(number)
            with contextlib.suppress(FileExistsError):
                return make_folder(folder, new=True)
        raise AssertionError  # there is always another number

    def link_latest(self) -> None:
        """Have `latest`, beside this folder, link to it."""
        results = self.path.parent
        try:
            # Where a janitor finds it: a link says the same wherever it lies.
            with _held_folder(self.path / "latest") as folder:
                link = folder / "latest"
                link.symlink_to(self.id)
                link.replace(results / "latest")
        except OSError as error:
            raise not_writable(results, error) from None

    def mend(self) -> None:
        """Have the folders there that a sitting needs, and nothing that an earlier one left.

        Raises `UsageError` where they cannot be made.
        """
        sweep(str(self.path))
        try:
            make_folder(self.samples)
            make_folder(self.logs)
        except OSError as error:
            raise not_writable(self.path, error) from None

    def discard(self) -> None:
        """Remove it, as long as nothing has been written into it."""
        for folder in (self.samples, self.logs, self.path):
            with contextlib.suppress(OSError):
                folder.rmdir()


def create(results: Path) -> RunFolder:
    """A new run's folder. Raises `UsageError` where `results` cannot be written."""
    run_id = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ-") + secrets.token_hex(2)
    folder = RunFolder(results.resolve() / run_id)
    latest = results / "latest"
    try:
        if latest.exists() and not latest.is_symlink():
            raise UsageError(
                f"{shown(latest)}: it is no link, and that to the newest run belongs there. Move "
                f"it away, or name another folder with --results DIR."
            )
        make_folder(folder.path, new=True)
        make_folder(folder.samples)
        make_folder(folder.logs)
    except OSError as error:
        raise not_writable(results, error) from None
    return folder


def make_folder(path: Path, *, new: bool = False) -> Path:
    """`path` itself, made where it is not there, or raising `FileExistsError` if it is to be `new`.

    It is on the disk then, and so are the folders above it that were made for it.
    """
    missing = [each for each in (path, *path.parents) if not each.exists()]
    path.mkdir(parents=True, exist_ok=not new)
    for each in missing:
        _sync_folder(each.parent)
    return path


def not_writable(results: Path, error: OSError) -> UsageError:
    """What is said where the place for results cannot be written, and what to do."""
    return UsageError(
        f"{shown(results)}: a run cannot be written here: {error.strerror}. "
        f"Name another folder with --results DIR."
    )


def _partial(path: Path) -> Path:
    """Where what shall be `path` is written first; `lab.files.janitor` knows the form."""
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}{SUFFIX}")


@contextlib.contextmanager
def _held_file(path: Path) -> Iterator[tuple[Path, IO[bytes]]]:
    """A new file for what shall be `path`, which no janitor removes while the block lasts.

    It is gone afterwards, unless it was renamed.
    """
    while True:
        partial = _partial(path)
        with partial.open("xb") as file:
            if not hold(file.fileno(), str(partial)):
                continue
            try:
                yield partial, file
            finally:
                with contextlib.suppress(OSError):
                    partial.unlink(missing_ok=True)
            return


@contextlib.contextmanager
def _held_folder(path: Path) -> Iterator[Path]:
    """The same for what cannot be locked itself: a new folder for it."""
    while True:
        partial = _partial(path)
        partial.mkdir()
        try:
            descriptor = os.open(partial, os.O_RDONLY)
        except FileNotFoundError:
            continue
        try:
            if not hold(descriptor, str(partial)):
                continue
            try:
                yield partial
            finally:
                shutil.rmtree(partial, ignore_errors=True)
            return
        finally:
            os.close(descriptor)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that a reader, a kill or a pulled plug leaves all of it or nothing.

    Raises `MachineError` where there is no room or no right to.
    """
    with _writing(path), _held_file(path) as (partial, file):
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
        partial.replace(path)
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Have the disk know the names in a folder: a file that is on it can be without its name."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some file systems know no such thing
            raise
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Raise `MachineError` where what is done with a file in the block is refused."""
    try:
        yield
    except OSError as error:
        raise MachineError(
            f"{shown(path)} cannot be written: {error.strerror}. "
            f"What was written before it is whole, and kept."
        ) from None
