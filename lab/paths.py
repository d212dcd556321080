"""Where things lie in this repository."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGETS = ROOT / "targets"
PROFILES = ROOT / "bench" / "profiles"
REFERENCE_FOLDER = ROOT / "bench" / "reference"
RESULTS = ROOT / "results"
TOOLS = ROOT / ".tools"
ENVIRONMENTS = ROOT / ".envs"
SESSIONS = ROOT / ".nox"


def shown(path: Path) -> str:
    """`path` as a person would type it: relative to the current folder where that is shorter."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except (ValueError, OSError, RuntimeError):  # elsewhere, or a link to itself
        return str(path)
