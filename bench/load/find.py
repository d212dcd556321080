"""The engine that makes the load: it is there, or the message says how to install it."""

from collections.abc import Callable

from bench.load.engine import Engine
from bench.load.hey import Hey
from bench.tools.hey import find_hey

# Tells the user what it does, and raises `MachineError` where the engine cannot be had.
Finder = Callable[[Callable[[str], None]], Engine]


def find_engine(say: Callable[[str], None]) -> Engine:
    """The engine that is used where no other one is asked for; see `Finder`."""
    return Hey.at(find_hey(say))
