"""What servers do to figures: delayed acknowledgements, uneven workers, a slow start."""

import math
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath

from scipy.special import stdtr

from lab import display
from lab.condition import Condition
from lab.files.summary_json import Finding
from lab.serve_line import WORKERS, parse
from report.findings.finding import Evidence, in_rounds, most, ms, over
from report.samples.measured import Measured

ACK_MEDIAN_S = (0.038, 0.050)
ACK_P90_S = 0.060

# gunicorn's workers that are uvicorn: uvicorn's own, and those of the package it became.
UVICORN_WORKER = re.compile(r"uvicorn\.workers\.|uvicorn_worker\.")
INTERPRETER = re.compile(r"(python|pypy)[\d.]*")
MODULE = re.compile(r"-[A-Za-z]*m")
WRAPPERS = {"env", "exec", "uv", "run"}

UNEVEN = 2

FIRST_P = 0.01
FIRST_FACTOR = 1.15
FIRST_COUNT = 3


def delayed_ack(cell: Evidence) -> Finding | None:
    delayed = [sample for sample in cell.rounds if _delayed(sample)]
    if not delayed:
        return None
    return Finding(
        "delayed_ack",
        "warn",
        f"Half of the answers took about {ms(most(sample.read_median_s for sample in delayed))} "
        f"from their first byte to their last {in_rounds(delayed, cell)}, while nine of ten took "
        f"less than {ms(ACK_P90_S)}: the sign of an answer that is sent in two pieces, whose "
        f"second waits for a delayed acknowledgement (about 40 ms on Linux). It happens on "
        f"connections that are kept, and is not the view's time. {_way_out(cell)}",
    )


def _way_out(cell: Evidence) -> str:
    """What is known of the server, or what to look for in one of which nothing is."""
    if not served_by_uvicorn(cell.serve) or _avoids_it(cell):
        return (
            "Look whether the server sends headers and body in separate writes, and whether it "
            "sets TCP_NODELAY: one write, or TCP_NODELAY, avoids it."
        )
    version = cell.versions.get("uvicorn")
    return (
        f"It is a known issue of {f'uvicorn {version}' if version else 'uvicorn'} with several "
        f"workers (Kludex/uvicorn#3149). uvloop (`uvicorn[standard]`, `--loop uvloop`) or a single "
        f"worker of uvicorn avoids it."
    )


def served_by_uvicorn(serve: str) -> bool:
    """Whether a command line starts uvicorn: itself, as a module, or as gunicorn's worker.

    That it is installed says nothing: `manage.py runserver` does not use it.
    """
    try:
        words = shlex.split(serve)
    except ValueError:  # no command line: what a run says may be anything
        return False
    while words and (words[0] in WRAPPERS or "=" in words[0]):
        del words[0]
    at = next((at for at, word in enumerate(words[:-1]) if MODULE.fullmatch(word)), None)
    if words and INTERPRETER.fullmatch(PurePath(words[0]).name) and at is not None:
        words = words[at + 1 :]
    name = PurePath(words[0]).name if words else ""
    return name == "uvicorn" or (name == "gunicorn" and any(map(UVICORN_WORKER.search, words)))


def _avoids_it(cell: Evidence) -> bool:
    """Whether uvicorn is served in a way in which it does not do so."""
    options = parse(cell.serve).options
    loop = options.get("--loop", "auto")
    return (
        options.get(WORKERS) == "1"
        or loop == "uvloop"
        or (loop == "auto" and "uvloop" in cell.versions)
    )


def _delayed(sample: Measured) -> bool:
    if sample.read_median_s is None or sample.read_p90_s is None:
        return False
    least_s, most_s = ACK_MEDIAN_S
    return least_s <= sample.read_median_s <= most_s and sample.read_p90_s < ACK_P90_S


def workers_uneven(cell: Evidence) -> Finding | None:
    uneven = [sample for sample in cell.rounds if over(sample.worker_share_max, UNEVEN)]
    if not uneven:
        return None
    times = display.ratio(most(sample.worker_share_max for sample in uneven))
    return Finding(
        "workers_uneven",
        "info",
        f"One worker used up to {times} times the CPU of the average worker "
        f"{in_rounds(uneven, cell)}: connections landed unevenly. That is luck at each start of "
        f"{cell.engine} and widens intervals; more rounds average it.",
    )


def first_sample(cell: Evidence) -> Finding | None:
    first = [sample for sample in cell.rounds if sample.first]
    effect = first_effect(cell.of_target)
    if not first or effect is None or effect.p >= FIRST_P:
        return None
    if abs(math.log(effect.factor)) <= math.log(FIRST_FACTOR):
        return None
    return Finding(
        "first_sample",
        "warn",
        f"The first sample after a start of {cell.target} has {display.ratio(effect.factor)} times "
        f"the RPS of later ones ({effect.firsts} first and {effect.others} later samples at all of "
        f"its levels). First ones are here {in_rounds(first, cell)}. The order of levels is drawn "
        f"anew in each round, so that more rounds spread them evenly.",
    )


@dataclass(frozen=True)
class Effect:
    """How many times the RPS of later samples first ones have, and the P value of 1."""

    factor: float
    p: float
    firsts: int
    others: int


def first_effect(samples: Iterable[Measured]) -> Effect | None:
    """Compare a target's first samples after a start with its others, of all levels at once.

    Least squares on log RPS with a mean for each condition and one shift for being first;
    under one that is the t test of two samples with a pooled variance. Conditions that
    have only one of the two kinds say nothing about it. None with fewer than 3 of each.
    """
    by_condition: dict[Condition, list[tuple[float, float]]] = {}
    for sample in samples:
        if sample.rps is not None and not sample.errors:
            rows = by_condition.setdefault(sample.at, [])
            rows.append((float(sample.first), math.log(sample.rps)))
    levels = [rows for rows in by_condition.values() if len({first for first, _ in rows}) > 1]
    firsts = sum(first == 1 for rows in levels for first, _ in rows)
    others = sum(map(len, levels)) - firsts
    if min(firsts, others) < FIRST_COUNT:
        return None
    centred = []
    for rows in levels:
        middle = math.fsum(first for first, _ in rows) / len(rows)
        mean = math.fsum(log for _, log in rows) / len(rows)
        centred += [(first - middle, log - mean) for first, log in rows]
    weight = math.fsum(first * first for first, _ in centred)
    shift = math.fsum(first * log for first, log in centred) / weight
    squares = math.fsum((log - shift * first) ** 2 for first, log in centred)
    # Three of each, and both at every level: at least 2.
    freedom = len(centred) - len(levels) - 1
    error = math.sqrt(squares / freedom / weight)
    p = float(2 * stdtr(freedom, -abs(shift) / error)) if error else float(shift == 0)
    return Effect(math.exp(shift), p, firsts, others)
