"""Runs tests on a changed module in a fork that imports it anew, from memory.

No file is changed, so a kill leaves nothing behind.
"""

import contextlib
import ctypes
import importlib
import math
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_loader
from pathlib import Path
from types import CodeType

import pytest

from tests.mutations.swapped import module_name

LIBRARIES = (
    "hypothesis", "jinja2", "msgspec", "packaging", "pandas", "playwright.sync_api", "psutil",
    "rich.table", "scipy.special", "tomlkit", "trustme", "vl_convert",
)  # fmt: skip
QUIET = ("-q", "-p", "no:cacheprovider", "--no-header", "--tb=no")
# Of CPU, so that what else the machine does ends no tests that would have passed.
GRACE_S = 10.0
TIMES = 4
WAITED_S = 300.0  # for what waits forever, and uses none
POLL_S = 0.005
PR_SET_PDEATHSIG = 1


class Changed(SourceFileLoader):
    """Has one module imported from a changed source."""

    def __init__(self, root: Path, file: str, source: str) -> None:
        super().__init__(module_name(file), str(root / file))
        self._source = source

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        return spec_from_loader(name, self) if name == self.name else None

    def get_code(self, _fullname: str) -> CodeType:
        return compile(self._source, self.path, "exec")


def warm_up() -> None:
    """Import the libraries, so that forks have them."""
    for name in LIBRARIES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def survives(root: Path, file: str, source: str, tests: Sequence[str], expected_s: float) -> bool:
    """Whether the tests pass on this source; a fork that does not end does not pass."""
    arguments = [*QUIET, "-x", f"--rootdir={root}", *tests]

    def pass_on_it() -> int:
        sys.meta_path.insert(0, Changed(root, file, source))
        return int(pytest.main(arguments))

    return in_fork(pass_on_it, root, expected_s) == pytest.ExitCode.OK


def end_with_parent(how: signal.Signals) -> None:
    """Have this process get a signal when its parent ends, however it does (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, how)


def in_fork(
    work: Callable[[], int], folder: Path, expected_s: float, *, shown: bool = False
) -> int | None:
    """What `work` ends with in a process of its own; None or less than 0 if it took too long."""
    child = os.fork()
    if child == 0:
        code = 70
        try:
            end_with_parent(signal.SIGKILL)
            os.setpgid(0, 0)
            most_s = math.ceil(TIMES * expected_s + GRACE_S)
            resource.setrlimit(resource.RLIMIT_CPU, (most_s, most_s))
            os.chdir(folder)
            sys.path.insert(0, str(folder))
            null = os.open(os.devnull, os.O_RDWR)
            for stream in (0,) if shown else (0, 1, 2):
                os.dup2(null, stream)
            code = work()
        finally:
            os._exit(code)
    with _ended_at_last(child):
        until = time.monotonic() + max(WAITED_S, 10 * expected_s)
        while time.monotonic() < until:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
            time.sleep(POLL_S)
        return None


@contextlib.contextmanager
def _ended_at_last(child: int) -> Iterator[None]:
    """Kills the child's group, whoever of it is left."""
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(child, 0)
