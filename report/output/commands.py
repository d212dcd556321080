"""The commands that a reader of the page goes on with."""

import shlex
from collections.abc import Mapping

from lab.files.run_json import FEWEST_TO_PIN, Run, TargetFacts
from lab.names import BESIDE, CONTROL, REFERENCE


def resume(run: Run, name: str) -> str | None:
    """What measures the blocks that are missing, or failed; None where all are there."""
    if run.complete and not any(block.error for block in run.blocks):
        return None
    return shlex.join(["nox", "-s", "compare", "--", "--resume", name])


def redo(run: Run) -> str:
    """The command that repeats this run, order and latencies included."""
    levels = dict.fromkeys(str(condition.level) for condition in run.plan.conditions)
    words = [
        "nox", "-s", "compare", "--",
        *_targets(run.targets),
        "--profile", run.profile.source,
        "--levels", ",".join(levels),
        *_rounds_asked(run),
        "--seed", str(run.seed),
        "--baseline", run.baseline,
        "--margin", f"{100 * run.margin:g}",
    ]  # fmt: skip
    if REFERENCE in run.targets:
        words.append("--reference")
    for requirement in run.added:
        words += ["--with", requirement]
    if run.python:
        words += ["--python", run.python]
    if CONTROL not in run.targets:
        words.append("--no-control")
    if run.upstream != "lab":
        words += ["--upstream", run.upstream]
    if run.machine.cores >= FEWEST_TO_PIN and run.pinned is None:
        words.append("--no-pin")
    return shlex.join(words)


def _targets(targets: Mapping[str, TargetFacts]) -> list[str]:
    """Those of the lab by their names, projects of the user's by their paths."""
    projects = {name: it.project for name, it in targets.items() if name not in BESIDE}
    ours = [name for name, path in projects.items() if path is None]
    words = ["--only", ",".join(ours)] if ours else []
    for path in projects.values():
        words += ["--target", path] if path is not None else []
    return words


def _rounds_asked(run: Run) -> list[str]:
    """`--quick` also leaves out what a profile repeats within a block."""
    loaded = [block.conditions for block in run.plan.blocks]
    if run.rounds.asked == 1 and all(len(set(each)) == len(each) for each in loaded):
        return ["--quick"]
    rounds = max(1, run.rounds.done) if run.until else run.rounds.asked
    return ["--rounds", str(rounds)]
