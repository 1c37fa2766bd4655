"""The diagram of who waits for whom, as operations for the painter.

A kind has a shape and a word, not a colour alone; a ring has the alarm's colour, thicker lines and
the word for it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

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
from poolscope_gui.model.wait_diagram import HEIGHT, Arrow, Bubble, Diagram, Placed
from poolscope_gui.model.wait_routes import Point

HEAD = 8.0
LABEL_H = 16.0
NEAR = 0.28  # of an arrow's length, from its beginning
SHARES = (NEAR, *(n / 20 for n in range(2, 19)))  # where on it its words may stand
NO = np.empty((0, 4))
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
    for arrow, way in zip(diagram.arrows, placed.routes, strict=True):
        out += _arrow(way, arrow, theme)
    plates, labels = _labels(diagram, placed, look)
    out.append(Rounded(palette.with_alpha(theme.background, 0xE6), plates, 4.0))
    out.append(Texts(labels))
    for number, bubble in enumerate(diagram.bubbles):
        out += _bubble(bubble, number, placed, look)
    return out


def _box(placed: Placed, number: int, grow: float = 0.0) -> Rects:
    (x, y), width = placed.centres[number], placed.widths[number]
    return rects((x - width / 2 - grow, y - HEIGHT / 2 - grow, width + 2 * grow, HEIGHT + 2 * grow))


def _arrow(way: Sequence[Point], arrow: Arrow, theme: Theme) -> Ops:
    (x1, y1), (x2, y2) = way[-2:]
    angle = math.atan2(y2 - y1, x2 - x1)
    head = [
        (x2, y2, x2 - HEAD * math.cos(angle + turn), y2 - HEAD * math.sin(angle + turn))
        for turn in (-0.45, 0.45)
    ]
    colour = theme.alarm if arrow.ring else theme.muted
    width = 2.5 if arrow.ring else 1.5
    dotted = arrow.ring == "timed"
    shaft = rects(*((*one, *other) for one, other in pairwise(way)))
    return [
        Lines(colour, shaft, width, dotted=dotted),
        Lines(colour, rects(*head), width, dotted=False),
    ]


def _labels(diagram: Diagram, placed: Placed, look: Look) -> tuple[Rects, list[Text]]:
    """The arrows' words and the grounds they stand on: behind no bubble, and not on each other, if
    their ways have a place for that."""
    bubbles = np.concatenate(
        [_box(placed, number) for number in range(len(placed.centres))] or [NO]
    )
    plates, labels = NO, []
    # The short ones first: they have the least choice.
    for way, arrow in sorted(zip(placed.routes, diagram.arrows, strict=True), key=_length):
        if not arrow.label:
            continue
        text = look.fitter.cut(arrow.label, 190, Font.TINY)
        width = look.fitter.width(text, Font.TINY)
        # Nearer to who waits: where many wait for one thing, the arrows are apart only there.
        wish = 0.5 if arrow.ring else NEAR
        spots = [_along(way, share) for share in sorted(SHARES, key=lambda s: abs(s - wish))]
        own = [rects((x - width / 2 - 4, y - LABEL_H / 2, width + 8, LABEL_H)) for x, y in spots]
        seen = [n for n, each in enumerate(own) if not _overlap(each, bubbles)]
        free = (n for n in seen if not _overlap(own[n], plates))
        best = next(free, seen[0] if seen else 0)
        plates = np.concatenate((plates, own[best]))
        colour = look.theme.alarm if arrow.ring else look.theme.muted
        labels.append(Text(spots[best][0] - width / 2, spots[best][1], text, Font.TINY, colour))
    return plates, labels


def _length(drawn: tuple[Sequence[Point], Arrow]) -> float:
    return sum(math.dist(one, other) for one, other in pairwise(drawn[0]))


def _overlap(one: Rects, others: Rects) -> bool:
    """Whether a rectangle lies on one of others."""
    x, y, wide, high = one[0]
    beside = (others[:, 0] >= x + wide) | (others[:, 0] + others[:, 2] <= x)
    above = (others[:, 1] >= y + high) | (others[:, 1] + others[:, 3] <= y)
    return not (beside | above).all()


def _along(way: Sequence[Point], share: float) -> Point:
    """The point at a share of a way's length."""
    rest = share * sum(math.dist(one, other) for one, other in pairwise(way))
    for one, other in pairwise(way):
        length = math.dist(one, other)
        if rest <= length:
            part = rest / length if length else 0.0
            return one[0] + (other[0] - one[0]) * part, one[1] + (other[1] - one[1]) * part
        rest -= length
    return way[-1]


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
    title = fitter.cut_middle(bubble.title, width - 20, Font.BOLD)
    detail = fitter.cut(bubble.detail, width - 20, Font.TINY)  # a call: its end says nothing
    for text, font, offset, colour in (
        (title, Font.BOLD, -7.0, theme.text),
        (detail, Font.TINY, 9.0, theme.alarm if bubble.ring else theme.muted),
    ):
        middle = x + width / 2 - fitter.width(text, font) / 2
        texts.append(Text(middle, y + HEIGHT / 2 + offset, text, font, colour))
    out.append(Texts([each for each in texts if each.text]))
    return out
