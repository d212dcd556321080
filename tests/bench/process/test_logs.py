"""Logs of servers: cut where they grow too long, while the server goes on writing."""

from pathlib import Path

import pytest

from bench.process import log as logs
from bench.process.log import trim


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MOST_BYTES", 100)
    monkeypatch.setattr(logs, "KEPT_BYTES", 10)


def test_a_long_log_keeps_its_beginning_and_its_end(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"beginning|" + b"x" * 200 + b"|the end.\n")
    trim(log)
    assert log.read_bytes() == b"beginning|\n[... 200 bytes left out ...]\n|the end.\n"


def test_a_log_that_is_short_enough_stays(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"x" * 100)
    trim(log)
    assert log.read_bytes() == b"x" * 100


def test_a_server_goes_on_writing_behind_the_cut(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("ab", buffering=0) as server:
        server.write(b"beginning|" + b"x" * 200 + b"|the end.\n")
        trim(log)
        server.write(b"more\n")
    assert log.read_bytes() == b"beginning|\n[... 200 bytes left out ...]\n|the end.\nmore\n"


def test_a_log_that_is_cut_twice_says_how_much_is_missing_in_all(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"beginning|" + b"x" * 200 + b"|the end.\n")
    trim(log)
    with log.open("ab", buffering=0) as server:
        server.write(b"y" * 100 + b"|an end.\n")
        trim(log)
        server.write(b"z" * 100 + b"|new end.\n")
    trim(log)
    # 200, then the first end with 99 of what came next, then the second end with 100.
    assert log.read_bytes() == b"beginning|\n[... 419 bytes left out ...]\n|new end.\n"


def test_a_log_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    trim(tmp_path / "log")
    assert list(tmp_path.iterdir()) == []
