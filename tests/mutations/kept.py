"""What came of each change, as docs/mutations.csv keeps it, and why survivors may survive."""

import csv
import io
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Literal, get_args

Outcome = Literal["killed", "survived", "no test"]
Name = tuple[str, str, str, int]  # of a change: file, place, operator, its number there
Key = tuple[str, str, str, str]


@dataclass(frozen=True)
class Row:
    """One change, and whether a test failed because of it."""

    file: str
    place: str
    operator: str
    nth: int
    outcome: Outcome
    before: str = ""  # the line, of those that survived
    after: str = ""

    @property
    def name(self) -> Name:
        return self.file, self.place, self.operator, self.nth

    @property
    def key(self) -> Key:
        """What an explanation goes by: it outlives lines that move, and not a line that changes."""
        return self.file, self.place, self.before, self.after


def write(rows: Sequence[Row]) -> str:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(field.name for field in fields(Row))
    table.writerows(astuple(row) for row in rows)
    return text.getvalue()


def read(path: Path) -> list[Row]:
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return [_row(**values) for values in csv.DictReader(file)]


def _row(file: str, place: str, operator: str, nth: str, outcome: str, **lines: str) -> Row:
    known: Outcome = next(it for it in get_args(Outcome) if it == outcome)
    return Row(file, place, operator, int(nth), known, **lines)


def explanations(path: Path) -> dict[Key, str]:
    """Of each survivor that somebody has looked at, why no test can tell."""
    entries = tomllib.loads(path.read_text())["survivor"]
    return {
        (entry["file"], entry["place"], entry["before"], entry["after"]): entry["why"]
        for entry in entries
    }


def faults(rows: Sequence[Row], why: Mapping[Key, str], least: float) -> list[str]:
    """What is wrong with it: too few killed, or a survivor that nobody has explained."""
    left = [row for row in rows if row.outcome != "killed"]
    found = [
        f"{row.file} {row.place}: no test tells `{row.before}` from `{row.after}`. "
        "Write one, or explain it in tests/mutations/explained.toml."
        for row in left
        if row.key not in why
    ]
    measured = {row.file for row in rows}
    found += [
        f"{key[0]} {key[1]}: `{key[2]}` changed to `{key[3]}` does not survive, or is no more. "
        "Take its entry out of tests/mutations/explained.toml."
        for key in why
        if key[0] in measured and key not in {row.key for row in left}
    ]
    share = 1 - len(left) / len(rows)
    if share < least:
        found.append(f"{share:.1%} were killed, less than {least:.0%}.")
    return found
