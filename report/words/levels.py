"""The result in sentences: who was faster at each level, and how sure that is."""

from dataclasses import dataclass

from lab import display
from lab.condition import Condition
from lab.display import listed, show_cpus
from lab.files.run_json import Run
from lab.files.summary_json import Comparison, Order, Summary
from report.summary import article
from report.summary.query import compared_with_baseline, ordered, unranked
from report.words.leaders import MOST_NAMED, VERBS, Leader, leaders
from report.words.nginx import share
from report.words.ratios import times, verdict


@dataclass(frozen=True)
class Said:
    """What there is to say of a condition: who served most, and sentences that put it in place."""

    lead: str
    details: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join([self.lead, *self.details])


def said(summary: Summary) -> list[Said]:
    """One for each condition, in the order of the summary."""
    return [_said(summary, answer) for answer in leaders(summary)]


def sentences(summary: Summary) -> list[str]:
    """`said`, each as one text."""
    return [str(each) for each in said(summary)]


def legend(summary: Summary) -> str:
    """What brackets hold, ending in a space; empty where there are none."""
    figures = "In brackets: the article's figure. "
    confidence = f"{100 * summary.run.ratio_confidence:g} %"
    intervals = f"In square brackets: plain {confidence} paired t intervals of ratios. "
    has_article = any((cell.target, cell.at) in article.ARTICLE for cell in summary.cells)
    has_interval = any(each.low is not None for each in summary.comparisons)
    return (figures if has_article else "") + (intervals if has_interval else "")


def placement(run: Run) -> str:
    """Whether load, upstream and servers had cores of their own, and which."""
    lab = run.upstream == "lab"
    names = "Load, upstream and servers" if lab else "Load and servers"
    if run.pinned is None:
        return f"{names} shared the machine ({display.plural(run.machine.cores, 'core')})."
    parts = [
        f"load on {show_cpus(run.pinned.load)}",
        *([f"upstream on {show_cpus(run.pinned.upstream)}"] if lab else []),
        f"servers on {show_cpus(run.pinned.server)}",
    ]
    return f"{names} ran on CPUs of their own: {'; '.join(parts)}."


def _said(summary: Summary, answer: Leader) -> Said:
    at = answer.at
    cells = ordered(summary, at)
    failed = [cell.target for cell in cells if unranked(cell)]
    details = []
    if answer.best is None or answer.order is None:
        measured = any(cell.rounds or unranked(cell) for cell in cells)
        fact = "no target has a valid measurement" if measured else "nothing has been measured"
        lead = f"At {at.within} {fact}."
    else:
        lead = _lead(summary, answer, answer.order)
        details += [*_next(summary, answer), *_tie(answer)]
        details += _article_pair(summary, at, best=answer.best)
    if nginx := share(summary, at):
        details.append(nginx)
    if failed:
        details.append(f"Not ranked: {', '.join(failed)}.")
    return Said(lead, tuple(details))


def _lead(summary: Summary, answer: Leader, order: Order) -> str:
    text = f"At {answer.at.within} {answer.best} {VERBS[order]}: {answer.rps} RPS"
    compared = compared_with_baseline(summary, str(answer.best), answer.at)
    if compared is None:
        return f"{text}."
    return f"{text}, {times(compared)} those of {compared.baseline}{_verdict(compared)}."


def _next(summary: Summary, answer: Leader) -> list[str]:
    """Who came second, and how far apart the two are, where no other sentence says that."""
    second = answer.next
    if second is None:
        return []
    text = f"Next: {second.target} with {second.rps} RPS"
    baseline = summary.run.baseline
    behind = compared_with_baseline(summary, second.target, answer.at)
    if second.target == baseline and answer.ratio:
        pass  # the lead's own sentence has the ratio of the two
    elif answer.best == baseline and behind:
        if (baseline, second.target) != (article.SYNC, article.ASYNC):  # the article's has it
            text += f", {times(behind)} those of {answer.best}{_verdict(behind)}"
    elif second.times:
        text += f"; {answer.best} had {second.times} as many"
        text += ", in one round" if answer.order == "one round" else ""
    return [f"{text}."]


def _tie(answer: Leader) -> list[str]:
    """What the first is not told apart from, and why its interval does not say so."""
    texts = []
    if answer.tied:
        texts.append(f"Not told apart from {answer.best}: {listed(answer.tied)}.")
    if answer.luck:
        one = len(answer.luck) == 1
        many = len(answer.luck) > MOST_NAMED
        whose = f"{len(answer.luck)} of these" if many else listed(answer.luck)
        texts.append(
            f"The interval{'' if one else 's'} of {whose} exclude{'s' if one else ''} 1, but among "
            f"{answer.compared} comparisons that may be luck."
        )
    if answer.ahead:
        texts.append(f"In the rounds that both have, {listed(answer.ahead)} served more.")
    if answer.equivalent:
        texts.append(f"Equivalent to {answer.best}: {listed(answer.equivalent)}.")
    if answer.singly:
        one = len(answer.singly) == 1
        texts.append(
            f"{listed(answer.singly)} {'is' if one else 'are'} slower where only "
            f"{'these two are' if one else 'two at a time are'} compared; among all "
            f"{answer.compared} comparisons that may be luck."
        )
    return texts


def _article_pair(summary: Summary, at: Condition, *, best: str) -> list[str]:
    """The article's question, sync or async, answered for its own two views."""
    compared = compared_with_baseline(summary, article.ASYNC, at)
    if compared is None or compared.baseline != article.SYNC:
        return []
    there = article.ratio(at)
    saw = f"the article saw {display.ratio(there)} times" if there else ""
    if best == article.ASYNC:  # the lead has said the rest
        return [f"For {article.ASYNC} over {article.SYNC} {saw}."] if saw else []
    aside = f" ({saw})" if saw else ""
    ratio = f"{times(compared)} the requests of {article.SYNC}{aside}"
    return [f"{article.ASYNC} served {ratio}: {_who(compared)}."]


def _who(compared: Comparison) -> str:
    """The verdict on the article's pair, by the names of its views."""
    if compared.verdict in (None, "faster", "slower"):
        faster = article.SYNC if (compared.ratio or 0.0) < 1 else article.ASYNC
        said = "was ahead, in one round" if compared.verdict is None else "was faster"
        return f"{faster} {said}"
    return verdict(compared)


def _verdict(compared: Comparison) -> str:
    """What to add to a ratio: the verdict on it, where there is one."""
    return ", in one round" if compared.verdict is None else f": {verdict(compared)}"
