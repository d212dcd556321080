"""Which modules are changed, and which tests hold them."""

from collections.abc import Iterator
from pathlib import Path

# What makes figures of readings, judges them, and reads what others have written.
SCOPE = (
    "report/statistics/*.py",
    "report/findings/*.py",
    "report/samples/*.py",
    "report/summary/*.py",
    "bench/observe/*.py",
    "bench/load/hey.py",
    "lab/condition.py",
    "lab/latency.py",
    "lab/level.py",
    "lab/engines/*.py",
    "bench/plan/*.py",
    "bench/environment/requirement.py",
    "bench/target/answer.py",
    "bench/target/manifest.py",
    "bench/target/request.py",
    "bench/target/table.py",
    "bench/target/variables.py",
    "bench/upstream/body.py",
    "bench/upstream/draws.py",
    "bench/upstream/within.py",
)
# What runs hey is held by tests of real runs.
ONLY = {"bench/load/hey.py": {"parse"}}
TESTS = (
    "tests/report", "tests/lab",
    "tests/bench/command", "tests/bench/environment", "tests/bench/load", "tests/bench/machine",
    "tests/bench/observe",
    "tests/bench/plan", "tests/bench/target", "tests/bench/upstream",
)  # fmt: skip


# The article's own figures: a test of them would be a copy.
COPIED = {"report/summary/article.py"}
# Held by tests that watch real programs: changed, it has each of them wait for minutes.
WATCHES = {"bench/observe/progress.py"}


def files(root: Path) -> Iterator[str]:
    for pattern in SCOPE:
        for path in sorted(root.glob(pattern)):
            if (file := str(path.relative_to(root))) not in COPIED | WATCHES:
                yield file


def room(file: str) -> str:
    """Where the tests of a module lie."""
    return f"tests/{Path(file).parent}/"
