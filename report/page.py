"""`index.html`: one file, offline, no script."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from bench import display, hey
from bench.cores import FEWEST
from bench.latency import from_json
from bench.level import parse_levels
from bench.target import CONTROL
from report.caveats import control, rounds_done, rounds_planned, state, until
from report.rows import groups, level_of, rows
from report.verdict import INCONCLUSIVE
from report.words import needed, placement, said, times


def render(run: Mapping[str, Any], summary: Mapping[str, Any], *, name: str | None = None) -> str:
    """The page of a run, from `run.json` and its summary; `name` is its path, where not its id."""
    environment = Environment(
        loader=PackageLoader("report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2").render(context(run, summary, name))


def context(
    run: Mapping[str, Any], summary: Mapping[str, Any], name: str | None = None
) -> dict[str, Any]:
    """Everything that the template shows."""
    levels = parse_levels(run["plan"]["levels"])
    return {
        "run": run,
        "state": state(summary),
        "until": until(summary),
        "said": said(summary),
        "rows": list(rows(summary)),
        "intervals": any(cell["rps"]["low"] is not None for cell in summary["cells"]),
        "levels": levels,
        "over_baseline": _ratios(summary, "baseline"),
        "over_parent": _ratios(summary, "parent"),
        "control": control(summary),
        "groups": groups(summary),
        "margin": f"{100 * summary['run']['margin']:g} %",
        "confidence": f"{100 * summary['run']['ratio_confidence']:g} %",
        "targets": {name: it for name, it in summary["targets"].items() if name != CONTROL},
        "latency": str(from_json(run["profile"]["latency"])),
        "commands": [shlex.join(hey.command("hey", level, "URL")) for level in levels],
        "redo": _redo(run),
        "resume": _resume(run, name or run["id"]),
        "rounds": rounds_done(summary),
        "rounds_planned": rounds_planned(summary),
        "cores": display.plural(run["machine"]["cores"], "core"),
        "placement": placement(run),
        "wall": display.duration(run["wall_s"]),
        "load_share": f"{100 * run['load_share']:.0f} %",
        "memory": f"{run['machine']['memory_bytes'] / 2**30:.1f} GiB",
    }


def _ratios(summary: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    """RPS over that of the baseline or the parent: a row a target, a figure a level."""
    by_target: dict[str, dict[str, Any]] = {}
    for compared in summary["comparisons"]:
        if (compared["kind"], compared["metric"]) == (kind, "rps"):
            target, other = compared["target"], compared["baseline"]
            row = by_target.setdefault(target, {"target": target, "over": other, "cells": []})
            row["cells"].append((level_of(compared), _ratio(compared)))
    return list(by_target.values())


@dataclass(frozen=True)
class Ratio:
    """A ratio as text, with what it allows to say."""

    here: str
    interval: str | None = None
    verdict: str | None = None
    needed: str | None = None
    without_stalls: str | None = None


def _ratio(compared: Mapping[str, Any]) -> Ratio:
    if compared["ratio"] is None:
        return Ratio(display.NONE)
    other = compared["without_stalls"]
    return Ratio(
        here=display.ratio(compared["ratio"]),
        interval=_interval(compared),
        verdict=compared["verdict"],
        needed=needed(compared) if compared["verdict"] == INCONCLUSIVE else None,
        without_stalls=f"without stalls {times(other)}: {other['verdict']}"
        if other and other["ratio"]
        else None,
    )


def _interval(values: Mapping[str, Any]) -> str | None:
    if values["low"] is None:
        return None
    return f"{display.ratio(values['low'])} to {display.ratio(values['high'])}"


def _rounds_asked(run: Mapping[str, Any]) -> list[str]:
    """`--quick` also leaves out what a profile repeats within a block."""
    loaded = [tuple(block["levels"]) for block in run["plan"].get("blocks", [])]
    if run["rounds"]["asked"] == 1 and all(len(set(levels)) == len(levels) for levels in loaded):
        return ["--quick"]
    rounds = max(1, run["rounds"]["done"]) if run["until"] else run["rounds"]["asked"]
    return ["--rounds", str(rounds)]


def _resume(run: Mapping[str, Any], name: str) -> str | None:
    """What measures the blocks that are missing, or failed; None where all are there."""
    if run["complete"] and not any(block["error"] for block in run["blocks"]):
        return None
    return shlex.join(["nox", "-s", "compare", "--", "--resume", name])


def _redo(run: Mapping[str, Any]) -> str:
    """The command that repeats this run, order and latencies included."""
    words = [
        "nox", "-s", "compare", "--",
        "--only", ",".join(name for name in run["targets"] if name != CONTROL),
        "--profile", run["profile"]["source"],
        "--levels", ",".join(run["plan"]["levels"]),
        *_rounds_asked(run),
        "--seed", str(run["seed"]),
        "--baseline", run["baseline"],
        "--margin", f"{100 * run['margin']:g}",
    ]  # fmt: skip
    if CONTROL not in run["targets"]:
        words.append("--no-control")
    if run["upstream"] != "lab":
        words += ["--upstream", run["upstream"]]
    if run["machine"]["cores"] >= FEWEST and not run.get("pinned"):
        words.append("--no-pin")
    return shlex.join(words)
