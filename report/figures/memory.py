"""The memory of servers: in total, as little of it depends on the level."""

from lab import display
from lab.condition import Condition
from lab.files.summary_json import Summary
from lab.names import REFERENCE
from report.figures.panel import DataTable
from report.summary.query import conditions, held_bytes, ordered, reference_of


def each_once(summary: Summary) -> bool:
    """Whether pages that processes share are counted once."""
    return any(cell.server_pss_bytes.value for cell in summary.cells)


def table(summary: Summary) -> DataTable | None:
    """Every target's, condition by condition; None where nothing is known."""
    if all(held_bytes(cell) is None for cell in summary.cells):
        return None
    columns = conditions(summary)
    shown: dict[str, dict[Condition, str]] = {}
    for at in columns:
        reference = reference_of(summary, at)
        for cell in [*ordered(summary, at), *([reference] if reference else [])]:
            held = held_bytes(cell)
            shown.setdefault(cell.target, {})[at] = (
                display.NONE if held is None else display.megabytes(held)
            )
    last = shown.pop(REFERENCE, None)
    rows = [*shown.items(), *([(REFERENCE, last)] if last else [])]
    once = "pages that they share once" if each_once(summary) else "pages that they share each time"
    return DataTable(
        f"Memory of all processes of a server right after a level, {once}",
        ("target", *map(str, columns)),
        tuple((name, *(its[at] for at in columns)) for name, its in rows),
    )
