"""What figures are made of."""

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from report.charts.palette import TargetLook


@dataclass(frozen=True)
class DataTable:
    """Rows of text, the first of each its name."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def named(self) -> bool:
        """Whether a target's name begins each row, and not a figure."""
        return self.head[0] == "target"


@dataclass(frozen=True)
class Panel:
    """One chart; `look` marks the target that all of it is about, `key` names those in it."""

    title: str
    svg: Markup
    look: TargetLook | None = None
    note: str | None = None
    table: DataTable | None = None
    key: tuple[str, ...] = ()


@dataclass(frozen=True)
class PanelGroup:
    """The panels of a condition."""

    title: str
    panels: tuple[Panel, ...]


def told(figures: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{name} {text}" for name, text in figures)
