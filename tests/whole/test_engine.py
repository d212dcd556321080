"""A second engine goes through a whole run, to its page; and nothing but hey's own knows hey."""

import ast
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.load.engine import Engine
from lab.paths import ROOT
from tests.support.lab import Lab, sound
from tests.support.tiny import Tiny

HEY = re.compile(r"\bhey\b", re.IGNORECASE)

# What knows hey, and why.
KNOWS_HEY = {
    "bench/load/find.py": "picks the engine where no other is asked for",
    "bench/load/hey.py": "runs it",
    "bench/tools/hey.py": "finds it, or brings it",
    "lab/engines/__init__.py": "names the engines of which there are facts",
    "lab/engines/hey.py": "is what bench and report both know of it",
}


def test_what_the_tests_take_for_an_engine_is_one() -> None:
    engine: Engine = Tiny()

    assert engine.build.word == "tiny 0.7"


def without_hey(lab: Lab, hey: str) -> Lab:
    """The lab on a machine without it."""
    folders = lab.env["PATH"].split(os.pathsep)
    left = [folder for folder in folders if Path(folder) != Path(hey).parent]
    shutil.copy(ROOT / "tests" / "support" / "tiny.py", lab.root)
    return Lab(lab.root, lab.env | {"PATH": os.pathsep.join(left)})


@pytest.mark.slow
def test_another_engine_goes_through_a_whole_run_and_nothing_of_it_speaks_of_hey(
    lab: Lab, hey: str
) -> None:
    lab.add("one")
    lab.add("two", parent="one", change="nothing")
    bare = without_hey(lab, hey)

    result = bare.run_module(
        "tiny", "compare", "--profile", "quick.toml", "--rounds", "2", "--baseline", "one",
        "--levels", "40/10,80/20", "--no-control",
    )  # fmt: skip

    assert (result.code, result.err) == (0, "")
    run, summary = lab.read("run.json"), lab.read("summary.json")
    assert run["engine"] == {"name": "tiny", "version": "0.7", "sha256": None}
    assert len(lab.samples()) == 8
    for sample in lab.samples():
        assert (sample["engine"], sample["origin"]["engine"]) == ("tiny", "tiny 0.7")
        assert sample["argv"][:2] == ["tiny", "--level"]
        assert (sample["connect_s"], sample["read_s"], sample["body_bytes"]) == (None, None, None)
        assert sample["expected"]["body_bytes"] is None
        assert 0 < sample["steady"][0] < sample["steady"][1] < sample["wall_s"]
        assert sample["cpu_s"]["load"] > 0
    assert [sound(cell) for cell in summary["cells"]] == [True] * 4
    assert [cell["condition"] for cell in summary["cells"]] == [{"engine": "tiny"}] * 4
    page = (lab.latest / "index.html").read_text()
    assert "40/10, loaded by tiny" in page
    assert "<dt>Load generator</dt>\n<dd>tiny 0.7</dd>" in page
    assert "tiny is a closed loop" in page
    assert re.search(r"<pre>tiny --level 40/10 http://127\.0\.0\.1:\d+/</pre>", page)
    assert "<p>and so with <code>80/20</code>.</p>" in page
    files = [path for path in lab.latest.rglob("*") if path.suffix in {".html", ".json", ".md"}]
    assert len(files) == 4 + 8
    texts = {path.name: path.read_text() for path in files} | {"terminal": result.out}
    assert [name for name, text in texts.items() if HEY.search(text)] == []
    # It is called by its name wherever hey is.
    shared = "tiny, the upstream and the servers shared"
    assert all(shared in texts[name] for name in ("index.html", "summary.json", "summary.md"))
    assert shared in " ".join(result.out.split())


@pytest.mark.slow
def test_a_run_of_another_engine_does_not_go_on_with_this_one(lab: Lab, hey: str) -> None:
    lab.add("one", "Handler.answer = lambda self, number: self.reply(500, b'{}')")
    bare = without_hey(lab, hey)
    bare.run_module("tiny", "compare", "--profile", "quick.toml", "--no-control")

    result = lab.run("compare", "--resume", "latest")

    assert result.code == 2
    assert result.err == "'tiny' is no engine of this version: it has hey.\n"


def said(path: Path) -> Iterator[str]:
    """Every name and text of a module's code: no comment, and no docstring."""
    tree = ast.parse(path.read_text())
    texts = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                texts.add(first.value)
    for node in ast.walk(tree):
        if node in texts:
            continue
        for _, value in ast.iter_fields(node):
            if isinstance(value, str):
                yield value


def knowing(root: Path) -> set[str]:
    """The modules and templates that speak of hey."""
    modules = [path for top in ("bench", "lab", "report") for path in (root / top).rglob("*.py")]
    templates = list((root / "report").rglob("*.j2"))
    found = [path for path in modules if any(map(HEY.search, said(path)))]
    found += [path for path in templates if HEY.search(path.read_text())]
    return {str(path.relative_to(root)) for path in found}


def test_nothing_but_what_is_named_knows_hey() -> None:
    assert knowing(ROOT) == set(KNOWS_HEY)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('TEXT = f"{3} of hey."', True),
        ("from lab.engines import hey", True),
        ("import lab.engines.hey", True),
        ("def run(*, hey): ...", True),
        ("from bench.load.hey import Hey as H", True),
        ('CODE = "hey_limit"', False),
        ("# hey", False),
        ('def f():\n    """hey"""', False),
        ('TEXT = "they"', False),
    ],
)
def test_a_module_that_speaks_of_it_is_found(tmp_path: Path, line: str, *, found: bool) -> None:
    for top in ("bench", "lab", "report"):
        (tmp_path / top).mkdir()
    (tmp_path / "lab" / "planted.py").write_text(line)

    assert knowing(tmp_path) == ({"lab/planted.py"} if found else set())
