"""`summary.md`: the table for a pull request."""

import html
import re
from collections.abc import Sequence

from lab import display
from lab.condition import Condition
from lab.files.summary_json import Summary
from report.summary.query import cell_of, conditions
from report.words.caveats import control, goal_reached, rounds_done, state
from report.words.findings import found, groups
from report.words.levels import legend, sentences
from report.words.overrides import overrides
from report.words.rows import FigureText, rows
from report.words.tree import Node, tree

HEAD = """\
| requests/concurrency | mode | RPS | average s | P95 s | errors, findings |
|---|---|---:|---:|---:|---|
"""


def render(summary: Summary) -> str:
    """The sentences and the table, the article's figures in brackets."""
    texts = [
        *overrides(summary),
        *sentences(summary),
        control(summary),
        goal_reached(summary),
        state(summary),
    ]
    texts += [text for group in groups(summary.cells) for text in found(group)]
    said = [f"- {_plain(str(text))}" for text in texts if text]
    shown = list(rows(summary))
    lines = [
        f"| {row.at} | {_plain(row.name)} | {_text(row.rps)} | {_text(row.latency_mean)} "
        f"| {_text(row.latency_p95)} | {' '.join([row.outcome, *row.marks])} |"
        for row in shown
    ]
    foot = (
        f"{legend(summary)}Profile {_plain(summary.run.profile)}, "
        f"{rounds_done(summary)}, run {_plain(summary.run.id)}."
    )
    parts = [*said, "", HEAD + "\n".join(lines), "", *changes(summary), foot, ""]
    return "\n".join(parts)


def changes(summary: Summary, under: Sequence[Condition] | None = None) -> list[str]:
    """The tree of changes as a table and an empty line; nothing where no parent was measured.

    A row a target, indented below its parent: its RPS and, in brackets, their ratio to those of
    its parent with its interval. Under all conditions, or those in `under`.
    """
    nodes = tree(summary)
    if not any(node.edge for node in nodes):
        return []
    shown = under or conditions(summary)
    heads = [f"RPS at {at} (times its parent)" for at in shown]
    return [
        f"| target | what it changes | {' | '.join(heads)} |",
        f"|---|---|{'---:|' * len(shown)}",
        *(
            f"| {'&emsp;' * node.depth}{_plain(node.target)} | {_plain(_change(node))} | "
            f"{' | '.join(_changed(summary, node, at) for at in shown)} |"
            for node in nodes
        ),
        "",
    ]


def _change(node: Node) -> str:
    if node.parent is None or node.change is None:
        return node.title
    return (
        node.change if node.depth else f"from {node.parent}, which was not measured: {node.change}"
    )


def _changed(summary: Summary, node: Node, at: Condition) -> str:
    cell = cell_of(summary, node.target, at)
    rps = display.rps(cell.rps.value if cell else None)
    found = dict(node.edge.cells).get(at) if node.edge else None
    if found is None or found.here == display.NONE:
        return rps
    interval = f" [{found.interval}]" if found.interval else ""
    return f"{rps} ({found.here}{interval})"


def _text(figure: FigureText) -> str:
    return figure.here + (f" ({figure.article})" if figure.article else "")


def _plain(text: str) -> str:
    """Text that markdown shows as it is: no markup, no broken table."""
    escaped = html.escape(display.printable(" ".join(text.split())), quote=False)
    # A bracket is harmless, as in an interval, unless it opens what a link points to.
    return re.sub(r"[\\`*_~|]|\](?=[(\[:])", r"\\\g<0>", escaped)
