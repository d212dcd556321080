"""Where things lie, and what they may touch: rules that import-linter knows, and some it cannot."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lab.paths import ROOT

TOPS = ("bench", "lab", "report")

# What may lie beside the rooms.
DIRECTLY = {
    "bench": {"__init__.py", "__main__.py"},
    "report": {"__init__.py", "__main__.py", "cli.py"},
}
MOST_MODULES = 12

# What changes the disk, by the name it is called by; `replace` and `rename` of a path take one.
WRITES = {
    "chmod", "copy", "copytree", "link_to", "makedirs", "mkdir", "removedirs", "rmdir", "rmtree",
    "symlink_to", "touch", "truncate", "unlink", "write_bytes", "write_text",
}  # fmt: skip
OF_ONE = {"rename", "replace"}

WRITERS = {
    "bench/sessions/audit.py": "what pip-audit is asked of, in its scratch",
    "bench/command/new.py": "a new target, in a hidden folder until it is whole",
    "bench/environment/prepare.py": "environments",
    "bench/installed/removal.py": "what nobody uses any more",
    "bench/process/folder_lock.py": "a folder to hold",
    "bench/process/left.py": "what killed runs have left",
    "bench/process/log.py": "the middle of logs that have grown too long",
    "bench/process/machine_lock.py": "the folder of the lock on the machine",
    "bench/process/mark.py": "which sessions a run has begun",
    "bench/process/scratch.py": "what must not stay",
    "bench/reference/nginx.py": "nginx's configuration, in the run's scratch",
    "bench/serving/server.py": "what servers print",
    "bench/serving/surroundings.py": "the trust store, and a folder for sockets",
    "bench/tools/debian.py": "programs that are fetched",
    "bench/tools/used.py": "when something was last used",
    "bench/upstream/client.py": "what the upstream prints",
    "bench/upstream/trust.py": "the trust store",
    "lab/files/folder.py": "a run's folder",
    "lab/files/janitor.py": "what a kill left",
}


def modules(root: Path) -> list[Path]:
    return [path for top in TOPS for path in sorted((root / top).rglob("*.py"))]


def astray(root: Path) -> list[str]:
    """Modules that lie beside the rooms."""
    return [
        f"{top}/{path.name} lies beside the rooms"
        for top, allowed in DIRECTLY.items()
        for path in sorted((root / top).glob("*.py"))
        if path.name not in allowed
    ]


def crowded(root: Path) -> list[str]:
    """Folders with more than a dozen modules."""
    folders = {path.parent for path in modules(root)}
    counts = {
        folder: len([path for path in folder.glob("*.py") if not path.name.startswith("__")])
        for folder in folders
    }
    return [
        f"{folder.relative_to(root)} holds {count} modules, more than {MOST_MODULES}"
        for folder, count in sorted(counts.items())
        if count > MOST_MODULES
    ]


def written_by(root: Path) -> set[str]:
    """The modules that write to the disk."""
    return {
        str(path.relative_to(root))
        for path in modules(root)
        if any(_writes(node) for node in ast.walk(ast.parse(path.read_text())))
    }


def _writes(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Name):
        return node.func.id == "open" and _opens_to_write(node, 1)
    if not isinstance(node.func, ast.Attribute):
        return False
    name = node.func.attr
    if name == "open":
        return _opens_to_write(node, 0)
    if name in OF_ONE:  # of a text, it takes two
        return len(node.args) == 1 and not node.keywords
    return name in WRITES


def _opens_to_write(node: ast.Call, place: int) -> bool:
    """Whether its mode says so; nothing that is kept is written to the null device."""
    if node.args and ast.unparse(node.args[0]) == "os.devnull":
        return False
    given = [*node.args[place : place + 1], *(it.value for it in node.keywords if it.arg == "mode")]
    modes = [it.value for it in given if isinstance(it, ast.Constant)]
    return any(isinstance(mode, str) and set(mode) & set("wax+") for mode in modes)


def test_all_modules_lie_in_rooms_of_a_dozen_at_the_most() -> None:
    assert astray(ROOT) == []
    assert crowded(ROOT) == []


def test_the_disk_is_written_to_where_that_is_said() -> None:
    assert written_by(ROOT) == set(WRITERS)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for top in TOPS:
        shutil.copytree(ROOT / top, tmp_path / top, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(root: Path) -> "subprocess.CompletedProcess[str]":
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--no-cache"], cwd=root, capture_output=True, text=True, check=False, timeout=60
    )


def plant(root: Path, file: str, line: str) -> None:
    path = root / file
    path.parent.mkdir(exist_ok=True)
    before = path.read_text() if path.exists() else ""
    path.write_text(f"{before}\n{line}\n")


def test_imports_are_as_the_rules_say() -> None:
    done = lint(ROOT)
    assert (done.returncode, " 0 broken" in done.stdout) == (0, True), done.stdout + done.stderr


APART = "bench and report do not import each other, and lab imports neither"


@pytest.mark.parametrize(
    ("file", "line", "rule"),
    [
        ("report/summary/kinds.py", "from bench.plan import blocks", APART),
        ("bench/plan/spec.py", "from report.samples import read", APART),
        ("lab/files/sample.py", "from bench.process import tree", APART),
        ("lab/engines/hey.py", "from report.samples import spread", APART),
        ("bench/process/log.py", "from bench.run import state", "the rooms of bench"),
        ("bench/elsewhere/__init__.py", "", "the rooms of bench"),
        ("report/samples/mixed.py", "from report.words import rows", "the rooms of report"),
        ("report/elsewhere/__init__.py", "", "the rooms of report"),
        ("lab/errors.py", "from lab.files import folder", "the modules of lab"),
        ("lab/elsewhere.py", "", "the modules of lab"),
        ("bench/run/walk.py", "import subprocess", "processes start in one room"),
        ("bench/run/walk.py", "import psutil", "processes are looked at"),
        ("bench/run/walk.py", "import signal", "signals are handled"),
        ("bench/run/walk.py", "import socket", "sockets are opened"),
        ("bench/run/walk.py", "import fcntl", "locks are those of folders"),
        ("bench/run/walk.py", "import tempfile", "temporary files"),
        ("report/summary/kinds.py", "import time", "clocks are read"),
    ],
    ids=[
        "report-bench", "bench-report", "lab-bench", "lab-report", "bench-up", "bench-room",
        "report-up", "report-room", "lab-up", "lab-module", "subprocess", "psutil", "signal",
        "socket", "fcntl", "tempfile", "time",
    ],
)  # fmt: skip
@pytest.mark.quick("report-bench", "bench-up", "bench-room", "subprocess")
def test_an_import_that_breaks_a_rule_fails_by_its_name(
    copy: Path, file: str, line: str, rule: str
) -> None:
    plant(copy, file, line)
    done = lint(copy)
    broken = [each for each in done.stdout.splitlines() if each.endswith("BROKEN")]
    assert (done.returncode, len(broken)) == (1, 1), done.stdout + done.stderr
    assert broken[0].startswith(rule)


@pytest.mark.parametrize(
    "line",
    [
        'Path("x").write_text("")',
        'open("x", "w")',
        'open("x", mode="ab")',
        'Path("x").open("a")',
        'Path("x").rename("y")',
        'os.makedirs("x")',
    ],
    ids=["write_text", "open", "mode", "Path.open", "rename", "os"],
)
@pytest.mark.quick("write_text", "mode")
def test_a_module_that_writes_and_is_not_named_is_found(copy: Path, line: str) -> None:
    plant(copy, "report/summary/kinds.py", f"def broken():\n    {line}")
    assert written_by(copy) - set(WRITERS) == {"report/summary/kinds.py"}


def test_reading_and_replacing_in_a_text_is_no_writing(copy: Path) -> None:
    plant(
        copy, "report/summary/kinds.py", 'open("x", "rb"), Path("x").open(), "a".replace("a", "")'
    )
    assert written_by(copy) == set(WRITERS)


def test_a_name_that_writes_no_more_is_found(copy: Path) -> None:
    (copy / "bench" / "process" / "log.py").write_text("")
    assert set(WRITERS) - written_by(copy) == {"bench/process/log.py"}


def test_a_module_beside_the_rooms_and_one_too_many_in_a_room_are_found(copy: Path) -> None:
    plant(copy, "bench/astray.py", "")
    for number in range(MOST_MODULES):
        plant(copy, f"lab/files/more_{number}.py", "")
    assert astray(copy) == ["bench/astray.py lies beside the rooms"]
    (crowd,) = crowded(copy)
    assert crowd.startswith("lab/files holds ")
