"""What a soak makes of its readings: leaks are found, noise is not."""

import csv
import io
import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from lab.errors import UsageError
from lab.paths import ROOT
from tests.soak import __main__ as soak
from tests.soak.flat import Reading, judge, quarters
from tests.soak.page import About, render, table
from tests.soak.watched import Watched, size

NORMAL = Reading(
    at_s=0.0,
    round=0,
    bench_rss_bytes=60_000_000,
    bench_descriptors=7,
    upstream_rss_bytes=40_000_000,
    upstream_descriptors=6,
    processes=4,
    listeners=1,
    disk_bytes=300_000,
    temporary_files=0,
    temporary_bytes=0,
)


def flat(rounds: int = 300) -> list[Reading]:
    """Two hours with memory that goes up and down by half a megabyte."""
    noise = random.Random(1)  # noqa: S311 - repeatable on purpose
    return [
        replace(
            NORMAL,
            at_s=number * 7200 / rounds,
            round=number,
            bench_rss_bytes=60_000_000 + round(noise.gauss(0, 500_000)),
            upstream_rss_bytes=40_000_000 + round(noise.gauss(0, 500_000)),
            disk_bytes=300_000 + 50_000 * number + noise.randrange(5000),
        )
        for number in range(1, rounds + 1)
    ]


def broken(readings: Sequence[Reading]) -> list[str]:
    return [verdict.name for verdict in judge(readings) if not verdict.flat]


def test_noise_is_flat() -> None:
    assert broken(flat()) == []


def test_noise_is_flat_in_a_short_soak_too() -> None:
    assert broken(flat(12)) == []


def test_one_descriptor_in_ten_rounds_is_found() -> None:
    leaking = [replace(it, bench_descriptors=7 + it.round // 10) for it in flat()]
    assert broken(leaking) == ["descriptors of the bench"]
    upstreams = [replace(it, upstream_descriptors=6 + it.round // 10) for it in flat()]
    assert broken(upstreams) == ["descriptors of the upstream"]


def test_one_process_and_one_listener_too_many_at_the_end_are_found() -> None:
    *most, last = flat()
    assert broken([*most, replace(last, processes=5)]) == ["processes"]
    assert broken([*most, replace(last, listeners=2)]) == ["listeners"]


def test_descriptors_that_warm_up_in_the_first_quarter_are_flat() -> None:
    warming = [replace(it, bench_descriptors=min(20, it.round)) for it in flat()]
    assert broken(warming) == []


def test_20_kb_kept_in_each_of_300_rounds_are_found() -> None:
    leaking = [replace(it, bench_rss_bytes=it.bench_rss_bytes + 20_000 * it.round) for it in flat()]
    assert broken(leaking) == ["memory of the bench"]
    verdict = judge(leaking)[0]
    assert verdict.per_hour == pytest.approx(3.0e6, rel=0.05)
    assert verdict.bound == "under 5.0 MB"


def test_what_a_block_s_entry_takes_is_flat() -> None:
    """5 blocks of 1000 bytes each round."""
    growing = [replace(it, bench_rss_bytes=it.bench_rss_bytes + 5000 * it.round) for it in flat()]
    assert broken(growing) == []


def test_memory_that_is_taken_once_and_memory_that_warms_up_are_flat() -> None:
    peak = [
        replace(it, bench_rss_bytes=90_000_000) if it.round in (150, 299) else it for it in flat()
    ]
    assert broken(peak) == []
    warming = [
        replace(it, bench_rss_bytes=it.bench_rss_bytes - 30_000_000) if it.round < 70 else it
        for it in flat()
    ]
    assert broken(warming) == []


def test_5_percent_may_grow_where_that_is_more_than_5_mb() -> None:
    large = [
        replace(it, bench_rss_bytes=500_000_000 + 50_000 * it.round)  # 15 MB of 25
        for it in flat()
    ]
    assert broken(large) == []


def test_rounds_that_write_more_and_more_are_found() -> None:
    growing = [replace(it, disk_bytes=it.disk_bytes + 50 * it.round**2) for it in flat()]
    assert broken(growing) == ["disk under the run's folder"]


def test_a_temporary_file_left_in_each_round_is_found_also_an_empty_one() -> None:
    leaking = [replace(it, temporary_files=3 + it.round) for it in flat()]
    assert broken(leaking) == ["temporary files"]
    writing = [replace(it, temporary_bytes=200_000 + 10 * it.round) for it in flat()]
    assert broken(writing) == ["temporary bytes"]


def test_temporary_files_that_a_run_has_as_long_as_it_goes_on_are_flat() -> None:
    having = [replace(it, temporary_files=3, temporary_bytes=200_000) for it in flat()]
    assert broken(having) == []


def test_rounds_that_were_not_read_do_not_matter() -> None:
    readings = flat()
    del readings[100:140], readings[7]
    assert broken(readings) == []


def test_too_few_readings_are_no_soak() -> None:
    with pytest.raises(ValueError, match="7 readings; to judge takes 8"):
        judge(flat(7))


def test_quarters_hold_every_reading_once() -> None:
    assert quarters(list(range(10))) == [[0, 1], [2, 3, 4], [5, 6], [7, 8, 9]]


ABOUT = About(
    command="nox -s soak",
    started="2026-11-25T10:00:00.000Z",
    length_s=7205.0,
    machine={
        "cpu": "AMD EPYC", "architecture": "x86_64", "cores": 2, "system": "Linux",
        "kernel": "6.18", "implementation": "CPython", "python": "3.11.7",
    },
    versions={"Viewlab": "42d1a00", "uvloop": "0.22.1"},
    targets=["sync_pooled", "sync_requests", "control"],
    level="60/30",
    rounds=300,
    blocks=1500,
    failed_blocks=0,
    samples=1500,
    entry_bytes=230,
    kept_bytes=1000,
    faults=(),
)  # fmt: skip


def rows(page: str) -> dict[str, list[str]]:
    lines = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| ")]
    return {name: cells for name, *cells in lines}


def test_the_page_says_that_all_is_flat() -> None:
    readings = flat()
    page = render(readings, judge(readings), ABOUT)
    assert page.startswith("# A soak\n\nAll flat.\n\nWritten by `nox -s soak`")
    assert rows(page)["descriptors of the bench"] == [
        "7", "7", "7", "-", "at most 7 in the last quarter", "7, the most in the second", "yes",
    ]  # fmt: skip
    assert "- Machine: AMD EPYC, 2 cores, Linux 6.18, CPython 3.11.7\n" in page
    assert "- Rounds: 300 whole, 1500 blocks, of which 0 failed; 1500 samples\n" in page
    assert "- A round took 24.0 s in the first quarter and 24.0 s in the last\n" in page
    assert "1000 in memory, which makes 1.50 MB from the first round to the last" in page


def test_the_page_names_what_is_not_flat_and_what_was_left() -> None:
    readings = [replace(it, bench_descriptors=7 + it.round // 10) for it in flat()]
    about = replace(ABOUT, faults=("Still there: 1 process.",))
    page = render(readings, judge(readings), about)
    assert "Not flat: descriptors of the bench. The end was not clean.\n" in page
    assert rows(page)["descriptors of the bench"][-1] == "**no**"
    assert "- At the end: Still there: 1 process.\n" in page


@pytest.mark.parametrize(("rounds", "kept"), [(300, 300), (1000, 1000), (1001, 501)])
def test_the_table_has_a_row_for_each_reading_and_stays_small(rounds: int, kept: int) -> None:
    text = table(flat(rounds))
    found = list(csv.DictReader(io.StringIO(text)))
    assert len(found) == kept
    assert len(text) < 100_000
    assert {name: found[0][name] for name in ("at_s", "round", "bench_descriptors")} == {
        "at_s": f"{7200 / rounds:.1f}",
        "round": "1",
        "bench_descriptors": "7",
    }


def test_a_folder_that_holds_something_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "old").touch()
    assert soak.main(["--folder", str(tmp_path)]) == UsageError.exit_code
    assert "it is not empty. Name a new one." in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["old"]


def test_bytes_are_of_files_in_every_folder(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b").write_bytes(b"12345")
    (tmp_path / "c").write_bytes(b"12")
    assert size(tmp_path) == 7


def test_what_a_watched_bench_started_is_found_and_ended(tmp_path: Path) -> None:
    """A process in a session of its own, whose parent is not the bench."""
    with Watched(tmp_path, ["--no-such-option"]) as watched:
        env = {**os.environ, "TMPDIR": str(watched.temporary)}
        orphan = subprocess.Popen(["sleep", "60"], env=env, start_new_session=True)
        deadline_s = time.monotonic() + 10
        while orphan.pid not in [it.pid for it in watched.left()]:
            assert time.monotonic() < deadline_s
    assert orphan.wait(10) == -9
    assert watched.left() == []


@pytest.mark.slow
def test_an_interrupted_soak_leaves_nothing(tmp_path: Path) -> None:
    """TERM, as nox sends it, while the bench is at work."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    before = {path.name for path in (ROOT / "docs").iterdir()}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.soak", "--minutes", "5"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        deadline_s = time.monotonic() + 120
        while not list(folder.glob("viewlab-soak-*/results/*/samples/*.json")):
            assert process.poll() is None
            assert time.monotonic() < deadline_s
            time.sleep(0.1)
        process.terminate()
        said, _ = process.communicate(timeout=90)
    finally:
        process.kill()
    assert process.returncode == 130
    assert said.endswith("Interrupted. Nothing was written.\n")
    assert list(folder.iterdir()) == []
    assert {path.name for path in (ROOT / "docs").iterdir()} == before
    listed = subprocess.run(["ps", "axeww"], capture_output=True, text=True, check=True).stdout
    assert str(folder) not in listed
