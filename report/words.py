"""The result in sentences: who was faster at each level, and how sure that is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench import display
from bench.cores import show_cpus
from bench.level import Level
from report import article
from report.rows import level_of, ordered

Json = Mapping[str, Any]

UNDECIDED = "undecided, as the interval includes 1"
OPEN = "their intervals overlap, so their order is open"


@dataclass(frozen=True)
class Said:
    """What there is to say of a level: who served most, and sentences that put it in place."""

    lead: str
    details: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join([self.lead, *self.details])


def said(summary: Json) -> list[Said]:
    """One for each level, in the order of the summary."""
    levels = dict.fromkeys(level_of(cell) for cell in summary["cells"])
    return [_level(summary, level) for level in levels]


def sentences(summary: Json) -> list[str]:
    """`said`, each as one text."""
    return [str(level) for level in said(summary)]


def state(summary: Json) -> str | None:
    """What to know before believing the figures: what is missing, or too few rounds."""
    notes = []
    rounds = summary["run"]["rounds"]
    if not summary["run"]["complete"]:
        done = f"{rounds['done']} of {display.plural(rounds['asked'], 'round')} done"
        notes.append(f"This run is not complete: {done}.")
        missing: dict[str, list[str]] = {}
        for cell in summary["cells"]:
            if not cell["rounds"] and not cell["findings"]:
                missing.setdefault(cell["target"], []).append(str(level_of(cell)))
        if missing:
            named = (f"{target} at {', '.join(levels)}" for target, levels in missing.items())
            notes.append(f"Not measured: {'; '.join(named)}.")
    if max((cell["rounds"] for cell in summary["cells"]), default=0) == 1:
        notes.append("One round cannot tell a difference from luck: there are no intervals.")
    return " ".join(notes) or None


def placement(run: Json) -> str:
    """Whether load, upstream and servers had cores of their own, and which."""
    lab = run["upstream"] == "lab"
    names = "Load, upstream and servers" if lab else "Load and servers"
    pinned = run.get("pinned")
    if not pinned:
        return f"{names} shared the machine ({display.plural(run['machine']['cores'], 'core')})."
    parts = {"load": "load", **({"upstream": "upstream"} if lab else {}), "servers": "server"}
    cpus = "; ".join(f"{name} on {show_cpus(pinned[part])}" for name, part in parts.items())
    return f"{names} ran on CPUs of their own: {cpus}."


def _level(summary: Json, level: Level) -> Said:
    cells = ordered(summary, level)
    ranked = [cell for cell in cells if cell["ranked"]]
    failed = [cell["target"] for cell in cells if not cell["ranked"] and cell["findings"]]
    details = []
    if not ranked:
        measured = any(cell["rounds"] or cell["findings"] for cell in cells)
        fact = "no target has a valid measurement" if measured else "nothing has been measured"
        lead = f"At {level} {fact}."
    else:
        lead = _lead(summary, ranked[0])
        details += _next(summary, ranked)
        details += _article_pair(summary, level, best=ranked[0]["target"])
    if failed:
        details.append(f"Not ranked: {', '.join(failed)}.")
    return Said(lead, tuple(details))


def _lead(summary: Json, best: Json) -> str:
    level = level_of(best)
    text = f"At {level} {best['target']} served most: {display.rps(best['rps']['value'])} RPS"
    compared = _compared(summary, best["target"], level)
    if compared is None:
        return f"{text}."
    return f"{text}, {times(compared)} those of {compared['baseline']}{_doubt(compared)}."


def _next(summary: Json, ranked: Sequence[Json]) -> list[str]:
    """Who came second, and how far apart the two are."""
    if len(ranked) == 1:
        return []
    best, second = ranked[:2]
    text = f"Next: {second['target']} with {display.rps(second['rps']['value'])} RPS"
    level, names = level_of(best), (best["target"], second["target"])
    lead, behind = (_compared(summary, name, level) for name in names)
    if lead and lead["baseline"] == second["target"]:
        pass  # the lead's own sentence has the ratio of the two
    elif behind and behind["baseline"] == best["target"]:
        if names != (article.SYNC, article.ASYNC):  # of these two the article's sentence tells
            text += f", {times(behind)} those of {best['target']}{_doubt(behind)}"
    elif best["rps"]["low"] is not None and second["rps"]["high"] is not None:
        apart = best["rps"]["low"] > second["rps"]["high"]
        text += f"; {'their intervals do not overlap' if apart else OPEN}"
    return [f"{text}."]


def _article_pair(summary: Json, level: Level, *, best: str) -> list[str]:
    """The article's question, sync or async, answered for its own two views."""
    compared = _compared(summary, article.ASYNC, level)
    if compared is None or compared["baseline"] != article.SYNC:
        return []
    there = article.ratio(level.requests, level.concurrency)
    saw = f"the article saw {display.ratio(there)} times" if there else ""
    if best == article.ASYNC:  # the lead has said the rest
        return [f"For {article.ASYNC} over {article.SYNC} {saw}."] if saw else []
    aside = f" ({saw})" if saw else ""
    ratio = f"{times(compared)} the requests of {article.SYNC}{aside}"
    return [f"{article.ASYNC} served {ratio}: {_who(compared)}."]


def _who(compared: Json) -> str:
    if compared["low"] is None:
        faster = article.SYNC if compared["ratio"] < 1 else article.ASYNC
        return f"{faster} was ahead, in one round"
    if compared["high"] < 1:
        return f"{article.SYNC} was faster"
    if compared["low"] > 1:
        return f"{article.ASYNC} was faster"
    return UNDECIDED


def _doubt(compared: Json) -> str:
    """What to add to a ratio that does not settle who is faster."""
    if compared["low"] is None:
        return ", in one round"
    return f": {UNDECIDED}" if compared["low"] <= 1 <= compared["high"] else ""


def _compared(summary: Json, target: str, level: Level) -> Json | None:
    """The RPS of `target` over the baseline's at `level`, where there is a ratio."""
    for compared in summary["comparisons"]:
        if (
            compared["kind"] == "baseline"
            and compared["metric"] == "rps"
            and compared["target"] == target
            and level_of(compared) == level
        ):
            return compared if compared["ratio"] is not None else None
    return None


def times(compared: Json) -> str:
    """`2.31 [2.05, 2.60] times`."""
    interval = ""
    if compared["low"] is not None:
        interval = f" [{display.ratio(compared['low'])}, {display.ratio(compared['high'])}]"
    return f"{display.ratio(compared['ratio'])}{interval} times"
