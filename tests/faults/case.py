"""A run of the lab with a fault in it, and what must hold after it, whatever the fault."""

import contextlib
import fcntl
import json
import os
import re
import subprocess
import textwrap
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from lab.files import json_text, run_json
from lab.files.sample import loads
from tests.faults.fault import Fault
from tests.support.lab import Lab, Result, processes_of

# What is left after a kill is gone within so long: the issue's own bound.
CLEAN_WITHIN_S = 2.0
ROUNDS = 2
LEVELS = ("40/10", "20/10")
# What is printed after a sample was written.
TOLD = re.compile(r"^round (\d+)/\d+  (\w+)  (\d+/\d+): ", re.MULTILINE)
# It has `good` measured first, then `bad` twice, and `good` again, `bad` first at 40/10: rows of
# what is kept, what is left and when a fault shows rely on it (tests/whole/test_faults_table.py).
SEED = 1
PLAN = (
    "--profile", "quick.toml", "--no-control", "--levels", ",".join(LEVELS), "--seed", str(SEED),
)  # fmt: skip


@dataclass
class Case:
    """One fault, in a lab of its own whose temporary files lie in `tmp`.

    A target's code finds out by `os.path.exists(FAULT)` whether the fault is there;
    `mend` takes it away.
    """

    lab: Lab
    fault: Fault
    patched: dict[Path, str] = field(default_factory=dict)
    before: dict[str, bytes] = field(default_factory=dict)

    @property
    def tmp(self) -> Path:
        return self.lab.root / "tmp"

    @property
    def marker(self) -> Path:
        return self.lab.root / "fault"

    @property
    def samples(self) -> dict[str, bytes]:
        """The samples of the latest run by their file's name."""
        return {path.name: path.read_bytes() for path in self.lab.latest.glob("samples/r*.json")}

    @property
    def lines(self) -> Path:
        """Blocks that `run.json` does not have yet."""
        return self.lab.latest / "blocks.jsonl"

    @property
    def run(self) -> dict[str, Any]:
        """The latest run with blocks that `run.json` does not have yet, as all readers have it."""
        values: dict[str, Any] = json.loads(json_text.encode(run_json.read(self.lab.latest)))
        return values

    def targets(self, code: str = "", **manifest: Any) -> None:
        """The target `bad`, whose server has the fault in it, and a `good` one."""
        self.marker.write_text("")
        head = f"FAULT = {str(self.marker)!r}\n"
        self.lab.add("bad", head + textwrap.dedent(code), **manifest)
        self.lab.add("good")

    def patch(self, file: str, old: str, new: str) -> None:
        """Change the lab's own code, until `mend`. `MARKER` in `new` stands for `marker`."""
        path = self.lab.root / file
        text = path.read_text()
        assert text.count(old) == 1, f"{file} holds {old!r} {text.count(old)} times"
        self.patched.setdefault(path, text)
        path.write_text(text.replace(old, new.replace("MARKER", repr(str(self.marker)))))

    def mend(self) -> None:
        """The fault is gone."""
        self.marker.unlink(missing_ok=True)
        for path, text in self.patched.items():
            path.write_text(text)

    def start(self, *arguments: str, **options: Any) -> "subprocess.Popen[str]":
        return self.lab.start("compare", *PLAN, "--rounds", str(ROUNDS), *arguments, **options)

    def compare(self, *arguments: str, timeout_s: float = 120) -> Result:
        with self.start(*arguments) as process:
            out, err = process.communicate(timeout=timeout_s)
        return Result(process.returncode, out, err)

    def check(self, result: Result) -> None:
        """The row holds, nothing is left, and every sample that there is can be read."""
        self.check_seen(result)
        self.before = self.check_samples()
        self.check_kept(result.out)
        # A kill leaves them, and so does a disk on which run.json has no room.
        assert self.fault.code not in (0, 1, 130) or not self.lines.exists()

    def check_and_resume(self, result: Result, *, left: int | None = None) -> None:
        """The row holds; then the fault is gone, and `--resume` finishes the run."""
        self.check(result)
        self.mend()
        self.resume(left=left)

    def check_seen(self, result: Result) -> None:
        """The row holds, exit code and words; nothing is left."""
        printed = result.out + result.err
        assert result.code == self.fault.code, printed
        # Of the lab; that of a server stands in what is shown of its log.
        assert "Traceback" not in result.err, printed
        assert self.fault.seen_in(printed), f"{self.fault.sees!r} is not in:\n{printed}"
        if not self.fault.sees:
            assert "Interrupted" not in printed
            assert "FAILED" not in printed
        self.check_clean()

    def check_kept(self, printed: str) -> None:
        """Every sample that the bench has told of is there, and all those of whole blocks."""
        told = {
            f"r{number}-{target}-{level.replace('/', 'x')}.json"
            for number, target, level in TOLD.findall(printed)
        }
        aside = {path.name for path in self.lab.latest.glob("aside/*/*.json")}
        assert told <= self.before.keys() | aside
        if (self.lab.latest / "run.json").exists():
            run = self.run
            whole = [block for block in run["blocks"] if block["error"] is None]
            for block in whole:
                assert set(samples_of(run, block)) <= self.before.keys()

    def check_clean(self) -> None:
        """No process, port, temporary or half-written file, and no lock is left."""
        deadline_s = time.monotonic() + CLEAN_WITHIN_S
        while (left := self._left()) and time.monotonic() < deadline_s:
            os.sched_yield()
        assert left == []

    def _left(self) -> list[str]:
        # A server's port is gone with its process: nothing else listens.
        left = processes_of(self.lab.root)
        left += [str(path) for path in self.tmp.iterdir()]
        left += [str(path) for path in self.lab.root.glob("results/**/.*")]
        left += [f"lock on {path}" for path in self._folders() if _is_locked(path)]
        return left

    def _folders(self) -> Iterator[Path]:
        for name in ("results", ".envs", f"viewlab-{os.geteuid()}"):
            if (self.lab.root / name).is_dir():
                yield self.lab.root / name

    def check_samples(self) -> dict[str, bytes]:
        """Every sample there is reads as one of this run. They are given back as they are."""
        if not (self.lab.root / "results" / "latest").exists():
            return {}
        samples = self.samples
        for name, data in samples.items():
            assert loads(data, file=name).file_name == name
        return samples

    def resume(self, *, left: int | None = None) -> None:
        """`--resume` finishes the run as it was planned, and loses and changes no sample.

        `left` is how many blocks it has to measure, where the test knows.
        """
        then = self.run
        whole = whole_samples(then, self.before)
        result = self.lab.run("compare", "--resume", "latest")
        printed = result.out + result.err
        assert (result.code, result.err) == (0, ""), printed
        if left is not None:
            blocks = len(then["plan"]["blocks"])
            said = f"{left} block{'' if left == 1 else 's'} of {blocks} left to measure"
            assert said in printed, printed
        now = self.run
        for key in ("id", "started", "seed", "profile", "plan", "baseline", "margin", "targets"):
            assert now[key] == then[key], key
        assert now["complete"] is True
        assert not self.lines.exists()
        assert [(b["round"], b["target"]) for b in now["blocks"]] == [
            (b["round"], b["target"]) for b in now["plan"]["blocks"]
        ]
        assert [block["error"] for block in now["blocks"]] == [None] * len(now["blocks"])
        samples = self.check_samples()
        assert set(samples) == set(planned_samples(now))
        # What a block that was cut off had measured is set aside, as it was.
        aside = [(path.name, path.read_bytes()) for path in self.lab.latest.glob("aside/*/*.json")]
        for name, data in self.before.items():
            assert (name, data) in (samples.items() if name in whole else aside), name
        self.check_clean()
        summary = self.lab.read("summary.json")
        assert summary["run"]["complete"] is True
        assert {cell["rounds"] for cell in summary["cells"]} == {now["plan"]["rounds"]}

    def nothing_left(self) -> None:
        """`--resume` finds every block measured: it changes nothing, and says how it ended."""
        then = self.run
        result = self.lab.run("compare", "--resume", "latest")
        assert (result.code, result.err) == (self.fault.code, "")
        assert f"Nothing of {then['id']} is left to measure." in result.out
        assert self.run == then
        assert self.check_samples() == self.before
        self.check_clean()

    def nothing_begun(self) -> None:
        """There is no run to go on with: the fault was told before one began."""
        assert [path for path in self.lab.root.glob("results/*") if path.is_dir()] == []


def samples_of(run: dict[str, Any], block: dict[str, Any]) -> list[str]:
    """The names of the samples that the plan of a run has for a block."""
    (planned,) = [
        each
        for each in run["plan"]["blocks"]
        if (each["round"], each["target"]) == (block["round"], block["target"])
    ]
    return planned_samples({"plan": {"blocks": [planned]}})


def planned_samples(run: dict[str, Any]) -> list[str]:
    """The names of all samples of a run whose levels are loaded once in each block."""
    return [
        f"r{block['round']}-{block['target']}-{level.replace('/', 'x')}.json"
        for block in run["plan"]["blocks"]
        for level in block["levels"]
    ]


def whole_samples(run: dict[str, Any], samples: dict[str, bytes]) -> set[str]:
    """The samples of blocks that were measured to their end, and of which none is missing."""
    measured = [set(samples_of(run, block)) for block in run["blocks"] if block["error"] is None]
    return set[str]().union(*(names for names in measured if names <= samples.keys()))


def _is_locked(folder: Path) -> bool:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def tree(pid: int) -> list[psutil.Process]:
    """A process and all below it."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    return []


def written(values: object) -> str:
    return json.dumps(values, indent=2) + "\n"
