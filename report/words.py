"""The result in sentences: who was faster at each level, and how sure that is."""

from collections.abc import Mapping
from typing import Any

from bench import display
from bench.level import Level
from report import article

Json = Mapping[str, Any]


def sentences(summary: Json) -> list[str]:
    """One for each level, in the order of the summary."""
    levels = dict.fromkeys(
        Level(cell["requests"], cell["concurrency"]) for cell in summary["cells"]
    )
    return [_level(summary, level) for level in levels]


def state(summary: Json) -> str | None:
    """What to know before believing the figures: rounds that are missing, or too few."""
    rounds = summary["run"]["rounds"]
    if not summary["run"]["complete"]:
        return (
            f"This run is not complete: {rounds['done']} of "
            f"{display.plural(rounds['asked'], 'round')} done."
        )
    if rounds["asked"] == 1:
        return "One round cannot tell a difference from luck: there are no intervals."
    return None


def _level(summary: Json, level: Level) -> str:
    cells = [
        cell
        for cell in summary["cells"]
        if (cell["requests"], cell["concurrency"]) == (level.requests, level.concurrency)
    ]
    ranked = [cell for cell in cells if cell["ranked"]]
    parts = []
    if not ranked:
        parts.append(f"At {level} no target has a valid measurement.")
    else:
        best = max(ranked, key=lambda cell: cell["rps"]["value"])
        compared = _compared(summary, best["target"], level)
        parts.append(
            f"At {level} {best['target']} served most: {display.rps(best['rps']['value'])} RPS"
            + (f", {times(compared)} those of {compared['baseline']}." if compared else ".")
        )
    if pair := _article_pair(summary, level):
        parts.append(pair)
    if unranked := [cell["target"] for cell in cells if not cell["ranked"]]:
        parts.append(f"Not ranked: {', '.join(unranked)}.")
    return " ".join(parts)


def _article_pair(summary: Json, level: Level) -> str | None:
    """The article's question, sync or async, answered for its own two views."""
    compared = _compared(summary, article.ASYNC, level)
    there = article.ratio(level.requests, level.concurrency)
    if compared is None or compared["baseline"] != article.SYNC:
        return None
    saw = f" (the article saw {display.ratio(1 / there)} times)" if there else ""
    return (
        f"{article.ASYNC} served {times(compared)} the requests of {article.SYNC}{saw}: "
        f"{_who(compared)}."
    )


def _who(compared: Json) -> str:
    if compared["low"] is None:
        faster = article.SYNC if compared["ratio"] < 1 else article.ASYNC
        return f"{faster} was ahead, in one round"
    if compared["high"] < 1:
        return f"{article.SYNC} was faster"
    if compared["low"] > 1:
        return f"{article.ASYNC} was faster"
    return "too close to call, as the interval includes 1"


def _compared(summary: Json, target: str, level: Level) -> Json | None:
    """The RPS of `target` over the baseline's at `level`, where there is a ratio."""
    for compared in summary["comparisons"]:
        same = (compared["target"], compared["requests"], compared["concurrency"]) == (
            target, level.requests, level.concurrency,
        )  # fmt: skip
        if same and compared["kind"] == "baseline" and compared["metric"] == "rps":
            return compared if compared["ratio"] is not None else None
    return None


def times(compared: Json) -> str:
    """`2.31 [2.05, 2.60] times`."""
    interval = ""
    if compared["low"] is not None:
        interval = f" [{display.ratio(compared['low'])}, {display.ratio(compared['high'])}]"
    return f"{display.ratio(compared['ratio'])}{interval} times"
