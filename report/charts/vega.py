"""From a description in Vega-Lite to an SVG that goes into the page."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import vl_convert
from markupsafe import Markup, escape

Spec = dict[str, Any]

VERSION = "5.20"

# Text of charts, in CSS pixels: charts are never scaled.
FONT_PX = 12

# What a screen of 360 px leaves beside the page's own margins.
WIDTH_PX = 328

# Of a label of an axis, as wide as any font that a browser may take for it.
DIGIT_PX, NARROW_PX, LINE_PX = 7.7, 4, 14

# Between two labels of an axis: nearer, and 800 and 1000 are read as one number.
APART_PX = 8

# In characters, of a target's name beside its row.
LONGEST_NAME = 21

INK, SOFT, LINE = "var(--ink)", "var(--soft)", "var(--line)"

CONFIG: Mapping[str, Any] = {
    # The page names each chart itself, and has its data as a table.
    "aria": False,
    "background": None,
    "view": {"stroke": None},
    "font": "sans-serif",
    "axis": {
        "labelFontSize": FONT_PX,
        "titleFontSize": FONT_PX,
        "titleFontWeight": "normal",
        "labelColor": SOFT,
        "titleColor": SOFT,
        "gridColor": LINE,
        "domainColor": LINE,
        "tickColor": LINE,
        "tickSize": 4,
        "labelOverlap": "greedy",
    },
    "text": {"fontSize": FONT_PX, "color": INK},
}

# What XML 1.0 does not allow, https://www.w3.org/TR/xml/#charsets, and the two line ends that
# end a script's text.
_NO_TEXT = re.compile("[^\t\n\r\x20-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_NUMBER = re.compile(r"-?\d+\.\d{2,}(?:e-?\d+)?")
_ATTRIBUTE = re.compile(r' (d|transform|x|y|x2|y2|width|height)="([^"]*)"')
_IDLE = re.compile(
    r' pointer-events="none"| font-family="[^"]*"| opacity="1"| aria-hidden="true"'
    r'| stroke-miterlimit="10"| class="[^"]*"| role="graphics-[a-z]+"'
    r'| aria-roledescription="[^"]*"'
)
_EMPTY = re.compile(
    r'<path d="(?:M0,0h0v0h0Z)?"(?: display="none")?/>|<text [^>]*opacity="0"[^>]*>[^<]*</text>'
    r"|<text [^>]*/>|<g></g>|<g/>"
)
# With their quotes, which text of the page has not: there they are escaped.
_CLIP = re.compile(r"""((?: id="| clip-path="url\(#)clip)(\d+)(\)?")""")
_ROOT = re.compile(r"<svg [^>]*? width=\"([\d.]+)\" height=\"([\d.]+)\"[^>]*>")


def draw(spec: Spec, label: str) -> Markup:
    """The SVG of a description; `label` is what a screen reader says of it.

    Vega escapes what it writes; nothing of it runs or loads anything.
    """
    described = _drawable({**spec, "config": dict(CONFIG)})
    svg = vl_convert.vegalite_to_svg(described, vl_version=VERSION)
    return Markup(_tidy(svg, label))  # noqa: S704 - escaped by Vega, and by `_tidy`


def _drawable(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """The same without characters that no SVG can hold: the whole process would end of them."""
    if isinstance(value, str):
        return _NO_TEXT.sub("\ufffd", value)
    if isinstance(value, Mapping):
        return {key: _drawable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_drawable(each) for each in value]
    return value


def _tidy(svg: str, label: str) -> str:
    """Without what nothing shows, to a tenth of a pixel: a third of the size."""
    svg = _ATTRIBUTE.sub(lambda m: f' {m[1]}="{_NUMBER.sub(_tenth, m[2])}"', svg)
    svg = _IDLE.sub("", svg)
    for _ in range(3):  # groups that are empty once what they held is gone
        svg = _EMPTY.sub("", svg)
    said = escape(_drawable(label))
    return _ROOT.sub(
        lambda m: (
            f'<svg role="img" aria-label="{said}" width="{m[1]}" height="{m[2]}" '
            f'viewBox="0 0 {m[1]} {m[2]}">'
        ),
        svg,
        count=1,
    )


def _tenth(number: re.Match[str]) -> str:
    return f"{float(number[0]):.1f}".removesuffix(".0")


def renumbered(page: str) -> str:
    """A page whose charts number what they clip by from 1 on.

    Vega counts on through a process, so that the same run would not give the same page.
    """
    numbers: dict[str, int] = {}
    return _CLIP.sub(lambda m: f"{m[1]}{numbers.setdefault(m[2], len(numbers) + 1)}{m[3]}", page)


@dataclass(frozen=True)
class Room:
    """How long an axis is, and which way: `unit` goes with each of its labels.

    With `flush` the first label begins where the axis does, and is not centred there.
    """

    length_px: float
    unit: str = ""
    upright: bool = False
    flush: bool = False

    def width_px(self, value: float) -> float:
        """How wide a label is."""
        # More digits than those of 1e-9, which an axis writes like this: nobody minds there.
        text = f"{value:.9f}".rstrip("0").rstrip(".") + self.unit
        return sum(NARROW_PX if character in ". " else DIGIT_PX for character in text)

    def holds(self, values: Sequence[float], shares: Sequence[float]) -> bool:
        """Whether labels that stand at these shares of its length stand apart."""
        for (one, at), (other, further) in pairwise(zip(values, shares, strict=True)):
            taken_px = (
                LINE_PX
                if self.upright
                else (self.width_px(one) + self.width_px(other)) / 2 + APART_PX
            )
            if self.flush and not at:
                taken_px += self.width_px(one) / 2
            if (further - at) * self.length_px < taken_px:
                return False
        return True


def even_ticks(high: float, *, most: int, room: Room) -> list[float]:
    """From 0 to `high`, over 0, at equal steps of 1, 2 or 5: so few that all have room."""
    first = math.floor(math.log10(high / most))
    for power in range(first, first + 20):
        for step in (1, 2, 5):
            count = math.floor(high / (step * 10.0**power) * (1 + 1e-9))
            values = [round(number * step * 10.0**power, 9) for number in range(count + 1)]
            if count < most and room.holds(values, [value / high for value in values]):
                return values
    return [0.0]


def ticks(low: float, high: float, *, most: int, room: Room | None = None) -> list[float]:
    """Round numbers between two that are over 0, for an axis of logarithms.

    At most `most`, and no more than have room.
    """
    decades = [10.0**power for power in range(-9, 10)]
    for steps in ((1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,)):
        within = [
            round(step * decade, 9)
            for decade in decades
            for step in steps
            if low <= step * decade <= high
        ]
        if len(within) <= most and _have_room(within, low, high, room):
            return within
    every = -(-len(within) // most)
    while not _have_room(within[::every], low, high, room):
        every += 1
    return within[::every]


def _have_room(values: Sequence[float], low: float, high: float, room: Room | None) -> bool:
    if room is None or len(values) < 2:  # noqa: PLR2004 - a pair
        return True
    return room.holds(values, [math.log(each / low) / math.log(high / low) for each in values])


def rows_axis(names: Sequence[str]) -> Spec:
    """A row for each target, its name at the left: cut short where it is long."""
    widest = max((len(name) for name in names), default=0)
    extent = 7 * min(LONGEST_NAME, widest) + 6
    return {
        "field": "target",
        "type": "nominal",
        "sort": list(names),
        "title": None,
        "axis": {
            # Cut in the middle: names that begin alike often end differently.
            "labelExpr": f"truncate(datum.label, {LONGEST_NAME}, 'center')",
            "labelLimit": extent,
            "minExtent": extent,
            "maxExtent": extent,
            "domain": False,
            "ticks": False,
            "labelColor": INK,
            "labelOverlap": False,
        },
    }


def own(channel: str) -> Spec:
    """A channel whose values are what to draw with, and no scale."""
    return {"field": channel, "type": "nominal", "scale": None}
