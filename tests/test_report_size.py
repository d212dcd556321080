"""How long the statistics of a large run take, and how much memory: the limits of issue 3."""

import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bench.paths import ROOT
from tests import runs

TARGETS, ROUNDS = 50, 20
LEVELS = ("1000/25", "1000/50", "1000/100")

# A process of its own: what it read before, and what else it imports, is not in the way.
MEASURE = """
import json, resource, sys, time
from pathlib import Path
from report.frame import read_measured, read_run
from report.summary import summarize

folder = Path(sys.argv[1])
began_s = time.process_time()  # its own, whatever else the machine does meanwhile
run = read_run(folder)
summary = summarize(run, read_measured(folder, run))
took_s = time.process_time() - began_s
if sys.platform == "linux":  # there the other one counts the parent's memory as well
    status = Path("/proc/self/status").read_text()
    peak_kib = int(status.split("VmHWM:")[1].split()[0])
else:
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({
    "took_s": took_s,
    "peak_mb": peak_kib * 1024 / 1e6,
    "cells": len(summary["cells"]),
    "ranked": sum(cell["ranked"] for cell in summary["cells"]),
    "sent": sum(cell["sent"] for cell in summary["cells"]),
    "comparisons": len(summary["comparisons"]),
    "told_twice": sum(bool(row["without_stalls"]) for row in summary["comparisons"]),
}))
"""


@pytest.fixture
def large_run(tmp_path: Path) -> Iterator[Path]:
    """50 targets, each the child of the one before, at 3 levels in 20 rounds; 140 MB.

    Times have nine digits, as hey's have. In its last round every target stalls.
    """
    draws = random.Random(1)  # noqa: S311 - repeatable, not secret
    names = ["sync_requests", *(f"target_{number:02}" for number in range(1, TARGETS))]
    targets = {
        name: {"title": name, "parent": names[index - 1] if index else None, "change": "one"}
        for index, name in enumerate(names)
    }
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
        values = runs.run(targets=targets, levels=LEVELS, asked=ROUNDS, done=ROUNDS)
        run = runs.write(Path(folder) / "run", values)
        for level in LEVELS:
            for number in range(1, ROUNDS + 1):
                slow_s = 4.0 if number == ROUNDS else 1.5
                template = runs.sample("TARGET", number, 123.0, level=level, slow_s=slow_s)
                noisy = tuple(
                    round(each * draws.uniform(0.99, 1.01), 9) for each in template.latencies_s
                )
                read_s = tuple(round(draws.uniform(1e-4, 1e-3), 9) for _ in noisy)
                text = replace(template, latencies_s=noisy, read_s=read_s, connect_s=read_s).dumps()
                for index, name in enumerate(names):
                    wall_s = 4 * draws.uniform(0.9, 1.1) / (1 + index / 100)
                    (run / "samples" / template.file_name.replace("TARGET", name)).write_bytes(
                        text.replace(b"TARGET", name.encode()).replace(
                            b'"wall_s":123.0', b'"wall_s":%.9f' % wall_s
                        )
                    )
        yield run


def test_a_run_of_three_million_requests_takes_under_5_seconds_and_500_mb(large_run: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", MEASURE, str(large_run)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip

    found = json.loads(ended.stdout)
    took_s, peak_mb = found.pop("took_s"), found.pop("peak_mb")
    assert found == {
        "cells": 150,
        "ranked": 150,
        "sent": 3_000_000,
        "comparisons": 3 * 3 * (49 + 49),  # levels, metrics, over the baseline and the parent
        "told_twice": 3 * (49 + 49),
    }
    assert took_s < 5
    assert peak_mb < 500
