"""`python -m bench`: what `nox -s compare`, `serve` and `check` run."""

import sys

from bench.start import start

if __name__ == "__main__":
    sys.exit(start("bench.cli"))
