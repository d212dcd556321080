"""The colours of the page's charts: by the formulas that readers' eyes are modelled with."""

import re
from itertools import combinations

import pytest

from report.charts import palette
from report.charts.palette import TargetLook
from report.output import page
from report.summary.build import summarize
from tests.support import runs

Rgb = tuple[float, float, float]
Matrix = tuple[Rgb, Rgb, Rgb]

SCHEMES = {"light": palette.LIGHT, "dark": palette.DARK}

# Machado, Oliveira, Fernandes: A Physiologically-based Model for Simulation of Color Vision
# Deficiency, IEEE TVCG 15 (6), 2009, at severity 1.0; for linear RGB.
SIGHTS: dict[str, Matrix] = {
    "normal": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}

# https://bottosson.github.io/posts/oklab/
TO_LMS: Matrix = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
TO_LAB: Matrix = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)


def _times(matrix: Matrix, colour: Rgb) -> Rgb:
    one, two, three = (
        sum(factor * each for factor, each in zip(row, colour, strict=True)) for row in matrix
    )
    return one, two, three


def _linear(text: str) -> Rgb:
    """`#rrggbb` as the light of each primary, from 0 to 1 (IEC 61966-2-1)."""
    assert re.fullmatch("#[0-9a-f]{6}", text)
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (int(text[at : at + 2], 16) / 255 for at in (1, 3, 5))
    )
    return red, green, blue


def _contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""
    dark, light = sorted(
        0.2126 * red + 0.7152 * green + 0.0722 * blue
        for red, green, blue in (_linear(one), _linear(other))
    )
    return (light + 0.05) / (dark + 0.05)


def _oklab(linear: Rgb) -> Rgb:
    long, medium, short = (
        abs(each) ** (1 / 3) * (1 if each >= 0 else -1) for each in _times(TO_LMS, linear)
    )
    return _times(TO_LAB, (long, medium, short))


def _seen(text: str, sight: str) -> Rgb:
    """What a reader with this sight sees of a colour, in OKLab."""
    red, green, blue = (min(max(each, 0.0), 1.0) for each in _times(SIGHTS[sight], _linear(text)))
    return _oklab((red, green, blue))


def _difference(one: str, other: str, sight: str) -> float:
    """How far apart a reader with this sight sees two colours, in OKLab."""
    pairs = zip(_seen(one, sight), _seen(other, sight), strict=True)
    return float(sum((left - right) ** 2 for left, right in pairs) ** 0.5)


def _variables() -> dict[str, dict[str, str]]:
    """The colours that the page's CSS names, in either scheme, from a rendered page."""
    run = runs.read(runs.run())
    text = page.render(run, summarize(run, []), [])
    _, style = text.split("<style>", 1)
    style, _ = style.split("</style>", 1)
    light, dark = re.findall(r":root\s*\{([^}]*--paper[^}]*)\}", style)
    return {
        scheme: dict(re.findall(r"--([a-z0-9]+):\s*(#[0-9a-f]{6});", block))
        for scheme, block in (("light", light), ("dark", dark))
    }


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#ffffff", 1.0),
        ("#777777", "#ffffff", 4.48),  # the well-known grey that just fails 4.5
        ("#767676", "#ffffff", 4.54),  # and the one that just passes
    ],
)
def test_contrasts_are_those_of_wcag(one: str, other: str, ratio: float) -> None:
    assert _contrast(one, other) == pytest.approx(ratio, abs=0.005)
    assert _contrast(other, one) == _contrast(one, other)


@pytest.mark.parametrize(
    ("colour", "lab"),
    [
        ("#ffffff", (1.0, 0.0, 0.0)),
        ("#000000", (0.0, 0.0, 0.0)),
        # https://www.w3.org/TR/css-color-4/#ok-lab: red is oklab(0.62796 0.22486 0.12585).
        ("#ff0000", (0.62796, 0.22486, 0.12585)),
        ("#0000ff", (0.45201, -0.03246, -0.31153)),
    ],
)
def test_oklab_has_its_published_values(colour: str, lab: Rgb) -> None:
    assert _seen(colour, "normal") == pytest.approx(lab, abs=2e-4)


@pytest.mark.parametrize("sight", ["deuteranopia", "protanopia"])
def test_those_who_see_no_red_or_no_green_take_one_for_the_other(sight: str) -> None:
    """Red and an olive of the same lightness to them; all see black and white apart."""
    alike = {"deuteranopia": ("#d00000", "#8a7300"), "protanopia": ("#d00000", "#574f00")}[sight]

    assert _difference(*alike, "normal") > 0.2
    assert _difference(*alike, sight) < 0.1
    assert _difference("#000000", "#ffffff", sight) == pytest.approx(1, abs=0.01)


def test_greys_stay_greys_to_everyone() -> None:
    for sight in SIGHTS:
        assert _seen("#808080", sight) == pytest.approx(_seen("#808080", "normal"), abs=2e-3)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_names_exactly_the_colours_of_its_scheme(scheme: str) -> None:
    variables = _variables()[scheme]

    named = [variables[f"t{number}"] for number in range(7)]

    assert named == list(SCHEMES[scheme])
    assert "t7" not in variables
    assert variables["t0"] == variables["ink"]  # the baseline's is that of text


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("behind", ["paper", "panel"])
def test_every_colour_stands_out_from_what_is_behind_it(scheme: str, behind: str) -> None:
    """WCAG 2.2, 1.4.11: 3 to 1."""
    background = _variables()[scheme][behind]

    faint = {
        colour: ratio for colour in SCHEMES[scheme] if (ratio := _contrast(colour, background)) < 3
    }

    assert faint == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("sight", list(SIGHTS))
def test_no_two_colours_look_alike_to_anyone(scheme: str, sight: str) -> None:
    colours = SCHEMES[scheme]

    alike = {
        pair: apart
        for pair in combinations(colours, 2)
        if (apart := _difference(*pair, sight)) < 0.1
    }

    assert len(set(colours)) == len(colours) == 7
    assert alike == {}


def _names(count: int) -> list[str]:
    return [f"target_{number}" for number in range(count)]


def test_the_baseline_comes_first_and_is_square_and_of_the_colour_of_text() -> None:
    found = palette.looks(["one", "base", "two"], "base")

    assert list(found) == ["base", "one", "two"]
    assert found == {
        "base": TargetLook(number=0, colour="var(--t0)", shape="square", dash=()),
        "one": TargetLook(number=1, colour="var(--t1)", shape="circle", dash=()),
        "two": TargetLook(number=2, colour="var(--t2)", shape="triangle-up", dash=()),
    }


def test_a_target_has_the_same_look_whenever_it_is_asked_for() -> None:
    names = _names(37)

    assert palette.looks(names, "target_0") == palette.looks(iter(names), "target_0")
    few, many = palette.looks(names[:5], "target_0"), palette.looks(names, "target_0")
    assert {name: many[name] for name in few} == few  # targets that follow change nothing


def test_no_two_of_37_targets_share_colour_and_shape() -> None:
    found = palette.looks(_names(37), "target_0")

    assert len({(look.colour, look.shape) for look in found.values()}) == 37
    assert [name for name, look in found.items() if look.shape == "square"] == ["target_0"]


def test_no_two_of_24_curves_share_colour_and_dashes() -> None:
    """Curves have no shape."""
    found = palette.looks(_names(25), "target_0")

    assert len({(look.colour, look.dash) for look in found.values()}) == 25


def test_fifty_targets_have_a_look_each_that_the_page_can_draw() -> None:
    found = palette.looks(_names(50), "target_0")

    assert list(found) == _names(50)
    assert {look.colour for look in found.values()} == {f"var(--t{n})" for n in range(7)}
    assert {look.shape for look in found.values()} == {"square", *palette.SHAPES}
    assert {look.number for look in found.values()} == set(range(7))


def test_a_baseline_that_is_not_among_the_targets_has_a_look_too() -> None:
    assert palette.looks(["one"], "base") == {
        "base": TargetLook(number=0, colour="var(--t0)", shape="square", dash=()),
        "one": TargetLook(number=1, colour="var(--t1)", shape="circle", dash=()),
    }
