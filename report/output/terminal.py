"""The result in the terminal."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lab.display import for_terminal
from lab.files.summary_json import Summary
from report.words.caveats import control, goal_reached, state
from report.words.findings import found, groups
from report.words.levels import legend, sentences
from report.words.overrides import overrides
from report.words.rows import FigureText, rows

WIDTH_WITHOUT_TERMINAL = 100


def show(summary: Summary, page: str) -> None:
    """Print the table, a sentence a level, and where the page is."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH_WITHOUT_TERMINAL)
    shown = list(rows(summary))
    table = Table(caption=f"{legend(summary)}Averages and P95 in seconds.")
    table.add_column("requests/ concurrency", max_width=13)
    table.add_column("mode", no_wrap=True)
    for heading in ("RPS", "average", "P95"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("errors, findings")
    last = None
    for row in shown:
        if last and row.at != last:
            table.add_section()
        table.add_row(
            str(row.at) if row.at != last else "",
            Text(for_terminal(row.name)),
            _text(row.rps),
            _text(row.latency_mean),
            _text(row.latency_p95),
            Text(" ".join([row.outcome, *row.marks]), "red" if row.failed else ""),
        )
        last = row.at
    console.print(table)
    texts = [*overrides(summary), *sentences(summary)]
    for sentence in [*texts, control(summary), goal_reached(summary), state(summary)]:
        if sentence:
            console.print(Text(for_terminal(str(sentence))))
    for group in groups(summary.cells):
        for text in found(group):
            console.print(
                Text(for_terminal(text), style="red" if group.severity == "unranked" else "")
            )
    print(f"The page: {page}", flush=True)


def _text(figure: FigureText) -> Text:
    article = f" ({figure.article})" if figure.article else ""
    return Text.assemble(figure.here, (article, "dim"))
