"""What a target differs in from the one it was made from."""

from lab.display import complaint
from lab.files.summary_json import Finding
from report.findings.finding import Evidence


def two_changes(cell: Evidence) -> Finding | None:
    if not cell.undeclared or cell.parent is None:
        return None
    return Finding(
        "two_changes",
        "warn",
        f"{complaint(cell.target, cell.parent, cell.undeclared)}. How many times the RPS of "
        f"{cell.parent} it had is not what that change alone did. Say the rest in 'change', undo "
        f"it, or put a target with one of the changes between the two.",
    )
