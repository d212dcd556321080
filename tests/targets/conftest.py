"""What tests of each target share: it, its environment, and where it is served."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.environment import prepare
from bench.environment.prepare import Environment
from bench.serving.surroundings import Surroundings
from bench.target.target import Target
from lab.latency import Latency
from tests.targets.served import PARAMS


@pytest.fixture(scope="module", params=PARAMS)
def target(request: pytest.FixtureRequest) -> Target:
    """Each target under `targets/`, one after the other."""
    found: Target = request.param
    return found


@pytest.fixture(scope="module")
def environments(target: Target) -> Iterator[dict[str, Environment]]:
    """The environment of `target`, under its name."""
    with prepare.prepared([target], print) as made:
        yield made


@pytest.fixture
def scene(environments: dict[str, Environment], tmp_path: Path) -> Iterator[Surroundings]:
    """Where `target` can be served; the upstream takes 20 ms."""
    with Surroundings(
        environments, run=tmp_path, latency=Latency(fixed_ms=20), trust="lab"
    ) as made:
        yield made
