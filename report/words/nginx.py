"""nginx beside the targets: what the best of them serves of what it does as a proxy."""

from lab import display
from lab.condition import Condition
from lab.files.summary_json import Comparison, Summary
from lab.names import REFERENCE
from report.summary.kinds import calls_once
from report.summary.query import conditions, ordered, reference_of


def share(summary: Summary, at: Condition) -> str | None:
    """`The best target, a, served 93.0 % [91.2, 94.8] of what nginx serves ...`.

    None where nginx was not part of the run, or has not been measured yet.
    """
    cell = reference_of(summary, at)
    if cell is None or not (cell.rounds or cell.findings):
        return None
    ranked = [each for each in ordered(summary, at) if each.ranked]
    # A request that is no call, or three, is another work than nginx's.
    best = next((each for each in ranked if calls_once(summary.targets[each.target])), None)
    if best is None:
        return None
    for each in summary.comparisons:
        if (
            (each.kind, each.target, each.metric) == ("reference", best.target, "rps")
            and each.at == at
            and each.ratio is not None
        ):
            best_of = "The best target" if ranked[0] is best else "The best with one call a request"
            return (
                f"{best_of}, {best.target}, served {_percent(each)} of what "
                f"{REFERENCE} serves as a proxy to the same upstream."
            )
    return f"{REFERENCE}, the reference, has no valid measurement to compare with."


def shares(summary: Summary) -> list[str]:
    """`At 150/30 the best target, ...`: `share` under each condition that has one."""
    found = ((at, share(summary, at)) for at in conditions(summary))
    return [f"At {at.within} {text[0].lower()}{text[1:]}" for at, text in found if text]


def _percent(each: Comparison) -> str:
    """`93.0 % [91.2, 94.8]`."""
    text = f"{display.percent(each.ratio)} %"
    if each.low is None:
        return text
    return f"{text} [{display.percent(each.low)}, {display.percent(each.high)}]"
