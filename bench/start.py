"""The first lines of every command: an old Python or a missing module is told, not shown.

Nothing here may need more than any Python 3 has.
"""

import importlib
import os
import sys

MACHINE_LACKS = 3
OUTPUT_LOST = 1
INTERRUPTED = 130


def start(module: str) -> int:
    """Run `main` of `module` with the command line's arguments; its exit code."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this is where an old Python is told
        version = ".".join(map(str, sys.version_info[:3]))
        print(f"This is Python {version}; Viewlab needs 3.11 or newer.", file=sys.stderr)
        return MACHINE_LACKS
    try:
        command = importlib.import_module(module)
    except KeyboardInterrupt:
        return INTERRUPTED
    except ModuleNotFoundError as error:
        print(
            f"The module {error.name!r} is missing. `make compare` installs what the lab needs; "
            f"or: pip install --require-hashes -r requirements.txt",
            file=sys.stderr,
        )
        return MACHINE_LACKS
    try:
        return int(command.main(sys.argv[1:]))
    except BrokenPipeError:
        # The reader of the output has gone, as with `| head`: nobody is left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OUTPUT_LOST
    except KeyboardInterrupt:
        return INTERRUPTED
