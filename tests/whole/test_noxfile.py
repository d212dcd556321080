"""What nox runs in is in use, and known to be: `nox -s clean` may remove what is not."""

import os
import shutil
import subprocess
from pathlib import Path

from lab.paths import ROOT

# In place of the bench: whether another process could remove what it runs in.
BENCH = """
import fcntl, os, sys

try:
    fcntl.flock(os.open(sys.prefix, os.O_RDONLY), fcntl.LOCK_EX | fcntl.LOCK_NB)
    print("free:", sys.prefix)
except BlockingIOError:
    print("held:", sys.prefix)
"""


def test_an_environment_is_held_while_its_session_runs_and_its_use_is_noted(
    tmp_path: Path,
) -> None:
    shutil.copy(ROOT / "noxfile.py", tmp_path)
    (tmp_path / "requirements.txt").write_text("")
    (tmp_path / "bench").mkdir()
    (tmp_path / "bench" / "__main__.py").write_text(BENCH)
    nox = ROOT / ".tools" / "nox" / "bin" / "nox"
    command = [str(nox) if nox.exists() else "nox", "-s", "clean"]
    env = {name: value for name, value in os.environ.items() if not name.startswith("NOX")}

    def run() -> str:
        return subprocess.run(
            command, cwd=tmp_path, env=env, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=True, timeout=120,
        ).stdout  # fmt: skip

    printed = run()
    (environment,) = tmp_path.glob(".nox/*/clean")
    assert f"held: {environment}\n" in printed
    used = environment / "used"
    os.utime(used, (0.0, 0.0))
    run()
    assert used.stat().st_mtime > 0
