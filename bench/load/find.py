"""The engine that makes the load: it is there, or the message says how to install it."""

from collections.abc import Callable

from bench.load.engine import Engine
from bench.load.hey import Hey
from bench.tools.hey import find_hey
from lab.engines import DEFAULT
from lab.errors import UsageError

Say = Callable[[str], None]

# Takes an engine's name, and tells the user what it does. Raises `MachineError` where the engine
# cannot be had, `UsageError` where there is none of that name.
Finder = Callable[[str, Say], Engine]


def find_engine(name: str, say: Say) -> Engine:
    """The engine of that name; see `Finder`."""
    if name != DEFAULT:
        raise UsageError(f"{name!r} is no engine of this version: it has {DEFAULT}.")
    return Hey.at(find_hey(say))
