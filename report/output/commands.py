"""The commands that a reader of the page goes on with."""

import shlex
from collections.abc import Mapping
from typing import Any

from lab.files.run_json import FEWEST_TO_PIN
from lab.names import BESIDE, CONTROL, REFERENCE

Json = Mapping[str, Any]


def resume(run: Json, name: str) -> str | None:
    """What measures the blocks that are missing, or failed; None where all are there."""
    if run["complete"] and not any(block["error"] for block in run["blocks"]):
        return None
    return shlex.join(["nox", "-s", "compare", "--", "--resume", name])


def redo(run: Json) -> str:
    """The command that repeats this run, order and latencies included."""
    words = [
        "nox", "-s", "compare", "--",
        *_targets(run["targets"]),
        "--profile", run["profile"]["source"],
        "--levels", ",".join(run["plan"]["levels"]),
        *_rounds_asked(run),
        "--seed", str(run["seed"]),
        "--baseline", run["baseline"],
        "--margin", f"{100 * run['margin']:g}",
    ]  # fmt: skip
    if REFERENCE in run["targets"]:
        words.append("--reference")
    for requirement in run["with"]:
        words += ["--with", requirement]
    if run["python"]:
        words += ["--python", run["python"]]
    if CONTROL not in run["targets"]:
        words.append("--no-control")
    if run["upstream"] != "lab":
        words += ["--upstream", run["upstream"]]
    if run["machine"]["cores"] >= FEWEST_TO_PIN and not run.get("pinned"):
        words.append("--no-pin")
    return shlex.join(words)


def _targets(targets: Json) -> list[str]:
    """Those of the lab by their names, projects of the user's by their paths."""
    projects = {name: it.get("project") for name, it in targets.items() if name not in BESIDE}
    ours = [name for name, path in projects.items() if path is None]
    words = ["--only", ",".join(ours)] if ours else []
    for path in projects.values():
        words += ["--target", path] if path is not None else []
    return words


def _rounds_asked(run: Json) -> list[str]:
    """`--quick` also leaves out what a profile repeats within a block."""
    loaded = [tuple(block["levels"]) for block in run["plan"].get("blocks", [])]
    if run["rounds"]["asked"] == 1 and all(len(set(levels)) == len(levels) for levels in loaded):
        return ["--quick"]
    rounds = max(1, run["rounds"]["done"]) if run["until"] else run["rounds"]["asked"]
    return ["--rounds", str(rounds)]
