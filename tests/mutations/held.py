"""Tests that are collected once, and run again and again in forks."""

import gc
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import zip_longest
from pathlib import Path

import coverage
import msgspec
import pytest

from tests.mutations.swapped import Functions, functions, swap
from tests.mutations.trial import QUIET, in_fork

# What needs one of these runs servers or a browser, and is not what holds a figure.
LEFT_OUT = {"browser", "empty_lab", "files", "hey", "lab"}
LOOKED_S = 600.0
NOTHING_SWAPPED = 71


class Held:
    """A plugin of pytest that has other work done in place of running what was collected."""

    def __init__(self, root: Path, work: Callable[["Held"], None]) -> None:
        self._root = root
        self._work = work
        self._session: pytest.Session | None = None
        self._items: dict[str, pytest.Item] = {}
        self._functions: Functions = {}

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self._session = session
        self._items = {
            item.nodeid: item
            for item in session.items
            if not LEFT_OUT & {*getattr(item, "fixturenames", ())}
        }
        self._functions = functions()
        gc.freeze()  # what no fork looks at is copied for none
        self._work(self)
        return True

    def look(self, sources: Sequence[str], scratch: Path) -> None:
        """Run all tests once, and keep which lines each runs, and how long it takes."""

        def watched() -> int:
            measured = coverage.Coverage(
                data_file=str(scratch / "coverage"), config_file=False, source=list(sources)
            )
            took_s = {}
            measured.start()
            for name in self._items:
                measured.switch_context(name)
                began = time.process_time()
                if self._pass([name]):
                    took_s[name] = time.process_time() - began
            measured.stop()
            measured.save()
            (scratch / "took.json").write_bytes(msgspec.json.encode(took_s))
            return 0

        if in_fork(watched, self._root, LOOKED_S) != 0:
            raise RuntimeError("the tests could not be run")

    def survives(
        self, file: str, source: str, tests: Sequence[str], expected_s: float
    ) -> bool | None:
        """Whether the tests pass on this source; None if it cannot be put in."""

        def pass_on_it() -> int:
            if not swap(self._root, file, source, self._functions):
                return NOTHING_SWAPPED
            with tempfile.TemporaryDirectory() as folder:
                # Among the folders of all forks pytest would look longer and longer for a name.
                os.environ["PYTEST_DEBUG_TEMPROOT"] = folder
                return 0 if self._pass(tests) else 1

        code = in_fork(pass_on_it, self._root, expected_s)
        return None if code == NOTHING_SWAPPED else code == 0

    def _pass(self, tests: Sequence[str]) -> bool:
        session = self._session
        assert session is not None
        failed = session.testsfailed
        items = [self._items[test] for test in tests]
        for item, following in zip_longest(items, items[1:]):
            item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.testsfailed > failed:
                return False
        return True


def hold(root: Path, tests: Sequence[str], work: Callable[[Held], None]) -> None:
    """Collect the tests, and do `work` with them."""
    pytest.main([*QUIET, "-s", f"--rootdir={root}", *tests], plugins=[Held(root, work)])
