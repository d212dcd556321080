"""Where an environment comes from, and what makes it another one."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.environment.source import installed, require_program, source_of
from bench.target.manifest import Manifest
from bench.target.project import Project
from bench.target.target import Target
from lab.errors import UsageError

HASHED = "django==5.2 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"


def target_of(folder: Path, **keys: Any) -> Project:
    manifest = Manifest(title="Mine", serve="gunicorn {port}", path="/", **keys)
    return Project("shop", folder, manifest, "~/shop", table="its bench.toml")


def own_of(folder: Path) -> Target:
    return Target("shop", folder, Manifest(title="Ours", serve="gunicorn {port}", path="/"))


def refusal(target: Target) -> str:
    with pytest.raises(UsageError) as caught:
        source_of(target)
    return str(caught.value)


def make_venv(folder: Path, **versions: str) -> None:
    packages = folder / "lib" / "python3.12" / "site-packages"
    packages.mkdir(parents=True, exist_ok=True)
    (folder / "bin").mkdir(exist_ok=True)
    (folder / "bin" / "python").touch()
    (folder / "pyvenv.cfg").write_text("home = /usr/bin\nversion_info = 3.12.1.final.0\n")
    for name, version in versions.items():
        info = packages / f"{name}.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text(f"Name: {name}\nVersion: {version}\n")


def test_what_the_manifest_names_comes_first_then_uv_lock_then_requirements_txt(
    tmp_path: Path,
) -> None:
    (tmp_path / "requirements.txt").write_text(HASHED)
    assert source_of(target_of(tmp_path)).name == "requirements.txt"
    (tmp_path / "uv.lock").write_text("version = 1\n")
    assert source_of(target_of(tmp_path)).kind == "uv.lock"
    (tmp_path / "prod.txt").write_text("django\n")
    make_venv(tmp_path / ".venv")
    assert source_of(target_of(tmp_path, requirements="prod.txt")).path == tmp_path / "prod.txt"
    assert source_of(target_of(tmp_path, venv=".venv")).path == tmp_path / ".venv"
    # The lab's own have requirements.txt.
    assert source_of(own_of(tmp_path)).name == "requirements.txt"


def test_without_any_the_three_ways_are_named(tmp_path: Path) -> None:
    assert refusal(target_of(tmp_path)) == (
        "shop: nothing says what to install for ~/shop. Put a requirements.txt or a uv.lock there, "
        "or name another file as 'requirements', or a ready virtual environment as 'venv', in its "
        "bench.toml."
    )


def test_one_of_the_labs_own_without_a_lock_is_told_what_writes_it(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_text("version = 1\n")
    assert refusal(own_of(tmp_path)) == (
        f"{tmp_path}: no requirements.txt, the lock it is installed from. `nox -s lock` writes it."
    )


@pytest.mark.parametrize("name", ["gone.txt", ".", "a" * 5000])
def test_a_requirements_file_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    assert refusal(target_of(tmp_path, requirements=name)) == (
        f"shop: 'requirements' in its bench.toml is {name!r}, and there is no such file."
    )


@pytest.mark.parametrize("name", ["gone", ".", "~no-such-user/venv", "a" * 5000])
def test_a_virtual_environment_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    assert refusal(target_of(tmp_path, venv=name)) == (
        f"shop: 'venv' in its bench.toml is {name!r}, and there is no virtual environment: no "
        f"bin/python or no pyvenv.cfg in it."
    )


def test_a_lock_is_known_by_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(HASHED)
    expected = hashlib.sha256(HASHED.encode()).hexdigest()
    assert source_of(target_of(tmp_path)).digest() == expected


def test_what_a_requirements_file_includes_is_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "prod.txt").write_text("-r base.txt  # all\n-c gone.txt\n")
    base = tmp_path / "requirements" / "base.txt"
    base.write_text("-r prod.txt\ndjango==5.2\n")
    source = source_of(target_of(tmp_path, requirements="requirements/prod.txt"))
    before = source.digest()
    assert not source.fully_hashed()
    base.write_text("-r prod.txt\ndjango==5.3\n")
    assert source.digest() != before


@pytest.mark.parametrize(
    ("text", "hashed"),
    [
        (HASHED, True),
        ("", True),
        (f"# a lock\n--index-url https://index.example\n{HASHED}", True),
        (f"{HASHED}requests==2\n", False),
        ("django>=5.2\n", False),
        ("-e .\n", False),
    ],
)
def test_hashes_are_required_where_every_package_has_one(
    tmp_path: Path, text: str, *, hashed: bool
) -> None:
    (tmp_path / "requirements.txt").write_text(text)
    source = source_of(target_of(tmp_path))
    assert source.fully_hashed() == hashed
    assert source.described() == (
        "requirements.txt" if hashed else "requirements.txt, without hashes"
    )


def test_a_virtual_environment_is_known_by_its_python_and_packages(tmp_path: Path) -> None:
    make_venv(tmp_path / "venv", Django="5.2", six="1")
    source = source_of(target_of(tmp_path, venv="venv"))
    assert source.described() == "the virtual environment venv, Python 3.12.1"
    assert installed(source.path) == {"django": "5.2", "six": "1"}
    before = source.digest()
    make_venv(tmp_path / "venv", Django="5.2.1")
    assert source.digest() != before


def test_a_server_that_only_the_users_path_has_is_none_of_its_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "requirements.txt").write_text("django\n")
    for place in ("usr", "env"):
        (tmp_path / place).mkdir()
    program = tmp_path / "usr" / "gunicorn"
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "usr"))
    target = target_of(tmp_path)
    source = source_of(target)
    with pytest.raises(UsageError) as caught:
        require_program(target, source, tmp_path / "env")
    assert str(caught.value) == (
        "shop: 'serve' in its bench.toml starts 'gunicorn', which is not in its environment "
        "(requirements.txt, without hashes). Add it to requirements.txt; a program from elsewhere "
        "is named by its path."
    )
    named = replace(target, manifest=replace(target.manifest, serve=f"{program} {{port}}"))
    require_program(named, source, tmp_path / "env")
    require_program(target, source, tmp_path / "usr")
