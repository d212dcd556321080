"""What run.json keeps of a target: no secret, and enough to tell when it has changed."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bench.environment.prepare import Environment
from bench.resume.changes import differences
from bench.run.describe import describe
from bench.target.answer import ExpectedAnswer
from bench.target.manifest import Manifest
from bench.target.project import Project
from bench.target.request import Request
from bench.target.target import Target
from lab.files.run_json import TargetFacts

MANIFEST = Manifest(
    title="Mine",
    serve="gunicorn {port}",
    path="/",
    settings="shop.settings",
    env=(("PAYMENTS_KEY", "s3cret"),),
    request=Request((("X-Api-Key", "s3cret"),), '{"card": "s3cret"}'),
    wanted=ExpectedAnswer(201, "s3cret"),
)


def target_of(folder: Path, manifest: Manifest = MANIFEST) -> Target:
    (folder / "requirements.txt").write_text("django==5.2\n")
    return Project("shop", folder, manifest, "~/shop", table="its bench.toml")


def described(target: Target) -> TargetFacts:
    lock = "ef957f1d8e5a7c86bfdb3c9d83bdd4cc3f6cc03ed8ad4c9ea22ce37d7d7b3e2f"
    return describe(target, Environment(target.folder, lock, {"django": "5.2"}, "requirements.txt"))


def said(target: Target, was: TargetFacts) -> list[str]:
    return [each for each in differences(target, was, measured=True) if "its lock" not in each]


def test_what_may_be_a_secret_is_kept_by_its_name_alone(tmp_path: Path) -> None:
    kept = described(target_of(tmp_path))
    assert b"s3cret" not in msgspec.json.encode(kept)
    assert {key: getattr(kept, key) for key in ("env", "headers", "method", "status", "body")} == {
        "env": ["PAYMENTS_KEY"],
        "headers": ["X-Api-Key"],
        "method": "POST",
        "status": 201,
        "body": "text",
    }


def test_a_target_that_is_as_it_was_differs_in_nothing(tmp_path: Path) -> None:
    target = target_of(tmp_path)
    assert said(target, described(target)) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"settings": "shop.other"},
            "'settings' in its bench.toml was 'shop.settings', and is 'shop.other'",
        ),
        (
            {"wanted": ExpectedAnswer(200, "s3cret")},
            "'status' in its bench.toml was 201, and is 200",
        ),
        *(
            (changes, "'env', 'headers', 'post' or 'body' in its bench.toml is not what it was")
            for changes in (
                {"env": (("PAYMENTS_KEY", "other"),)},
                {"request": replace(MANIFEST.request, post=None)},
                {"request": replace(MANIFEST.request, headers=(("X-Api-Key", "other"),))},
                {"wanted": ExpectedAnswer(201, "other")},
            )
        ),
    ],
)
def test_what_has_changed_is_told_without_the_secret(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    was = described(target_of(tmp_path))
    target = target_of(tmp_path, replace(MANIFEST, **changes))
    assert said(target, was) == [f"shop: {message}"]


def test_an_environment_that_is_gone_or_another_is_told(tmp_path: Path) -> None:
    target = target_of(tmp_path)
    was = described(target)
    (found,) = differences(target, was, measured=False)
    assert found == (
        "shop: its lock, requirements.txt, is another: the same versions, with other hashes or "
        "conditions"
    )
    (tmp_path / "uv.lock").write_text("version = 1\n")
    (found,) = differences(target, was, measured=False)
    assert found == "shop: what it is installed from, uv.lock, is not what it was"
    (tmp_path / "uv.lock").unlink()
    (tmp_path / "requirements.txt").unlink()
    (found,) = differences(target, was, measured=False)
    assert found.startswith("shop: nothing says what to install for ~/shop.")
    (found,) = differences(Target("shop", tmp_path, MANIFEST), was, measured=False)
    assert found == "shop: its lock, requirements.txt, is gone"


def test_a_run_of_an_older_version_has_targets_that_are_asked_as_the_labs_own(
    tmp_path: Path,
) -> None:
    plain = Target("one", tmp_path, Manifest(title="Mine", serve="gunicorn {port}", path="/"))
    new = {"project", "settings", "env", "method", "headers", "status", "body", "values", "source"}
    old = {
        key: value
        for key, value in msgspec.structs.asdict(described(plain)).items()
        if key not in new
    }
    assert said(plain, msgspec.convert(old, TargetFacts)) == []
