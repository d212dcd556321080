"""The first lines of every command: what the machine lacks is told, without a traceback.

Nothing here may need more than any Python 3 has.
"""

import errno
import importlib
import os
import signal
import sys
from typing import NoReturn

OUTPUT_LOST = 1
MACHINE_LACKS = 3
INTERRUPTED = 130
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def start(module: str) -> int:
    """Run `main` of `module` with the command line's arguments; its exit code."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this is where an old Python is told
        version = ".".join(map(str, sys.version_info[:3]))
        print(f"This is Python {version}; Viewlab needs 3.11 or newer.", file=sys.stderr)
        return MACHINE_LACKS
    _prepare_output()
    # What nohup, or a shell's `&`, has this ignore stays ignored.
    signals = [name for name in SIGNALS if signal.getsignal(name) != signal.SIG_IGN]
    try:
        for name in signals:
            signal.signal(name, _interrupt)
        return _run(module)
    except KeyboardInterrupt:  # before `main` could deal with it
        return INTERRUPTED
    finally:
        # The exit code is settled: another signal must not change it while Python ends.
        for name in signals:
            signal.signal(name, signal.SIG_IGN)


def _run(module: str) -> int:
    try:
        return int(importlib.import_module(module).main(sys.argv[1:]))
    except ModuleNotFoundError as error:
        print(
            f"The module {error.name!r} is missing. `make compare` installs what the lab needs; "
            f"or: pip install --require-hashes -r requirements.txt. Where it was installed, that "
            f"was cut off: make clean, and make compare again.",
            file=sys.stderr,
        )
        return MACHINE_LACKS
    except OSError as error:
        if not is_output_lost(error):
            print(f"The machine refused something that is needed: {error}.", file=sys.stderr)
            return MACHINE_LACKS
        # As with `| head`: nobody is left to tell.
        silence()
        return OUTPUT_LOST


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _prepare_output() -> None:
    """Have both streams there, and able to show any text: a shell may have closed them."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: PTH123, SIM115 - for as long as this runs
        getattr(sys, name).reconfigure(errors="backslashreplace")


def is_output_lost(error: BaseException) -> bool:
    """Whether the error says that the reader of the output, or the terminal, has gone."""
    return isinstance(error, OSError) and error.errno in (errno.EPIPE, errno.EIO)


def silence() -> None:
    """Have what is printed from now on go nowhere: its reader has gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
