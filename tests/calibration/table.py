"""docs/calibration.md, from answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lab.display import NONE
from tests.calibration.answer import Answer

TITLES = {
    1: "Targets that are the same",
    2: "Targets that wait longer",
    3: "Targets that burn CPU",
    4: "Broken targets",
    5: "hey's own summary, and wrk",
    6: "Simulation",
}

NOTES = {
    1: "Every pair is two identical targets with servers of their own, judged as a run of these "
    "two alone: no P value is made larger for the other pairs. These targets vary little from "
    "round to round, so that a verdict by chance is rare anyway; calibration 6 has larger "
    "spreads.",
    2: "The truth comes from the sleep that was put in and from the base alone. Both sleep, the "
    "waiting target d longer, by their own clocks; the base's own samples say that a request "
    "takes it L and a whole sample W, with q requests a connection. So the waiting target's "
    "mean latency must be (L + d) / L times the base's, its RPS W / (W + q d) times. Nothing "
    "that hey measured of the waiting target enters. Verdicts are on RPS, so its intervals must "
    "hold the truth; those of latencies are stated (in trials waiting targets took 0.1 to 0.3 ms "
    "longer than L + d, of which the cause is not known, and such intervals can be narrower). "
    "Each row gives the plain 95 % interval, and the one that is judged: wide enough that all "
    "three hold their truths together in 95 % of calibrations (plain ones would in 86 %). A ratio "
    "of 1/1.1 is the default margin itself, so the smallest wait is judged by half of it.",
    3: "The target burns by its thread's own clock. What is judged is the server's CPU time per "
    "request less the base's of the same round, with its 95 % interval over rounds.",
    4: "A fault counts as found where its own finding takes the rank away, not another one.",
    5: "hey's figures and the raw times come from one run. hey's P95 is the smallest latency that "
    "at least 95 % lie before, so one rank above the ceil(0.95 n)-th, which is the one here. wrk "
    "and hey load one server in turn; hey's quota is large, so that start and tail do not weigh.",
    6: "Rounds drawn with a known ratio and spread, judged by the report's rules: "
    "tests/calibration/simulation.py. A rate is given with its 99 % interval, which decides: one "
    "that is beyond its bound, but whose interval is not, is marked and counted as holding.",
}

INTRODUCTION = (
    "The whole program, from command line to verdict, on targets of which the right answer is "
    "known beforehand."
)

HOLDS = {True: "yes", False: "**no**", None: NONE}


@dataclass(frozen=True)
class About:
    """When, where and how a calibration was done."""

    started: str
    minutes: float
    machine: Mapping[str, object]
    options: str


def render(answers: Sequence[Answer], about: About) -> str:
    machine = about.machine
    where = f"{machine['cpu']}, {machine['cores']} cores, {machine['system']} {machine['kernel']}"
    made = "`nox -s calibrate` writes this page, and calibration.json with the figures behind it."
    parts = [
        "# Known answers",
        "",
        INTRODUCTION,
        f"{made} {_verdict(answers)}",
        "",
        f"- Date: {about.started} (UTC), {about.minutes:.0f} minutes",
        f"- Machine: {where}, {machine['implementation']} {machine['python']}",
        f"- Options: {about.options}",
    ]
    for number in sorted({answer.calibration for answer in answers}):
        parts += ["", f"## {number}. {TITLES[number]}", "", NOTES[number], ""]
        parts += rows([answer for answer in answers if answer.calibration == number])
    return "\n".join(parts) + "\n"


def _verdict(answers: Sequence[Answer]) -> str:
    broken = sorted({answer.calibration for answer in answers if answer.holds is False})
    if not broken:
        return "All hold."
    return f"Of these do not hold: {', '.join(map(str, broken))}."


def rows(answers: Sequence[Answer]) -> list[str]:
    """A table of Markdown, a line each."""
    return [
        "| what | expected | seen | holds |",
        "|---|---|---|---|",
        *(
            f"| {_cell(answer.what)} | {_cell(answer.expected)} | {_cell(answer.seen)} "
            f"| {HOLDS[answer.holds]} |"
            for answer in answers
        ),
    ]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def failures(answers: Sequence[Answer]) -> list[Answer]:
    return [answer for answer in answers if answer.holds is False]
