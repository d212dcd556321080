"""The article's table, here beside there: the rows that terminal, markdown and page show."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench import display
from bench.level import Level
from bench.names import BESIDE, REFERENCE
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


@dataclass(frozen=True)
class Note:
    """What was found, and of which cells: `sync_pooled at 150/30, 300/50`."""

    where: str
    message: str


@dataclass(frozen=True)
class Group:
    """The findings of one code; `where` names all cells that they are about."""

    code: str
    severity: str
    where: str
    notes: tuple[Note, ...]


SEVERITIES = ("unranked", "warn", "info")


def groups(summary: Mapping[str, Any]) -> list[Group]:
    """All findings: the worst first, each message once with the cells it concerns."""
    cells = [cell for cell in summary["cells"] if cell["rounds"]]
    found: dict[tuple[str, str], dict[str, list[Mapping[str, Any]]]] = {}
    for cell in summary["cells"]:
        for finding in cell["findings"]:
            notes = found.setdefault((finding["severity"], finding["code"]), {})
            notes.setdefault(finding["message"], []).append(cell)
    return [
        Group(
            code,
            severity,
            _where([cell for of in notes.values() for cell in of], cells),
            tuple(Note(_where(of, cells), message) for message, of in notes.items()),
        )
        for (severity, code), notes in sorted(
            found.items(), key=lambda item: SEVERITIES.index(item[0][0])
        )
    ]


def _where(cells: Sequence[Mapping[str, Any]], measured: Sequence[Mapping[str, Any]]) -> str:
    """The cells by target, without the levels of one that has them all."""
    of_target: dict[str, list[Level]] = {}
    for cell in cells:
        of_target.setdefault(cell["target"], []).append(level_of(cell))
    levels = {level_of(cell) for cell in measured}
    if all(cell in cells for cell in measured) and len(of_target) > 1:
        return "everywhere"
    return "; ".join(
        target
        if len(levels) > 1 and set(theirs) == levels
        else f"{target} at {', '.join(map(str, dict.fromkeys(theirs)))}"
        for target, theirs in of_target.items()
    )


def unranked(cell: Mapping[str, Any]) -> bool:
    """Whether something was found that keeps the cell out of the ranking."""
    return any(finding["severity"] == "unranked" for finding in cell["findings"])


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


def level_of(cell: Mapping[str, Any]) -> Level:
    return Level(cell["requests"], cell["concurrency"])


def ordered(summary: Mapping[str, Any], level: Level) -> list[Mapping[str, Any]]:
    """The cells of a level without control and nginx: the ranked by falling RPS, then others."""
    cells = [
        cell
        for cell in summary["cells"]
        if level_of(cell) == level and cell["target"] not in BESIDE
    ]
    return sorted(cells, key=lambda cell: -cell["rps"]["value"] if cell["ranked"] else 0.0)


def cell_of(summary: Mapping[str, Any], target: str, level: Level) -> Mapping[str, Any] | None:
    """The cell of a target: not of the control, and not of nginx."""
    return next((cell for cell in ordered(summary, level) if cell["target"] == target), None)


def compared_with_baseline(
    summary: Mapping[str, Any], target: str, level: Level
) -> Mapping[str, Any] | None:
    """The RPS of `target` over the baseline's at `level`, where there is a ratio."""
    for compared in summary["comparisons"]:
        if (
            compared["kind"] == "baseline"
            and compared["metric"] == "rps"
            and compared["target"] == target
            and level_of(compared) == level
        ):
            return dict(compared) if compared["ratio"] is not None else None
    return None


def reference_of(summary: Mapping[str, Any], level: Level) -> Mapping[str, Any] | None:
    """The cell of nginx, where it was part of the run."""
    for cell in summary["cells"]:
        if cell["target"] == REFERENCE and level_of(cell) == level:
            return dict(cell)
    return None


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
