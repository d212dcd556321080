"""docs/mutations.md, from what came of each change and why some survive."""

from collections.abc import Mapping, Sequence

from tests.mutations.kept import Key, Row
from tests.mutations.paths import MOST_S

TEMPLATE = """\
# Changes that tests notice

Written by `nox -s mutations`, which repeats it. Each of {count} small changes was made to a module
that makes figures, judges them or reads what others have written (`<=` for `<`, `and` for `or`,
a number one higher or lower, the least for the largest, ...), one at a time, and the tests that
run the changed lines were run on it. **{killed} of them ({share}) failed a test**; {survived}, and
the list below says of each why no test could tell.

[mutations.csv](mutations.csv) has every change: its place, cosmic-ray's name for it or our own
(`tests/mutations/changes.py`), its number among such changes in that place, and what came of it.
Texts are not changed, nor type hints, decorators and heads of classes. A change that has the tests
go on forever counts as killed. Tests of a real server, of whole runs and of a browser are not
asked, and of those that run a line at most {most_s:g} s' worth, the tests of its own room first.

| module | changes | killed | survived | killed, % |
|---|---:|---:|---:|---:|
{table}

## What survives

{survivors}
"""


def render(rows: Sequence[Row], why: Mapping[Key, str]) -> str:
    killed = sum(row.outcome == "killed" for row in rows)
    left = len(rows) - killed
    files = list(dict.fromkeys(row.file for row in rows))
    lines = [_line(file, [row for row in rows if row.file == file]) for file in files]
    return TEMPLATE.format(
        count=len(rows),
        most_s=MOST_S,
        killed=killed,
        share=f"{killed / len(rows):.1%}",
        survived="1 survived" if left == 1 else f"{left} survived",
        table="\n".join([*lines, _line("all", rows)]),
        survivors=_survivors(rows, why) or "None.",
    )


def _line(name: str, rows: Sequence[Row]) -> str:
    killed = sum(row.outcome == "killed" for row in rows)
    share = f"{100 * killed / len(rows):.0f}"
    return f"| {name} | {len(rows)} | {killed} | {len(rows) - killed} | {share} |"


def _survivors(rows: Sequence[Row], why: Mapping[Key, str]) -> str:
    told = dict.fromkeys(row.key for row in rows if row.outcome != "killed")
    return "\n".join(
        f"- {key[0]}, `{key[1] or 'top'}`: `{key[2]}` → `{key[3]}`  \n"
        f"  {why.get(key, 'Not explained.')}"
        for key in told
    )
