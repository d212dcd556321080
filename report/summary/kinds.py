"""Sync or async: what kind of view a target has, by its tags."""

from collections.abc import Iterable, Mapping

from lab.files.summary_json import Cell, TargetSummary
from report.summary.query import rps_of

KINDS = ("sync", "async")


def kind_of(target: TargetSummary) -> str | None:
    """`sync` or `async`; None where its tags say neither."""
    return next((kind for kind in KINDS if kind in target.tags), None)


def calls_once(target: TargetSummary) -> bool:
    """Whether a request of it is one call, as are the lab's own and nginx's."""
    return target.upstream_calls == 1


def fastest(cells: Iterable[Cell], targets: Mapping[str, TargetSummary], kind: str) -> Cell | None:
    """The cell with most RPS of those whose target is of the kind, and calls the upstream once."""
    of_kind = [
        cell
        for cell in cells
        if kind_of(target := targets[cell.target]) == kind and calls_once(target)
    ]
    return max(of_kind, key=rps_of, default=None)
