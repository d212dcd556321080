"""The article's table, here beside there: the rows that terminal, markdown and page show."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bench import display
from bench.level import Level
from report.article import ARTICLE


@dataclass(frozen=True)
class Figure:
    """One figure as text: here, its interval where it has one, and the article's if any."""

    here: str
    interval: str | None
    article: str | None


@dataclass(frozen=True)
class Row:
    level: Level
    target: str
    rps: Figure
    latency_mean: Figure
    latency_p95: Figure
    errors: int
    rounds: int
    findings: tuple[str, ...]


def rows(summary: Mapping[str, Any]) -> Iterator[Row]:
    """A row a cell, in the summary's order."""
    for cell in summary["cells"]:
        level = Level(cell["requests"], cell["concurrency"])
        there = ARTICLE.get((cell["target"], *(level.requests, level.concurrency)))
        yield Row(
            level=level,
            target=cell["target"],
            rps=_figure(cell["rps"], display.rps, there.rps if there else None),
            latency_mean=_figure(
                cell["latency_mean_s"], display.seconds, there.latency_mean_s if there else None
            ),
            latency_p95=_figure(
                cell["latency_p95_s"], display.seconds, there.latency_p95_s if there else None
            ),
            errors=cell["errors"],
            rounds=cell["rounds"],
            findings=tuple(finding["message"] for finding in cell["findings"]),
        )


def _figure(here: Mapping[str, Any], show: Any, article: float | None) -> Figure:  # noqa: ANN401
    low, high = here["low"], here["high"]
    return Figure(
        here=show(here["value"]),
        interval=None if low is None else f"{show(low)} to {show(high)}",
        article=None if article is None else show(article),
    )
