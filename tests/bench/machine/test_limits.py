"""The limit of open files: raised where that is allowed, told where it is not."""

import resource

import pytest

from bench.machine.open_files import allow_files, files_needed
from lab.errors import MachineError
from lab.level import Level

LEVELS = [Level(150, 30), Level(1000, 100), Level(300, 50)]


def test_a_server_of_one_process_holds_two_connections_for_each_request_in_flight() -> None:
    assert files_needed(LEVELS) == 264


@pytest.mark.parametrize(("calls", "files"), [(0, 164), (3, 464), (10, 1164), (1000, 1164)])
def test_a_server_holds_as_many_connections_to_the_upstream_as_a_request_makes_calls(
    calls: int, files: int
) -> None:
    assert files_needed(LEVELS, calls) == files


@pytest.mark.parametrize("soft", [264, 1024, resource.RLIM_INFINITY])
def test_where_there_is_room_nothing_is_said_or_changed(
    monkeypatch: pytest.MonkeyPatch, soft: int
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (soft, resource.RLIM_INFINITY))
    monkeypatch.setattr(resource, "setrlimit", lambda *_: pytest.fail("it was changed"))
    allow_files(LEVELS, pytest.fail)


@pytest.mark.parametrize("hard", [264, 4096, resource.RLIM_INFINITY])
def test_a_soft_limit_is_raised_to_what_it_takes(
    monkeypatch: pytest.MonkeyPatch, hard: int
) -> None:
    said: list[str] = []
    made: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (256, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _which, limit: made.append(limit))
    allow_files(LEVELS, said.append)
    assert made == [(264, hard)]
    assert " ".join(said) == (
        "These levels take 264 open files in one process, and the limit is 256: raised for this "
        "run, as `ulimit -n 264` would."
    )


def test_a_hard_limit_is_an_error_that_says_how_to_raise_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_which: int, _limit: tuple[int, int]) -> None:
        raise ValueError("current limit exceeds maximum limit")

    monkeypatch.setattr(resource, "getrlimit", lambda _which: (64, 128))
    monkeypatch.setattr(resource, "setrlimit", refuse)
    with pytest.raises(MachineError) as caught:
        allow_files(LEVELS, pytest.fail)
    assert str(caught.value) == (
        "The limit of open files is too low (ulimit -n): these levels take 264 open files in one "
        "process, and the limit is 64. Raise it: ulimit -n 264. Where the shell may not, root can: "
        "ulimit -Hn shows the hard limit, which nofile in /etc/security/limits.conf, LimitNOFILE= "
        "of systemd or --ulimit of a container sets. Or load with less: --levels."
    )
