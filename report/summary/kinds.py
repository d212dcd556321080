"""Sync or async: what kind of view a target has, by its tags."""

from collections.abc import Iterable, Mapping
from typing import Any

Json = Mapping[str, Any]

KINDS = ("sync", "async")


def kind_of(target: Json) -> str | None:
    """`sync` or `async`; None where its tags say neither."""
    return next((kind for kind in KINDS if kind in target["tags"]), None)


def calls_once(target: Json) -> bool:
    """Whether a request of it is one call, as are the lab's own and nginx's."""
    return bool(target.get("upstream_calls", 1) == 1)


def fastest(cells: Iterable[Json], targets: Json, kind: str) -> Json | None:
    """The cell with most RPS of those whose target is of the kind, and calls the upstream once.

    All must have RPS.
    """
    of_kind = [
        cell
        for cell in cells
        if kind_of(target := targets[cell["target"]]) == kind and calls_once(target)
    ]
    return max(of_kind, key=lambda cell: float(cell["rps"]["value"]), default=None)
