"""What is taken from the distribution's packages is what the distribution signed."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from bench.tools import debian
from lab.errors import MachineError

pytestmark = pytest.mark.skipif(
    not (debian.packages_are_here() and shutil.which("dpkg-deb")), reason="takes Debian's tools"
)


def archive(folder: Path, *, trusted: bool, digest: str | None = None) -> Path:
    """Apt's configuration for an archive of one package, which nobody signed.

    apt takes it nevertheless where its user says `trusted`. `digest` is what its index says.
    """
    root, repository = folder / "root", folder / "repository"
    (root / "DEBIAN").mkdir(parents=True)
    (root / "usr" / "bin").mkdir(parents=True)
    (root / "usr" / "bin" / "tool").write_text("#!/bin/sh\n")
    control = "Package: tool\nVersion: 1\nArchitecture: all\nMaintainer: x\nDescription: x\n"
    (root / "DEBIAN" / "control").write_text(control)
    repository.mkdir()
    package = repository / "tool_1_all.deb"
    subprocess.run(["dpkg-deb", "--build", root, package], check=True, capture_output=True)
    data = package.read_bytes()
    index = f"Filename: ./{package.name}\nSize: {len(data)}\n"
    index += f"SHA256: {digest or hashlib.sha256(data).hexdigest()}\n"
    (repository / "Packages").write_text(control + index)
    (folder / "sources.list").write_text(
        f"deb {'[trusted=yes] ' if trusted else ''}file:{repository} ./\n"
    )
    configuration = folder / "apt.conf"
    configuration.write_text(
        f'Dir::Etc::sourcelist "{folder}/sources.list";\nDir::Etc::sourceparts "-";\n'
    )
    return configuration


def fetched(tmp_path: Path) -> Path:
    tool = tmp_path / "bin" / "tool"
    debian.fetch("tool", "usr/bin/tool", tool, advice="Install it.")
    return tool


def test_a_package_is_taken_and_the_system_is_not_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APT_CONFIG", str(archive(tmp_path, trusted=True)))
    assert fetched(tmp_path).read_text() == "#!/bin/sh\n"
    assert subprocess.run(["dpkg", "-s", "tool"], check=False, capture_output=True).returncode == 1


@pytest.mark.parametrize("digest", [None, "0" * 64], ids=["unsigned", "another-digest"])
def test_what_nobody_signed_or_was_changed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, digest: str | None
) -> None:
    trusted = digest is not None
    monkeypatch.setenv("APT_CONFIG", str(archive(tmp_path, trusted=trusted, digest=digest)))
    with pytest.raises(MachineError, match="tool is missing, and its package could not be fetched"):
        fetched(tmp_path)
    assert not (tmp_path / "bin").exists()
