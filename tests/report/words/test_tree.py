"""The tree of changes: parents before children, siblings in the order of the run."""

from itertools import pairwise

from lab.condition import Condition
from lab.files.summary_json import Severity, TargetSummary
from lab.level import Level
from report.words.ratios import Compared, Ratio
from report.words.tree import tree
from tests.support.summaries import cell, over, summary, target


def described(**parents: str | None) -> dict[str, TargetSummary]:
    return {
        name: target(parent=parent, change=parent and f"{name} instead")
        for name, parent in parents.items()
    }


def depths(targets: dict[str, TargetSummary]) -> list[tuple[str, int]]:
    return [(node.target, node.depth) for node in tree(summary(targets=targets))]


def test_children_stand_under_their_parent_in_the_order_of_the_run() -> None:
    """`b1` comes after all that descends from `a1`, and `a2` after `b1`'s family."""
    targets = described(b=None, a2="a", a=None, b1="b", a1="a", a21="a2")

    assert depths(targets) == [
        ("b", 0), ("b1", 1), ("a", 0), ("a2", 1), ("a21", 2), ("a1", 1),
    ]  # fmt: skip


def test_a_node_says_what_its_change_was_and_what_it_came_to() -> None:
    comparisons = [
        over("child", 2.0, (1.5, 2.5), "faster", kind="parent", baseline="root"),
        over("child", 9.0, (8.0, 9.5), "faster", kind="baseline", baseline="root"),
        over("child", 0.5, kind="parent", baseline="root", metric="latency_mean_s"),
    ]

    root, child = tree(summary((), comparisons, targets=described(root=None, child="root")))

    assert (root.title, root.parent, root.change, root.edge) == ("A view", None, None, None)
    assert (child.parent, child.change) == ("root", "child instead")
    assert child.edge == Compared(
        "child", "root", ((Condition(Level(1000, 100)), Ratio("2.00", "1.50, 2.50", "faster")),)
    )


def test_an_edge_that_holds_more_than_its_change_is_not_pure() -> None:
    found: list[tuple[Severity, str, str]] = [("warn", "two_changes", "b differs from a.")]
    cells = [
        cell("a", 1.0, findings=[("warn", "stall", "It stood.")]),
        cell("b", 2.0, findings=found),
    ]

    nodes = tree(summary(cells, targets=described(a=None, b="a")))

    assert [(node.target, node.pure) for node in nodes] == [("a", True), ("b", False)]


def test_a_target_whose_parent_was_not_part_of_the_run_is_among_the_roots() -> None:
    nodes = tree(summary(targets=described(orphan="elsewhere", root=None, below="orphan")))

    assert [(node.target, node.depth, node.parent) for node in nodes] == [
        ("orphan", 0, "elsewhere"),
        ("below", 1, "orphan"),
        ("root", 0, None),
    ]
    assert nodes[0].edge is None


def test_the_control_is_no_part_of_it() -> None:
    targets = {**described(root=None), "control": target()}

    assert depths(targets) == [("root", 0)]


def test_nothing_in_a_circle_of_parents_is_left_out_or_told_twice() -> None:
    targets = described(root=None, a="c", b="a", c="b", leaf="b")

    assert depths(targets) == [("root", 0), ("a", 0), ("b", 1), ("c", 2), ("leaf", 2)]


def test_a_target_that_is_its_own_parent_is_told_once() -> None:
    assert depths(described(odd="odd")) == [("odd", 0)]


def test_what_hangs_on_a_circle_is_told_once_whatever_the_order() -> None:
    found = depths(described(leaf="b", other="b", a="b", b="a", below="other"))

    assert sorted(name for name, _ in found) == ["a", "b", "below", "leaf", "other"]


def test_a_chain_of_three_hundred_changes_is_as_deep() -> None:
    """The last of it comes first in the run; no call is made for each generation."""
    names = [f"t{number}" for number in range(300)]
    parents = dict(pairwise(reversed(names)))

    assert depths(described(**parents, t0=None)) == [
        (name, depth) for depth, name in enumerate(names)
    ]


def test_without_targets_there_is_none() -> None:
    assert tree(summary(targets={})) == []
