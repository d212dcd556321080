"""The result in the terminal."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from report.rows import Figure, findings, rows
from report.words import sentences, state

WIDTH_WITHOUT_TERMINAL = 100


def show(summary: Mapping[str, Any], page: str) -> None:
    """Print the table, a sentence a level, and where the page is."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH_WITHOUT_TERMINAL)
    shown = list(rows(summary))
    article = "In brackets: the article's figure. " if any(r.rps.article for r in shown) else ""
    table = Table(caption=f"{article}Averages and P95 in seconds.")
    table.add_column("requests/ concurrency", max_width=13)
    table.add_column("mode", no_wrap=True)
    for heading in ("RPS", "average", "P95"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("errors", justify="right")
    last = None
    for row in shown:
        if last and row.level != last:
            table.add_section()
        table.add_row(
            str(row.level) if row.level != last else "",
            Text(row.target),
            _text(row.rps),
            _text(row.latency_mean),
            _text(row.latency_p95),
            Text(row.outcome, "red" if row.findings else ""),
        )
        last = row.level
    console.print(table)
    for sentence in [*sentences(summary), state(summary)]:
        if sentence:
            console.print(Text(sentence))
    for finding in findings(summary):
        first, _, rest = finding.message.partition("\n")
        more = " ..." if rest else ""
        console.print(Text(f"{finding.target} at {finding.levels}: {first}{more}", style="red"))
    print(f"The page: {page}", flush=True)


def _text(figure: Figure) -> Text:
    article = f" ({figure.article})" if figure.article else ""
    return Text.assemble(figure.here, (article, "dim"))
