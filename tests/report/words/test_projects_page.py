"""What the page says of a project of the user's, and of the lab's own targets beside it."""

from pathlib import Path
from typing import Any

import pytest

from lab.files import json_text
from lab.files.run_json import TargetFacts
from report.words import projects
from tests.support import runs

DESCRIBED: dict[str, Any] = runs.run()["targets"]["sync_requests"]
SHOPS: dict[str, Any] = DESCRIBED | {
    "project": "~/code/shop",
    "settings": "shop.settings.bench",
    "env": ["CATALOGUE_URL", "SHOP_KEY"],
    "method": "POST",
    "headers": ["X-Api-Key"],
    "status": 201,
    "body": "none",
    "upstream_calls": 3,
    "source": "requirements.txt, without hashes",
}


def facts(described: dict[str, Any]) -> TargetFacts:
    return json_text.convert(described, TargetFacts)


OWN, SHOP = facts(DESCRIBED), facts(SHOPS)


def test_of_the_labs_own_there_is_nothing_to_add() -> None:
    targets = {"sync_requests": OWN, "control": OWN}
    assert projects.asked(OWN) == projects.source(OWN) == projects.not_one_call(targets) == ""
    assert projects.checked(targets) == ""


def test_of_a_project_it_is_said_where_it_lies_how_it_was_asked_and_what_it_is_made_of() -> None:
    assert projects.asked(SHOP) == (
        "A project in ~/code/shop. It was asked with a POST and header X-Api-Key. It was to answer "
        "with status 201 and a body that was not checked, after 3 calls to the upstream. Its "
        "settings were shop.settings.bench. Its server had CATALOGUE_URL and SHOP_KEY set."
    )
    assert projects.source(SHOP) == "From requirements.txt, without hashes."


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"upstream_calls": 0}, "status 200 and the upstream's JSON, after 0 calls to"),
        ({"body": "text"}, "status 200 and a text of its own, after 1 call to"),
    ],
)
def test_what_differs_in_one_thing_is_told_whole(changes: dict[str, Any], said: str) -> None:
    assert said in projects.asked(facts(DESCRIBED | changes))


def test_limits_are_said_to_be_those_of_targets_that_call_once(tmp_path: Path) -> None:
    run = runs.run(
        targets={"sync_requests": DESCRIBED | runs.CONTROL, "shop": SHOPS | runs.CONTROL}
    )
    samples = [runs.sample("sync_requests", 1, 3.0), runs.sample("shop", 1, 3.0)]
    page = runs.page_of(tmp_path / "run", run, samples).read_text()
    assert "It is that of targets that call it once: not of shop. A bar" in page
    assert "checked to answer what its manifest says, with as many calls" in page
    assert "A project in ~/code/shop. It was asked with a POST" in page
    assert "From requirements.txt, without hashes." in page
