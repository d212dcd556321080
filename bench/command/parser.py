"""What reads a command's options. Needs nothing but the standard library."""

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from bench.target.table import did_you_mean
from lab.errors import UsageError


class Parser(argparse.ArgumentParser):
    """Raises `UsageError` in place of printing a usage screen, and says what was meant.

    What it reads has `given`: the options that stand in the arguments, in the order in which they
    were added, whatever their values. A default is no such value.
    """

    def __init__(self, *arguments: Any, **settings: Any) -> None:  # noqa: ANN401 - argparse's own
        self._left_out: dict[str, object] = {}
        super().__init__(*arguments, **settings)

    def add_argument(self, *names: Any, **settings: Any) -> argparse.Action:  # noqa: ANN401 - argparse's own
        """As argparse does, but that an option's default is filled in by `parse`."""
        action = super().add_argument(*names, **settings)
        if action.option_strings and action.default is not argparse.SUPPRESS:
            self._left_out[action.dest] = action.default
            action.default = argparse.SUPPRESS
        return action

    def error(self, message: str) -> NoReturn:
        stop = "" if message.endswith(("?", ".")) else "."
        raise UsageError(f"{message}{stop} See: nox -s {self.prog} -- --help")

    def parse(self, arguments: Sequence[str]) -> argparse.Namespace:
        options, unknown = self.parse_known_args(arguments)
        # Those of a command are known to its own parser, not to what has the commands.
        taken: Parser = getattr(options, "parser", self)
        if unknown:
            taken.error(taken._meant(unknown[0]))
        taken._fill_in(options)
        return options

    def _fill_in(self, options: argparse.Namespace) -> None:
        options.given = tuple(
            action.option_strings[0]
            for action in self._actions
            if action.dest in self._left_out and hasattr(options, action.dest)
        )
        for name, default in self._left_out.items():
            if not hasattr(options, name):
                setattr(options, name, default)

    def _meant(self, word: str) -> str:
        if not word.startswith("-"):
            return f"{word!r} belongs to no option"
        name = word.partition("=")[0]
        known = [name for action in self._actions for name in action.option_strings]
        return f"unknown option {name!r}.{did_you_mean(name, known)}"
