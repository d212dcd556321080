"""`index.html`: one file, offline, no script."""

import shlex
from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from bench import display, hey
from bench.latency import Fixed, Lognormal
from bench.level import parse_levels
from report.rows import rows
from report.words import sentences, state, times


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
    latency = run["profile"]["latency"]
    levels = parse_levels(run["plan"]["levels"])
    return {
        "run": run,
        "state": state(summary),
        "sentences": sentences(summary),
        "rows": list(rows(summary)),
        "levels": levels,
        "ratios": _ratios(summary),
        "findings": _findings(summary),
        "targets": summary["targets"],
        "latency": str(
            Lognormal(**latency["lognormal"]) if "lognormal" in latency else Fixed(**latency)
        ),
        "commands": [shlex.join(hey.command("hey", level, "URL")) for level in levels],
        "redo": _redo(run),
        "wall": display.duration(run["wall_s"]),
        "load_share": f"{100 * run['load_share']:.0f} %",
        "memory": f"{run['machine']['memory_bytes'] / 2**30:.1f} GiB",
    }


def _ratios(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """RPS over the baseline's: a row a target, a text a level."""
    by_target: dict[str, dict[str, Any]] = {}
    for compared in summary["comparisons"]:
        if compared["kind"] == "baseline" and compared["metric"] == "rps":
            row = by_target.setdefault(
                compared["target"],
                {"target": compared["target"], "baseline": compared["baseline"], "texts": []},
            )
            row["texts"].append(display.NONE if compared["ratio"] is None else times(compared))
    return list(by_target.values())


def _findings(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each finding once, with the cells it concerns."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for cell in summary["cells"]:
        for finding in cell["findings"]:
            key = (cell["target"], finding["severity"], finding["message"])
            found.setdefault(key, []).append(f"{cell['requests']}/{cell['concurrency']}")
    return [
        {"target": target, "severity": severity, "message": message, "levels": ", ".join(levels)}
        for (target, severity, message), levels in found.items()
    ]


def _redo(run: Mapping[str, Any]) -> str:
    """The command that repeats this run, order and latencies included."""
    words = [
        "nox", "-s", "compare", "--",
        "--only", ",".join(run["targets"]),
        "--profile", run["profile"]["name"],
        "--levels", ",".join(run["plan"]["levels"]),
        "--rounds", str(run["rounds"]["asked"]),
        "--seed", str(run["seed"]),
        "--baseline", run["baseline"],
    ]  # fmt: skip
    if run["upstream"] != "lab":
        words += ["--upstream", run["upstream"]]
    return shlex.join(words)
