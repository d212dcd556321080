"""`python -m tests.faults`: write docs/faults.md from the rows that the tests hold the lab to."""

import importlib
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from lab.paths import ROOT, shown
from tests.faults.fault import FAULTS, GROUPS, Fault

DOC = ROOT / "docs" / "faults.md"

HEAD = """# When something fails

What was measured is yours. Whatever ends a run, each sample that was finished is kept as it was,
nothing that the lab started goes on running, and `nox -s compare -- --resume RUN` finishes the run
with the plan, order, seed and profile that it has (`RUN` is its id, a path, or `latest`). A block
that was cut off, or that failed, is measured again whole, for a fresh server is part of what is
measured; what it had measured before lies, unchanged, under `aside/` in the run's folder, and
counts for nothing. That a block had failed before stays on the page (`measured_again`). A run
cannot go on where new samples could not be compared with those it has: on another machine, with
other locks, servers or code.

Each row is a fault that a test puts into a real run (`nox -s faults`). The test demands the exit
code, the words (`...` is what differs from run to run), that every finished sample is kept and
reads, that within two seconds no process, temporary or half-written file and no lock is left, and
what `--resume` does once the fault is gone. `bad` is the target with the fault in it.
"""

FOOT = """Exit codes are those of `python -m bench` and `nox -s compare`, unless the row names
another program; make turns every failure into 2.
"""


def cell(text: str) -> str:
    """A text as it may stand in a Markdown table."""
    return text.replace("|", "\\|").replace("<", "&lt;")


def code_of(fault: Fault) -> str:
    return str(fault.code) if fault.code >= 0 else f"dies of {signal.Signals(-fault.code).name}"


def table(faults: Sequence[Fault], *, group: str) -> list[str]:
    lines = [
        f"## {GROUPS[group]}",
        "",
        "| fault | exit code | what the user sees | `--resume` |",
        "|---|---|---|---|",
    ]
    for fault in faults:
        if fault.group == group:
            seen = f"<code>{cell(fault.sees)}</code>" if fault.sees else "nothing more"
            lines.append(
                f"| {cell(fault.what)} | {code_of(fault)} | {seen} | {cell(fault.resume)} |"
            )
    return lines


def render(faults: Sequence[Fault]) -> str:
    """docs/faults.md, group by group."""
    lines = [HEAD]
    for group in GROUPS:
        lines += [*table(faults, group=group), ""]
    return "\n".join(lines) + FOOT


def collect() -> Sequence[Fault]:
    """The rows of all tests: importing a module of tests registers its rows."""
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        importlib.import_module(f"{__package__}.{path.stem}")
    return FAULTS


def main() -> int:
    DOC.write_text(render(collect()))
    print(f"{len(FAULTS)} faults: {shown(DOC)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
