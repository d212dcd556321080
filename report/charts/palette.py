"""A look for each target, which it keeps through the whole page.

Colours stand out from the page and its panels by 3 to 1 or more (WCAG 2.2, 1.4.11), and from
one another for readers with any of the three kinds of colour blindness; a test
holds that. A shape goes with each, so that nothing hangs on colour alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass

# The first is the baseline's: that of text. The others in pairs of light and dark.
LIGHT = ("#1c2430", "#2425b0", "#a9010a", "#0b9a83", "#793568", "#a57700", "#7250df")
DARK = ("#e8ecf2", "#5569f9", "#f25a01", "#23c19c", "#ab4993", "#f4c630", "#b996fd")

BASELINE_SHAPE = "square"
SHAPES = ("circle", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right")
DASHES = ((), (6, 2), (2, 2), (8, 2, 2, 2))


@dataclass(frozen=True)
class TargetLook:
    """How a target is drawn: `colour` is a CSS variable, `dash` lengths in pixels."""

    number: int
    colour: str
    shape: str
    dash: tuple[int, ...]


# nginx's, which is no target: that of secondary text, and a shape that none of them has.
NGINX_LOOK = TargetLook(len(LIGHT), "var(--soft)", "triangle-left", ())


def looks(targets: Iterable[str], baseline: str) -> dict[str, TargetLook]:
    """The look of each target. No two of the first 37 share colour and shape."""
    others = [name for name in targets if name != baseline]
    found = {baseline: TargetLook(0, "var(--t0)", BASELINE_SHAPE, ())}
    colours = len(LIGHT) - 1
    for index, name in enumerate(others):
        again, place = divmod(index, colours)
        found[name] = TargetLook(
            number=place + 1,
            colour=f"var(--t{place + 1})",
            shape=SHAPES[(place + again) % len(SHAPES)],
            dash=DASHES[again % len(DASHES)],
        )
    return found


def css(colours: Iterable[str]) -> str:
    """The declarations that name the colours."""
    return " ".join(f"--t{number}: {colour};" for number, colour in enumerate(colours))
