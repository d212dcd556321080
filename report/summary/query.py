"""Look-ups in a summary."""

from lab.condition import Condition
from lab.files.summary_json import Cell, Comparison, Summary
from lab.names import BESIDE, REFERENCE


def unranked(cell: Cell) -> bool:
    """Whether something was found that keeps the cell out of the ranking."""
    return any(finding.severity == "unranked" for finding in cell.findings)


def conditions(summary: Summary) -> list[Condition]:
    """What its cells were measured under, each once, in the summary's order."""
    return list(dict.fromkeys(cell.at for cell in summary.cells))


def rps_of(cell: Cell) -> float:
    """RPS to put cells in order by: where there are none, nothing was served."""
    return cell.rps.value or 0.0


def ordered(summary: Summary, at: Condition) -> list[Cell]:
    """Its cells without control and nginx: the ranked by falling RPS, then others."""
    cells = [cell for cell in summary.cells if cell.target not in BESIDE and cell.at == at]
    return sorted(cells, key=lambda cell: -rps_of(cell) if cell.ranked else 0.0)


def cell_of(summary: Summary, target: str, at: Condition) -> Cell | None:
    """The cell of a target: not of the control, and not of nginx."""
    if target in BESIDE:
        return None
    return _cell(summary, target, at)


def reference_of(summary: Summary, at: Condition) -> Cell | None:
    """The cell of nginx, where it was part of the run."""
    return _cell(summary, REFERENCE, at)


def _cell(summary: Summary, target: str, at: Condition) -> Cell | None:
    return next((cell for cell in summary.cells if cell.target == target and cell.at == at), None)


def compared_with_baseline(summary: Summary, target: str, at: Condition) -> Comparison | None:
    """The RPS of `target` over the baseline's under `at`, where there is a ratio."""
    for compared in summary.comparisons:
        if (
            compared.kind == "baseline"
            and compared.metric == "rps"
            and compared.target == target
            and compared.at == at
        ):
            return compared if compared.ratio is not None else None
    return None


def held_bytes(cell: Cell) -> float | None:
    """What the server's processes held after a level: shared pages once, where that is known."""
    return cell.server_pss_bytes.value or cell.server_rss_bytes.value
