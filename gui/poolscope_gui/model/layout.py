"""Which lane lies where: rows of pixels, from a height, a number of lanes and a scroll.

    +--------+--------------------------+  0
    |        | ruler                    |  RULER
    |        | a chosen range, markers  |  top
    +--------+--------------------------+
    | lane   | bars                     |  pinned: they stay
    +--------+--------------------------+  scrolled_top
    | GROUP  | caption                  |
    | lane   | bars                     |  scrolled between scrolled_top and bottom
    | lane   | bars                     |
    +--------+--------------------------+  bottom
    | queue  | depth                    |
    |        | ruler                    |  height
    +--------+--------------------------+

A lane is as tall as the room allows, within limits: one worker does not fill the window, and
sixty-four scroll rather than shrink until nobody can read them from the last row. An
``Arrangement`` says what the user wants otherwise.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from poolscope_gui.model.arrangement import Arrangement, Section
from poolscope_gui.model.chart import Chart, Lane

RULER = 26.0
MARKS = 20.0  # a row of the band below the ruler: of a chosen range, and of markers
FOOT = 24.0
QUEUE = 80.0
QUEUE_SMALL = 52.0
COUNTER_LEAST = 34.0
COUNTERS_SHARE = 0.5  # of the height, at most
CAPTION = 20.0
LANE_MOST = 64.0  # in a small window; a large one may give a lane this share of its height
LANE_SHARE = 0.078
LANE_LEAST = 24.0
CALLER_MOST = 44.0
LOCK_WAITERS = 12.0
SUMMARY = 40.0
PINNED_SHARE = 0.6  # of the height: the pinned lanes leave the others some room
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
    lane: int  # -1: a caption, or the summary of a folded group
    group: int
    summary: bool = False
    pinned: bool = False  # ``y`` counts from the top of the pinned ones


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
    pinned: tuple[Row, ...] = ()
    pinned_h: float = 0.0
    marks: int = 0  # rows of the band below the ruler

    @cached_property
    def left(self) -> float:
        return self.header

    @cached_property
    def chart_width(self) -> float:
        return max(1.0, self.width - self.header - RIGHT)

    @cached_property
    def page(self) -> float:
        """The height of all lanes that are seen."""
        return max(0.0, self.bottom - self.top)

    @cached_property
    def scrolled_top(self) -> float:
        return self.top + self.pinned_h

    @cached_property
    def scrolled_page(self) -> float:
        return max(0.0, self.bottom - self.scrolled_top)

    @cached_property
    def most_scroll(self) -> float:
        return max(0.0, self.content - self.scrolled_page)

    def visible(self) -> list[Row]:
        """The scrolled rows that are at least partly on the screen."""
        low, high = self.scroll, self.scroll + self.scrolled_page
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
        return self.top + row.y if row.pinned else self.scrolled_top + row.y - self.scroll

    def row_at(self, y: float) -> Row | None:
        if not self.top <= y < self.bottom:
            return None
        rows, inner = self.rows, y - self.scrolled_top + self.scroll
        if y < self.scrolled_top:
            rows, inner = self.pinned, y - self.top
        i = bisect_right([row.y for row in rows], inner) - 1
        if i < 0 or inner >= rows[i].y + rows[i].height:
            return None
        return rows[i]

    def row_of(self, lane: int) -> Row | None:
        return next((row for row in (*self.pinned, *self.rows) if row.lane == lane), None)

    def scroll_to(self, lane: int) -> float:
        """The scroll that brings a lane into view, as near to the present one as can be."""
        row = self.row_of(lane)
        if row is None or row.pinned:
            return self.scroll
        low = row.y + row.height - self.scrolled_page
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


def arrange(
    chart: Chart,
    width: float,
    height: float,
    scroll: float,
    wanted: Arrangement | None = None,
    marks: int = 0,
    counters: int = 1,
) -> Layout:
    """Lay the chart's lanes out in a widget of this size, with so many rows of marks, and so many
    counters below them."""
    wanted = wanted or _AS_IT_IS
    queue = _counters_height(height, counters)
    top = RULER + marks * MARKS
    bottom = max(top, height - queue - FOOT)
    sections, at_top = wanted.sections(chart), wanted.at_top(chart)
    sizes = _Sizes(chart, wanted, sections, at_top, (bottom - top, height))
    pinned = _pinned(chart, sizes, at_top, (bottom - top) * PINNED_SHARE)
    pinned_h = sum(row.height for row in pinned)
    rows = []
    y = 0.0
    for number, lanes, folded in sections:
        rows.append(Row(y, CAPTION, -1, number))
        y += CAPTION
        if folded:
            rows.append(Row(y, SUMMARY, -1, number, summary=True))
            y += SUMMARY
        for lane in lanes if not folded else ():
            rows.append(Row(y, size := sizes.of(lane), lane, number))
            y += size
    header = HEADER if width >= 700 else HEADER_SMALL
    most = max(0.0, y - max(0.0, bottom - (top + pinned_h)))  # to the bit as ``most_scroll``
    kept = min(max(0.0, float(round(scroll))), most)
    return Layout(
        width,
        height,
        tuple(rows),
        y,
        kept,
        header,
        top,
        bottom,
        queue,
        tuple(pinned),
        pinned_h,
        marks,
    )


def _pinned(chart: Chart, sizes: _Sizes, lanes: Sequence[int], most: float) -> list[Row]:
    """The rows that stay at the top, as many as have room in ``most`` pixels."""
    rows: list[Row] = []
    y = 0.0
    for lane in lanes:
        if rows and y + LANE_LEAST > most:
            break
        size = min(sizes.of(lane), max(LANE_LEAST, most - y))
        rows.append(Row(y, size, lane, chart.lanes[lane].group, pinned=True))
        y += size
    return rows


def _counters_height(height: float, counters: int) -> float:
    """Of all counters together: the more there are, the lower is each."""
    if height < 200 or not counters:
        return 0.0
    one = QUEUE_SMALL if height < 420 else QUEUE
    each = one if counters == 1 else max(COUNTER_LEAST, one - 10.0 * counters)
    return float(min(counters * each, COUNTERS_SHARE * height) // 1)


_AS_IT_IS = Arrangement()


class _Sizes:
    """How tall each lane is: by its kind, by the room there is, and as the user wants it."""

    def __init__(
        self,
        chart: Chart,
        wanted: Arrangement,
        sections: Sequence[Section],
        at_top: Sequence[int],
        room: tuple[float, float],
    ) -> None:
        self._lanes, self._wanted = chart.lanes, wanted
        shown = [*at_top, *(lane for s in sections if not s.folded for lane in s.lanes)]
        rest = room[0] - CAPTION * len(sections) - SUMMARY * sum(s.folded for s in sections)
        most = max(LANE_MOST, room[1] * LANE_SHARE)
        self._tall, self._low = _shares([chart.lanes[n] for n in shown], rest, most)

    def of(self, number: int) -> float:
        lane = self._lanes[number]
        natural = self._tall if lane.kind == "worker" else self._low
        return self._wanted.height(lane.key, lock_height(lane) if lane.kind == "lock" else natural)


def lock_height(lane: Lane) -> float:
    """A lock's lane is low; a little taller when anybody has ever waited for it."""
    return LANE_LEAST + (LOCK_WAITERS if len(lane.waiter_times) and lane.owners else 0.0)


def _shares(lanes: Sequence[Lane], room: float, most: float) -> tuple[float, float]:
    """The height of a worker's lane, and of a caller's, which are never taller."""
    workers = sum(lane.kind == "worker" for lane in lanes)
    locks = [lock_height(lane) for lane in lanes if lane.kind == "lock"]
    others = len(lanes) - workers - len(locks)
    room -= sum(locks)
    each = room // max(1, workers + others)
    # Where room is scarce the workers have it: they are what the chart is about.
    low = LANE_LEAST if each < CALLER_MOST else CALLER_MOST
    tall = (room - others * low) // max(1, workers)
    return float(min(max(tall, LANE_LEAST), most // 1)), low
