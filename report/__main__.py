"""`python -m report`: what `nox -s report` runs, and the bench after each round."""

import sys

from lab.entry import start

if __name__ == "__main__":
    sys.exit(start("report.cli"))
