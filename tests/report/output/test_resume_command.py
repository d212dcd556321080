"""The command on the page that measures what a run is missing."""

import shlex

import pytest

from report.output import commands
from tests.support import runs


def test_a_run_that_has_all_of_its_blocks_needs_none() -> None:
    assert commands.resume(runs.read(runs.run()), runs.ID) is None


def test_a_block_that_went_well_is_none_that_failed() -> None:
    run = runs.run(blocks=[{"round": 1, "position": 1, "target": "sync_requests", "error": None}])

    assert commands.resume(runs.read(run), runs.ID) is None


def test_a_run_that_was_cut_off_is_gone_on_with_by_its_name() -> None:
    run = runs.run(asked=3, done=1)

    assert commands.resume(runs.read(run), runs.ID) == (
        "nox -s compare -- --resume 20260102T030405Z-abcd"
    )


def test_a_block_that_failed_is_measured_again_though_the_run_is_complete() -> None:
    run = runs.run(errors=[(2, "sync_pooled", "it stopped")])

    assert commands.resume(runs.read(run), runs.ID) == (
        "nox -s compare -- --resume 20260102T030405Z-abcd"
    )


@pytest.mark.parametrize("name", ["kept/my run", "it's; rm -rf ~", "$(true)", "~/run"])
def test_a_shell_takes_its_name_as_one_word(name: str) -> None:
    said = commands.resume(runs.read(runs.run(asked=3, done=1)), name)

    assert said is not None
    assert shlex.split(said) == ["nox", "-s", "compare", "--", "--resume", name]
    assert said != f"nox -s compare -- --resume {name}"
