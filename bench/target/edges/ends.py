"""Reading both ends of an edge."""

from pathlib import Path

from bench.target.edges import Side, settings, undeclared
from bench.target.table import read_toml
from bench.target.target import Target, read
from lab.display import complaint
from lab.paths import TARGETS


def undeclared_of(target: Target) -> list[str]:
    """What `target` differs in from its parent beyond its `change`; nothing where it has none.

    The parent of a target is one of `targets/`, and so may be that of a user's project; what a
    project shares with another project is not looked at.
    """
    parent = target.manifest.parent
    if parent is None or not target.in_tree() or not (TARGETS / parent).is_dir():
        return []
    return undeclared(_side(target), _side(read(TARGETS / parent)))


def complaint_of(target: Target) -> str | None:
    """A sentence on what `undeclared_of` found; None where that is nothing."""
    parent, found = target.manifest.parent, undeclared_of(target)
    return complaint(target.name, parent, found) if parent and found else None


def _side(target: Target) -> Side:
    file = target.folder / "pyproject.toml"
    project = read_toml(file).values.get("project") if file.is_file() else None
    asked = project.get("dependencies") if isinstance(project, dict) else None
    return Side(
        manifest=target.manifest,
        settings=_text(target.folder / settings.FILE),
        lock=_text(target.lock),
        dependencies=tuple(map(str, asked)) if isinstance(asked, list) else None,
    )


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else None
