"""Sync or async: what kind of view a target has, by its tags."""

from collections.abc import Iterable, Mapping
from typing import Any

Json = Mapping[str, Any]

KINDS = ("sync", "async")


def kind_of(target: Json) -> str | None:
    """`sync` or `async`; None where its tags say neither."""
    return next((kind for kind in KINDS if kind in target["tags"]), None)


def fastest(cells: Iterable[Json], targets: Json, kind: str) -> Json | None:
    """The cell with most RPS of those whose target is of the kind. All must have RPS."""
    of_kind = [cell for cell in cells if kind_of(targets[cell["target"]]) == kind]
    return max(of_kind, key=lambda cell: float(cell["rps"]["value"]), default=None)
