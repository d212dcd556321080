"""Calibration 6: how often the report's rules are right, by `tests.calibration.simulation`."""

from collections.abc import Sequence

from lab.display import NONE
from tests.calibration import planned, simulation
from tests.calibration.answer import Answer, Outcome, Setting
from tests.calibration.simulation import Row

CALIBRATION = 6


def judge(rows: Sequence[Row]) -> tuple[Answer, ...]:
    """Each rate with its 99 % interval, and first how many lie beyond their bound as they are.

    `Row.holds` lets a rate be beyond its bound where its interval is not; that is said.
    """
    bound = [row for row in rows if row.bound is not None]
    beyond = [row for row in bound if _beyond(row)]
    return (
        Answer(
            CALIBRATION,
            "Rates that are beyond their bound as they are, whatever their interval says",
            "stated",
            f"{len(beyond)} of {len(bound)}",
            None,
        ),
        *(
            Answer(
                CALIBRATION,
                f"{row.what}: {row.setting}",
                _bound(row),
                _rate(row),
                None if row.bound is None else row.holds,
            )
            for row in rows
        ),
    )


def _beyond(row: Row) -> bool:
    if row.bound is None:
        return False
    return row.rate.value < row.bound if row.at_least else row.rate.value > row.bound


def _rate(row: Row) -> str:
    if not row.rate.trials:
        return NONE
    value, low, high = (share * 100 for share in (row.rate.value, row.rate.low, row.rate.high))
    return f"{value:.2f} % [{low:.2f}, {high:.2f}]{', beyond it' if _beyond(row) else ''}"


def _bound(row: Row) -> str:
    if row.bound is None:
        return "stated"
    return f"{'at least' if row.at_least else 'at most'} {row.bound * 100:.0f} %, by 99 % interval"


def calibrate(setting: Setting) -> Outcome:
    trials = setting.effort.trials
    setting.say(f"6. Simulation, {trials} trials a row; a quarter of them of runs planned whole")
    rows = [
        *simulation.rows(trials, setting.seed),
        *planned.rows(max(4, trials // 4), setting.seed),
    ]
    return Outcome(
        judge(rows),
        {
            "seed": setting.seed,
            "rows": [
                {"what": row.what, "setting": row.setting,
                 "hits": row.rate.hits, "trials": row.rate.trials}
                for row in rows
            ],
        },
    )  # fmt: skip
