"""Which version a file says wrote it, and what is said where this one cannot read it."""

import tomllib

import pytest

from lab.errors import UsageError
from lab.files.version import VERSION, require_schema
from lab.paths import ROOT


def test_the_version_is_that_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == VERSION


@pytest.mark.parametrize("data", [b'{"schema": 1}', b'{"schema": 1, "written_by": "0.0.1"}'])
def test_the_schema_that_is_read_is_taken_from_whatever_version_wrote_it(data: bytes) -> None:
    require_schema(data, 1, what="a run", file="run.json")


@pytest.mark.parametrize(
    ("data", "writer"),
    [
        (b'{"schema": 2, "written_by": "9.8.7"}', "Viewlab 9.8.7"),
        (b'{"schema": 2, "written_by": null}', "another version of Viewlab"),
        (b'{"schema": 2}', "another version of Viewlab"),
    ],
)
def test_another_schema_is_refused_with_the_version_that_reads_it(data: bytes, writer: str) -> None:
    with pytest.raises(UsageError) as caught:
        require_schema(data, 1, what="a run", file="run.json")
    assert str(caught.value) == (
        f"run.json: a run of schema 2; this version reads schema 1. It was written by {writer}: "
        f"read it with that, or with a newer one."
    )
