"""A bench that is watched from outside: started, read after each round, ended."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import psutil

from bench.process.log import last_lines
from bench.process.orphan import PARENT
from lab.errors import LabError
from lab.files import blocks_jsonl, json_text, run_json
from lab.paths import ROOT
from tests.soak.flat import Reading

UPSTREAM = ["-m", "bench.upstream.server"]
REPORT = ["-m", "report"]
POLL_S = 0.2
STOP_TIMEOUT_S = 180.0
GIVE_UP_S = 40.0  # less than nox waits for a session


class Watched:
    """`bench compare`, in a session and with a folder for temporary files of its own.

    Use as a context manager: leaving it ends whatever is left.
    """

    def __init__(self, folder: Path, arguments: Sequence[str]) -> None:
        self.folder = folder
        self.temporary = folder / "tmp"
        self.results = folder / "results"
        self.log = folder / "bench.log"
        self.temporary.mkdir(parents=True)
        env = {**os.environ, "TMPDIR": str(self.temporary), PARENT: str(os.getpid())}
        command = [sys.executable, "-m", "bench", "compare", *arguments]
        self._started_s = time.monotonic()
        self._round = 0
        self._modified_ns = 0
        with self.log.open("wb") as output:
            self._bench = subprocess.Popen(
                [*command, "--results", str(self.results)],
                cwd=ROOT,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bench.poll() is None:
            self._bench.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._bench.wait(GIVE_UP_S)
        for process in self.left():
            with contextlib.suppress(psutil.Error):
                process.kill()
        self._bench.wait()

    def readings(self, until_s: float) -> Iterator[Reading]:
        """One after each round, until so many seconds after the start.

        Raises `LabError` where the bench ends before.
        """
        while self.elapsed_s < until_s:
            if self._bench.poll() is not None:
                raise LabError(
                    f"The bench ended by itself (exit code {self._bench.returncode}). "
                    f"{last_lines(self.log)}"
                )
            if self._has_ended_a_round():
                with contextlib.suppress(psutil.Error, FileNotFoundError, StopIteration):
                    if reading := self._read():
                        yield reading
            time.sleep(POLL_S)

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self._started_s

    @property
    def run(self) -> Path:
        return (self.results / "latest").resolve()

    def values(self) -> dict[str, Any]:
        """What run.json says, with the blocks that it does not have yet."""
        values: dict[str, Any] = json.loads(json_text.encode(run_json.read(self.run)))
        return values

    def interrupt(self) -> int | None:
        """Ctrl-C, and the exit code; None where it did not end in time."""
        self._bench.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._bench.wait(STOP_TIMEOUT_S)
        return None

    def left(self) -> list[psutil.Process]:
        """Every process that was started by the bench, whoever its parent is now."""
        ours = str(self.temporary)
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if process.environ().get("TMPDIR") == ours:
                    found.append(process)
        return found

    def _has_ended_a_round(self) -> bool:
        try:
            modified_ns = max(
                file.stat().st_mtime_ns
                for file in (self.run / run_json.FILE, self.run / blocks_jsonl.FILE)
                if file.exists()
            )
            if modified_ns == self._modified_ns:
                return False
            done = int(self.values()["rounds"]["done"])
        except (FileNotFoundError, ValueError):  # neither is there yet
            return False
        self._modified_ns = modified_ns
        ended, self._round = done > self._round, done
        return ended

    def _read(self) -> Reading | None:
        """A reading while the page of the round is written; None where that was missed."""
        bench = psutil.Process(self._bench.pid)
        deadline_s = time.monotonic() + 1
        while not _reports(bench):
            if time.monotonic() > deadline_s:
                return None
            time.sleep(0.02)
        tree = [bench, *bench.children(recursive=True)]
        upstream = next(it for it in tree if _runs(it, UPSTREAM))
        files = list(self.temporary.rglob("*"))
        reading = Reading(
            at_s=self.elapsed_s,
            round=self._round,
            bench_rss_bytes=bench.memory_info().rss,
            bench_descriptors=bench.num_fds(),
            upstream_rss_bytes=upstream.memory_info().rss,
            upstream_descriptors=upstream.num_fds(),
            processes=len(tree),
            listeners=sum(map(_listeners, tree)),
            disk_bytes=size(self.run),
            temporary_files=len(files),
            temporary_bytes=size(self.temporary),
        )
        return reading if _reports(bench) else None


def _reports(bench: psutil.Process) -> bool:
    return any(_runs(it, REPORT) for it in bench.children(recursive=True))


def _runs(process: psutil.Process, module: list[str]) -> bool:
    """Whether it is Python with this module: a keeper's command line holds its child's too."""
    return process.cmdline()[1:3] == module


def _listeners(process: psutil.Process) -> int:
    return sum(
        connection.status == psutil.CONN_LISTEN
        for connection in process.net_connections(kind="tcp")
    )


def size(folder: Path) -> int:
    """Bytes of every file under `folder`."""
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # written whole under another name first
            total += path.lstat().st_size if path.is_file() else 0
    return total
