"""Ratios of RPS as text, by target and condition: over the baseline, and over the parent."""

from dataclasses import dataclass

from lab import display
from lab.condition import Condition
from lab.files.summary_json import Comparison, Kind, Summary, SyncOrAsync, Unstalled, Verdict
from report.statistics.verdict import INCONCLUSIVE, MOST_ROUNDS, SIGNIFICANCE

# What has a ratio and, with two rounds or more, its interval.
Known = Comparison | SyncOrAsync | Unstalled


@dataclass(frozen=True)
class Ratio:
    """A ratio as text, with what it allows to say."""

    here: str
    interval: str | None = None
    verdict: Verdict | None = None
    needed: str | None = None
    without_stalls: str | None = None
    doubt: str | None = None


@dataclass(frozen=True)
class Compared:
    """What a target came to over another, condition by condition."""

    target: str
    over: str
    cells: tuple[tuple[Condition, Ratio], ...]


def compared(summary: Summary, kind: Kind) -> list[Compared]:
    """RPS over that of the baseline or the parent: one for each target that has such."""
    found: dict[str, list[Comparison]] = {}
    for each in summary.comparisons:
        if (each.kind, each.metric) == (kind, "rps"):
            found.setdefault(each.target, []).append(each)
    return [
        Compared(target, theirs[0].baseline, tuple((each.at, ratio(each)) for each in theirs))
        for target, theirs in found.items()
    ]


def ratio(each: Comparison) -> Ratio:
    if each.ratio is None:
        return Ratio(display.NONE)
    other = each.without_stalls
    return Ratio(
        here=display.ratio(each.ratio),
        interval=interval(each),
        verdict=each.verdict,
        needed=needed(each) if each.verdict == INCONCLUSIVE else None,
        without_stalls=f"without stalls {times(other)}: {other.verdict}"
        if other and other.ratio and other.verdict
        else None,
        doubt=doubt(each),
    )


def interval(of: Known) -> str | None:
    """`2.05, 2.60`, to go into square brackets."""
    return None if of.low is None else f"{display.ratio(of.low)}, {display.ratio(of.high)}"


def times(of: Known) -> str:
    """`2.31 [2.05, 2.60] times`."""
    return f"{with_interval(of)} times"


def with_interval(of: Known) -> str:
    """`2.31 [2.05, 2.60]`; without its interval where there is none."""
    ends = interval(of)
    return display.ratio(of.ratio) + (f" [{ends}]" if ends else "")


def verdict(compared: Comparison) -> str:
    """The verdict, and what an inconclusive one would take: `inconclusive, about 4 more ...`."""
    if compared.verdict != INCONCLUSIVE:
        return compared.verdict or display.NONE
    other = compared.without_stalls
    parts = [
        doubt(compared),
        f"{times(other)} without the rounds that stalled"
        if other and other.verdict and other.ratio
        else None,
        needed(compared),
    ]
    return f"{INCONCLUSIVE} ({'; '.join(part for part in parts if part)})"


def doubt(compared: Comparison) -> str | None:
    """Why a ratio whose interval excludes 1 is `inconclusive` all the same; else None."""
    if compared.verdict != INCONCLUSIVE or not _excludes_1(compared):
        return None
    other = compared.without_stalls
    if may_be_luck(compared):
        count = compared.adjusted_for
        return f"its interval excludes 1, but of {count} ratios compared one such may be luck"
    if other and not _excludes_1(other):
        return "its interval excludes 1, but not without the rounds that stalled"
    return "its interval excludes 1, but the difference may be too small to matter"


def may_be_luck(compared: Comparison) -> bool:
    """Whether an interval excludes 1, and such a one is no surprise among so many."""
    p = compared.p_adjusted
    return _excludes_1(compared) and p is not None and p >= SIGNIFICANCE


def _excludes_1(of: Known) -> bool:
    return of.low is not None and of.high is not None and not of.low <= 1 <= of.high


def needed(compared: Comparison) -> str | None:
    """What an inconclusive verdict would take: `about 4 more rounds would probably decide`."""
    rounds = compared.rounds_needed
    if rounds is None:
        return None
    if rounds > MOST_ROUNDS:
        return f"more than {MOST_ROUNDS} more rounds may be needed"
    return f"about {rounds} more round{'' if rounds == 1 else 's'} would probably decide"
