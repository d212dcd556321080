"""The runs kept in docs/ are runs like any other, and this version writes the same pages."""

import json
import shutil
import struct
from pathlib import Path

import pytest

from bench.target.target import select
from lab import display
from lab.condition import Condition
from lab.files import json_text
from lab.files.summary_json import Summary
from lab.level import Level
from lab.paths import ROOT
from report import cli
from report.output import markdown
from report.summary import query
from report.summary.query import cell_of
from report.words.rows import rows
from tests.support.example import EXAMPLE, PICTURES, TREE, keep
from tests.support.runs import SAMPLES, run, write

NAMES = {*(target.name for target in select()), "control"}
LARGE = Condition(Level(1000, 100))
README = (ROOT / "README.md").read_text()

kept = pytest.mark.parametrize(
    "kept", [EXAMPLE, pytest.param(TREE, marks=pytest.mark.slow)], ids=["example", "tree"]
)


def read_summary(folder: Path) -> Summary:
    return json_text.decode((folder / "summary.json").read_bytes(), Summary)


@kept
def test_its_page_is_what_the_report_makes_of_its_samples(kept: Path, tmp_path: Path) -> None:
    folder = tmp_path / "example"
    shutil.copytree(kept, folder)
    (folder / "index.html").unlink()

    assert cli.main([str(folder), "--quiet"]) == 0

    same = (folder / "index.html").read_text() == (kept / "index.html").read_text()
    again = "nox -s example -- docs/example, and nox -s example -- --tree docs/tree"
    assert same, f"The page has changed. To write both anew: {again}"


@kept
def test_every_file_that_its_page_links_to_is_there(kept: Path) -> None:
    page = (kept / "index.html").read_text()
    links = {
        link for link in page.split('href="')[1:] if not link.startswith(("#", "data:", "http"))
    }
    files = {link.partition('"')[0] for link in links}

    assert {file for file in files if not (kept / file).exists()} == set()
    assert "summary.json" in files
    assert any(file.startswith("samples/r1-") for file in files)


def test_all_core_targets_were_measured_in_three_rounds_or_more() -> None:
    found = {path.name.split("-")[1] for path in (EXAMPLE / "samples").iterdir()}
    rounds = {path.name.split("-")[0] for path in (EXAMPLE / "samples").iterdir()}

    assert found == NAMES
    assert {"r1", "r2", "r3"} <= rounds


def test_the_tree_was_measured_with_nginx_beside_it_and_without_an_error() -> None:
    summary = json.loads((TREE / "summary.json").read_text())

    assert summary["targets"]["nginx"]["reference"] is True
    assert {cell["rounds"] for cell in summary["cells"]} == {3}
    assert sum(cell["errors"] for cell in summary["cells"]) == 0


@kept
@pytest.mark.parametrize(("name", "width", "height"), [picture[:3] for picture in PICTURES])
def test_each_picture_is_a_screen(name: str, width: int, height: int, kept: Path) -> None:
    data = (kept / f"{name}.png").read_bytes()

    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", data[16:24]) == (width, height)


@kept
def test_nothing_in_it_names_a_folder_of_a_machine(kept: Path) -> None:
    texts = [path for path in kept.rglob("*") if path.suffix in (".json", ".html", ".md")]

    assert len(texts) > 40
    for path in texts:
        text = path.read_text()
        assert not any(name in text for name in ("/home/", "/root", "/tmp", str(ROOT))), path  # noqa: S108


def test_a_run_that_is_not_whole_is_no_example(tmp_path: Path) -> None:
    folder = write(tmp_path / "run", run(done=1), SAMPLES)

    with pytest.raises(Exception, match="this run is not complete, and no example"):
        keep(folder, tmp_path / "example")
    assert not (tmp_path / "example").exists()


def test_the_readmes_table_is_the_examples() -> None:
    summary = read_summary(EXAMPLE)
    lines, last = [], None
    for row in rows(summary):
        level = row.at if row.at != last else ""
        figures = (row.rps, row.latency_mean, row.latency_p95, row.cpu_ms)
        texts = [f"{it.here} ({it.article})" if it.article else it.here for it in figures]
        lines.append(" | ".join([f"| {level}".rstrip(), row.target, *texts, row.outcome]) + " |")
        last = row.at

    assert "\n".join(lines) in README


def test_the_memory_that_the_readme_tells_is_the_trees() -> None:
    summary = read_summary(TREE)
    text = " ".join(README.split())

    for target, said in (("sync_workers", "with {} of memory;"), ("async_no_ws", "with {}.")):
        cell = cell_of(summary, target, LARGE)
        assert cell is not None
        held = display.megabytes(query.held_bytes(cell) or 0)
        assert said.format(held.replace("\N{NO-BREAK SPACE}", " ")) in text


def test_the_readmes_table_of_changes_is_the_trees() -> None:
    summary = read_summary(TREE)

    assert "\n".join(markdown.changes(summary, [LARGE])) in README
