"""Work that is given up where it takes too long."""

import threading

import pytest

from bench.upstream.within import within


def test_what_work_gives_is_given_and_what_it_raises_is_raised() -> None:
    assert within(60, lambda: "done") == "done"
    assert within(60, lambda: None) is None

    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match=r"^no$"):
        within(60, fail)


def test_work_that_takes_longer_is_given_up_and_keeps_no_process_alive() -> None:
    over = threading.Event()
    with pytest.raises(TimeoutError, match=r"^not done within 0\.05 s$"):
        within(0.05, over.wait)
    (left,) = [each for each in threading.enumerate() if each.name == "within 0.05 s"]
    assert left.daemon
    over.set()
    left.join(10)
    assert not left.is_alive()
