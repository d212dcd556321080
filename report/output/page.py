"""`index.html`: one file, offline, no script."""

import base64
import hashlib
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from lab import display
from lab.condition import Condition
from lab.engines import DEFAULT, Build, facts
from lab.files.run_json import Run
from lab.files.sample import file_name
from lab.files.summary_json import Severity, Summary, TargetSummary
from lab.level import Level
from lab.names import BESIDE, CONTROL, REFERENCE
from report import figures
from report.charts import palette
from report.charts.vega import renumbered
from report.figures import memory
from report.output import commands
from report.output.time_spent import time_spent
from report.samples.measured import Measured
from report.words import highlights, leaders, projects
from report.words.caveats import control, goal_reached, rounds_done, rounds_planned, state
from report.words.findings import WHEN, groups
from report.words.levels import placement, said
from report.words.nginx import shares
from report.words.overrides import overrides
from report.words.package_changes import difference
from report.words.ratios import compared
from report.words.rows import Row, rows
from report.words.tree import tree

# More findings of one kind than these are folded: what they have in common stands above them.
MOST_NOTES = 3

# Changes that lie deeper in the tree are not set in further: a phone has no room for it.
DEEPEST = 12


def render(
    run: Run,
    summary: Summary,
    measured: Sequence[Measured],
    *,
    name: str | None = None,
    logs: bool = True,
) -> str:
    """The page of a run, from `run.json`, its summary and samples.

    `name` is its path, where it does not lie under its id; `logs` tells whether those are there.
    """
    environment = Environment(
        loader=PackageLoader("report.output"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"code": _code, "breakable": _breakable, "tenths": "{:.1f}".format}
    style = environment.get_template("page.css.j2").render(
        light=palette.css(palette.LIGHT), dark=palette.css(palette.DARK), deepest=DEEPEST
    )
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    page = environment.get_template("page.html.j2").render(
        context(run, summary, measured, name),
        style=Markup(style),  # noqa: S704 - of the repository, and no more
        style_digest=digest,
        logs=logs,
    )
    return renumbered(page)


def _code(text: str) -> Markup:
    """What stands in backticks as code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # one of them has no other
        return escape(text)
    marked = [
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part)
        for place, part in enumerate(parts)
    ]
    return Markup().join(marked)


def _breakable(name: str) -> Markup:
    """A name that may go on in another line after each `_`, sooner than within a word."""
    return Markup("_<wbr>").join(name.split("_"))


def context(
    run: Run, summary: Summary, measured: Sequence[Measured], name: str | None = None
) -> dict[str, object]:
    """Everything that the template shows."""
    conditions = run.plan.conditions
    levels = list(dict.fromkeys(condition.level for condition in conditions))
    targets = {name: it for name, it in summary.targets.items() if name not in BESIDE}
    baseline = run.baseline
    looks = palette.looks(targets, baseline) | {REFERENCE: palette.NGINX_LOOK}
    shown = list(rows(summary))
    given = leaders.leaders(summary)
    over_parent = compared(summary, "parent")
    build = _build(run, measured)
    return {
        "run": run,
        "headline": leaders.headline(given),
        "answers": given,
        "few": leaders.few,
        "state": state(summary),
        "beside": overrides(summary),
        "until": goal_reached(summary),
        "said": said(summary),
        "control": control(summary),
        "article_holds": highlights.article_holds(summary),
        "largest_changes": highlights.largest_changes(summary),
        "main_finding": highlights.main_finding(summary),
        "break_evens": highlights.break_evens(summary),
        "rows": shown,
        "everywhere": _everywhere(shown),
        "why": highlights.why(summary, baseline),
        "sync_or_async": highlights.sync_or_async(summary),
        "repeats": _repeats(run),
        "control_rounds": _control_rounds(run),
        "spent": time_spent(run, measured),
        "intervals": any(cell.rps.low is not None for cell in summary.cells),
        "conditions": conditions,
        "levels": levels,
        "looks": looks,
        "over_baseline": compared(summary, "baseline"),
        "over_parent": over_parent,
        "doubtful": any(it.doubt for each in over_parent for _, it in each.cells),
        "ratio_panels": figures.ratios(summary, looks, baseline),
        "rps_panels": figures.rps(summary, looks),
        "reference": summary.targets.get(REFERENCE),
        "reference_look": palette.NGINX_LOOK,
        "shares": shares(summary),
        "memory_table": memory.table(summary),
        "round_marks": figures.rounds_are_marked(summary),
        "curve_panels": figures.curves(summary, measured, looks),
        "most_curves": figures.MOST_CURVES,
        "time_groups": figures.over_time(summary, measured, looks),
        "tree": tree(summary),
        "groups": groups(summary.cells),
        "when": WHEN,
        "most_notes": MOST_NOTES,
        "deepest": DEEPEST,
        "margin": f"{100 * summary.run.margin:g} %",
        "decided": summary.run.until is not None and summary.run.until.percent is None,
        "significance": f"{summary.run.significance:g}",
        "confidence": f"{100 * summary.run.ratio_confidence:g} %",
        "targets": targets,
        "locks": _locks(targets),
        "asked": {name: projects.asked(run.targets[name]) for name in targets},
        "sources": {name: projects.source(run.targets[name]) for name in targets},
        "not_one_call": projects.not_one_call(run.targets),
        "checked": projects.checked(run.targets),
        "files": _files(measured),
        "latency": str(run.profile.latency),
        "engine": build.name,
        "build": str(build),
        "command": shlex.join(_command(build.name, levels[0], measured)),
        "other_levels": [facts(build.name).shown_level(level) for level in levels[1:]],
        "redo": commands.redo(run),
        "resume": commands.resume(run, name or run.id),
        "rounds": rounds_done(summary),
        "rounds_planned": rounds_planned(summary),
        "cores": display.plural(run.machine.cores, "core"),
        "placement": placement(run),
        "wall": display.duration(run.wall_s),
        "load_share": f"{100 * run.load_share:.0f} %",
        "ram": f"{run.machine.memory_bytes / 2**30:.1f} GiB",
    }


def _build(run: Run, measured: Sequence[Measured]) -> Build:
    """What the run was loaded with; of an older one, the name that its samples have."""
    names = [sample.engine for sample in measured[:1]]
    return run.engine or Build(*(names or [DEFAULT]))


def _command(engine: str, level: Level, measured: Sequence[Measured]) -> Sequence[str]:
    """The engine's command line, or what its samples have for one where it is not known."""
    if shown_command := facts(engine).shown_command:
        return shown_command(level)
    return next((sample.argv for sample in measured if sample.level == level), (engine,))


def _everywhere(shown: Sequence[Row]) -> dict[str, Severity]:
    """The findings that cast doubt on every row, which then tell no row from another."""
    first, *others = (row.marks.items() for row in shown) if shown else ((),)
    return {
        code: severity
        for code, severity in first
        if others and all((code, severity) in other for other in others)
    }


def _repeats(run: Run) -> str:
    """`150/30 was loaded 3 times, 300/50 1 to 2 times`: what was more than once, in some block."""
    counts: dict[Condition, set[int]] = {at: set() for at in run.plan.conditions}
    for block in run.plan.blocks:
        for at, count in Counter(block.conditions).items():
            counts[at].add(count)
    return ", ".join(
        f"{at} was loaded {f'{min(of)} to ' if min(of) < max(of) else ''}{max(of)} times"
        for at, of in counts.items()
        if max(of, default=1) > 1
    )


def _control_rounds(run: Run) -> str:
    """`, the control in 3 of 4,` where it was spared in some round; else nothing."""
    rounds = [block.round for block in run.plan.blocks if block.target == CONTROL]
    if not rounds or len(rounds) == run.plan.rounds:
        return ""
    return f", the control in {len(rounds)} of {run.plan.rounds},"


def _locks(targets: Mapping[str, TargetSummary]) -> dict[str, str]:
    """How the packages of each child differ from its parent's."""
    return {
        name: difference(it.versions, targets[it.parent].versions)
        for name, it in targets.items()
        if it.parent is not None and it.parent in targets
    }


def _files(measured: Sequence[Measured]) -> dict[str, dict[str, list[tuple[str, str]]]]:
    """The samples of each target, by condition: what to call each, and its file's name."""
    found: dict[str, dict[str, list[tuple[str, str]]]] = {}
    for each in measured:
        label = f"r{each.round}" + (f"-{each.repeat}" if each.repeat > 1 else "")
        file = file_name(each.target, each.at, each.round, each.repeat)
        found.setdefault(each.target, {}).setdefault(str(each.at), []).append((label, file))
    return found
