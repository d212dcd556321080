"""The memory of servers: in total, as little of it depends on the level."""

from collections.abc import Mapping
from typing import Any

from lab import display
from lab.names import REFERENCE
from report.figures.panel import Table
from report.summary.query import held_bytes, level_of, ordered, reference_of

Json = Mapping[str, Any]


def each_once(summary: Json) -> bool:
    """Whether pages that processes share are counted once."""
    return any(cell["server_pss_bytes"]["value"] for cell in summary["cells"])


def table(summary: Json) -> Table | None:
    """Every target's, level by level; None where nothing is known."""
    levels = list(dict.fromkeys(level_of(cell) for cell in summary["cells"]))
    if not levels or all(held_bytes(cell) is None for cell in summary["cells"]):
        return None
    shown: dict[str, dict[object, str]] = {}
    for level in levels:
        reference = reference_of(summary, level)
        for cell in [*ordered(summary, level), *([reference] if reference else [])]:
            held = held_bytes(cell)
            shown.setdefault(cell["target"], {})[level] = (
                display.NONE if held is None else display.megabytes(held)
            )
    last = shown.pop(REFERENCE, None)
    rows = [*shown.items(), *([(REFERENCE, last)] if last else [])]
    once = "pages that they share once" if each_once(summary) else "pages that they share each time"
    return Table(
        f"Memory of all processes of a server right after a level, {once}",
        ("target", *map(str, levels)),
        tuple((name, *(its[level] for level in levels)) for name, its in rows),
    )
