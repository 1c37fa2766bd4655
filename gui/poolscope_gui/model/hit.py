"""What is under the cursor: from a point back to the span that was painted there."""

from __future__ import annotations

from poolscope_gui.model.chart import Hit, Lane, Part
from poolscope_gui.model.counter_kinds import ref_of
from poolscope_gui.model.counters import MARK_W, name_at
from poolscope_gui.model.furniture import marks_in
from poolscope_gui.model.layout import MAX_STRIPES, SPAN_Y, Row, bands
from poolscope_gui.model.lock_bars import MARGIN, MOST_ROWS, WAITERS
from poolscope_gui.model.palette import BLOCKED, STATES, WAITING
from poolscope_gui.model.scene import Scene
from poolscope_gui.model.tracks import Track

REACH = 3.0  # logical pixels: a bar of one pixel can still be pointed at


def hit_at(scene: Scene, x: float, y: float) -> Hit | None:
    """The uppermost thing painted at this point; None where there is nothing."""
    layout = scene.layout
    time = scene.time(x)
    row = layout.row_at(y)
    if row is not None:
        if row.lane < 0:
            return None
        if x < layout.left:
            return Hit("lane", row.lane, lock=scene.chart.lanes[row.lane].lock)
        return _in_lane(scene, row, time, y - layout.y(row))
    if layout.bottom <= y < layout.bottom + layout.queue and x >= layout.left:
        return _in_queue(scene, x, y, time)
    return None


def _in_lane(scene: Scene, row: Row, time: float, y: float) -> Hit:
    lane = scene.chart.lanes[row.lane]
    if lane.kind == "lock":
        return _owner(lane, row, time, y, REACH * scene.ratio * scene.view.unit)
    band = bands(row.height, len(lane.holds), len(lane.spans))
    reach = REACH * scene.ratio * scene.view.unit
    if y >= band.stripe_y - (MAX_STRIPES - 1) * (band.stripe_h + 1) - 1:
        found = _stripe(lane, row, time, y, reach)
        if found is not None:
            return found
    if y < band.bar_y:
        level = max(0, int((y - SPAN_Y) // band.span_h))
        for named in lane.spans[: band.spans][level : level + 1]:
            ref, _ = _span(named.track, time, reach)
            if ref >= 0:
                return Hit("span", row.lane, ref, int(time))
    found = _stretch(scene, row, time)
    if found is not None:
        return found
    number = lane.tasks.track.at(time, reach)
    if number >= 0:
        state = STATES[int(lane.tasks.track.kind[number])]
        if state not in scene.hidden:
            return Hit("task", row.lane, int(lane.tasks.track.ref[number]), int(time))
    ref, _ = _span(lane.sent.track, time, reach)
    if ref >= 0:
        return Hit("sent", row.lane, ref, int(time))
    return Hit("lane", row.lane, -1, int(time))


def _stretch(scene: Scene, row: Row, time: float) -> Hit | None:
    """What the lane's thread was blocked on or waited for."""
    lane = scene.chart.lanes[row.lane]
    blocked: tuple[tuple[Part, Track], ...] = (
        ("block", lane.blocks.track),
        ("signal", lane.signals.track),
    )
    for part, track in blocked if BLOCKED not in scene.hidden else ():
        ref, lock = _span(track, time, 0.0)
        if ref >= 0:
            return Hit(part, row.lane, ref, int(time), lock)
    for wait in reversed(lane.waits) if WAITING not in scene.hidden else ():
        ref, _ = _span(wait.track, time, 0.0)
        if ref >= 0:
            return Hit("wait", row.lane, ref, int(time))
    return None


def _owner(lane: Lane, row: Row, time: float, y: float, reach: float) -> Hit:
    """Who owned the lock; in the row of the waiters, and where nobody did, the lane itself."""
    rows = lane.owners[:MOST_ROWS]
    room = row.height - 1 - 2 * MARGIN - (WAITERS if len(lane.waiter_times) else 0.0)
    level = int((y - MARGIN) // (room / len(rows))) if rows else -1
    if 0 <= level < len(rows):
        ref, _ = _span(rows[level].track, time, reach)
        if ref >= 0:
            return Hit("hold", row.lane, ref, int(time), lane.lock)
    return Hit("lane", row.lane, -1, int(time), lane.lock)


def _stripe(lane: Lane, row: Row, time: float, y: float, reach: float) -> Hit | None:
    band = bands(row.height, len(lane.holds), len(lane.spans))
    for slot, sliced in sorted(lane.holds.items()):
        top = band.stripe_y - (slot % MAX_STRIPES) * (band.stripe_h + 1)
        if top - 1 <= y <= top + band.stripe_h + 1:
            number = sliced.track.at(time, reach)
            if number >= 0:
                lock = int(sliced.track.kind[number])
                return Hit("hold", row.lane, int(sliced.track.ref[number]), int(time), lock)
    return None


def _span(track: Track, time: float, reach: float) -> tuple[int, int]:
    number = track.at(time, reach)
    return (int(track.ref[number]), int(track.kind[number])) if number >= 0 else (-1, -1)


def _in_queue(scene: Scene, x: float, y: float, time: float) -> Hit | None:
    chart, name = scene.chart, name_at(scene, y)
    top = scene.layout.bottom + scene.counters.index(name) * scene.layout.queue / len(
        scene.counters
    )
    if name == "queue" and y < top + 16:
        for i in marks_in(scene, chart.cancel_times).tolist():
            if abs(scene.x(int(chart.cancel_times[i])) - x) <= MARK_W / 2 + 2:
                return Hit("cancel", -1, int(chart.cancel_tasks[i]), int(time))
    return Hit("queue", -1, ref_of(name), int(time))
