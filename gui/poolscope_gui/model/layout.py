"""Which lane lies where: rows of pixels, from a height, a number of lanes and a scroll.

    +--------+--------------------------+  0
    |        | ruler                    |  top
    +--------+--------------------------+
    | GROUP  | caption                  |
    | lane   | bars                     |  scrolled between top and bottom
    | lane   | bars                     |
    +--------+--------------------------+  bottom
    | queue  | depth                    |
    |        | ruler                    |  height
    +--------+--------------------------+

A lane is as tall as the room allows, within limits: one worker does not fill the window, and
sixty-four scroll rather than shrink until nobody can read them from the last row.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from poolscope_gui.model.chart import Chart, Lane

RULER = 26.0
FOOT = 24.0
QUEUE = 80.0
QUEUE_SMALL = 52.0
CAPTION = 20.0
LANE_MOST = 64.0  # in a small window; a large one may give a lane this share of its height
LANE_SHARE = 0.078
LANE_LEAST = 24.0
CALLER_MOST = 44.0
LOCK_WAITERS = 12.0
HEADER = 204.0
HEADER_SMALL = 132.0
RIGHT = 10.0
STRIPE = 5.0
MAX_STRIPES = 3
MAX_SPANS = 2  # levels of nested spans that are drawn
SPAN_Y = 2.0
SPAN_NAMED = 13.0
SPAN_LOW = 4.0
SPAN_NAMED_FROM = 44.0


@dataclass(frozen=True)
class Row:
    """A lane or a caption, in pixels from the top of the scrolled area."""

    y: float
    height: float
    lane: int  # -1: a caption
    group: int


@dataclass(frozen=True)
class Bands:
    """The parts of one lane, from its top: brackets of the user's spans, the bars, and below
    them the stripes of ownership."""

    spans: int  # levels of brackets; the first begins ``SPAN_Y`` from the top
    span_h: float  # of one level
    bar_y: float
    bar_h: float
    stripe_y: float
    stripe_h: float


@dataclass(frozen=True)
class Layout:
    width: float
    height: float
    rows: tuple[Row, ...]
    content: float  # height of all rows
    scroll: float
    header: float
    top: float
    bottom: float
    queue: float  # height of the strip; 0: no room for it

    @property
    def left(self) -> float:
        return self.header

    @property
    def chart_width(self) -> float:
        return max(1.0, self.width - self.header - RIGHT)

    @property
    def page(self) -> float:
        return max(0.0, self.bottom - self.top)

    @property
    def most_scroll(self) -> float:
        return max(0.0, self.content - self.page)

    def visible(self) -> list[Row]:
        """The rows that are at least partly on the screen."""
        low, high = self.scroll, self.scroll + self.page
        begin = max(0, bisect_right([row.y for row in self.rows], low) - 1)
        seen = []
        for row in self.rows[begin:]:
            if row.y >= high:
                break
            if row.y + row.height > low:
                seen.append(row)
        return seen

    def y(self, row: Row) -> float:
        """Where a row is on the screen."""
        return self.top + row.y - self.scroll

    def row_at(self, y: float) -> Row | None:
        if not self.top <= y < self.bottom:
            return None
        inner = y - self.top + self.scroll
        i = bisect_right([row.y for row in self.rows], inner) - 1
        if i < 0 or inner >= self.rows[i].y + self.rows[i].height:
            return None
        return self.rows[i]

    def row_of(self, lane: int) -> Row | None:
        return next((row for row in self.rows if row.lane == lane), None)

    def scroll_to(self, lane: int) -> float:
        """The scroll that brings a lane into view, as near to the present one as can be."""
        row = self.row_of(lane)
        if row is None:
            return self.scroll
        low = row.y + row.height - self.page
        return max(0.0, min(max(self.scroll, low), row.y, self.most_scroll))


def bands(height: float, locks: int = 1, spans: int = 0) -> Bands:
    """How a lane of this height is divided.

    There is room for the stripes of so many locks, and for the brackets of so many levels of
    spans: with a name where the lane is tall, as a line where it is low.
    """
    stripe = 3.0 if height < 34 else 4.0 if height < 50 else STRIPE
    margin = 2.0 if height < 34 else 3.0 if height < 50 else 7.0
    stripe_y = height - stripe - (2.0 if height < 34 else 3.0)
    span_h = SPAN_NAMED if height >= SPAN_NAMED_FROM else SPAN_LOW
    levels = min(spans, MAX_SPANS if span_h == SPAN_NAMED else 1)
    margin = max(margin, SPAN_Y + levels * span_h + 1) if levels else margin
    room = stripe_y - 2.0 - margin - (min(max(locks, 1), MAX_STRIPES) - 1) * (stripe + 1)
    return Bands(levels, span_h, margin, max(6.0, room), stripe_y, stripe)


def arrange(chart: Chart, width: float, height: float, scroll: float) -> Layout:
    """Lay the chart's lanes out in a widget of this size."""
    queue = 0.0 if height < 200 else QUEUE_SMALL if height < 420 else QUEUE
    top, bottom = RULER, max(RULER, height - queue - FOOT)
    groups = [(i, group) for i, group in enumerate(chart.groups) if group.lanes]
    room = bottom - top - CAPTION * len(groups)
    tall, low = _shares(chart, room, max(LANE_MOST, height * LANE_SHARE))
    rows = []
    y = 0.0
    for number, group in groups:
        rows.append(Row(y, CAPTION, -1, number))
        y += CAPTION
        for lane in group.lanes:
            kind = chart.lanes[lane].kind
            lock = lock_height(chart.lanes[lane]) if kind == "lock" else 0.0
            size = tall if kind == "worker" else lock or low
            rows.append(Row(y, size, lane, number))
            y += size
    header = HEADER if width >= 700 else HEADER_SMALL
    most = max(0.0, y - (bottom - top))
    kept = min(max(0.0, float(round(scroll))), most)
    return Layout(width, height, tuple(rows), y, kept, header, top, bottom, queue)


def lock_height(lane: Lane) -> float:
    """A lock's lane is low; a little taller when anybody has ever waited for it."""
    return LANE_LEAST + (LOCK_WAITERS if len(lane.waiter_times) and lane.owners else 0.0)


def _shares(chart: Chart, room: float, most: float) -> tuple[float, float]:
    """The height of a worker's lane, and of a caller's, which are never taller."""
    workers = sum(lane.kind == "worker" for lane in chart.lanes)
    locks = [lock_height(lane) for lane in chart.lanes if lane.kind == "lock"]
    others = len(chart.lanes) - workers - len(locks)
    room -= sum(locks)
    each = room // max(1, workers + others)
    # Where room is scarce the workers have it: they are what the chart is about.
    low = LANE_LEAST if each < CALLER_MOST else CALLER_MOST
    tall = (room - others * low) // max(1, workers)
    return float(min(max(tall, LANE_LEAST), most // 1)), low
