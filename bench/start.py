"""The first lines of every command: what the machine lacks is told, without a traceback.

Nothing here may need more than any Python 3 has.
"""

import errno
import importlib
import os
import sys

OUTPUT_LOST = 1
MACHINE_LACKS = 3
INTERRUPTED = 130


def start(module: str) -> int:
    """Run `main` of `module` with the command line's arguments; its exit code."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this is where an old Python is told
        version = ".".join(map(str, sys.version_info[:3]))
        print(f"This is Python {version}; Viewlab needs 3.11 or newer.", file=sys.stderr)
        return MACHINE_LACKS
    try:
        return int(importlib.import_module(module).main(sys.argv[1:]))
    except ModuleNotFoundError as error:
        print(
            f"The module {error.name!r} is missing. `make compare` installs what the lab needs; "
            f"or: pip install --require-hashes -r requirements.txt",
            file=sys.stderr,
        )
        return MACHINE_LACKS
    except KeyboardInterrupt:  # before `main` could deal with it
        return INTERRUPTED
    except OSError as error:
        if not is_output_lost(error):
            print(f"The machine refused something that is needed: {error}.", file=sys.stderr)
            return MACHINE_LACKS
        # As with `| head`: nobody is left to tell.
        silence()
        return OUTPUT_LOST


def is_output_lost(error: BaseException) -> bool:
    """Whether the error says that the reader of the output, or the terminal, has gone."""
    return isinstance(error, OSError) and error.errno in (errno.EPIPE, errno.EIO)


def silence() -> None:
    """Have what is printed from now on go nowhere: its reader has gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
