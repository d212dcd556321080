"""`python -m bench`: what `nox -s compare`, `serve`, `check`, `new` and `lock` run."""

import sys

from lab.entry import start

if __name__ == "__main__":
    # Locks can be made also where nothing is installed of what they list.
    sys.exit(start("bench.command.lock" if sys.argv[1:2] == ["lock"] else "bench.command.cli"))
