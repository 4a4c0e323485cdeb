"""Every pair of colors that meets on a page has the contrast of WCAG 2.2, computed from the tokens."""

import re
from math import cos, radians, sin
from pathlib import Path

import pytest

import stroma.look

TOKENS = (Path(stroma.look.__file__).parent / "static/look/css/tokens.css").read_text(encoding="utf-8")
Rgb = tuple[float, float, float]


def linear_rgb(lightness: float, chroma: float, hue: float) -> Rgb:
    """Linear-light sRGB of an OKLCH color, by Ottosson's matrices for OKLab (as in CSS Color 4)."""
    a, b = chroma * cos(radians(hue)), chroma * sin(radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def contrast(one: Rgb, other: Rgb) -> float:
    """The contrast ratio of WCAG 2.2."""
    light, dark = sorted((0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def colors(block: str) -> dict[str, tuple[Rgb, Rgb]]:
    """The tokens of a block that are colors, each for light and for dark."""
    pair = re.compile(r"--([a-z-]+): light-dark\(oklch\(([\d. ]+)\), oklch\(([\d. ]+)\)\)")
    read = lambda text: linear_rgb(*(float(part) for part in text.split()))  # noqa: E731
    return {name: (read(light), read(dark)) for name, light, dark in pair.findall(block)}


def block(start: str) -> str:
    """The declarations of the first rule that begins with ``start``."""
    return TOKENS[TOKENS.index(start) :].split("{", 1)[1].split("\n}", 1)[0].split("\n  }", 1)[0]


PLAIN = colors(block(":root {"))
CONTRAST = {**PLAIN, **colors(block('[data-theme="contrast"] {'))}

GROUNDS = ("surface", "surface-raised", "surface-sunken")
TEXTS = [(text, ground) for text in ("text", "text-quiet", "go", "wait", "stop") for ground in GROUNDS]
TEXTS += [("go", "go-surface"), ("wait", "wait-surface"), ("stop", "stop-surface")]
TEXTS += [("text", "go-surface"), ("text", "wait-surface"), ("text", "stop-surface")]
TEXTS += [("text-quiet", "stop-surface")]  # the source of an urgent reason
TEXTS += [("on-go", "go"), ("on-go", "go-strong"), ("on-stop", "stop"), ("on-stop", "stop-strong")]
TEXTS += [(arm, ground) for arm in ("arm-cells", "arm-sham", "arm-usual") for ground in GROUNDS]
SHAPES = [("rule-control", ground) for ground in GROUNDS]


def test_the_conversion_gives_the_published_values() -> None:
    # CSS Color 4, examples of oklch(): red is oklch(0.628 0.2577 29.23).
    assert linear_rgb(0.62796, 0.25768, 29.2339) == pytest.approx((1, 0, 0), abs=1e-3)
    # WCAG 2.2: white on black is 21:1; #777 on white is 4.48:1.
    assert contrast((1, 1, 1), (0, 0, 0)) == 21
    gray = ((0x77 / 255 + 0.055) / 1.055) ** 2.4
    assert contrast((gray, gray, gray), (1, 1, 1)) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", sorted(PLAIN))
def test_every_color_can_be_shown_on_every_screen(name: str) -> None:
    channels = [channel for themes in (PLAIN, CONTRAST) for color in themes[name] for channel in color]
    assert min(channels) >= -0.0015
    assert max(channels) <= 1.0015


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXTS)
def test_text_can_be_read(text: str, ground: str, scheme: int) -> None:
    assert contrast(PLAIN[text][scheme], PLAIN[ground][scheme]) >= 4.5
    assert contrast(CONTRAST[text][scheme], CONTRAST[ground][scheme]) >= 7


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("shape", "ground"), SHAPES)
def test_the_edge_of_a_control_can_be_seen(shape: str, ground: str, scheme: int) -> None:
    assert contrast(PLAIN[shape][scheme], PLAIN[ground][scheme]) >= 3
    assert contrast(CONTRAST[shape][scheme], CONTRAST[ground][scheme]) >= 4.5


def test_high_contrast_is_the_same_whether_the_device_or_the_reader_asks_for_it() -> None:
    by_device = block("@media (prefers-contrast: more) {\n  :root {").split("{", 1)[-1]
    by_reader = block('[data-theme="contrast"] {')
    lines = [
        [line.strip() for line in text.strip().splitlines() if line.strip()]
        for text in (by_device, by_reader)
    ]
    assert lines[0] == lines[1]
