"""The memory of servers: that of all processes, in total."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bench.observe import server_usage
from lab import display
from report.figures import memory
from report.words import highlights
from tests.support import runs
from tests.support.runs import cell_of, rounds
from tests.support.summaries import cell, summary, target

MB = 1e6
TARGETS = {
    "threads": target(tags=["sync"]),
    "other": target(tags=["sync"]),
    "loop": target(tags=["async"]),
    "plain": target(),
}


def nb(text: str) -> str:
    """With the space that keeps a number and its unit on one line."""
    return text.replace(" MB", "\N{NO-BREAK SPACE}MB")


def test_pages_that_processes_share_count_once_where_that_is_known() -> None:
    both = cell("a", 1, rss_bytes=300 * MB, pss_bytes=182 * MB)
    resident = cell("a", 1, rss_bytes=300 * MB)

    assert highlights.memory_in_words(both) == nb("182 MB of memory")
    assert highlights.memory_in_words(resident) == nb("300 MB of memory")
    assert highlights.memory_in_words(cell("a", 1)) is None


def test_memory_is_not_shared_out_among_the_connections_of_a_level() -> None:
    """A server that holds as much at 30 as at 100 does not pay for each of them."""
    few, many = (cell("a", 1, rss_bytes=300 * MB, level=level) for level in ("150/30", "1000/100"))
    assert (
        highlights.memory_in_words(few)
        == highlights.memory_in_words(many)
        == nb("300 MB of memory")
    )


def test_all_targets_are_in_a_table_and_nginx_below_them() -> None:
    cells = [
        cell("loop", 900, pss_bytes=200 * MB),
        cell("nginx", 950, pss_bytes=10 * MB, ranked=False),
        cell("plain", 950),
        cell("loop", 300, pss_bytes=150 * MB, level="150/30"),
        cell("nginx", 290, pss_bytes=9 * MB, ranked=False, level="150/30"),
        cell("plain", 290, level="150/30"),
    ]
    found = memory.table(summary(cells, targets=TARGETS))

    assert found is not None
    assert found.head == ("target", "1000/100", "150/30")
    assert found.rows == (
        ("plain", "-", "-"),
        ("loop", nb("200 MB"), nb("150 MB")),
        ("nginx", nb("10.0 MB"), nb("9.00 MB")),
    )
    assert found.caption == (
        "Memory of all processes of a server right after a level, pages that they share once"
    )
    assert memory.table(summary([cell("plain", 1)], targets=TARGETS)) is None


def test_a_cell_has_the_geometric_mean_of_its_rounds(tmp_path: Path) -> None:
    samples = [
        replace(each, server_rss_bytes=rss, server_pss_bytes=pss)
        for each, rss, pss in zip(
            rounds("sync_requests", 50, 50, 50),
            (100_000_000, 200_000_000, 400_000_000),
            (50_000_000, 50_000_000, None),
            strict=True,
        )
    ]
    found = cell_of(runs.summary(tmp_path / "run", runs.run(), samples), "sync_requests")

    assert found["server_rss_bytes"]["value"] == pytest.approx(200_000_000)
    assert found["server_pss_bytes"]["value"] == pytest.approx(50_000_000)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts shared pages once")
def test_shared_pages_are_counted_once_on_linux() -> None:
    found = server_usage.pss_bytes(os.getpid())
    assert found is not None
    assert 0 < found <= server_usage.measure(os.getpid()).rss_bytes


def test_of_a_group_that_is_gone_nothing_is_known() -> None:
    assert server_usage.pss_bytes(2**22 + 1) is None


@pytest.mark.parametrize(
    ("value", "text"), [(123_456, "0.12 MB"), (9_990_000, "9.99 MB"), (182e6, "182 MB")]
)
def test_megabytes_have_three_digits_at_most(value: float, text: str) -> None:
    assert display.megabytes(value) == nb(text)
