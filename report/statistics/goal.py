"""How near a run with `--until` is to its goal."""

import math
from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from lab.files.run_json import LEAST_ROUNDS, Goal
from lab.files.summary_json import Progress
from report.statistics.comparison import Judged, Key, Pair
from report.statistics.interval import Interval
from report.statistics.verdict import rounds_to_width

# Stopping when an interval happens to be narrow makes it miss the truth a little more often
# than it says: at 97 %, intervals cover 95 % and more. See docs/calibration.md.
UNTIL_CONFIDENCE = 0.97


# What more rounds do not cure. A stall, or a late upstream, in one of three rounds is none of it.
FAILED = frozenset({"errors", "counts_disagree", "block_failed", "hey_limit"})


def progress(
    goal: Goal,
    judged: Mapping[Pair, Judged],
    *,
    failed: AbstractSet[Key],
    done: int,
) -> Progress:
    """`goal` with what is known after `done` rounds.

    `ratios` counts those of RPS to the baseline that can become known: `failed` cells
    have none, and are named in `left_out`. `reached` says that all of them are known to
    +-`percent`, and `rounds_expected` with how many rounds in all they probably will be:
    None where there is none, or one of them has no interval yet; one more than
    `max_rounds` where those will not do.
    """
    within, most = goal.percent / 100, goal.max_rounds
    asked = {pair: each.ratio for pair, each in judged.items() if pair.kind == "baseline"}
    ratios = [ratio for pair, ratio in asked.items() if not failed & set(pair.keys)]
    left_out = [f"{pair.target} at {pair.at}" for pair in asked if failed & set(pair.keys)]
    known = bool(ratios) and all(_known(ratio, within) for ratio in ratios)
    expected = None
    if ratios and all(ratio.sd is not None for ratio in ratios):
        expected = max(
            min(LEAST_ROUNDS, most),
            *(
                rounds_to_width(ratio, within, confidence=UNTIL_CONFIDENCE, most=most)
                for ratio in ratios
            ),
        )
    return Progress(
        percent=goal.percent,
        max_rounds=most,
        reached=known and done >= min(LEAST_ROUNDS, most),
        ratios=len(ratios),
        left_out=left_out,
        rounds_expected=expected,
    )


def _known(ratio: Interval, within: float) -> bool:
    if ratio.value is None or ratio.high is None:
        return False
    return math.log(ratio.high / ratio.value) <= math.log(1 + within)
