"""Calibration 2: targets that wait longer by a known time.

The truth is not taken from what is to be tested. The base sleeps a little in each request, a
waiting target longer, and both say by their own clocks how long: d more on average. (That the
base sleeps too makes them pay alike for being woken.) The base's own samples say that one of
its requests takes L, and a whole sample W, in which each connection makes q requests. A
request of the waiting target must then take L + d, and each connection q d longer, so that
the mean latency is (L + d) / L times the base's, and RPS W / (W + q d) times. Nothing that
hey measured of the waiting target enters.

The upstream's latencies differ, as those of real ones do. With equal ones all connections
would move in step and ratios would hardly differ between rounds: intervals would be
narrower than any sleep is exact.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from lab.errors import BlockError
from lab.latency import Latency, Lognormal
from lab.level import parse_level
from report.statistics.interval import geometric
from tests.calibration.answer import Answer, Outcome, Setting, span
from tests.calibration.product import Compared, Load, by_round, compare, judged, make_lab, ratio
from tests.calibration.servers import sleeping

CALIBRATION = 2
LATENCY = Latency(lognormal=Lognormal(median_ms=90, sigma=0.2))
LEVEL = parse_level("100/5")
BASE_MS = 10
EXTRA_MS = (10, 25, 50)
BLOCK_TIMEOUT_S = 20

# A ratio of 1/1.1 is the default margin itself, so the smallest wait is judged by half of it.
DEFAULT_MARGIN = 0.1
SMALLEST_MARGIN = 0.05

# The three intervals of a metric hold their truths at once in 95 % of calibrations
# (Bonferroni); plain 95 % intervals would in 86 %.
JOINT_CONFIDENCE = 1 - 0.05 / len(EXTRA_MS)


@dataclass(frozen=True)
class Target:
    """What a target's samples say, and how long it says it slept, one figure a round."""

    slept_s: tuple[float, ...]
    rps: tuple[float, ...]
    latency_mean_s: tuple[float, ...]
    wall_s: tuple[float, ...]


@dataclass(frozen=True)
class Wait:
    """What was seen of one waiting target, beside the base of the same run.

    `extra_s` is how much longer it was told to sleep. `verdicts` are those after 1, 2, ...
    rounds by the margin `margin`, `default_verdict` is the one after all of them by the
    default margin.
    """

    extra_s: float
    quota: int
    margin: float
    verdicts: tuple[str | None, ...]
    default_verdict: str | None
    waiting: Target
    base: Target

    @property
    def d_s(self) -> float:
        """How much longer it did sleep."""
        waiting_s, base_s = self.waiting.slept_s, self.base.slept_s
        return (sum(waiting_s) - sum(base_s)) / len(base_s)

    @property
    def base_latency_s(self) -> float:
        return _mean(self.base.latency_mean_s)

    @property
    def true_latency_ratio(self) -> float:
        return (self.base_latency_s + self.d_s) / self.base_latency_s

    @property
    def true_rps_ratio(self) -> float:
        wall_s = _mean(self.base.wall_s)
        return wall_s / (wall_s + self.quota * self.d_s)


def _mean(values: Sequence[float]) -> float:
    """The geometric mean, as of all figures over rounds."""
    value = geometric(values).value
    if value is None:
        raise BlockError("there is no sample to take a mean of.")
    return value


def judge(wait: Wait) -> tuple[Answer, ...]:
    """Whether the intervals hold the truth, and how many rounds `slower` took."""
    label = f"{wait.d_s * 1e3:.1f} ms longer on {wait.base_latency_s * 1e3:.1f} ms"
    rounds = first_slower(wait.verdicts)
    return (
        _holds(f"{label}: RPS", wait.true_rps_ratio, wait.waiting.rps, wait.base.rps),
        _holds(
            f"{label}: mean latency",
            wait.true_latency_ratio,
            wait.waiting.latency_mean_s,
            wait.base.latency_mean_s,
            demanded=False,
        ),
        Answer(
            CALIBRATION,
            f"{label}: rounds that `slower` takes with --margin {wait.margin * 100:.0f}",
            f"at most {len(wait.verdicts)}",
            "never" if rounds is None else str(rounds),
            rounds is not None,
        ),
        Answer(
            CALIBRATION,
            f"{label}: verdict after {len(wait.verdicts)} rounds with the default margin of 10 %",
            "stated",
            str(wait.default_verdict),
            None,
        ),
    )


def _holds(
    what: str, truth: float, ours: Sequence[float], base: Sequence[float], *, demanded: bool = True
) -> Answer:
    """Whether the joint interval holds the truth.

    It is demanded of RPS, on which verdicts are given. Of latencies it is stated: their
    intervals can be narrower than the 0.2 ms by which servers wake up unevenly from sleep.
    """
    ratios = [a / b for a, b in zip(ours, base, strict=True)]
    plain, joint = geometric(ratios), geometric(ratios, confidence=JOINT_CONFIDENCE)
    held = joint.low is not None and joint.high is not None and joint.low <= truth <= joint.high
    return Answer(
        CALIBRATION,
        what,
        f"{truth:.4f}" + ("" if demanded else " (stated)"),
        f"{span(plain.value, plain.low, plain.high, 4)}; "
        f"jointly {span(joint.value, joint.low, joint.high, 4)}",
        held if demanded else None,
    )


def first_slower(verdicts: Sequence[str | None]) -> int | None:
    """After how many rounds it was first called `slower`."""
    return next((n for n, verdict in enumerate(verdicts, start=1) if verdict == "slower"), None)


def calibrate(setting: Setting) -> Outcome:
    rounds = setting.effort.slower_rounds
    load = Load(LATENCY, str(LEVEL), rounds)
    lab = make_lab(setting, load)
    lab.add("base", sleeping(BASE_MS / 1e3))
    for extra_ms in EXTRA_MS:
        lab.add(
            _name(extra_ms), sleeping((BASE_MS + extra_ms) / 1e3), parent="base", change="waits"
        )
    setting.say(f"2. {len(EXTRA_MS)} targets that wait longer, {rounds} rounds at {LEVEL}")
    blocks = (1 + len(EXTRA_MS)) * rounds
    compared = compare(lab, setting, "--baseline", "base", timeout_s=blocks * BLOCK_TIMEOUT_S)
    waits = [_wait(compared, extra_ms, rounds) for extra_ms in EXTRA_MS]
    return Outcome(
        tuple(answer for wait in waits for answer in judge(wait)),
        {"load": load.to_json(), "waits": [asdict(wait) for wait in waits]},
    )


def _name(extra_ms: int) -> str:
    return f"waits{extra_ms}"


def _wait(compared: Compared, extra_ms: int, rounds: int) -> Wait:
    name = _name(extra_ms)
    both = ("base", name)
    margin = SMALLEST_MARGIN if extra_ms == min(EXTRA_MS) else DEFAULT_MARGIN
    return Wait(
        extra_s=extra_ms / 1e3,
        quota=LEVEL.requests // LEVEL.concurrency,
        margin=margin,
        verdicts=tuple(
            ratio(judged(compared, both, rounds=range(1, n + 1), margin=margin), name).verdict
            for n in range(1, rounds + 1)
        ),
        default_verdict=ratio(judged(compared, both), name).verdict,
        waiting=_target(compared, name, rounds),
        base=_target(compared, "base", rounds),
    )


def _slept_s(compared: Compared, name: str, number: int) -> float:
    """How long the target says it slept in a request of this round's sample, on average."""
    log = (compared.folder / "logs" / f"{name}-r{number}.log").read_text(encoding="utf-8")
    # The check and the warm-up come first.
    slept_s = [float(text) for text in re.findall(r"^slept (\S+)$", log, re.MULTILINE)]
    if len(slept_s) < LEVEL.requests:
        raise BlockError(f"{name} told of {len(slept_s)} sleeps in round {number}.")
    return sum(slept_s[-LEVEL.requests :]) / LEVEL.requests


def _target(compared: Compared, name: str, rounds: int) -> Target:
    return Target(
        slept_s=tuple(_slept_s(compared, name, number) for number in range(1, rounds + 1)),
        rps=by_round(compared.measured, name, "rps"),
        latency_mean_s=by_round(compared.measured, name, "latency_mean_s"),
        wall_s=by_round(compared.measured, name, "wall_s"),
    )
