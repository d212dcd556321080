"""Runs in namespaces of their own, in which root may mount and set up what it likes."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.faults.case import PLAN, ROUNDS, Case
from tests.support.lab import Result


def may_unshare() -> bool:
    """Whether this is a root that may mount, and make namespaces: in a container it may not."""
    if os.geteuid() != 0 or not shutil.which("unshare"):
        return False
    return (
        subprocess.run(["unshare", "-mn", "true"], capture_output=True, check=False).returncode == 0
    )


root_only = pytest.mark.skipif(not may_unshare(), reason="takes a root that may mount")


def in_namespace(case: Case, flags: str, *lines: str) -> Result:
    """The run, in new namespaces in which root has first run some lines of shell."""
    bench = [sys.executable, "-m", "bench", "compare", *PLAN, "--rounds", str(ROUNDS)]
    script = "\n".join(["set -e", *lines, 'exec "$@"'])
    done = subprocess.run(
        ["unshare", flags, "sh", "-c", script, "sh", *bench],
        cwd=case.lab.root, env=case.lab.env, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    return Result(done.returncode, done.stdout, done.stderr)
