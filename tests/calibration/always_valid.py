"""`python -m tests.calibration.always_valid`: what intervals that hold at any look would cost.

`--until decided` asks after each round. Its boundary is Pocock's, made for at most so many looks
(`report.statistics.looks`). Always-valid intervals hold for any number of them. Here both are
compared: the one that is narrower is the one in use.
"""

import math
import sys

import numpy as np
from scipy.special import stdtrit

from report.statistics.looks import FIRST_LOOK, look_level

ALPHA = 0.05
MOST = 20
PRIORS = np.geomspace(0.01, 100, 401)


def always_valid_t(rounds: int, prior: float, alpha: float = ALPHA) -> float:
    """How many standard errors the interval of `rounds` reaches to each side; may be infinite.

    That of the scale-invariant mixture of T. L. Lai (Ann. Stat. 4, 1976), as H. Wang and A.
    Ramdas give it (Anytime-valid t-tests and confidence sequences for Gaussian means with unknown
    variance, 2023): the mean, in standard deviations, is drawn from a normal distribution of
    variance 1 / `prior`, and the likelihood ratio to a mean of 0 stays under 1 / `alpha`.
    """
    share = prior / (rounds + prior)
    grown = (1 / (alpha * math.sqrt(share))) ** (2 / rounds)
    if grown * share >= 1:
        return math.inf
    return math.sqrt((rounds - 1) * (grown - 1) / (1 - grown * share))


def pocock_t(rounds: int, most: int = MOST) -> float:
    """The same of the boundary in use, for a run of `most` rounds."""
    return float(stdtrit(rounds - 1, 1 - look_level(most) / 2))


def best_prior(rounds: int) -> float:
    """The prior whose interval is narrowest after so many rounds: no single one is so at all."""
    return float(min(PRIORS, key=lambda prior: always_valid_t(rounds, float(prior))))


def coverage(prior: float, trials: int, seed: int, *, most: int = MOST) -> float:
    """In which share of runs of normal noise the truth is in the interval at every look."""
    noise = np.random.default_rng(seed).standard_normal((trials, most))
    inside = np.ones(trials, dtype=np.bool_)
    for rounds in range(2, most + 1):
        seen = noise[:, :rounds]
        error = seen.std(axis=1, ddof=1) / math.sqrt(rounds)
        inside &= np.abs(seen.mean(axis=1)) <= always_valid_t(rounds, prior) * error
    return float(inside.mean())


def main() -> int:
    print(
        "| rounds | always valid, best prior | Pocock | how many times as wide |\n|---|---|---|---|"
    )
    for rounds in range(FIRST_LOOK, MOST + 1):
        valid, ours = always_valid_t(rounds, best_prior(rounds)), pocock_t(rounds)
        print(f"| {rounds} | {valid:.2f} | {ours:.2f} | {valid / ours:.2f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
