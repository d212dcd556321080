"""What the README says is true: its commands, options, profile and manifest."""

import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import pytest
from msgspec import structs

from bench.command import check, clean, cli, lock, new, serve
from bench.plan.profile import load_profile, parse_profile
from bench.target.manifest import parse_manifest
from bench.target.table import Table
from bench.target.target import names, select
from lab.errors import UsageError
from lab.paths import PROFILES, ROOT, TOOLS

SHOP = ROOT / "docs" / "your-project" / "shop"
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```", README, re.MULTILINE | re.DOTALL)
    return [re.sub(rf"^{indent}", "", text, flags=re.MULTILINE) for indent, text in found]


def commands() -> list[str]:
    return [line.strip() for block in blocks("sh") for line in block.splitlines()]


def sessions() -> set[str]:
    text = (ROOT / "noxfile.py").read_text()
    return set(re.findall(r"^def (\w+)\(session: nox.Session\) -> None", text, re.MULTILINE))


def test_the_two_commands_come_first() -> None:
    assert commands()[:2] == ["make compare", "make test"]


@pytest.mark.parametrize("command", commands())
def test_every_command_names_what_there_is(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is taken as far as its options go; `tests/whole/test_fresh_clone.py` runs the first."""
    words = shlex.split(command)
    if words[0] == "make":
        assert f"\n{words[1]}: $(READY)\n" in (ROOT / "Makefile").read_text()
        return
    if words[0] == "export":
        assert words[1].startswith(f"PATH=$PWD/{TOOLS.relative_to(ROOT)}/nox/bin:")
        return
    assert words[:2] == ["nox", "-s"]
    assert words[2] in sessions()
    assert words[3:4] in ([], ["--"])
    if words[2] in ("compare", "serve", "check", "new", "lock", "clean"):
        # The example target of the README is one that its reader makes.
        arguments = [word.replace("my_target", "sync_pooled") for word in words[4:]]
        arguments = [word.replace("PATH", str(SHOP)) for word in arguments]
        monkeypatch.setattr(cli, "compare", lambda *_, **_options: 0)
        monkeypatch.setattr(cli, "resume", lambda *_, **_options: 0)
        monkeypatch.setattr(serve, "serve", lambda *_, **_options: 0)
        monkeypatch.setattr(check, "check", lambda *_, **_options: 0)
        monkeypatch.setattr(new, "new", lambda *_: 0)
        monkeypatch.setattr(clean, "clean", lambda **_options: 0)
        monkeypatch.setattr(lock, "compile_lock", lambda _lock, _options: None)
        assert cli.main([words[2], *arguments]) == 0


def test_every_session_is_in_the_noxfiles_index_and_in_the_readme() -> None:
    index = (ROOT / "noxfile.py").read_text().split('"""')[1]
    assert set(re.findall(r"^(\w+) +\w", index, re.MULTILINE)) == sessions()
    assert {name for name in sessions() if f"nox -s {name}" not in README} == set()


def test_nox_lists_every_session_with_a_line_of_its_own() -> None:
    nox = ROOT / ".tools" / "nox" / "bin" / "nox"
    program = [str(nox)] if nox.exists() else ["nox"]
    listed = subprocess.run(
        [*program, "-l"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    found = dict(re.findall(r"^[*-] (\w+) -> (.+)$", listed, re.MULTILINE))
    assert found.keys() == sessions()
    assert re.findall(r"^\* (\w+)", listed, re.MULTILINE) == ["compare"]


def test_the_table_of_options_is_that_of_the_command_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    table = README.split("## Options of `compare`")[1].split("\n## ")[0]
    documented = set(re.findall(r"^\| `(--[a-z-]+)", table, re.MULTILINE))
    with pytest.raises(SystemExit):
        cli.main(["compare", "--help"])
    helped = set(re.findall(r"^  (--[a-z-]+)", capsys.readouterr().out, re.MULTILINE))
    assert documented == helped


def test_the_example_profile_is_the_default_one() -> None:
    (text,) = [block for block in blocks("toml") if "[upstream]" in block]
    example = parse_profile("steady", Table(tomllib.loads(text), "README.md", ""))
    assert structs.replace(example, source="steady") == load_profile("steady")


def test_the_profiles_named_are_those_there_are() -> None:
    assert {path.stem for path in PROFILES.glob("*.toml")} == {"steady", "article"}
    assert "(`steady`, `article`)" in README


def test_the_example_manifest_is_accepted() -> None:
    (text,) = [block for block in blocks("toml") if "[tool.bench]" in block]
    manifest = parse_manifest(Table(tomllib.loads(text), "README.md", ""))
    assert (manifest.slots, manifest.parent, manifest.tags) == (40, "sync_requests", ("sync",))


def test_the_files_it_links_to_exist() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_a_target_is_added_by_a_folder_alone(tmp_path: Path) -> None:
    """As the README says: found without being listed anywhere."""
    (tmp_path / "mine").mkdir()
    assert names(tmp_path) == ["mine"]
    with pytest.raises(UsageError, match=r"mine: no pyproject\.toml\."):
        select(["mine"], folder=tmp_path)
