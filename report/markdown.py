"""`summary.md`: the table for a pull request."""

import html
import re
from collections.abc import Mapping
from typing import Any

from report.caveats import control, rounds_done, state, until
from report.rows import Figure, groups, rows
from report.words import found, legend, sentences

HEAD = """\
| requests/concurrency | mode | RPS | average s | P95 s | errors, findings |
|---|---|---:|---:|---:|---|
"""


def render(summary: Mapping[str, Any]) -> str:
    """The sentences and the table, the article's figures in brackets."""
    run = summary["run"]
    texts = [*sentences(summary), control(summary), until(summary), state(summary)]
    texts += [text for group in groups(summary) for text in found(group)]
    said = [f"- {_plain(str(text))}" for text in texts if text]
    shown = list(rows(summary))
    lines = [
        f"| {row.level} | {_plain(row.target)} | {_text(row.rps)} | {_text(row.latency_mean)} "
        f"| {_text(row.latency_p95)} | {' '.join([row.outcome, *row.marks])} |"
        for row in shown
    ]
    foot = (
        f"{legend(summary)}Profile {_plain(run['profile'])}, "
        f"{rounds_done(summary)}, run {_plain(run['id'])}."
    )
    return "\n".join([*said, "", HEAD + "\n".join(lines), "", foot, ""])


def _text(figure: Figure) -> str:
    return figure.here + (f" ({figure.article})" if figure.article else "")


def _plain(text: str) -> str:
    """Text that markdown shows as it is: no markup, no broken table."""
    escaped = html.escape(" ".join(text.split()), quote=False)
    # A bracket is harmless, as in an interval, unless it opens what a link points to.
    return re.sub(r"[\\`*_~|]|\](?=[(\[:])", r"\\\g<0>", escaped)
