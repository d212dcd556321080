"""Calibration 1: targets that are the same must look the same.

120 identical targets make 60 pairs. Each pair is judged as a run of these two alone, so
that the other 59 make no P value larger.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median

from scipy.special import bdtr

from lab.display import NONE
from lab.latency import Latency, Lognormal
from report.statistics.interval import CONFIDENCE, geometric
from tests.calibration.answer import Answer, Outcome, Setting
from tests.calibration.product import Compared, Load, by_round, compare, judged, make_lab, ratio
from tests.calibration.servers import SOUND

CALIBRATION = 1
BOUND = 0.99
MOST_WORDS = 1
WORDS = ("faster", "slower")

# Short enough for hundreds of blocks. An upstream whose latencies differ makes rounds differ: an
# SD of log ratios of about 0.05, where equal latencies left 0.003. Real targets may have 0.2 and
# more. At 40 ms the upstream is not so easily late by a share that takes a cell's rank away.
LATENCY = Latency(lognormal=Lognormal(median_ms=40, sigma=0.4))
LEVEL = "400/20"
BLOCK_TIMEOUT_S = 6


@dataclass(frozen=True)
class Pair:
    """The ratio of RPS of two equal targets, and what it was made from."""

    name: str
    ratio: float | None
    low: float | None
    high: float | None
    verdict: str | None
    spread: float | None
    rps: tuple[float, ...]
    rps_again: tuple[float, ...]

    @property
    def excludes_1(self) -> bool:
        return self.low is not None and self.high is not None and not self.low <= 1 <= self.high


def most_exclusions(pairs: int) -> int:
    """How many of `pairs` 95 % intervals may exclude the truth: the 99 % binomial bound."""
    return next(k for k in range(pairs + 1) if bdtr(k, pairs, 1 - CONFIDENCE) >= BOUND)


def judge(pairs: Sequence[Pair]) -> tuple[Answer, ...]:
    """Whether as few pairs look different as luck allows."""
    count = len(pairs)
    known = [pair for pair in pairs if pair.low is not None]
    out = sum(pair.excludes_1 for pair in pairs)
    words = [pair.name for pair in pairs if pair.verdict in WORDS]
    ratios = sorted(pair.ratio for pair in known if pair.ratio is not None)
    spreads = [pair.spread for pair in known if pair.spread is not None]
    most = most_exclusions(count)
    return (
        Answer(
            CALIBRATION,
            "Pairs of equal targets with an interval",
            f"{count} of {count}",
            f"{len(known)} of {count}",
            len(known) == count,
        ),
        Answer(
            CALIBRATION,
            "Plain 95 % intervals that exclude 1",
            f"at most {most} (99 % binomial bound)",
            f"{out} of {len(known)}",
            out <= most,
        ),
        Answer(
            CALIBRATION,
            "Verdicts `faster` or `slower`",
            f"at most {MOST_WORDS}",
            f"{len(words)}{': ' + ', '.join(words) if words else ''}",
            len(words) <= MOST_WORDS,
        ),
        Answer(
            CALIBRATION,
            "Ratios of RPS, least to largest; median SD of a pair's log ratios over rounds",
            "stated",
            f"{ratios[0]:.3f} to {ratios[-1]:.3f}; {median(spreads):.3f}" if spreads else NONE,
            None,
        ),
    )


def calibrate(setting: Setting) -> Outcome:
    effort = setting.effort
    load = Load(LATENCY, LEVEL, effort.same_rounds)
    lab = make_lab(setting, load)
    names = [f"p{number:02}" for number in range(1, effort.pairs + 1)]
    for name in names:
        lab.add(f"{name}a", SOUND)
        lab.add(f"{name}b", SOUND, parent=f"{name}a", change="nothing")
    blocks = 2 * effort.pairs * effort.same_rounds
    setting.say(f"1. {effort.pairs} pairs of equal targets, {effort.same_rounds} rounds at {LEVEL}")
    compared = compare(lab, setting, timeout_s=blocks * BLOCK_TIMEOUT_S)
    pairs = [_pair(compared, name) for name in names]
    return Outcome(
        judge(pairs), {"load": load.to_json(), "pairs": [asdict(pair) for pair in pairs]}
    )


def _pair(compared: Compared, name: str) -> Pair:
    both = (f"{name}a", f"{name}b")
    summary = judged(compared, both)
    found = ratio(summary, both[1])
    rps, again = (by_round(compared.measured, each, "rps") for each in both)
    return Pair(
        name=name,
        ratio=found.ratio,
        low=found.low,
        high=found.high,
        verdict=found.verdict,
        spread=geometric([b / a for a, b in zip(rps, again, strict=True)]).sd,
        rps=rps,
        rps_again=again,
    )
