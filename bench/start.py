"""The first lines of every command: an old Python or a missing module is told, not shown.

Nothing here may need more than any Python 3 has.
"""

import importlib
import sys

MACHINE_LACKS = 3


def start(module: str) -> int:
    """Run `main` of `module` with the command line's arguments; its exit code."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this is where an old Python is told
        version = ".".join(map(str, sys.version_info[:3]))
        print(f"This is Python {version}; Viewlab needs 3.11 or newer.", file=sys.stderr)
        return MACHINE_LACKS
    try:
        command = importlib.import_module(module)
    except ModuleNotFoundError as error:
        print(
            f"The module {error.name!r} is missing. `make compare` installs what the lab needs; "
            f"or: pip install --require-hashes -r requirements.txt",
            file=sys.stderr,
        )
        return MACHINE_LACKS
    return int(command.main(sys.argv[1:]))
