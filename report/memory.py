"""The memory of servers, also for each request in flight: what threads are paid with."""

from collections.abc import Mapping
from typing import Any

from bench import display
from bench.target import REFERENCE
from report.figures.panel import Table
from report.rows import level_of, ordered, reference_of

Json = Mapping[str, Any]


def held_bytes(cell: Json) -> float | None:
    """What the server's processes held after a level: shared pages once, where that is known."""
    value = cell["server_pss_bytes"]["value"] or cell["server_rss_bytes"]["value"]
    return None if value is None else float(value)


def each_once(summary: Json) -> bool:
    """Whether pages that processes share are counted once."""
    return any(cell["server_pss_bytes"]["value"] for cell in summary["cells"])


def in_words(cell: Json) -> str | None:
    """`182 MB of memory, 1.82 MB a request in flight`."""
    held = held_bytes(cell)
    if held is None:
        return None
    return (
        f"{display.megabytes(held)} of memory, "
        f"{display.megabytes(held / cell['concurrency'])} a request in flight"
    )


def leaders(summary: Json) -> str | None:
    """The memory of the fastest target, and of the fastest of the other kind, sync or async.

    At the level with most requests at once. None where it is not known.
    """
    levels = [level_of(cell) for cell in summary["cells"]]
    level = max(levels, key=lambda level: (level.concurrency, level.requests))
    ranked = [cell for cell in ordered(summary, level) if cell["ranked"]]
    if not ranked or (first := in_words(ranked[0])) is None:
        return None
    best = ranked[0]["target"]
    kind = _kind(summary, best)
    text = f"At {level} {best}{f', {_article(kind)} view,' if kind else ''} held {first}"
    other = next(
        (cell for cell in ranked if kind and _kind(summary, cell["target"]) not in (kind, None)),
        None,
    )
    if other is not None and (second := in_words(other)):
        theirs = _kind(summary, other["target"])
        text += f"; {other['target']}, the fastest {theirs} one, {second}"
    return f"{text}."


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
                display.NONE
                if held is None
                else f"{display.megabytes(held)} ({display.megabytes(held / level.concurrency)})"
            )
    last = shown.pop(REFERENCE, None)
    rows = [*shown.items(), *([(REFERENCE, last)] if last else [])]
    once = "pages that they share once" if each_once(summary) else "pages that they share each time"
    return Table(
        f"Memory of all processes of a server right after a level, {once}; "
        f"in brackets for each request in flight",
        ("target", *map(str, levels)),
        tuple((name, *(its[level] for level in levels)) for name, its in rows),
    )


def _kind(summary: Json, target: str) -> str | None:
    """`sync` or `async`, by its tags."""
    tags = summary["targets"][target]["tags"]
    return next((kind for kind in ("sync", "async") if kind in tags), None)


def _article(kind: str) -> str:
    return f"{'an' if kind == 'async' else 'a'} {kind}"
