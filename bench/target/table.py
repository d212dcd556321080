"""Reading TOML tables: typed values, and errors that carry the path to the key."""

import difflib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.errors import UsageError
from lab.paths import shown

# TOML's largest number. Python reads larger ones, and those of over 4300 digits it does not write.
LARGEST = 2**63 - 1

# Of a value that is wrong, as much as says which it is.
SHOWN_LETTERS = 500


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` Did you mean 'serve'?`, or nothing where no known word is close."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" Did you mean {close[0]!r}?" if close else ""


@dataclass(frozen=True)
class Table:
    """A TOML table that knows where it stands.

    Each getter returns the value, or `default` where the key is left out, and raises
    `UsageError` for a value of another type. A key without a default is required.
    """

    values: dict[str, Any]
    file: str
    name: str

    @property
    def place(self) -> str:
        """How a message calls it."""
        return self.name or "the file"

    def error(self, message: str) -> UsageError:
        return UsageError(f"{self.file}: {message}")

    def only(self, *known: str) -> None:
        """Refuse keys that are not among `known`."""
        for key in self.values:
            if key not in known:
                hint = did_you_mean(key, known) or f" Known keys: {', '.join(known)}."
                raise self.error(f"unknown key {key!r} in {self.place}.{hint}")

    def text(self, key: str) -> str:
        value = self._required(key)
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            raise self.wrong(key, "a line of text", value)
        return value

    def optional_text(self, key: str) -> str | None:
        return self.text(key) if key in self.values else None

    def integer(
        self, key: str, default: int | None = None, *, at_least: int, at_most: int = LARGEST
    ) -> int:
        value = self._required(key) if default is None else self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < at_least:
            raise self.wrong(key, f"a whole number, {at_least} or more", value)
        if value > at_most:
            raise self.wrong(key, f"a whole number, {at_most} at the most", value)
        return value

    def optional_integer(self, key: str, *, at_least: int) -> int | None:
        return self.integer(key, at_least=at_least) if key in self.values else None

    def number(self, key: str, *, at_least: float, at_most: float) -> float:
        value = self._required(key)
        fits = isinstance(value, int | float) and not isinstance(value, bool)
        if not fits or not at_least <= value <= at_most:
            raise self.wrong(key, f"a number from {at_least:g} to {at_most:g}", value)
        return float(value)

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        value = self._required(key) if default is None else self.values.get(key, default)
        listed = isinstance(value, list | tuple)
        if not listed or not all(isinstance(v, str) and v.isprintable() for v in value):
            raise self.wrong(key, "a list of texts", value)
        return tuple(value)

    def named_texts(self, key: str) -> tuple[tuple[str, str], ...]:
        """A table of texts, in the order it has; empty where it is left out.

        Messages never show a value: it may be a secret.
        """
        if not isinstance(self.values.get(key, {}), dict):
            raise self.error(f"{key!r} in {self.place} must be a table.")
        table = self.table(key) if key in self.values else Table({}, self.file, "")
        for name, value in table.values.items():
            if not isinstance(value, str) or "\0" in value:
                raise table.error(f"{name!r} in {table.place} must be a text, in quotes.")
        return tuple(table.values.items())

    def table(self, key: str) -> "Table":
        value = self._required(key)
        if not isinstance(value, dict):
            raise self.wrong(key, "a table", value)
        name = f"{self.name[:-1]}.{key}]" if self.name else f"[{key}]"
        return Table(value, self.file, name)

    def _required(self, key: str) -> Any:  # noqa: ANN401 - TOML's values have no narrower type
        if key not in self.values:
            where = f" in {self.name}" if self.name else ""
            raise self.error(f"{key!r} is missing{where}.")
        return self.values[key]

    def wrong(self, key: str, wanted: str, value: object) -> UsageError:
        return self.error(f"{key!r} in {self.place} must be {wanted}, not {_written(value)}.")


def _written(value: object) -> str:
    """A value of TOML as it can be shown, whole or its beginning."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # a number of too many digits, tables of too many levels
        return "what is too large to show"
    return text if len(text) <= SHOWN_LETTERS else f"{text[:SHOWN_LETTERS]}..."


def read_toml(path: Path) -> Table:
    """Read the file at `path`. Raises `UsageError` where it cannot be read or is no TOML."""
    file = shown(path)
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:  # also what tomllib lets through
        raise UsageError(f"{file}: not TOML: {error}.") from None
    return Table(values, file, "")
