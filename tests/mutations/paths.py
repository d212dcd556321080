"""Where it is kept, and how much is asked for."""

from pathlib import Path

from lab.paths import ROOT

CSV = ROOT / "docs" / "mutations.csv"
PAGE = ROOT / "docs" / "mutations.md"
EXPLAINED = Path(__file__).with_name("explained.toml")
LEAST = 0.95
# Of CPU, by the tests that a change is tried on.
MOST_S = 5.0
