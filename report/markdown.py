"""`summary.md`: the table for a pull request."""

import html
import re
from collections.abc import Mapping
from typing import Any

from report.rows import Figure, findings, rows
from report.words import sentences, state

HEAD = """\
| requests/concurrency | mode | RPS | average s | P95 s | errors |
|---|---|---:|---:|---:|---:|
"""


def render(summary: Mapping[str, Any]) -> str:
    """The sentences and the table, the article's figures in brackets."""
    run = summary["run"]
    said = [f"- {_plain(sentence)}" for sentence in sentences(summary)]
    if note := state(summary):
        said.append(f"- {_plain(note)}")
    said += [
        f"- {_plain(f'{finding.target} at {finding.levels}: {finding.message}')}"
        for finding in findings(summary)
    ]
    shown = list(rows(summary))
    lines = [
        f"| {row.level} | {_plain(row.target)} | {_text(row.rps)} | {_text(row.latency_mean)} "
        f"| {_text(row.latency_p95)} | {row.outcome} |"
        for row in shown
    ]
    article = "In brackets: the article's figure. " if any(r.rps.article for r in shown) else ""
    foot = (
        f"{article}Profile {_plain(run['profile'])}, "
        f"{run['rounds']['done']} of {run['rounds']['asked']} rounds, run {_plain(run['id'])}."
    )
    return "\n".join([*said, "", HEAD + "\n".join(lines), "", foot, ""])


def _text(figure: Figure) -> str:
    return figure.here + (f" ({figure.article})" if figure.article else "")


def _plain(text: str) -> str:
    """Text that markdown shows as it is: no markup, no broken table."""
    escaped = html.escape(" ".join(text.split()), quote=False)
    # A bracket is harmless, as in an interval, unless it opens what a link points to.
    return re.sub(r"[\\`*_~|]|\](?=[(\[:])", r"\\\g<0>", escaped)
