"""What reads a command's options. Needs nothing but the standard library."""

import argparse
from collections.abc import Sequence
from typing import NoReturn

from bench.target.table import did_you_mean
from lab.errors import UsageError


class Parser(argparse.ArgumentParser):
    """Raises `UsageError` in place of printing a usage screen, and says what was meant."""

    def error(self, message: str) -> NoReturn:
        stop = "" if message.endswith(("?", ".")) else "."
        raise UsageError(f"{message}{stop} See: nox -s {self.prog} -- --help")

    def parse(self, arguments: Sequence[str]) -> argparse.Namespace:
        options, unknown = self.parse_known_args(arguments)
        if unknown:
            # Those that a command does not know come back to what has the commands.
            taken: Parser = getattr(options, "parser", self)
            taken.error(taken._meant(unknown[0]))
        return options

    def _meant(self, word: str) -> str:
        if not word.startswith("-"):
            return f"{word!r} belongs to no option"
        known = [name for action in self._actions for name in action.option_strings]
        return f"unknown option {word!r}.{did_you_mean(word, known)}"
