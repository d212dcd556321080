"""What is known of engines without running one, and how a build is told."""

import pytest

from lab.engines import DEFAULT, Build, EngineFacts, facts
from lab.level import Level

DIGEST = "4f2a9c0d5e6b7a81" + 48 * "0"


@pytest.mark.parametrize(
    ("build", "said", "word"),
    [
        (Build("hey", "0.1.4", DIGEST), "hey 0.1.4, sha256 4f2a9c0d5e6b7a81", True),
        (Build("hey", None, DIGEST), "hey of an unknown version, sha256 4f2a9c0d5e6b7a81", True),
        (Build("other", "2"), "other 2", True),
        (Build("hey"), "hey of a build that is not known", False),
    ],
)
def test_a_build_is_told_by_what_is_known_of_it(build: Build, said: str, *, word: bool) -> None:
    assert str(build) == said
    assert build.word == (said if word else None)


def test_hey_keeps_a_million_times_and_shows_its_command() -> None:
    hey = facts("hey")

    assert (hey.keeps(1_000_000), hey.keeps(1_000_001)) == (True, False)
    assert hey.shown_command is not None
    command = hey.shown_command(Level(150, 30))
    assert (command[:5], command[-1]) == (["hey", "-n", "150", "-c", "30"], "URL")
    assert hey.shown_level(Level(300, 50)) == "-n 300 -c 50"
    assert DEFAULT == "hey"


def test_an_engine_that_nobody_knows_keeps_everything() -> None:
    other = facts("other")

    assert other == EngineFacts("other")
    assert other.keeps(10**9)
    assert other.shown_level(Level(300, 50)) == "300/50"
