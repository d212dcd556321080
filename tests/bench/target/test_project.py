"""Projects from anywhere on disk: found, named and refused."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bench.target.code import code_digest
from bench.target.edges.ends import undeclared_of
from bench.target.project import joined, read_project
from bench.target.target import control_of, select
from lab.errors import UsageError

LINES = "title = 'Mine'\nserve = 'server {port}'\npath = '/'\n"
GUIDE = "docs/your-project.md"


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(UsageError) as caught:
        call()
    assert caught.value.exit_code == 2
    return str(caught.value)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in `shop`, which lies in the current folder and in the user's home."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return make("shop")


def make(name: str, more: str = "") -> Path:
    folder = Path(name)
    folder.mkdir(parents=True)
    (folder / "bench.toml").write_text(LINES + more)
    return folder


def test_a_project_is_called_as_its_folder_and_kept_by_its_place_from_home(shop: Path) -> None:
    target = read_project("shop")
    assert (target.name, target.folder) == ("shop", shop.resolve())
    assert (target.path, target.table) == ("~/shop", "its bench.toml")
    # As it is kept, it is found again from any folder.
    assert read_project("~/shop") == target


def test_a_project_elsewhere_than_at_home_is_kept_by_its_whole_path(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(shop / "home"))
    assert read_project("shop").path == str(shop.resolve())


def test_its_manifest_may_stand_in_its_pyproject(shop: Path) -> None:
    (shop / "bench.toml").unlink()
    (shop / "pyproject.toml").write_text(f"[project]\nname = 'x'\n[tool.bench]\n{LINES}")
    target = read_project("shop")
    assert (target.manifest.title, target.table) == ("Mine", "its [tool.bench]")


def test_a_pyproject_about_other_things_leaves_it_to_the_bench_toml(shop: Path) -> None:
    (shop / "pyproject.toml").write_text("[tool.ruff]\n")
    assert read_project("shop").table == "its bench.toml"


def test_two_manifests_are_refused_and_both_named(shop: Path) -> None:
    (shop / "pyproject.toml").write_text(f"[tool.bench]\n{LINES}")
    assert refusal(lambda: read_project("shop")) == (
        "--target 'shop' has two manifests, [tool.bench] in its pyproject.toml and its "
        "bench.toml: take one away."
    )


def test_without_a_manifest_it_is_told_where_one_is_shown(shop: Path) -> None:
    (shop / "bench.toml").unlink()
    assert refusal(lambda: read_project("shop")) == (
        f"--target 'shop' has no manifest: neither a bench.toml nor a [tool.bench] table in a "
        f"pyproject.toml. {GUIDE} shows one."
    )


@pytest.mark.parametrize(
    "given", ["", "gone", "shop/bench.toml", "~no-such-user/x", "a" * 5000, "\x1b"]
)
@pytest.mark.usefixtures("shop")
def test_what_is_no_folder_is_refused(given: str) -> None:
    assert refusal(lambda: read_project(given)) == (
        f"--target {given!r} is no folder that can be read. It takes that of a Django project; "
        f"{GUIDE} tells more."
    )


@pytest.mark.usefixtures("shop")
def test_a_path_that_no_terminal_can_show_is_refused() -> None:
    make("a\x1b[2J")
    assert refusal(lambda: read_project("a\x1b[2J")) == (
        r"--target 'a\x1b[2J': its path holds what cannot be shown. Make a copy, or rename it."
    )


def test_a_wrong_key_is_told_with_its_file(shop: Path) -> None:
    (shop / "bench.toml").write_text(f"{LINES}servs = 1\n")
    assert refusal(lambda: read_project("shop")) == (
        "shop/bench.toml: unknown key 'servs' in the file. Did you mean 'serve'?"
    )


@pytest.mark.parametrize(
    ("folder", "more", "called"),
    [("my shop", "", "my shop"), ("control", "", "control"), ("a", "name = '1st'\n", "1st")],
)
@pytest.mark.usefixtures("shop")
def test_a_name_that_is_none_is_to_be_set(folder: str, more: str, called: str) -> None:
    make(folder, more)
    message = refusal(lambda: read_project(folder))
    assert message.startswith(f"--target {folder!r}: ")
    assert repr(called) in message
    assert message.endswith(" Set 'name' in its bench.toml.")


@pytest.mark.usefixtures("shop")
def test_a_name_that_another_target_has_is_to_be_set() -> None:
    make("other/Shop")
    make("other/fine", "name = 'sync_pooled'\n")
    assert refusal(lambda: joined([], ["shop", "other/Shop"])) == (
        "--target 'other/Shop' is called 'Shop', as another target of this run is: set 'name' in "
        "its bench.toml."
    )
    selected = select(["sync_pooled"])
    assert "set 'name' in its bench.toml" in refusal(lambda: joined(selected, ["other/fine"]))
    assert refusal(lambda: joined([], ["other/fine"])) == (
        "--target 'other/fine' is called 'sync_pooled', as a target of the lab is: set 'name' in "
        "its bench.toml."
    )


@pytest.mark.usefixtures("shop")
def test_one_project_twice_is_refused() -> None:
    assert refusal(lambda: joined([], ["shop", "./shop/"])) == "--target './shop/' is named twice."


@pytest.mark.usefixtures("shop")
def test_projects_join_the_selected_targets_in_order() -> None:
    make("child", "parent = 'shop'\nchange = 'x'\n")
    make("grown", "parent = 'async_httpx'\nchange = 'x'\n")
    targets = joined(select(["sync_pooled"]), ["child", "shop", "grown"])
    assert [target.name for target in targets] == ["sync_pooled", "child", "shop", "grown"]
    assert refusal(lambda: joined([], ["child"])).startswith(
        "~/child: 'parent' in bench.toml is 'shop', which is no other target."
    )


@pytest.mark.usefixtures("shop")
def test_two_projects_of_one_name_have_environments_of_their_own() -> None:
    make("other/shop")
    slugs = {read_project(path).slug for path in ("shop", "other/shop")}
    assert len(slugs) == 2
    # No target under targets/ can be called so.
    assert all(slug.startswith("shop.") for slug in slugs)
    assert control_of(read_project("shop")).slug == read_project("shop").slug


def test_the_code_of_a_project_is_not_that_of_an_environment_in_it(shop: Path) -> None:
    (shop / "views.py").write_text("x = 1")
    before = code_digest(read_project("shop"))
    for name in (".venv", "env"):
        (shop / name).mkdir()
        (shop / name / "pyvenv.cfg").write_text("")
        (shop / name / "six.py").write_text("x = 2")
    assert code_digest(read_project("shop")) == before
    (shop / "views.py").write_text("x = 3")
    assert code_digest(read_project("shop")) != before


@pytest.mark.usefixtures("shop")
def test_two_projects_that_are_each_others_parents_are_refused() -> None:
    make("one", "parent = 'two'\nchange = 'x'\n")
    make("two", "parent = 'one'\nchange = 'x'\n")
    assert refusal(lambda: joined([], ["one", "two"])) == (
        "~/two: 'parent' in bench.toml is 'one', which closes a circle, from child to parent: "
        "one -> two -> one. One of them must have another parent, or none."
    )


@pytest.mark.usefixtures("shop")
def test_what_a_project_differs_in_from_a_parent_of_the_labs_is_told() -> None:
    make("grown", "parent = 'sync_requests'\nchange = 'something else'\n")
    (grown,) = joined([], ["grown"])
    first, *_, last = undeclared_of(grown)
    assert first == "the server gunicorn there, server here"
    assert last == "path /sync/test there, / here"
