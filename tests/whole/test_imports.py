"""What a command imports before it does anything: that is how long it takes to answer."""

import subprocess
import sys

import pytest

from lab.paths import ROOT

# Each takes longer to import than all of the lab's own modules do, or is not needed for this.
HEAVY = {"pandas", "numpy", "scipy", "vl_convert", "jinja2", "trustme", "uvloop", "httptools"}

LISTED = """
import contextlib, sys
from lab.entry import start
module = sys.argv.pop(1)
with contextlib.suppress(SystemExit):
    start(module)
print(*sorted(sys.modules), sep="\\n", file=sys.stderr)
"""


def imported(module: str, *arguments: str) -> set[str]:
    """What a process has imported when a command has ended in it."""
    done = subprocess.run(
        [sys.executable, "-c", LISTED, module, *arguments],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return set(done.stderr.split())


@pytest.mark.parametrize(
    ("module", "arguments", "most"),
    [
        ("bench.command.cli", ("--help",), 440),
        ("bench.command.lock", ("lock", "--help"), 170),
    ],
    ids=["bench", "lock"],
)
def test_a_commands_help_imports_little(module: str, arguments: tuple[str, ...], most: int) -> None:
    modules = imported(module, *arguments)
    assert module in modules
    assert {name.partition(".")[0] for name in modules} & HEAVY == set()
    assert len(modules) <= most


def test_making_locks_needs_nothing_but_the_standard_library() -> None:
    known = sys.stdlib_module_names | {"bench", "lab", "__main__", "__mp_main__"}
    modules = imported("bench.command.lock", "lock", "--help")
    ours = {name for name in modules if name.partition(".")[0] not in known}
    before = set(
        subprocess.run(
            [sys.executable, "-c", "import sys; print(*sys.modules, sep='\\n')"],
            capture_output=True, text=True, check=True,
        ).stdout.split()
    )  # fmt: skip
    assert ours - before == set()
