"""Targets: found without a list, named as asked, and refused by name."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bench.target.manifest import Manifest
from bench.target.target import Target, name_trouble, names, read, select
from lab.errors import UsageError


def make(targets: Path, name: str, tags: str = "[]", *, parent: str | None = None) -> Path:
    folder = targets / name
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(
        f"[tool.bench]\ntitle = 'A view'\nserve = 'server {{port}}'\npath = '/'\ntags = {tags}\n"
        + (f"parent = '{parent}'\nchange = 'another view'\n" if parent else "")
    )
    return folder


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(UsageError) as caught:
        call()
    assert caught.type is UsageError
    assert caught.value.exit_code == 2
    return str(caught.value)


@pytest.fixture
def targets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder `targets` in the current one: `b` and `c` are core, `a` is not."""
    monkeypatch.chdir(tmp_path)
    folder = Path("targets")
    make(folder, "c", "['core']")
    make(folder, "a", "['extra']")
    make(folder, "b", "['sync', 'core']")
    return folder


def test_folders_are_targets_and_files_and_hidden_folders_are_not(targets: Path) -> None:
    (targets / "README.md").write_text("no target")
    (targets / ".venv").mkdir()
    (targets / "__pycache__").mkdir()
    assert names(targets) == ["a", "b", "c"]


def test_a_target_is_its_folder_and_manifest(targets: Path) -> None:
    target = read(targets / "a")
    expected = Target(
        "a",
        targets.resolve() / "a",
        Manifest(title="A view", serve="server {port}", path="/", tags=("extra",)),
    )
    assert expected == target
    assert target.lock == targets.resolve() / "a" / "requirements.txt"


def test_without_a_choice_the_core_is_taken_in_order(targets: Path) -> None:
    assert [target.name for target in select(folder=targets)] == ["b", "c"]


def test_everything_is_everything_in_order(targets: Path) -> None:
    assert [target.name for target in select(everything=True, folder=targets)] == ["a", "b", "c"]


def test_a_choice_keeps_its_order_and_needs_no_tag(targets: Path) -> None:
    assert [target.name for target in select(["c", "a"], folder=targets)] == ["c", "a"]


def test_a_new_folder_is_a_target_at_once(targets: Path) -> None:
    make(targets, "async_new")
    assert [target.name for target in select(["async_new"], folder=targets)] == ["async_new"]


def test_a_misspelt_target_is_offered_the_one_that_was_meant(targets: Path) -> None:
    make(targets, "sync_requests")
    expected = "unknown target 'sync_reqests'. Did you mean 'sync_requests'?"
    assert expected == refusal(lambda: select(["a", "sync_reqests"], folder=targets))


def test_an_unknown_target_like_no_other_is_refused_with_those_there_are(targets: Path) -> None:
    expected = "unknown target 'zzz'. Targets: a, b, c."
    assert expected == refusal(lambda: select(["zzz"], folder=targets))
    assert "unknown target '../targets/a'." in refusal(
        lambda: select(["../targets/a"], folder=targets)
    )


def test_a_target_named_twice_is_refused(targets: Path) -> None:
    expected = "target 'a' is named twice."
    assert expected == refusal(lambda: select(["a", "b", "a"], folder=targets))


def test_by_tags_those_that_carry_any_of_them_are_taken_in_order(targets: Path) -> None:
    def tagged(*tags: str) -> list[str]:
        return [target.name for target in select(tags=tags, folder=targets)]

    assert tagged("sync") == ["b"]
    assert tagged("core") == ["b", "c"]
    assert tagged("sync", "extra") == ["a", "b"]
    assert tagged("extra", "extra") == ["a"]


def test_an_unknown_tag_is_refused_with_the_one_that_was_meant_or_those_there_are(
    targets: Path,
) -> None:
    expected = "unknown tag 'snyc'. Did you mean 'sync'?"
    assert expected == refusal(lambda: select(tags=["core", "snyc"], folder=targets))
    expected = "unknown tag ''. Tags: core, extra, sync."
    assert expected == refusal(lambda: select(tags=[""], folder=targets))


def test_a_parent_that_does_not_exist_is_refused_also_where_it_is_one_of_an_ancestor(
    targets: Path,
) -> None:
    make(targets, "d", parent="zzz")
    make(targets, "e", parent="d")
    expected = (
        "targets/d/pyproject.toml: 'parent' in [tool.bench] is 'zzz', which is no other target. "
        "Targets: a, b, c, e."
    )
    assert expected == refusal(lambda: select(["e"], folder=targets))
    assert [target.name for target in select(["a"], folder=targets)] == ["a"]


def test_a_target_that_is_its_own_parent_is_refused(targets: Path) -> None:
    make(targets, "d", parent="d")
    assert "is 'd', which is no other target." in refusal(lambda: select(["d"], folder=targets))


@pytest.mark.parametrize("chosen", ["x", "y", "z", "leaf"])
def test_a_circle_of_parents_is_refused_whichever_of_them_is_chosen(
    targets: Path, chosen: str
) -> None:
    for name, parent in (("x", "y"), ("y", "z"), ("z", "x"), ("leaf", "x")):
        make(targets, name, parent=parent)
    circles = {
        "x": ("z", "x -> y -> z -> x"),
        "y": ("x", "y -> z -> x -> y"),
        "z": ("y", "z -> x -> y -> z"),
        "leaf": ("z", "x -> y -> z -> x"),
    }
    last, circle = circles[chosen]
    expected = (
        f"targets/{last}/pyproject.toml: 'parent' in [tool.bench] is {circle[0]!r}, which closes "
        f"a circle, from child to parent: {circle}. One of them must have another parent, or none."
    )
    assert expected == refusal(lambda: select([chosen], folder=targets))


def test_where_nothing_is_tagged_core_the_way_out_is_named(tmp_path: Path) -> None:
    make(tmp_path, "a")
    expected = (
        f"{tmp_path}: no target to run: none is tagged 'core'. "
        f"Name some with --only, or take --all."
    )
    assert expected == refusal(lambda: select(folder=tmp_path))


def test_who_asked_for_all_of_nothing_is_not_told_to_ask_for_all(tmp_path: Path) -> None:
    message = refusal(lambda: select(everything=True, folder=tmp_path))
    assert message.startswith(f"{tmp_path}: ")
    assert "--all" not in message


def test_a_missing_folder_of_targets_is_named(tmp_path: Path) -> None:
    expected = f"{tmp_path / 'targets'}: no such folder, and targets are found there."
    assert expected == refusal(lambda: select(folder=tmp_path / "targets"))


@pytest.mark.parametrize("name", ["1st", "a b", "a.b", "-a", "\N{GREEK SMALL LETTER ALPHA}"])
def test_a_name_that_is_none_is_refused(targets: Path, name: str) -> None:
    folder = make(targets, name)
    expected = (
        f"targets/{name}: {name!r} is no name for a target: use letters, digits, "
        f"'_' and '-', and begin with a letter. Rename the folder."
    )
    assert expected == refusal(lambda: read(folder))


@pytest.mark.parametrize(
    ("name", "taken", "what"),
    [
        ("control", "control", "under it the baseline runs a second time"),
        ("Control", "control", "under it the baseline runs a second time"),
        ("nginx", "nginx", "under it nginx runs as a reference"),
    ],
)
def test_the_names_of_control_and_reference_are_taken(
    targets: Path, name: str, taken: str, what: str
) -> None:
    folder = make(targets, name)
    expected = f"targets/{name}: the name {taken!r} is taken: {what}. Rename the folder."
    assert expected == refusal(lambda: read(folder))


def test_what_can_be_a_name() -> None:
    good = ["a", "sync_requests", "Async-2", "a" * 100, "controls"]
    assert {name: name_trouble(name) for name in good} == dict.fromkeys(good)
    assert {name: name_trouble(name) for name in ("nginx", "NGINX", "CONTROL", "a" * 101)} == {
        "nginx": "the name 'nginx' is taken: under it nginx runs as a reference.",
        "NGINX": "the name 'nginx' is taken: under it nginx runs as a reference.",
        "CONTROL": "the name 'control' is taken: under it the baseline runs a second time.",
        "a" * 101: "a target's name has 100 letters at the most, and this has 101.",
    }


def test_a_folder_without_a_pyproject_is_named(targets: Path) -> None:
    (targets / "empty").mkdir()
    expected = (
        "targets/empty: no pyproject.toml. A target has one, with a [tool.bench] table; "
        "the README says how to add a target."
    )
    assert expected == refusal(lambda: select(everything=True, folder=targets))


def test_a_broken_manifest_is_named_by_its_file(targets: Path) -> None:
    (targets / "a" / "pyproject.toml").write_text("[tool.bench]\ntitel = 'x'\n")
    expected = (
        "targets/a/pyproject.toml: unknown key 'titel' in [tool.bench]. Did you mean 'title'?"
    )
    assert expected == refusal(lambda: select(["a"], folder=targets))
