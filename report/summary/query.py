"""Look-ups in a summary."""

from collections.abc import Mapping
from typing import Any

from lab.level import Level
from lab.names import BESIDE, REFERENCE


def unranked(cell: Mapping[str, Any]) -> bool:
    """Whether something was found that keeps the cell out of the ranking."""
    return any(finding["severity"] == "unranked" for finding in cell["findings"])


def level_of(cell: Mapping[str, Any]) -> Level:
    return Level(cell["requests"], cell["concurrency"])


def ordered(summary: Mapping[str, Any], level: Level) -> list[Mapping[str, Any]]:
    """The cells of a level without control and nginx: the ranked by falling RPS, then others."""
    cells = [
        cell
        for cell in summary["cells"]
        if level_of(cell) == level and cell["target"] not in BESIDE
    ]
    return sorted(cells, key=lambda cell: -cell["rps"]["value"] if cell["ranked"] else 0.0)


def cell_of(summary: Mapping[str, Any], target: str, level: Level) -> Mapping[str, Any] | None:
    """The cell of a target: not of the control, and not of nginx."""
    return next((cell for cell in ordered(summary, level) if cell["target"] == target), None)


def compared_with_baseline(
    summary: Mapping[str, Any], target: str, level: Level
) -> Mapping[str, Any] | None:
    """The RPS of `target` over the baseline's at `level`, where there is a ratio."""
    for compared in summary["comparisons"]:
        if (
            compared["kind"] == "baseline"
            and compared["metric"] == "rps"
            and compared["target"] == target
            and level_of(compared) == level
        ):
            return dict(compared) if compared["ratio"] is not None else None
    return None


def reference_of(summary: Mapping[str, Any], level: Level) -> Mapping[str, Any] | None:
    """The cell of nginx, where it was part of the run."""
    for cell in summary["cells"]:
        if cell["target"] == REFERENCE and level_of(cell) == level:
            return dict(cell)
    return None


Json = Mapping[str, Any]


def held_bytes(cell: Json) -> float | None:
    """What the server's processes held after a level: shared pages once, where that is known."""
    value = cell["server_pss_bytes"]["value"] or cell["server_rss_bytes"]["value"]
    return None if value is None else float(value)
