"""`index.html`: one file, offline, no script."""

import shlex
from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from bench import display, hey
from bench.cores import FEWEST
from bench.latency import from_json
from bench.level import parse_levels
from report.rows import Figure, findings, level_of, rows
from report.words import placement, said, state


def render(run: Mapping[str, Any], summary: Mapping[str, Any]) -> str:
    """The page of a run, from `run.json` and its summary."""
    environment = Environment(
        loader=PackageLoader("report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2").render(context(run, summary))


def context(run: Mapping[str, Any], summary: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that the template shows."""
    levels = parse_levels(run["plan"]["levels"])
    return {
        "run": run,
        "state": state(summary),
        "said": said(summary),
        "rows": list(rows(summary)),
        "intervals": any(cell["rps"]["low"] is not None for cell in summary["cells"]),
        "levels": levels,
        "over_baseline": _ratios(summary, "baseline"),
        "over_parent": _ratios(summary, "parent"),
        "findings": findings(summary),
        "targets": summary["targets"],
        "latency": str(from_json(run["profile"]["latency"])),
        "commands": [shlex.join(hey.command("hey", level, "URL")) for level in levels],
        "redo": _redo(run),
        "rounds": f"{run['rounds']['done']} of {display.plural(run['rounds']['asked'], 'round')}",
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


def _ratio(compared: Mapping[str, Any]) -> Figure:
    if compared["ratio"] is None:
        return Figure(display.NONE, None, None)
    interval = None
    if compared["low"] is not None:
        interval = f"{display.ratio(compared['low'])} to {display.ratio(compared['high'])}"
    return Figure(display.ratio(compared["ratio"]), interval, None)


def _redo(run: Mapping[str, Any]) -> str:
    """The command that repeats this run, order and latencies included."""
    words = [
        "nox", "-s", "compare", "--",
        "--only", ",".join(run["targets"]),
        "--profile", run["profile"]["source"],
        "--levels", ",".join(run["plan"]["levels"]),
        "--rounds", str(run["rounds"]["asked"]),
        "--seed", str(run["seed"]),
        "--baseline", run["baseline"],
    ]  # fmt: skip
    if run["upstream"] != "lab":
        words += ["--upstream", run["upstream"]]
    if run["machine"]["cores"] >= FEWEST and not run.get("pinned"):
        words.append("--no-pin")
    return shlex.join(words)
