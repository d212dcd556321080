"""How near a run with `--until` is to its goal."""

import math
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from lab.files.run_json import LEAST_ROUNDS, Goal
from lab.files.summary_json import Comparison, Progress
from report.statistics.comparison import Judged, Key, Pair, Rules
from report.statistics.interval import CONFIDENCE, Interval
from report.statistics.looks import FIRST_LOOK, look_level
from report.statistics.verdict import INCONCLUSIVE, rounds_to_width

# Stopping when an interval happens to be narrow makes it miss the truth a little more often
# than it says: at 97 %, intervals cover 95 % and more. See docs/calibration.md.
UNTIL_CONFIDENCE = 0.97


# What more rounds do not cure. A stall, or a late upstream, in one of three rounds is none of it.
FAILED = frozenset({"errors", "counts_disagree", "block_failed", "hey_limit"})


def rules_of(goal: Goal | None, margin: float) -> Rules:
    """What the ratios of a run are judged by, which may end when it likes what it sees."""
    if goal is None:
        return Rules(margin, CONFIDENCE)
    if goal.percent is not None:
        return Rules(margin, UNTIL_CONFIDENCE)
    level = look_level(goal.max_rounds)
    # Among many ratios just beyond the margin one would too often seem to lie within it.
    return Rules(margin, 1 - level, level, adjusts_equivalence=True)


def known_to(
    percent: float,
    goal: Goal,
    judged: Mapping[Pair, Judged],
    *,
    failed: AbstractSet[Key],
    done: int,
) -> Progress:
    """`--until PCT` after `done` rounds.

    `ratios` counts those of RPS to the baseline that can become known: `failed` cells
    have none, and are named in `left_out`. `reached` says that all of them are known to
    +-`percent`, and `rounds_expected` with how many rounds in all they probably will be:
    None where there is none, or one of them has no interval yet; one more than
    `max_rounds` where those will not do.
    """
    within, most = percent / 100, goal.max_rounds
    asked = {pair: each.ratio for pair, each in judged.items() if pair.kind == "baseline"}
    ratios = {pair: ratio for pair, ratio in asked.items() if not failed & set(pair.keys)}
    unknown = [pair for pair, ratio in ratios.items() if not _known(ratio, within)]
    expected = None
    if ratios and all(ratio.sd is not None for ratio in ratios.values()):
        expected = max(
            min(LEAST_ROUNDS, most),
            *(
                rounds_to_width(ratio, within, confidence=UNTIL_CONFIDENCE, most=most)
                for ratio in ratios.values()
            ),
        )
    return Progress(
        percent=percent,
        max_rounds=most,
        reached=bool(ratios) and not unknown and done >= min(LEAST_ROUNDS, most),
        ratios=len(ratios),
        left_out=[f"{pair.target} at {pair.at}" for pair in asked if failed & set(pair.keys)],
        rounds_expected=expected,
        open=[_named(pair) for pair in unknown],
    )


def settled(
    goal: Goal, compared: Iterable[Comparison], *, failed: AbstractSet[Key], done: int
) -> Progress:
    """`--until decided` after `done` rounds: likewise, with verdicts for ratios.

    They are those on RPS over the baseline, and on the first of each condition over its rivals.
    """
    most = goal.max_rounds
    asked = [
        each for each in compared if each.metric == "rps" and each.kind in ("baseline", "best")
    ]
    verdicts = [each for each in asked if not failed & _keys(each)]
    unsettled = [each for each in verdicts if each.verdict in (None, INCONCLUSIVE)]
    # The first over the baseline, or the other way round, may be asked for twice: it is one pair,
    # and its name is that over the baseline, which comes first.
    still_open: dict[frozenset[Key], str] = {}
    for each in unsettled:
        still_open.setdefault(frozenset(_keys(each)), _named(each))
    expected = None
    if verdicts and all(each.verdict for each in verdicts):
        more = max((each.rounds_needed for each in unsettled if each.rounds_needed), default=0)
        expected = min(max(min(FIRST_LOOK, most), done + more), most + 1)
    return Progress(
        percent=None,
        max_rounds=most,
        reached=bool(verdicts) and not unsettled and done >= min(FIRST_LOOK, most),
        ratios=len({frozenset(_keys(each)) for each in verdicts}),
        left_out=[f"{each.target} at {each.at}" for each in asked if failed & _keys(each)],
        rounds_expected=expected,
        open=list(still_open.values()),
    )


def _known(ratio: Interval, within: float) -> bool:
    if ratio.value is None or ratio.high is None:
        return False
    return math.log(ratio.high / ratio.value) <= math.log(1 + within)


def _keys(compared: Comparison) -> set[Key]:
    return {(compared.target, compared.at), (compared.baseline, compared.at)}


def _named(of: Pair | Comparison) -> str:
    return f"{of.target} over {of.baseline} at {of.at}"
