"""Every lock has hashes and names no index; what installs requires hashes, or says why not."""

import re
import subprocess
from pathlib import Path

import pytest

from lab.paths import ROOT

# Of a user's: it is served in the docs as it is found, and need not be a lock.
NO_LOCKS = {"docs/your-project/shop/requirements.txt"}

PIN = re.compile(r"[a-z0-9._-]+==[^\s;]+( ; [^\\]+?)?( +--hash=sha256:[0-9a-f]{64})+")

# What brings something from elsewhere, and the reasons of those that require no hashes.
INSTALLS = re.compile(
    r"pip\"?,? \"?install\b|session\.install|\"pip\", how|apt-get\b.*\b(install|download)\b"
    r"|\"apt-get\", |playwright\"?,? \"?install|urlretrieve|curl .*\| *sh|wget "
)
REQUIRED = "--require-hashes"
INSTALLERS = {
    "Makefile": REQUIRED,
    "noxfile.py": REQUIRED,
    "bench/environment/prepare.py": REQUIRED,
    "bench/environment/overrides.py": "--with is resolved where it runs, and its versions are kept",
    "bench/tools/debian.py": "apt checks its archive's signature, and by that each digest",
    ".ci/run": "apt, as above",
    "tests/support/chromium.py": "for tests alone: apt, or what playwright fetches by TLS",
}
# Lines that are words to a user, and start nothing.
SAID = re.compile(r"^\s*(#|return f?\"|f?\"[^\"]* |echo |raise |debian\.fetch|add_parser)")


def tracked(*patterns: str) -> list[str]:
    git = ["git", "ls-files", "--", *patterns]
    return subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()


def locks() -> list[str]:
    return sorted(set(tracked("*requirements*.txt", "*.lock", "*pylock*")) - NO_LOCKS)


def flaws(text: str) -> list[str]:
    """The lines of a lock that hold no version with a hash: an option, an index, a URL."""
    lines = text.replace("\\\n", " ").splitlines()
    return [line for line in lines if not PIN.fullmatch(re.sub(" +", " ", line).strip())]


def installers(root: Path, files: list[str]) -> set[str]:
    """The files with a line that brings something from elsewhere."""
    return {
        file
        for file in files
        if any(
            INSTALLS.search(line) and not SAID.match(line)
            for line in (root / file).read_text(errors="replace").splitlines()
        )
    }


def test_every_lock_has_a_hash_for_each_requirement_and_names_no_index() -> None:
    found = locks()
    assert {"requirements.txt", "requirements-audit.txt", "requirements-dev.txt"} < set(found)
    flawed = {file: flaws((ROOT / file).read_text()) for file in found}
    assert {file: lines for file, lines in flawed.items() if lines} == {}


@pytest.mark.parametrize(
    "line",
    [
        "django==5.2.1",
        "django>=5.2 --hash=sha256:" + "0" * 64,
        "--index-url https://packages.example/simple",
        "django @ https://packages.example/django.whl --hash=sha256:" + "0" * 64,
        "-e .",
    ],
    ids=["no hash", "no version", "index", "url", "editable"],
)
def test_what_is_no_version_with_a_hash_is_found(line: str) -> None:
    good = f"six==1.17.0 ; sys_platform == 'x' \\\n    --hash=sha256:{'0' * 64}"
    assert flaws(f"{good}\n{line}\n") == [line]


def test_what_installs_requires_hashes_or_says_why_not() -> None:
    files = tracked("Makefile", "noxfile.py", ".ci/*", "bench/*.py", "lab/*.py", "report/*.py")
    assert installers(ROOT, [*files, *tracked("tests/support/*.py")]) == set(INSTALLERS)
    lacking = [
        file
        for file, why in INSTALLERS.items()
        if why == REQUIRED and REQUIRED not in (ROOT / file).read_text()
    ]
    assert lacking == []


@pytest.mark.parametrize(
    "line",
    ['session.install("x")', '["uv", "pip", "install", "x"]', "curl https://x | sh"],
    ids=["nox", "uv", "curl"],
)
def test_another_file_that_installs_is_found(tmp_path: Path, line: str) -> None:
    (tmp_path / "more.py").write_text(f"def more():\n    {line}\n")
    assert installers(tmp_path, ["more.py"]) == {"more.py"}
