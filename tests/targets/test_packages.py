"""What every target is installed with: locks, and packages that are what they say."""

import re
import subprocess

from bench.environment.prepare import Environment
from bench.target.edges.packages import locked
from bench.target.target import Target
from tests.targets.served import EVERY


def test_every_lock_has_hashes_names_no_index_and_holds_django_5_2() -> None:
    for each in EVERY:
        text = each.lock.read_text()
        assert locked(text)["django"].startswith("5.2.")
        assert "://" not in text
        assert "--index-url" not in text
        packages = re.split(r"\n(?=\S)", text.strip())
        assert [package for package in packages if "--hash=sha256:" not in package] == []


def test_installed_versions_are_what_their_metadata_says(
    target: Target, environments: dict[str, Environment]
) -> None:
    """niquests, for one, puts another urllib3 in the place of urllib3."""
    versions = environments[target.name].versions
    assert versions["django"] == locked(target.lock.read_text())["django"]
    if "urllib3" in versions:
        python = environments[target.name].bin / "python"
        done = subprocess.run(
            [python, "-c", "import urllib3; print(urllib3.__version__)"],
            env={},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == versions["urllib3"]
