"""The tree of changes: each target under its parent, the edge with what it was measured to do."""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass

from lab.files.summary_json import Summary, TargetSummary
from lab.names import BESIDE
from report.words.ratios import Compared, compared


@dataclass(frozen=True)
class Node:
    """A target, `depth` changes below its root.

    `edge` is what its change came to. A root has none; nor has a target whose parent was not
    part of the run, which stands among the roots. It is `pure` unless more than its change
    differs from its parent.
    """

    target: str
    title: str
    depth: int
    parent: str | None
    change: str | None
    edge: Compared | None
    pure: bool = True


def tree(summary: Summary) -> list[Node]:
    """Every target, parents before their children."""
    edges = {each.target: each for each in compared(summary, "parent")}
    targets = {name: it for name, it in summary.targets.items() if name not in BESIDE}
    impure = {
        cell.target
        for cell in summary.cells
        if any(finding.code == "two_changes" for finding in cell.findings)
    }
    placed: dict[str, Node] = {}
    roots = [name for name, it in targets.items() if it.parent not in targets]
    # Those in a circle have no root; nothing that was measured is left out.
    for name in [*roots, *targets]:
        for node in _below(name, 0, targets, edges, impure):
            if node.target in placed:
                break
            placed[node.target] = node
    return list(placed.values())


def _below(
    root: str,
    depth: int,
    targets: Mapping[str, TargetSummary],
    edges: Mapping[str, Compared],
    impure: Container[str],
) -> Iterator[Node]:
    """`root` and all that descend from it, without a call for each generation."""
    waiting, seen = [(root, depth)], {root}
    while waiting:
        name, deep = waiting.pop()
        it = targets[name]
        pure = name not in impure
        yield Node(name, it.title, deep, it.parent, it.change, edges.get(name), pure)
        children = [child for child, its in targets.items() if its.parent == name]
        waiting += [(child, deep + 1) for child in reversed(children) if child not in seen]
        seen.update(children)
