"""The findings of a run in words: those of one code together."""

from collections.abc import Sequence
from dataclasses import dataclass

from lab.condition import Condition
from lab.files.summary_json import Cell, Severity
from report.findings import RULES


@dataclass(frozen=True)
class Note:
    """What was found, and of which cells: `sync_pooled at 150/30, 300/50`."""

    where: str
    message: str


@dataclass(frozen=True)
class Group:
    """The findings of one code; `where` names all cells that they are about."""

    code: str
    severity: Severity
    where: str
    notes: tuple[Note, ...]


SEVERITIES: tuple[Severity, ...] = ("unranked", "warn", "info")


def groups(cells: Sequence[Cell]) -> list[Group]:
    """All findings of cells: the worst first, each message once with the cells it concerns."""
    measured = [cell for cell in cells if cell.rounds]
    found: dict[tuple[Severity, str], dict[str, list[Cell]]] = {}
    for cell in cells:
        for finding in cell.findings:
            notes = found.setdefault((finding.severity, finding.code), {})
            notes.setdefault(finding.message, []).append(cell)
    return [
        Group(
            code,
            severity,
            _where([cell for of in notes.values() for cell in of], measured),
            tuple(Note(_where(of, measured), message) for message, of in notes.items()),
        )
        for (severity, code), notes in sorted(
            found.items(), key=lambda item: SEVERITIES.index(item[0][0])
        )
    ]


def _where(cells: Sequence[Cell], measured: Sequence[Cell]) -> str:
    """The cells by target, without the conditions of one that has them all."""
    of_target: dict[str, list[Condition]] = {}
    for cell in cells:
        of_target.setdefault(cell.target, []).append(cell.at)
    conditions = {cell.at for cell in measured}
    if all(cell in cells for cell in measured) and len(of_target) > 1:
        return "everywhere"
    return "; ".join(
        target
        if len(conditions) > 1 and set(theirs) == conditions
        else f"{target} at {', '.join(map(str, dict.fromkeys(theirs)))}"
        for target, theirs in of_target.items()
    )


WHEN = {rule.code: rule.when for rule in RULES}


def found(group: Group) -> list[str]:
    """The findings of one code where there is little room: the page has them all."""
    if group.severity == "unranked":
        return [f"{note.where}: {_first_line(note.message)}" for note in group.notes]
    if len(group.notes) == 1:
        return [f"{group.code} ({group.where}): {_first_line(group.notes[0].message)}"]
    return [f"{group.code} ({group.where}): {WHEN[group.code]}. The page has the figures."]


def _first_line(text: str) -> str:
    first, _, rest = text.partition("\n")
    return f"{first} ..." if rest else first
