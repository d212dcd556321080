"""Reading both ends of an edge."""

from pathlib import Path

from bench.edges import Side, complaint, settings, undeclared
from bench.paths import TARGETS
from bench.table import read_toml
from bench.target import Target, read


def undeclared_of(target: Target) -> list[str]:
    """What `target` differs in from its parent beyond its `change`; nothing where it has none.

    Targets under `targets/` have their parents there; those from elsewhere have none.
    """
    parent = target.manifest.parent
    if parent is None or target.folder.parent != TARGETS.resolve():
        return []
    return undeclared(_side(target), _side(read(TARGETS / parent)))


def complaint_of(target: Target) -> str | None:
    """A sentence on what `undeclared_of` found; None where that is nothing."""
    parent, found = target.manifest.parent, undeclared_of(target)
    return complaint(target.name, parent, found) if parent and found else None


def _side(target: Target) -> Side:
    project = read_toml(target.folder / "pyproject.toml").values.get("project")
    asked = project.get("dependencies") if isinstance(project, dict) else None
    return Side(
        manifest=target.manifest,
        settings=_text(target.folder / settings.FILE),
        lock=_text(target.lock),
        dependencies=tuple(map(str, asked)) if isinstance(asked, list) else (),
    )


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else None
