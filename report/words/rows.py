"""The article's table, here beside there: the rows that terminal, markdown and page show."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from lab import display
from lab.condition import Condition
from lab.files.summary_json import Cell, Figure, Severity, Summary
from lab.names import REFERENCE
from report.summary.article import ARTICLE
from report.summary.query import conditions, ordered, reference_of, unranked


@dataclass(frozen=True)
class FigureText:
    """One figure as text: here, its interval where it has one, and the article's if any."""

    here: str
    interval: str | None
    article: str | None


@dataclass(frozen=True)
class Row:
    at: Condition
    target: str
    rps: FigureText
    latency_mean: FigureText
    latency_p95: FigureText
    cpu_ms: FigureText
    errors: int
    rounds: int
    spread: str | None  # from round to round
    ranked: bool
    failed: bool
    marks: Mapping[str, Severity]  # by code, of the findings that cast doubt on it

    @property
    def reference(self) -> bool:
        """Whether it is nginx's, which takes no part in the ranking."""
        return self.target == REFERENCE

    @property
    def name(self) -> str:
        return f"{self.target}, for reference" if self.reference else self.target

    @property
    def outcome(self) -> str:
        """Its errors; without a sample there are none to count, and the reason stands instead."""
        if self.rounds:
            return str(self.errors)
        return "failed" if self.failed else "not measured"


def rows(summary: Summary) -> Iterator[Row]:
    """A row a cell, in the summary's order of conditions; under one, most RPS come first.

    What is not ranked follows what is, in the summary's order, and nginx all of them.
    """
    for at in conditions(summary):
        yield from (_row(cell) for cell in ordered(summary, at))
        reference = reference_of(summary, at)
        if reference is not None:
            yield _row(reference)


def _row(cell: Cell) -> Row:
    there = ARTICLE.get((cell.target, cell.at))
    return Row(
        at=cell.at,
        target=cell.target,
        rps=_figure(cell.rps, display.rps, there.rps if there else None),
        latency_mean=_figure(
            cell.latency_mean_s, display.seconds, there.latency_mean_s if there else None
        ),
        latency_p95=_figure(
            cell.latency_p95_s, display.seconds, there.latency_p95_s if there else None
        ),
        cpu_ms=_figure(cell.cpu_per_request_s, display.milliseconds),
        errors=cell.errors,
        rounds=cell.rounds,
        spread=None if cell.rps_spread is None else display.spread(cell.rps_spread),
        ranked=cell.ranked,
        failed=unranked(cell),
        marks={
            finding.code: finding.severity
            for finding in cell.findings
            if finding.severity != "info"
        },
    )


def _figure(
    figure: Figure, show: Callable[[float | None], str], there: float | None = None
) -> FigureText:
    return FigureText(
        here=show(figure.value),
        interval=None if figure.low is None else f"{show(figure.low)} to {show(figure.high)}",
        article=None if there is None else show(there),
    )
