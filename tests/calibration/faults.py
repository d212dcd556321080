"""Calibration 4: targets that are broken in a known way are found, and not ranked.

All run beside a sound one, which must have no finding, but for what the machine did.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from lab.files.summary_json import Summary
from lab.latency import Latency
from tests.calibration import servers
from tests.calibration.answer import Answer, Outcome, Setting
from tests.calibration.product import Load, compare, make_lab
from tests.calibration.servers import SOUND

CALIBRATION = 4
LATENCY = Latency(fixed_ms=50)
CONCURRENCY = 20
LEVEL = f"600/{CONCURRENCY}"
BLOCK_TIMEOUT_S = 30
SOUND_NAME = "sound"

# A server is asked once to check it, and by the warm-up as often as it needs to make its
# connections: twice. What counts as load begins after that.
BEFORE_LOAD = 1 + 2 * CONCURRENCY
STALL_AT = BEFORE_LOAD + 100

# Findings that tell of the machine, not of the target.
OF_THE_MACHINE = frozenset(
    {"machine_busy", "throttled", "cores_changed", "upstream_late", "upstream_busy", "load_busy"}
)


@dataclass(frozen=True)
class Fault:
    """A broken target, and the finding that it must have; `says` is part of its message."""

    name: str
    what: str
    code: str
    says: str
    server: str


FAULTS = (
    Fault("fails", "Fails 1 in 50", "errors", "requests failed",
          servers.failing(BEFORE_LOAD, 50)),
    Fault("caches", "Caches", "counts_disagree", "The upstream counted 0 calls",
          servers.caching()),
    Fault("twice", "Calls twice", "counts_disagree", "It calls more than once",
          servers.calling_twice(BEFORE_LOAD)),
    Fault("stalls", "Stands still for 1.5 s once per sample", "stall", "stood still in every round",
          servers.standing_still(STALL_AT, 1.5)),
    Fault("starves", "Leaves 3 of 20 connections waiting for 3 s, others go on", "stall",
          "stood still in every round", servers.starving(STALL_AT, 3, 3.0)),
    Fault("shortens", "Answers half of the body, under load only", "counts_disagree",
          "bytes were answered", servers.shortened(BEFORE_LOAD)),
)  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """What the summary says of a cell; `findings` are code, severity and message."""

    target: str
    ranked: bool
    findings: tuple[tuple[str, str, str], ...]
    ratios: tuple[float | None, ...]


def judge(fault: Fault, seen: Seen) -> Answer:
    """Whether the fault was found, under its own code, and the cell is neither ranked nor compared.

    A finding of another code that takes the rank away as well would hide that this one was missed;
    so it must be this one that does.
    """
    found = any(
        code == fault.code and severity == "unranked" and fault.says in message
        for code, severity, message in seen.findings
    )
    compared = any(value is not None for value in seen.ratios)
    codes = sorted({f"{code} ({severity})" for code, severity, _ in _telling(seen)})
    return Answer(
        CALIBRATION,
        fault.what,
        f"{fault.code} (unranked), no ratio",
        f"{', '.join(codes) or 'nothing'}; {'ranked' if seen.ranked else 'not ranked'}"
        f"{', compared' if compared else ''}",
        found and not seen.ranked and not compared,
    )


def judge_sound(seen: Seen) -> Answer:
    """Whether the sound target is ranked and has no finding but those that the machine explains."""
    telling = sorted({(code, severity) for code, severity, _ in _telling(seen)})
    its_own = [code for code, _ in telling if code not in OF_THE_MACHINE]
    return Answer(
        CALIBRATION,
        "Sound target beside them",
        "no finding but of the machine",
        f"{', '.join(f'{code} ({severity})' for code, severity in telling) or 'nothing'}; "
        f"{'ranked' if seen.ranked else 'not ranked'}",
        not its_own and (seen.ranked or bool(telling)),
    )


def _telling(seen: Seen) -> Sequence[tuple[str, str, str]]:
    return [each for each in seen.findings if each[1] != "info"]


def calibrate(setting: Setting) -> Outcome:
    rounds = setting.effort.faults_rounds
    load = Load(LATENCY, LEVEL, rounds)
    lab = make_lab(setting, load)
    lab.add(SOUND_NAME, SOUND)
    for fault in FAULTS:
        lab.add(fault.name, fault.server, parent=SOUND_NAME, change="is broken")
    setting.say(f"4. {len(FAULTS)} broken targets and a sound one, {rounds} rounds at {LEVEL}")
    blocks = (1 + len(FAULTS)) * rounds
    compared = compare(lab, setting, "--baseline", SOUND_NAME, timeout_s=blocks * BLOCK_TIMEOUT_S)
    seen = {name: look(compared.summary, name) for name in compared.run.targets}
    answers = [judge(fault, seen[fault.name]) for fault in FAULTS]
    return Outcome(
        (
            *answers,
            judge_sound(seen[SOUND_NAME]),
            Answer(
                CALIBRATION,
                "Exit code of the run, in which cells failed",
                "1",
                str(compared.code),
                compared.code == 1,
            ),
        ),
        {"load": load.to_json(), "cells": [asdict(each) for each in seen.values()]},
    )


def look(summary: Summary, target: str) -> Seen:
    """What a summary says of a target at its one level."""
    (cell,) = (cell for cell in summary.cells if cell.target == target)
    return Seen(
        target=target,
        ranked=cell.ranked,
        findings=tuple((each.code, each.severity, each.message) for each in cell.findings),
        ratios=tuple(each.ratio for each in summary.comparisons if each.target == target),
    )
