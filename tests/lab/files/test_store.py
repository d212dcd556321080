"""A run's folder: its layout, its names, and files that are whole or not there."""

import errno
import os
import re
import stat
from pathlib import Path

import pytest
from msgspec.structs import replace

from lab.errors import MachineError, UsageError
from lab.files import run_json
from lab.files.folder import RunFolder, create, utc_now, write_whole
from lab.files.sample import Cpu, Machine, Sample, loads
from lab.paths import ROOT
from tests.support.disk import watched

RUN = run_json.read(ROOT / "docs" / "example")

SAMPLE = Sample(
    target="sync_requests",
    requests=150,
    concurrency=30,
    round=2,
    block_position=1,
    level_position=1,
    engine="hey",
    argv=("hey",),
    started="2026-01-02T03:04:05.678Z",
    wall_s=1.0,
    sent=1,
    latencies_s=(0.1,),
    offsets_s=(0.0,),
    statuses=(200,),
    connect_s=(0.0,),
    read_s=(0.0,),
    body_bytes=83,
    errors={},
    upstream=None,
    cpu_s=Cpu(0.1, (), None, 0.1),
    server_rss_bytes=None,
    machine=Machine(),
)


def refusal(results: Path) -> str:
    with pytest.raises(UsageError) as caught:
        create(results)
    assert caught.type is UsageError
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_now_is_utc_to_the_millisecond() -> None:
    assert re.fullmatch(r"20\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-6]\d\.\d{3}Z", utc_now())


def test_a_run_is_named_by_its_start_in_utc_and_four_hex_digits(tmp_path: Path) -> None:
    folder = create(tmp_path)
    assert re.fullmatch(r"20\d{6}T\d{6}Z-[0-9a-f]{4}", folder.id)
    assert folder.path == tmp_path.resolve() / folder.id


def test_a_new_run_has_empty_folders_for_samples_and_logs(tmp_path: Path) -> None:
    folder = create(tmp_path / "not" / "there" / "yet")
    assert sorted(path.name for path in folder.path.iterdir()) == ["logs", "samples"]
    assert folder.samples.is_dir()
    assert folder.logs.is_dir()


def test_latest_links_to_the_newest_run_wherever_the_folder_is_moved(tmp_path: Path) -> None:
    first = create(tmp_path)
    first.link_latest()
    assert str((tmp_path / "latest").readlink()) == first.id
    second = create(tmp_path)
    second.link_latest()
    assert str((tmp_path / "latest").readlink()) == second.id
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["latest", first.id, second.id]
    )


def test_results_may_be_named_relative_to_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = create(Path("results"))
    folder.link_latest()
    assert folder.path == tmp_path.resolve() / "results" / folder.id
    assert (tmp_path / "results" / "latest").resolve() == folder.path


def test_results_that_are_a_file_are_refused_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("results").write_text("a file")
    expected = (
        "results: a run cannot be written here: Not a directory. "
        "Name another folder with --results DIR."
    )
    assert expected == refusal(Path("results"))


def test_a_folder_in_the_place_of_latest_is_named_and_nothing_half_made_stays(
    tmp_path: Path,
) -> None:
    (tmp_path / "latest").mkdir()
    assert "latest" in refusal(tmp_path).removeprefix(str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["latest"]


def test_a_log_is_named_by_target_and_round(tmp_path: Path) -> None:
    assert RunFolder(tmp_path).log("sync_requests", 2) == tmp_path / "logs/sync_requests-r2.log"


def test_a_run_is_written_as_json_that_reads_well(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.write_run(replace(RUN, finished=None))
    folder.write_run(RUN)
    text = (tmp_path / "run.json").read_text()
    assert text.startswith('{\n  "schema": 1,\n  "written_by": null,\n  "id": "')
    assert text.endswith("\n}\n")
    assert run_json.read(tmp_path) == RUN
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_a_sample_is_written_under_its_own_name(tmp_path: Path) -> None:
    folder = create(tmp_path)
    folder.write_sample(SAMPLE)
    (written,) = folder.samples.iterdir()
    assert written.name == "r2-sync_requests-150x30.json"
    assert loads(written.read_bytes(), file="x") == SAMPLE


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_whole(path, b"the first, and the longer one")
    write_whole(path, b"second")
    assert path.read_bytes() == b"second"
    assert [path] == list(tmp_path.iterdir())


def test_a_file_that_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.mkdir()
    with pytest.raises(MachineError, match=r"a\.json cannot be written: Is a directory\. "):
        write_whole(path, b"data")
    assert [path] == list(tmp_path.iterdir())


def test_a_file_is_on_the_disk_with_its_name_when_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = create(tmp_path)
    disk = watched(monkeypatch)
    folder.write_sample(SAMPLE)
    name = "r2-sync_requests-150x30.json"
    assert disk.done == [f"sync {name}.partial", f"rename {name}.partial {name}", "sync samples"]


def test_new_folders_are_on_the_disk_before_anything_is_written_into_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = watched(monkeypatch)
    folder = create(tmp_path / "not" / "there")
    assert disk.done == [
        "sync there",
        "sync not",
        f"sync {tmp_path.name}",
        f"sync {folder.id}",
        f"sync {folder.id}",
    ]
    disk.done.clear()
    folder.logs.rmdir()
    folder.mend()
    assert disk.done == [f"sync {folder.id}"]


def test_a_sample_that_is_set_aside_is_on_the_disk_there_before_it_is_gone_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = create(tmp_path)
    (folder.samples / "a.json").write_text("sample")
    disk = watched(monkeypatch)
    folder.set_aside(["a.json"])
    assert disk.done == [
        "sync aside",
        f"sync {folder.id}",
        "rename a.json a.json",
        "sync 1",
        "sync samples",
    ]


def refusing(number: int, patch: pytest.MonkeyPatch) -> None:
    """Have syncs of folders fail with this error."""
    fsync = os.fsync

    def refuse(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(number, os.strerror(number))
        fsync(descriptor)

    patch.setattr(os, "fsync", refuse)


def test_a_file_system_that_syncs_no_folders_is_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing(errno.EINVAL, monkeypatch)
    write_whole(tmp_path / "a.json", b"data")
    assert (tmp_path / "a.json").read_bytes() == b"data"


def test_a_name_that_the_disk_does_not_take_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing(errno.EIO, monkeypatch)
    with pytest.raises(MachineError, match=r"a\.json cannot be written: Input/output error\. "):
        write_whole(tmp_path / "a.json", b"data")


def test_samples_that_are_set_aside_never_take_the_place_of_others(tmp_path: Path) -> None:
    folder = create(tmp_path)
    for number in (1, 2):
        (folder.samples / "a.json").write_text(f"sample {number}")
        folder.set_aside(["a.json", "not there.json"])
    (folder.aside / "1" / "a.json").unlink()
    (folder.aside / "1").rmdir()
    (folder.samples / "a.json").write_text("sample 3")
    folder.set_aside(["a.json"])
    kept = {path.parent.name: path.read_text() for path in folder.aside.glob("*/a.json")}
    assert kept == {"1": "sample 3", "2": "sample 2"}
    folder.set_aside(["a.json"])
    assert sorted(path.name for path in folder.aside.iterdir()) == ["1", "2"]
