"""Which hey it is: its version and digest, read and not asked for."""

from pathlib import Path

from bench.tools.hey import build_of
from lab.engines import Build
from tests.bench.tools.test_go import INSTALLED


def test_a_build_is_told_by_version_and_digest_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "hey").write_bytes(INSTALLED)
    (tmp_path / "script").write_bytes(b"abc")

    installed, script = build_of(str(tmp_path / "hey")), build_of(str(tmp_path / "script"))

    assert installed.version == "0.1.4"
    assert script == Build(
        "hey", None, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )
    assert len({installed.sha256, script.sha256}) == 2


def test_a_program_that_cannot_be_read_is_of_a_build_that_is_not_known(tmp_path: Path) -> None:
    assert build_of(str(tmp_path / "gone")) == Build("hey")


def test_the_real_one_has_a_build(hey: str) -> None:
    build = build_of(hey)

    assert (build.name, len(build.sha256 or "")) == ("hey", 64)
    assert build.word == str(build)
