"""Who waits for whom, as a picture to be: bubbles, arrows between them, and where each lies.

What waits stands below what it waits for, so arrows go up; a ring stands at the top, as a ring. No
library for graphs: there are few nodes, and a picture that jumps about while it is live is worse
than one that is not the shortest.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Literal

from poolscope_gui.model import wait_routes
from poolscope_gui.model.ops import Font
from poolscope_gui.model.text import Fitter
from poolscope_gui.model.wait_routes import Point

BubbleKind = Literal["thread", "lock", "future", "pool"]
Ring = Literal["", "deadlock", "timed"]

HEIGHT = 40.0
LEAST = 90.0
MOST = 160.0
PAD = 14.0
GAP_X = 18.0
GAP_Y = 44.0  # between rows: room for an arrow and its label
MARGIN = 14.0
APART = 9.0  # two arrows between the same two bubbles
RING_GAP = 40.0  # between the rows of a ring
RING_WIDE = 1.6  # how far its columns may be from its middle, in bubbles


@dataclass(frozen=True)
class Bubble:
    """A node. ``row``: of the table of its kind; ``detail`` says what it is, in small letters."""

    kind: BubbleKind
    row: int
    title: str
    detail: str = ""
    ring: Ring = ""

    @property
    def key(self) -> tuple[str, int]:
        return self.kind, self.row


@dataclass(frozen=True)
class Arrow:
    """From who waits to what it waits for, by their places among the bubbles."""

    source: int
    target: int
    label: str = ""
    ring: Ring = ""


@dataclass(frozen=True)
class Diagram:
    """All of it; ``more``: how many bubbles were left out."""

    bubbles: tuple[Bubble, ...] = ()
    arrows: tuple[Arrow, ...] = ()
    more: int = 0


@dataclass
class Placed:
    """The centres and widths of a diagram's bubbles, its arrows, and how large the whole is."""

    centres: list[Point] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)
    width: float = 0.0
    height: float = 0.0
    routes: list[list[Point]] = field(default_factory=list)  # of each arrow, between two edges

    def at(self, x: float, y: float) -> int:
        """The number of the bubble at a point; -1: none."""
        for number, ((cx, cy), width) in enumerate(zip(self.centres, self.widths, strict=True)):
            if abs(x - cx) <= width / 2 and abs(y - cy) <= HEIGHT / 2:
                return number
        return -1


def place(diagram: Diagram, width: float, fitter: Fitter) -> Placed:
    """Lay a diagram out in a width; it becomes as high as it needs, and wider if it must."""
    sizes = [_size(bubble, fitter) for bubble in diagram.bubbles]
    out = Placed([(0.0, 0.0)] * len(sizes), sizes, width, 0.0)
    links = _Links(diagram)
    y = MARGIN
    for component in links.components():
        y = _component(out, links, component, width, y) + GAP_Y
    out.height = y - GAP_Y + MARGIN if sizes else 0.0
    right = max((x + size / 2 for (x, _), size in zip(out.centres, sizes, strict=True)), default=0)
    out.width = max(width, right + MARGIN)
    _route(out, diagram)
    return out


def _route(out: Placed, diagram: Diagram) -> None:
    """Lead each arrow from bubble to bubble, past the others."""
    pairs = {(arrow.source, arrow.target) for arrow in diagram.arrows}
    boxes = [
        (x - width / 2, y - HEIGHT / 2, x + width / 2, y + HEIGHT / 2)
        for (x, y), width in zip(out.centres, out.widths, strict=True)
    ]
    for arrow in diagram.arrows:
        ends = arrow.source, arrow.target
        begin, end = out.centres[arrow.source], out.centres[arrow.target]
        if (arrow.target, arrow.source) in pairs:
            begin, end = _beside(begin, end)
        others = tuple(box for number, box in enumerate(boxes) if number not in ends)
        way = list(wait_routes.route(begin, end, others))
        way[0] = _edge(begin, way[1], out.widths[arrow.source])
        way[-1] = _edge(end, way[-2] if len(way) > 2 else begin, out.widths[arrow.target])
        out.routes.append(way)


def _beside(begin: Point, end: Point) -> tuple[Point, Point]:
    """A line to the left of the one between two bubbles: another goes the other way."""
    length = math.dist(begin, end) or 1.0
    dx, dy = -(end[1] - begin[1]) / length * APART, (end[0] - begin[0]) / length * APART
    return (begin[0] + dx, begin[1] + dy), (end[0] + dx, end[1] + dy)


def _edge(centre: Point, towards: Point, width: float) -> Point:
    """Where the line from the middle of a bubble leaves it."""
    dx, dy = towards[0] - centre[0], towards[1] - centre[1]
    shares = [
        half / abs(delta) for half, delta in ((width / 2 + 2, dx), (HEIGHT / 2 + 2, dy)) if delta
    ]
    share = min(shares, default=0.0)
    return centre[0] + dx * min(share, 0.5), centre[1] + dy * min(share, 0.5)


def _size(bubble: Bubble, fitter: Fitter) -> float:
    title = fitter.width(bubble.title, Font.BOLD)
    detail = fitter.width(bubble.detail, Font.TINY)
    return min(max(max(title, detail) + 2 * PAD, LEAST), MOST)


class _Links:
    """Who points at whom."""

    def __init__(self, diagram: Diagram) -> None:
        self.size = len(diagram.bubbles)
        self.after: list[list[int]] = [[] for _ in range(self.size)]
        self.before: list[list[int]] = [[] for _ in range(self.size)]
        for arrow in diagram.arrows:
            self.after[arrow.source].append(arrow.target)
            self.before[arrow.target].append(arrow.source)
        self.in_ring = {number for number, bubble in enumerate(diagram.bubbles) if bubble.ring}

    def components(self) -> list[list[int]]:
        """What hangs together; those with a ring first, then the larger ones."""
        seen: set[int] = set()
        found = []
        for start in range(self.size):
            if start in seen:
                continue
            part, queue = [], deque([start])
            seen.add(start)
            while queue:
                node = queue.popleft()
                part.append(node)
                for other in self.after[node] + self.before[node]:
                    if other not in seen:
                        seen.add(other)
                        queue.append(other)
            found.append(sorted(part))
        return sorted(found, key=lambda part: (not self.in_ring & set(part), -len(part)))

    def ring(self, component: list[int]) -> list[int]:
        """The nodes of its rings, in the order in which one points at the next."""
        members = [node for node in component if node in self.in_ring]
        order: list[int] = []
        for start in members:
            node: int | None = start
            while node is not None and node not in order:
                order.append(node)
                following = [each for each in self.after[node] if each in self.in_ring]
                node = next((each for each in following if each not in order), None)
        return order

    def levels(self, component: list[int], ring: list[int]) -> list[list[int]]:
        """The other nodes in rows: each below all that it points at, and below the ring."""
        level = dict.fromkeys(ring, 0)
        under_way: set[int] = set()

        def depth(node: int) -> int:
            if node not in level:
                under_way.add(node)
                # A way round that is no ring (one of many workers is free) is cut where it closes.
                below = [depth(each) + 1 for each in self.after[node] if each not in under_way]
                under_way.discard(node)
                level[node] = max(below, default=1 if ring else 0)
            return level[node]

        rows: dict[int, list[int]] = {}
        for node in component:
            if node not in ring:
                rows.setdefault(depth(node), []).append(node)
        return [rows[number] for number in sorted(rows)]


def _component(out: Placed, links: _Links, component: list[int], width: float, y: float) -> float:
    """Place one component from ``y`` on; returns where it ends."""
    ring = links.ring(component)
    if ring:
        y = _ring(out, ring, width, y) + GAP_Y
    for row in links.levels(component, ring):
        y = _row(out, links, row, width, y) + GAP_Y
    return y - GAP_Y


def _ring(out: Placed, ring: list[int], width: float, y: float) -> float:
    """One at the top, two columns, and one at the bottom if there is one left; returns the end.

    It goes round from the top as the clock does. Two lie side by side.
    """
    count, widest = len(ring), max(out.widths[node] for node in ring)
    if count == 1:
        out.centres[ring[0]] = (width / 2, y + HEIGHT / 2)
        return y + HEIGHT
    dx = min((width - widest) / 2 - MARGIN, RING_WIDE * widest)
    dx = max(dx, (widest + GAP_X) / 2)
    middle, step = max(width / 2, dx + widest / 2 + MARGIN), HEIGHT + RING_GAP
    y += HEIGHT / 2
    if count == 2:
        dx = max(dx, widest / 2 + RING_GAP)
        middle = max(width / 2, dx + widest / 2 + MARGIN)
        out.centres[ring[0]], out.centres[ring[1]] = (middle - dx, y), (middle + dx, y)
        return y + HEIGHT / 2
    side = (count - 1) // 2
    right, rest = ring[1 : side + 1], ring[side + 1 :]
    bottom, left = rest[: len(rest) - side], rest[len(rest) - side :]
    out.centres[ring[0]] = (middle, y)
    for row, (one, other) in enumerate(zip(right, reversed(left), strict=True), start=1):
        out.centres[one] = (middle + dx, y + row * step)
        out.centres[other] = (middle - dx, y + row * step)
    for node in bottom:
        out.centres[node] = (middle, y + (side + 1) * step)
    return y + (side + len(bottom)) * step + HEIGHT / 2


def _row(out: Placed, links: _Links, row: list[int], width: float, y: float) -> float:
    """Side by side, below what they point at, as many as fit; returns where the last row ends."""

    def wish(node: int) -> float:
        above = [out.centres[each][0] for each in links.after[node] + links.before[node]]
        known = [x for x in above if x > 0]
        return sum(known) / len(known) if known else width / 2

    rest = sorted(row, key=lambda node: (wish(node), node))
    while rest:
        used, count = 0.0, 0
        while count < len(rest):
            more = out.widths[rest[count]] + (GAP_X if count else 0.0)
            if count and used + more > width - 2 * MARGIN:
                break
            used += more
            count += 1
        x = max(MARGIN, (width - used) / 2)
        for node in rest[:count]:
            out.centres[node] = (x + out.widths[node] / 2, y + HEIGHT / 2)
            x += out.widths[node] + GAP_X
        rest = rest[count:]
        y += HEIGHT + (GAP_X if rest else 0.0)
    return y
