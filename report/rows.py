"""The article's table, here beside there: the rows that terminal, markdown and page show."""

from collections.abc import Callable, Iterator, Mapping
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
    ranked: bool
    findings: tuple[str, ...]

    @property
    def outcome(self) -> str:
        """Its errors; without a sample there are none to count, and the reason stands instead."""
        if self.rounds:
            return str(self.errors)
        return "failed" if self.findings else "not measured"


@dataclass(frozen=True)
class Finding:
    """What is wrong with cells of one target; `levels` as text."""

    target: str
    levels: str
    severity: str
    message: str


def findings(summary: Mapping[str, Any]) -> list[Finding]:
    """Each finding once, with the levels it concerns."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for cell in summary["cells"]:
        for finding in cell["findings"]:
            key = (cell["target"], finding["severity"], finding["message"])
            found.setdefault(key, []).append(str(level_of(cell)))
    return [
        Finding(target, ", ".join(levels), severity, message)
        for (target, severity, message), levels in found.items()
    ]


def rows(summary: Mapping[str, Any]) -> Iterator[Row]:
    """A row a cell, in the summary's order of levels; within one, who served most comes first.

    What is not ranked follows what is, in the summary's order.
    """
    levels = dict.fromkeys(level_of(cell) for cell in summary["cells"])
    for level in levels:
        yield from (_row(cell) for cell in ordered(summary, level))


def level_of(cell: Mapping[str, Any]) -> Level:
    return Level(cell["requests"], cell["concurrency"])


def ordered(summary: Mapping[str, Any], level: Level) -> list[Mapping[str, Any]]:
    """The cells of a level: the ranked by falling RPS, then the others."""
    cells = [cell for cell in summary["cells"] if level_of(cell) == level]
    return sorted(cells, key=lambda cell: -cell["rps"]["value"] if cell["ranked"] else 0.0)


def _row(cell: Mapping[str, Any]) -> Row:
    return Row(
        level=level_of(cell),
        target=cell["target"],
        rps=_figure(cell, "rps", display.rps),
        latency_mean=_figure(cell, "latency_mean_s", display.seconds),
        latency_p95=_figure(cell, "latency_p95_s", display.seconds),
        errors=cell["errors"],
        rounds=cell["rounds"],
        ranked=cell["ranked"],
        findings=tuple(finding["message"] for finding in cell["findings"]),
    )


def _figure(cell: Mapping[str, Any], metric: str, show: Callable[[float | None], str]) -> Figure:
    low, high = cell[metric]["low"], cell[metric]["high"]
    article = ARTICLE.get((cell["target"], cell["requests"], cell["concurrency"]))
    return Figure(
        here=show(cell[metric]["value"]),
        interval=None if low is None else f"{show(low)} to {show(high)}",
        article=None if article is None else show(getattr(article, metric)),
    )
