"""Calibration 3: targets that burn a known CPU time in each request.

A burning target spends it by its thread's own clock. What the samples say of the server's
CPU time per request, less the base's of the same round, must be that time.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from lab.display import NONE
from lab.latency import Latency
from report.statistics.interval import half_width
from tests.calibration.answer import Answer, Outcome, Setting, span
from tests.calibration.product import Compared, Load, compare, judged, make_lab, ratio
from tests.calibration.servers import SOUND, burning

CALIBRATION = 3
LATENCY = Latency(fixed_ms=50)
LEVEL = "200/4"
BURN_MS = (5, 10)
TOLERANCE = 0.1
BLOCK_TIMEOUT_S = 20


@dataclass(frozen=True)
class Burn:
    """What was seen of one burning target: CPU seconds per request, one figure a round.

    `rps_high` is the upper end of its RPS ratio to the base, `latency_low` the lower one of
    its mean latency's.
    """

    burnt_s: float
    cpu_s: tuple[float, ...]
    base_cpu_s: tuple[float, ...]
    rps_ratio: float | None
    rps_high: float | None
    latency_ratio: float | None
    latency_low: float | None

    @property
    def more_s(self) -> tuple[float, ...]:
        return tuple(a - b for a, b in zip(self.cpu_s, self.base_cpu_s, strict=True))


def judge(burn: Burn) -> tuple[Answer, ...]:
    """Whether the CPU time was seen, and pushed RPS and latency the way it must."""
    label = f"{burn.burnt_s * 1e3:.0f} ms of CPU burnt per request"
    mean_s, half_s = mean_and_half(burn.more_s)
    value, half = mean_s * 1e3, half_s * 1e3
    return (
        Answer(
            CALIBRATION,
            f"{label}: more CPU than the base, ms",
            f"{burn.burnt_s * 1e3:.2f} within {TOLERANCE * 100:.0f} %",
            span(value, value - half, value + half, 2),
            abs(mean_s - burn.burnt_s) <= TOLERANCE * burn.burnt_s,
        ),
        Answer(
            CALIBRATION,
            f"{label}: RPS ratio",
            "interval under 1",
            _end(burn.rps_ratio, burn.rps_high, "at most"),
            burn.rps_high is not None and burn.rps_high < 1,
        ),
        Answer(
            CALIBRATION,
            f"{label}: ratio of mean latency",
            "interval over 1",
            _end(burn.latency_ratio, burn.latency_low, "at least"),
            burn.latency_low is not None and burn.latency_low > 1,
        ),
    )


def _end(value: float | None, end: float | None, words: str) -> str:
    return NONE if value is None or end is None else f"{value:.3f}, {words} {end:.3f}"


def mean_and_half(values: Sequence[float]) -> tuple[float, float]:
    """The mean, and half of its 95 % t interval."""
    count = len(values)
    mean = math.fsum(values) / count
    sd = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (count - 1))
    return mean, half_width(sd, count)


def calibrate(setting: Setting) -> Outcome:
    rounds = setting.effort.burn_rounds
    load = Load(LATENCY, LEVEL, rounds)
    lab = make_lab(setting, load)
    lab.add("base", SOUND)
    for burn_ms in BURN_MS:
        lab.add(_name(burn_ms), burning(burn_ms / 1e3), parent="base", change="burns CPU")
    setting.say(f"3. {len(BURN_MS)} targets that burn CPU, {rounds} rounds at {LEVEL}")
    blocks = (1 + len(BURN_MS)) * rounds
    compared = compare(lab, setting, "--baseline", "base", timeout_s=blocks * BLOCK_TIMEOUT_S)
    burns = [_burn(compared, burn_ms) for burn_ms in BURN_MS]
    return Outcome(
        tuple(answer for burn in burns for answer in judge(burn)),
        {"load": load.to_json(), "burns": [asdict(burn) for burn in burns]},
    )


def _name(burn_ms: int) -> str:
    return f"burns{burn_ms}"


def _burn(compared: Compared, burn_ms: int) -> Burn:
    name = _name(burn_ms)
    summary = judged(compared, ("base", name))
    rps, latency = ratio(summary, name), ratio(summary, name, "latency_mean_s")
    return Burn(
        burnt_s=burn_ms / 1e3,
        cpu_s=_cpu_s(compared, name),
        base_cpu_s=_cpu_s(compared, "base"),
        rps_ratio=rps.ratio,
        rps_high=rps.high,
        latency_ratio=latency.ratio,
        latency_low=latency.low,
    )


def _cpu_s(compared: Compared, target: str) -> tuple[float, ...]:
    of_target = sorted((s for s in compared.samples if s.target == target), key=lambda s: s.round)
    return tuple(sample.cpu_s.server / sample.answered for sample in of_target)
