"""Colours: Okabe-Ito's eight, for a light and a dark room.

A state has a colour, and never a colour alone: the painter adds a cross, a strike, a hatch or an
end cap. Running is blue and finished green, never green against red: that pair is the one that
one man in twelve cannot tell apart. Any two states are at least 10 apart (CIEDE2000), and so are
any two locks, none of which is like what was sent; for normal, deuteranopic and protanopic sight:
tests hold that. Colours are integers, 0xAARRGGBB.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

ThemeName = Literal["light", "dark"]

# The codes of poolscope.analysis' TaskState, in its order. BLOCKED is no state of a future: it
# is what a thread is in while its task runs; it has a name here because the legend toggles it.
PENDING: Final = 0
SENT: Final = 1
RUNNING: Final = 2
FINISHED: Final = 3
EXCEPTION: Final = 4
CANCELLED: Final = 5
STATES: Final = ("pending", "sent", "running", "finished", "exception", "cancelled")
BLOCKED: Final = "blocked"
WAITING: Final = "waiting"
TOGGLES: Final = (*STATES, BLOCKED, WAITING)


@dataclass(frozen=True)
class StateLook:
    """How a bar of one state looks: its body, its end cap or edge, and the text on it."""

    body: int
    edge: int
    text: int


@dataclass(frozen=True)
class Theme:
    name: ThemeName
    background: int
    panel: int
    lane: int
    lane_other: int
    group: int
    line: int
    grid: int
    text: int
    muted: int
    accent: int
    live: int
    dead: int
    alarm: int
    selected: int
    hover: int
    veil: int
    tooltip: int
    states: tuple[StateLook, ...]
    waiting: StateLook
    locks: tuple[int, ...]
    pools: tuple[int, ...]


def mix(one: int, other: int, share: float) -> int:
    """``share`` of ``one`` and the rest of ``other``, opaque."""
    out = 0xFF
    for shift in (16, 8, 0):
        a, b = one >> shift & 0xFF, other >> shift & 0xFF
        out = out << 8 | round(a * share + b * (1 - share))
    return out


def with_alpha(colour: int, alpha: int) -> int:
    return alpha << 24 | colour & 0xFFFFFF


def premultiplied(colour: int) -> int:
    """The same colour as pixels with alpha hold it: each part times the alpha."""
    alpha, out = colour >> 24, colour >> 24
    for shift in (16, 8, 0):
        out = out << 8 | ((colour >> shift & 0xFF) * alpha + 127) // 255
    return out


def luminance(colour: int) -> float:
    """The relative luminance of WCAG 2.1, 0 (black) to 1 (white)."""
    parts = []
    for shift in (16, 8, 0):
        value = (colour >> shift & 0xFF) / 255
        parts.append(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: int, other: int) -> float:
    """The contrast ratio of WCAG 2.1, 1 to 21; 4.5 and more is readable."""
    a, b = sorted((luminance(one), luminance(other)))
    return (b + 0.05) / (a + 0.05)


def readable_on(fill: int, dark: int = 0xFF10151C, light: int = 0xFFFFFFFF) -> int:
    """The one of two text colours that stands out more from ``fill``."""
    return light if contrast(light, fill) * 1.25 >= contrast(dark, fill) else dark


BLACK: Final = 0xFF000000
ORANGE: Final = 0xFFE69F00
SKY: Final = 0xFF56B4E9
GREEN: Final = 0xFF009E73
YELLOW: Final = 0xFFF0E442
BLUE: Final = 0xFF0072B2
VERMILION: Final = 0xFFD55E00
PINK: Final = 0xFFCC79A7


def _look(body: int, edge: int) -> StateLook:
    return StateLook(body, edge, readable_on(body))


def _light() -> Theme:
    ground = 0xFFFFFFFF
    return Theme(
        name="light",
        background=ground,
        panel=0xFFF6F7F9,
        lane=ground,
        lane_other=0xFFF5F6F9,
        group=0xFFECEEF2,
        line=0xFFD9DCE3,
        grid=0xFFE9EBF0,
        text=0xFF1A1D29,
        muted=0xFF656C7D,
        accent=BLUE,
        live=BLUE,
        dead=0xFFB4B9C4,
        alarm=0xFFB84300,
        selected=0xFF10151C,
        hover=0xFF4A5060,
        veil=0xB8FFFFFF,
        tooltip=0xFFFFFFFF,
        states=(
            StateLook(0xFFE4E7EE, 0xFF7F8AA3, 0xFF3C4356),
            StateLook(mix(BLUE, ground, 0.42), BLUE, 0xFF10151C),
            _look(BLUE, 0xFF004F80),
            StateLook(mix(GREEN, BLACK, 0.95), 0xFF005C43, 0xFFFFFFFF),
            _look(VERMILION, 0xFF8F3F00),
            _look(PINK, 0xFF8A4069),
        ),
        waiting=StateLook(0xFFEFE6CC, 0xFF80734F, 0xFF3A331F),
        locks=(0xFFB8A600, 0xFF6F1D63, 0xFF54260C, 0xFF6A6F7A, 0xFF5BA59C),
        pools=(BLUE, GREEN, ORANGE, PINK, SKY, VERMILION),
    )


def _dark() -> Theme:
    ground = 0xFF12161C
    return Theme(
        name="dark",
        background=ground,
        panel=0xFF1B2028,
        lane=ground,
        lane_other=0xFF171C23,
        group=0xFF1F252E,
        line=0xFF2C333E,
        grid=0xFF20262F,
        text=0xFFE8EBF2,
        muted=0xFF98A1B2,
        accent=SKY,
        live=SKY,
        dead=0xFF505866,
        alarm=0xFFFF8A3D,
        selected=0xFFFFFFFF,
        hover=0xFFC2C8D4,
        veil=0xA812161C,
        tooltip=0xFF262D38,
        states=(
            StateLook(0xFF2A313D, 0xFF8B95A8, 0xFFC2C8D4),
            StateLook(mix(SKY, ground, 0.42), SKY, 0xFFE8EBF2),
            _look(SKY, 0xFFA6DAF7),
            StateLook(mix(GREEN, ground, 0.84), 0xFF2FD3A4, 0xFFFFFFFF),
            _look(VERMILION, 0xFFFF9A4D),
            _look(PINK, 0xFFF0A8D0),
        ),
        waiting=StateLook(0xFF403826, 0xFFA89A72, 0xFFF0E8D2),
        locks=(YELLOW, 0xFFB0489F, 0xFFA97B5C, 0xFFE4E0E6, 0xFF62B394),
        pools=(SKY, GREEN, ORANGE, PINK, 0xFF3E8FC9, VERMILION),
    )


THEMES: Final[dict[str, Theme]] = {"light": _light(), "dark": _dark()}
