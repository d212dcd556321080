"""The article's table, here beside there: the rows that terminal, markdown and page show."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lab import display
from lab.level import Level
from lab.names import REFERENCE
from report.summary.article import ARTICLE
from report.summary.query import level_of, ordered, reference_of, unranked


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
    cpu_ms: Figure
    errors: int
    rounds: int
    spread: str | None  # from round to round
    ranked: bool
    failed: bool
    marks: Mapping[str, str]  # severity by code of the findings that cast doubt on it

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


def rows(summary: Mapping[str, Any]) -> Iterator[Row]:
    """A row a cell, in the summary's order of levels; within one, who served most comes first.

    What is not ranked follows what is, in the summary's order, and nginx all of them.
    """
    levels = dict.fromkeys(level_of(cell) for cell in summary["cells"])
    for level in levels:
        yield from (_row(cell) for cell in ordered(summary, level))
        reference = reference_of(summary, level)
        if reference is not None:
            yield _row(reference)


def _row(cell: Mapping[str, Any]) -> Row:
    return Row(
        level=level_of(cell),
        target=cell["target"],
        rps=_figure(cell, "rps", display.rps),
        latency_mean=_figure(cell, "latency_mean_s", display.seconds),
        latency_p95=_figure(cell, "latency_p95_s", display.seconds),
        cpu_ms=_figure(cell, "cpu_per_request_s", display.milliseconds),
        errors=cell["errors"],
        rounds=cell["rounds"],
        spread=None if cell["rps_spread"] is None else display.spread(cell["rps_spread"]),
        ranked=cell["ranked"],
        failed=unranked(cell),
        marks={
            finding["code"]: finding["severity"]
            for finding in cell["findings"]
            if finding["severity"] != "info"
        },
    )


def _figure(cell: Mapping[str, Any], metric: str, show: Callable[[float | None], str]) -> Figure:
    low, high = cell[metric]["low"], cell[metric]["high"]
    article = ARTICLE.get((cell["target"], cell["requests"], cell["concurrency"]))
    return Figure(
        here=show(cell[metric]["value"]),
        interval=None if low is None else f"{show(low)} to {show(high)}",
        article=None if not hasattr(article, metric) else show(getattr(article, metric)),
    )
