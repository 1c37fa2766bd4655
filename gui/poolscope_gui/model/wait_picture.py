"""The diagram of who waits for whom, as operations for the painter.

A kind has a shape and a word, not a colour alone; a ring has the alarm's colour, thicker lines and
the word for it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from poolscope_gui.model import palette
from poolscope_gui.model.ops import (
    Fill,
    Font,
    Hatch,
    Lines,
    Outline,
    Rects,
    Rounded,
    Text,
    Texts,
    rects,
)
from poolscope_gui.model.palette import Theme
from poolscope_gui.model.scene import Ops
from poolscope_gui.model.text import Fitter
from poolscope_gui.model.wait_diagram import HEIGHT, Arrow, Bubble, Diagram, Placed, Point

HEAD = 8.0
APART = 9.0  # two arrows between the same two bubbles
LABEL_H = 16.0
NEAR = 0.28  # of an arrow's length, from its beginning
RADIUS = {"thread": 8.0, "lock": 3.0, "future": HEIGHT / 2, "pool": 3.0}


@dataclass(frozen=True)
class Look:
    """How it is to be painted."""

    theme: Theme
    fitter: Fitter
    colours: tuple[int, ...] = ()  # of each bubble: a lock's own; 0: none
    hover: int = -1
    chosen: int = -1


def compose(diagram: Diagram, placed: Placed, look: Look) -> Ops:
    """All of the diagram, from below."""
    theme = look.theme
    whole = rects((0.0, 0.0, max(placed.width, 4096.0), max(placed.height, 4096.0)))
    out: Ops = [Fill(theme.background, whole)]
    pairs = {(arrow.source, arrow.target) for arrow in diagram.arrows}
    ends = [
        _ends(placed, arrow, apart=(arrow.target, arrow.source) in pairs)
        for arrow in diagram.arrows
    ]
    labels: list[Text] = []
    plates: list[tuple[float, float, float, float]] = []
    for arrow, (begin, end) in zip(diagram.arrows, ends, strict=True):
        out += _arrow(begin, end, arrow, theme)
        _label(begin, end, arrow, look, labels, plates)
    out.append(Rounded(palette.with_alpha(theme.background, 0xE6), rects(*plates), 4.0))
    out.append(Texts(labels))
    for number, bubble in enumerate(diagram.bubbles):
        out += _bubble(bubble, number, placed, look)
    return out


def _box(placed: Placed, number: int, grow: float = 0.0) -> Rects:
    (x, y), width = placed.centres[number], placed.widths[number]
    return rects((x - width / 2 - grow, y - HEIGHT / 2 - grow, width + 2 * grow, HEIGHT + 2 * grow))


def _ends(placed: Placed, arrow: Arrow, *, apart: bool) -> tuple[Point, Point]:
    """Where an arrow leaves one bubble and meets the other."""
    (x1, y1), (x2, y2) = placed.centres[arrow.source], placed.centres[arrow.target]
    length = math.hypot(x2 - x1, y2 - y1) or 1.0
    if apart:
        dx, dy = -(y2 - y1) / length * APART, (x2 - x1) / length * APART
        x1, y1, x2, y2 = x1 + dx, y1 + dy, x2 + dx, y2 + dy
    begin = _edge((x1, y1), (x2, y2), placed.widths[arrow.source])
    return begin, _edge((x2, y2), (x1, y1), placed.widths[arrow.target])


def _edge(centre: Point, towards: Point, width: float) -> Point:
    """Where the line from the middle of a bubble leaves it."""
    dx, dy = towards[0] - centre[0], towards[1] - centre[1]
    shares = [
        half / abs(delta) for half, delta in ((width / 2 + 2, dx), (HEIGHT / 2 + 2, dy)) if delta
    ]
    share = min(shares, default=0.0)
    return centre[0] + dx * min(share, 0.5), centre[1] + dy * min(share, 0.5)


def _arrow(begin: Point, end: Point, arrow: Arrow, theme: Theme) -> Ops:
    (x1, y1), (x2, y2) = begin, end
    angle = math.atan2(y2 - y1, x2 - x1)
    head = [
        (x2, y2, x2 - HEAD * math.cos(angle + turn), y2 - HEAD * math.sin(angle + turn))
        for turn in (-0.45, 0.45)
    ]
    colour = theme.alarm if arrow.ring else theme.muted
    width = 2.5 if arrow.ring else 1.5
    dotted = arrow.ring == "timed"
    shaft = rects((x1, y1, x2, y2))
    return [
        Lines(colour, shaft, width, dotted=dotted),
        Lines(colour, rects(*head), width, dotted=False),
    ]


def _label(
    begin: Point,
    end: Point,
    arrow: Arrow,
    look: Look,
    labels: list[Text],
    plates: list[tuple[float, float, float, float]],
) -> None:
    if not arrow.label:
        return
    text = look.fitter.cut(arrow.label, 190, Font.TINY)
    width = look.fitter.width(text, Font.TINY)
    # Nearer to who waits: where many wait for one thing, the arrows are apart only there.
    share = 0.5 if arrow.ring else NEAR
    x, y = begin[0] + (end[0] - begin[0]) * share, begin[1] + (end[1] - begin[1]) * share
    plates.append((x - width / 2 - 4, y - LABEL_H / 2, width + 8, LABEL_H))
    colour = look.theme.alarm if arrow.ring else look.theme.muted
    labels.append(Text(x - width / 2, y, text, Font.TINY, colour))


def _bubble(bubble: Bubble, number: int, placed: Placed, look: Look) -> Ops:
    theme, fitter = look.theme, look.fitter
    box, radius = _box(placed, number), RADIUS[bubble.kind]
    x, y, width, _ = box[0].tolist()
    fill = palette.mix(theme.alarm, theme.background, 0.12) if bubble.ring else theme.panel
    edge = theme.alarm if bubble.ring else theme.muted
    out: Ops = [Rounded(fill, box, radius)]
    own = look.colours[number] if number < len(look.colours) else 0
    if bubble.kind == "lock" and own:
        stripe = rects((x + 4, y + 5, 5.0, HEIGHT - 10))
        out.append(Rounded(own, stripe, 2.0))
    if bubble.kind == "pool":
        out.append(Hatch(theme.line, rects((x + 2, y + 2, width - 4, HEIGHT - 4)), x))
    out.append(Outline(edge, box, 2.5 if bubble.ring else 1.25, radius))
    if number in (look.hover, look.chosen):
        colour = theme.selected if number == look.chosen else theme.hover
        out.append(Outline(colour, _box(placed, number, 3.0), 2.0, radius + 3))
    texts = []
    for words, font, offset, colour in (
        (bubble.title, Font.BOLD, -7.0, theme.text),
        (bubble.detail, Font.TINY, 9.0, theme.alarm if bubble.ring else theme.muted),
    ):
        text = fitter.cut_middle(words, width - 20, font)
        middle = x + width / 2 - fitter.width(text, font) / 2
        texts.append(Text(middle, y + HEIGHT / 2 + offset, text, font, colour))
    out.append(Texts([each for each in texts if each.text]))
    return out
