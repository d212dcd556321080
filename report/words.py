"""The result in sentences: who was faster at each level, and how sure that is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench import display
from bench.cores import show_cpus
from bench.level import Level
from report import article
from report.findings import RULES
from report.reference import share
from report.rows import Group, level_of, ordered, unranked
from report.verdict import INCONCLUSIVE, MOST_ROUNDS

Json = Mapping[str, Any]

WHEN = {rule.code: rule.when for rule in RULES}


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


def legend(summary: Json) -> str:
    """What brackets hold, ending in a space; empty where there are none."""
    figures = "In brackets: the article's figure. "
    confidence = f"{100 * summary['run']['ratio_confidence']:g} %"
    intervals = f"In square brackets: plain {confidence} paired t intervals of ratios. "
    has_article = any(
        (cell["target"], cell["requests"], cell["concurrency"]) in article.ARTICLE
        for cell in summary["cells"]
    )
    has_interval = any(each["low"] is not None for each in summary["comparisons"])
    return (figures if has_article else "") + (intervals if has_interval else "")


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
    failed = [cell["target"] for cell in cells if unranked(cell)]
    details = []
    if not ranked:
        measured = any(cell["rounds"] or unranked(cell) for cell in cells)
        fact = "no target has a valid measurement" if measured else "nothing has been measured"
        lead = f"At {level} {fact}."
    else:
        lead = _lead(summary, ranked[0])
        details += _next(summary, ranked)
        details += _article_pair(summary, level, best=ranked[0]["target"])
    if beside := share(summary, level):
        details.append(beside)
    if failed:
        details.append(f"Not ranked: {', '.join(failed)}.")
    return Said(lead, tuple(details))


def _lead(summary: Json, best: Json) -> str:
    level = level_of(best)
    text = f"At {level} {best['target']} served most: {display.rps(best['rps']['value'])} RPS"
    compared = compared_with_baseline(summary, best["target"], level)
    if compared is None:
        return f"{text}."
    return f"{text}, {times(compared)} those of {compared['baseline']}{_verdict(compared)}."


def _next(summary: Json, ranked: Sequence[Json]) -> list[str]:
    """Who came second, and how far apart the two are."""
    if len(ranked) == 1:
        return []
    best, second = ranked[:2]
    text = f"Next: {second['target']} with {display.rps(second['rps']['value'])} RPS"
    level, names = level_of(best), (best["target"], second["target"])
    lead, behind = (compared_with_baseline(summary, name, level) for name in names)
    if lead and lead["baseline"] == second["target"]:
        pass  # the lead's own sentence has the ratio of the two
    elif behind and behind["baseline"] == best["target"]:
        if names != (article.SYNC, article.ASYNC):  # of these two the article's sentence tells
            text += f", {times(behind)} those of {best['target']}{_verdict(behind)}"
    elif lead_over := lead_over_next(summary, level):
        text += f"; {best['target']} had {times(lead_over)} as many"
        if lead_over["low"] is None:
            text += ", in one round"
        elif lead_over["low"] <= 1:
            text += ", so their order is open"
    return [f"{text}."]


def lead_over_next(summary: Json, level: Level) -> Json | None:
    for each in summary["leads"]:
        if level_of(each) == level and each["ratio"] is not None:
            return dict(each)
    return None


def _article_pair(summary: Json, level: Level, *, best: str) -> list[str]:
    """The article's question, sync or async, answered for its own two views."""
    compared = compared_with_baseline(summary, article.ASYNC, level)
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
    """The verdict on the article's pair, by the names of its views."""
    if compared["verdict"] in (None, "faster", "slower"):
        faster = article.SYNC if compared["ratio"] < 1 else article.ASYNC
        said = "was ahead, in one round" if compared["verdict"] is None else "was faster"
        return f"{faster} {said}"
    return verdict(compared)


def _verdict(compared: Json) -> str:
    """What to add to a ratio: the verdict on it, where there is one."""
    return ", in one round" if compared["verdict"] is None else f": {verdict(compared)}"


def verdict(compared: Json) -> str:
    """The verdict, and what an inconclusive one would take: `inconclusive, about 4 more ...`."""
    word: str = compared["verdict"]
    if word != INCONCLUSIVE:
        return word
    other = compared["without_stalls"]
    if other and other["verdict"] and other["ratio"]:
        return f"{word} ({times(other)} without the rounds that stalled; {needed(compared)})"
    return f"{word} ({needed(compared)})"


def needed(compared: Json) -> str:
    """What an inconclusive verdict would take: `about 4 more rounds would probably decide`."""
    rounds: int = compared["rounds_needed"]
    if rounds > MOST_ROUNDS:
        return f"more than {MOST_ROUNDS} more rounds may be needed"
    return f"about {rounds} more round{'' if rounds == 1 else 's'} would probably decide"


def compared_with_baseline(summary: Json, target: str, level: Level) -> Json | None:
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
    return f"{with_interval(compared)} times"


def with_interval(compared: Json) -> str:
    """`2.31 [2.05, 2.60]`; without its interval where there is none."""
    interval = ""
    if compared["low"] is not None:
        interval = f" [{display.ratio(compared['low'])}, {display.ratio(compared['high'])}]"
    return f"{display.ratio(compared['ratio'])}{interval}"


def found(group: Group) -> list[str]:
    """The findings of one code where there is little room: the page has them all."""
    if group.severity == "unranked":
        return [f"{note.where}: {_first_line(note.message)}" for note in group.notes]
    if len(group.notes) == 1:
        return [f"{group.code} ({group.where}): {_first_line(group.notes[0].message)}"]
    return [f"{group.code} ({group.where}): {WHEN[group.code]}. The page has the figures."]


def _first_line(text: str) -> str:
    first, _, rest = text.partition("\n")
    return f"{first} ..." if rest else first
