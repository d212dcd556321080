"""Who leads at a level: what the comparisons of the best with all others allow to say."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from lab.condition import Condition
from lab.files.summary_json import Comparison, Lead, Order, Verdict, terms_of

# Another is behind the best, also with all comparisons of the best taken together; behind it by
# the verdict on the two alone; equivalent; not told apart; ahead of it in the rounds both have.
Standing = Literal["behind", "singly", "equivalent", "tied", "ahead"]

MIRRORED: Mapping[Verdict, Verdict] = {"faster": "slower", "slower": "faster"}


def lead(best: str, at: Condition, comparisons: Iterable[Comparison]) -> Lead:
    """How `best`, which has most RPS of what is ranked under `at`, stands to the others.

    `comparisons` are those of the summary. `tied` names what `best` is not told apart from,
    `ahead` what was faster in the rounds that both have (another has rounds that the best lacks),
    `equivalent` what it differs from by less than the margin, and `singly` what it is told apart
    from by the verdict on the two as target and baseline, or as parent and child, but not by all
    comparisons of the best together; most RPS first. It leads only where there are none of these.
    """
    here = [each for each in comparisons if each.metric == "rps" and each.at == at]
    of_best = [each for each in here if each.kind == "best"]
    standing: dict[str, Standing] = {}
    order: Order
    if not of_best:
        order = "alone"
    elif all(each.low is None for each in of_best) and any(each.ratio for each in of_best):
        order = "one round"
    else:
        standing = {each.baseline: _standing(each, here) for each in of_best}
        found = set(standing.values())
        order = (
            "no clear lead" if found & {"tied", "ahead"}
            else "shares the lead" if "equivalent" in found
            else "likely leads" if "singly" in found
            else "leads"
        )  # fmt: skip

    def names(how: Standing) -> list[str]:
        return [name for name, its in standing.items() if its == how]

    return Lead(
        target=best,
        requests=at.level.requests,
        concurrency=at.level.concurrency,
        condition=terms_of(at),
        order=order,
        tied=names("tied"),
        ahead=names("ahead"),
        equivalent=names("equivalent"),
        singly=names("singly"),
    )


def shown_verdict(first: str, second: str, here: Iterable[Comparison]) -> Verdict | None:
    """What is said of the RPS of `first` over those of `second` as baseline, or as parent.

    None where the two are not so compared. `here` are comparisons of RPS under one condition.
    """
    for each in here:
        if each.kind not in ("baseline", "parent") or each.verdict is None:
            continue
        if (each.target, each.baseline) == (first, second):
            return each.verdict
        if (each.baseline, each.target) == (first, second):
            return MIRRORED.get(each.verdict, each.verdict)
    return None


def _standing(compared: Comparison, here: Sequence[Comparison]) -> Standing:
    """How another stands to the best: never other than what the page says of the same two."""
    shown = shown_verdict(compared.target, compared.baseline, here) or compared.verdict
    if shown == "equivalent":
        return "equivalent"
    if shown == "slower":
        return "ahead"
    if shown != "faster":
        return "tied"
    return "behind" if compared.verdict == "faster" else "singly"
