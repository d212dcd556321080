"""What to know before believing the figures of a run."""

from dataclasses import dataclass

from lab import display
from lab.files.summary_json import Summary
from lab.names import CONTROL
from report.summary.query import unranked
from report.words.ratios import with_interval


@dataclass(frozen=True)
class Caveat:
    """A sentence, and whether it says that the run is not to be believed."""

    text: str
    grave: bool = False

    def __str__(self) -> str:
        return self.text


def rounds_planned(summary: Summary) -> int:
    """How many rounds a run was to have: those it has where --until has ended it."""
    run = summary.run
    return run.rounds.done if run.until and run.complete else run.rounds.asked


def rounds_done(summary: Summary) -> str:
    """`2 of 3 rounds`, `7 rounds`."""
    done, planned = summary.run.rounds.done, rounds_planned(summary)
    if summary.run.until and done == planned:
        return display.plural(done, "round")
    return f"{done} of {display.plural(planned, 'round')}"


def state(summary: Summary) -> str | None:
    """What to know before believing the figures: what is missing, or too few rounds."""
    notes = []
    rounds = summary.run.rounds
    if not summary.run.complete:
        done = f"{rounds.done} of {display.plural(rounds.asked, 'round')} done"
        notes.append(f"This run is not complete: {done}.")
        missing: dict[str, list[str]] = {}
        for cell in summary.cells:
            if not cell.rounds and not unranked(cell):
                missing.setdefault(cell.target, []).append(str(cell.at))
        if missing:
            named = (f"{target} at {', '.join(theirs)}" for target, theirs in missing.items())
            notes.append(f"Not measured: {'; '.join(named)}.")
    if resumed := summary.run.resumed:
        when = ", ".join(display.moment(sitting.started) for sitting in resumed)
        notes.append(
            f"This run was resumed at {when}: what was measured then does not share the conditions "
            f"of its round's other targets."
        )
    if max((cell.rounds for cell in summary.cells), default=0) == 1:
        notes.append("One round cannot tell a difference from luck: there are no intervals.")
    return " ".join(notes) or None


def goal_reached(summary: Summary) -> str | None:
    """Whether a run with `--until` reached its goal; None without one, and while it goes on."""
    goal = summary.run.until
    if goal is None or not summary.run.complete:
        return None
    rounds = display.plural(summary.run.rounds.done, "round")
    wanted = (
        "every RPS verdict on the baseline and on the first to be settled"
        if goal.percent is None
        else f"every RPS ratio to the baseline to ±{goal.percent:g} %"
    )
    enough = f"{rounds} were {'' if goal.reached else 'not '}enough"
    still_open = f" Open: {display.first_few(goal.open)}." if goal.open else ""
    left_out = f" Left out, as they failed: {', '.join(goal.left_out)}." if goal.left_out else ""
    return f"--until asked for {wanted}; {enough}.{still_open}{left_out}"


def control(summary: Summary) -> Caveat | None:
    """What the baseline against itself tells of this run; None without a control."""
    if CONTROL not in summary.targets:
        return None
    compared = [
        each
        for each in summary.comparisons
        if each.kind == "control" and each.metric == "rps" and each.ratio is not None
    ]
    if not compared:
        spoilt = any(unranked(cell) for cell in summary.cells)
        return Caveat("Nothing could be compared with the control.", grave=True) if spoilt else None
    first, *others = (with_interval(each) for each in compared)
    where = [str(each.at) for each in compared]
    named = [f"{first} times its own RPS at {where[0]}"]
    named += [f"{ratio} at {at}" for ratio, at in zip(others, where[1:], strict=True)]
    missing = [
        str(cell.at)
        for cell in summary.cells
        if cell.target == CONTROL and str(cell.at) not in where
    ]
    if missing:
        named.append(f"and could not be compared at {', '.join(missing)}")
    figures = (
        f"{compared[0].baseline}, measured a second time as the control, came to {', '.join(named)}"
    )
    different = [str(each.at) for each in compared if each.verdict in ("faster", "slower")]
    if different:
        return Caveat(
            f"This run is not to be believed: at {', '.join(different)} a target came out "
            f"different from itself. {figures}. Something else than the targets changed the "
            f"figures; measure again.",
            grave=True,
        )
    if compared[0].low is None:
        return Caveat(f"{figures}, in one round.")
    return Caveat(f"{figures}: differences within such an interval may be noise.")
