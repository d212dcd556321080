"""What all tests share: `--all`, and that nothing is skipped where it could have been installed."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis.configuration import set_hypothesis_home_dir
from markupsafe import Markup
from playwright.sync_api import Browser

from bench.command import cli
from bench.plan.spec import RunSpec
from bench.process.cancellation import Cancellation
from bench.process.machine_lock import PLACE
from bench.tools.hey import find_hey
from report.charts.vega import Spec, draw
from report.figures import rates, spread
from tests.support import views
from tests.support.lab import Lab, again, copy_lab, processes_of

SLOW = "slow"
# `quick("a", "b")`: of a test's cases, by the ids of their parameters, what is not slow.
QUICK = "quick"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="run the slow tests too")
    parser.addoption("--rest", action="store_true", help="run what --all adds, and no other")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{SLOW}: runs only with --all")
    config.addinivalue_line("markers", f"{QUICK}(*ids): its other cases run only with --all")
    config.addinivalue_line("markers", "fault(row): the test of a row of docs/faults.md")
    _configure_properties(config)
    # A shell's `&` has its job ignore Ctrl-C, nohup a terminal that is closed, and so would
    # everything started from here.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def _configure_properties(config: pytest.Config) -> None:
    # Its tables of Unicode go where pytest keeps things, and not into a folder of their own.
    set_hypothesis_home_dir(config.rootpath / ".pytest_cache" / "hypothesis")
    hypothesis.settings.register_profile(
        "viewlab",
        max_examples=10_000 if _is_whole(config) else 100,
        # A busy machine is no defect.
        deadline=None,
        suppress_health_check=[hypothesis.HealthCheck.too_slow],
        # A gate that fails on one run and not on the next tells the wrong author.
        # `--hypothesis-seed N` hunts with other cases; derandomize would make it do nothing.
        derandomize=config.getoption("--hypothesis-seed", None) is None,
        database=None,
    )
    hypothesis.settings.load_profile("viewlab")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--all"):
        return
    rest = bool(config.getoption("--rest"))
    left_out = [item for item in items if (not _gains_by_all(item) if rest else _is_slow(item))]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def _is_whole(config: pytest.Config) -> bool:
    return bool(config.getoption("--all") or config.getoption("--rest"))


def _gains_by_all(item: pytest.Item) -> bool:
    """Whether `--all` alone runs it, or runs more cases of it."""
    tested = getattr(item, "obj", None)
    return _is_slow(item) or bool(tested and hypothesis.is_hypothesis_test(tested))


def _is_slow(item: pytest.Item) -> bool:
    quick = item.get_closest_marker(QUICK)
    case = item.name.partition("[")[2].removesuffix("]")
    return bool(item.get_closest_marker(SLOW) or (quick and case not in quick.args))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """With VIEWLAB_NO_SKIPS set, as in CI, a skipped test has failed."""
    report: pytest.TestReport = yield  # type: ignore[assignment]
    if report.skipped and os.environ.get("VIEWLAB_NO_SKIPS"):
        report.outcome = "failed"
        report.longrepr = f"skipped, where nothing may be: {report.longrepr}"
    return report  # type: ignore[return-value]


@pytest.fixture(scope="session", autouse=True)
def _machine_of_their_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests neither wait for what else measures on this machine, nor have it wait."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(PLACE, str(tmp_path_factory.mktemp("machine")))
        yield


@pytest.fixture(scope="session")
def hey() -> str:
    """The path of a real hey, fetched where the machine has none."""
    return find_hey(print)


@pytest.fixture(scope="session")
def empty_lab(tmp_path_factory: pytest.TempPathFactory, hey: str) -> Lab:
    return copy_lab(tmp_path_factory.mktemp("lab"), hey)


@pytest.fixture
def lab(tmp_path: Path, empty_lab: Lab) -> Iterator[Lab]:
    """A copy of the lab without targets. No process of it may be left when the test ends."""
    yield again(empty_lab, tmp_path)
    assert processes_of(tmp_path) == []


@pytest.fixture(scope="session", autouse=True)
def _draw_each_chart_once() -> Iterator[None]:
    """Many tests show the page of the same run, and drawing it is most of what they take."""
    drawn: dict[str, Markup] = {}

    def draw_once(spec: Spec, label: str) -> Markup:
        key = json.dumps([spec, label])
        if key not in drawn:
            drawn[key] = draw(spec, label)
        return drawn[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rates, "draw", draw_once)
        patch.setattr(spread, "draw", draw_once)
        yield


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium for the tests of a file; those that need none start none."""
    yield from views.launched()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The pages of `views.RUNS`."""
    return views.files(tmp_path_factory)


@pytest.fixture
def closed_pages(browser: Browser) -> Iterator[None]:
    """What a test opens is closed when it ends."""
    yield
    for context in browser.contexts:
        context.close()


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    """`bench.command.cli.main` takes these signals over; pytest gets them back."""
    taken_over = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    saved = {name: signal.getsignal(name) for name in taken_over}
    yield
    for name, handler in saved.items():
        signal.signal(name, handler)


@pytest.fixture
def orders(monkeypatch: pytest.MonkeyPatch) -> list[RunSpec]:
    """Every order that the command line would have carried out; each ends with exit code 0."""
    taken: list[RunSpec] = []

    def take(order: RunSpec, _cancellation: Cancellation, **_options: Any) -> int:
        taken.append(order)
        return 0

    monkeypatch.setattr(cli, "compare", take)
    return taken
