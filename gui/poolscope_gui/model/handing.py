"""What let a blocked stretch go on: the release, the end of a task, the signal.

From what is chosen on the chart to the place where to look for the reason. What is not known is
said, never guessed: who let go of a lock is the thread whose record says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from poolscope.trace.schema import GaveUp, WaitKind, WaitOutcome
from poolscope_gui.model.chart import Handover, Hit, Unblocking
from poolscope_gui.model.ending import ending
from poolscope_gui.model.tracks import NEVER, Track
from poolscope_gui.model.wait_why import by_clock
from poolscope_gui.model.words import enum_name, number, primitive, sent_words, thread_name

if TYPE_CHECKING:
    from poolscope_gui.model.source import ChartSource

NOTHING_CHOSEN = "Choose a blocked stretch, or a task that was blocked: a click on the chart"
NEVER_BLOCKED = "What is chosen was never blocked"
STILL = "It is blocked still: nothing has let it go on"
NOT_SEEN = "What let it go on is not in the trace"
NO_NEED = "Nothing had to let it go on"
ONE_BY_ONE = "It went on with each future that it handed out: Details lists them"


def unblocking(chart: ChartSource, chosen: Hit | None) -> Unblocking:
    """Where to go from what is chosen."""
    if chosen is None or chosen.part not in ("block", "signal", "wait", "hold", "task"):
        return Unblocking(why_not=NOTHING_CHOSEN)
    stretch = _stretch(chart, chosen)
    if stretch is None:
        return Unblocking(why_not=NEVER_BLOCKED)
    part, ref = stretch
    return (_block if part == "block" else _signal if part == "signal" else _wait)(chart, ref)


def _stretch(chart: ChartSource, chosen: Hit) -> tuple[str, int] | None:
    """The blocked stretch that is meant: itself, that before a hold, the last of a task."""
    if chosen.part == "hold":
        block = _block_before(chart, chosen.ref)
        return ("block", block) if block != NEVER else None
    if chosen.part != "task":
        return chosen.part, chosen.ref
    place = chart.place(chosen.ref)
    if place is None:
        return None
    lane = chart.lanes[place.lane]
    tracks = [("block", lane.blocks.track), ("signal", lane.signals.track)]
    tracks += [("wait", wait.track) for wait in lane.waits]
    found = [
        (int(track.start[last]), part, int(track.ref[last]))
        for part, track in tracks
        if (last := _last_within(track, place.begin, place.end)) >= 0
    ]
    return max(found)[1:] if found else None


def _last_within(track: Track, begin: int, end: int) -> int:
    """The number of the last span that began in this time; -1 if there is none."""
    last = int(np.searchsorted(track.start, np.int64(end), side="right")) - 1
    return last if last >= 0 and track.start[last] >= begin else -1


def _block(chart: ChartSource, ref: int) -> Unblocking:
    table = chart.store.lock_table.blocks
    outcome = int(table.outcome[ref])
    if table.end[ref] == NEVER:
        return Unblocking(why_not=STILL)
    if outcome != 0:
        return Unblocking(why_not=_gave_up(outcome))
    lock = int(table.lock[ref])
    hold = chart.hold_before(lock, int(table.end[ref]))
    if hold == NEVER:
        return Unblocking(why_not=NOT_SEEN)
    holds = chart.store.lock_table.holds
    by = int(holds.releaser[hold])
    by = by if by != NEVER else int(holds.thread[hold])
    lane, time = chart.lane_of_thread(by), int(holds.end[hold])
    if lane == NEVER:
        return Unblocking(why_not=NOT_SEEN)
    words = f"{thread_name(chart.store, by)} released {primitive(chart.store, lock)}"
    return Unblocking(lane, time, words, hit=Hit("hold", lane, hold, time, lock))


def _signal(chart: ChartSource, ref: int) -> Unblocking:
    signals = chart.store.signals
    outcome = int(signals.blocks.outcome[ref])
    if signals.blocks.end[ref] == NEVER:
        return Unblocking(why_not=STILL)
    if outcome != 0:
        return Unblocking(why_not=_gave_up(outcome))
    sent = signals.let_through(ref)
    lane = chart.lane_of_thread(int(signals.sent.thread[sent])) if sent != NEVER else NEVER
    if lane == NEVER:
        return Unblocking(why_not=NOT_SEEN)
    time = int(signals.sent.time[sent])
    return Unblocking(lane, time, sent_words(chart.store, sent))


def _gave_up(outcome: int) -> str:
    how = enum_name(GaveUp, outcome).lower().replace("_", " ") or "its thread ended"
    return f"Nobody let it go on: it gave up ({how})"


def _wait(chart: ChartSource, ref: int) -> Unblocking:
    wait = chart.store.waits[ref]
    if wait.end == NEVER:
        return Unblocking(why_not=STILL)
    if wait.outcome == WaitOutcome.TIMEOUT:
        return Unblocking(why_not="Nobody let it go on: its time was up")
    if wait.kind == WaitKind.JOIN:
        return _join(chart, wait.futures[0][0] if wait.futures else 0)
    if wait.kind == WaitKind.AS_COMPLETED and wait.outcome == WaitOutcome.SATISFIED:
        return Unblocking(why_not=ONE_BY_ONE)
    row, reason = chart.store.row_of_task(wait.released_by) if wait.released_by else NEVER, ""
    if row == NEVER:
        row, reason = by_clock(chart.store, wait)
    end = ending(chart, row) if row != NEVER else None
    if end is None:
        return Unblocking(why_not=f"{NO_NEED}: {reason}" if reason else NOT_SEEN)
    words = f"task {number(row)} {end.did}"
    if end.lane == NEVER:
        return Unblocking(why_not=f"{words}, and has no lane")
    return Unblocking(end.lane, end.time, words, hit=Hit("task", end.lane, row, end.time))


def _join(chart: ChartSource, thread: int) -> Unblocking:
    row = chart.store.row_of_thread(thread)
    lane = chart.lane_of_thread(row)
    ended = chart.store.threads[row].ended if row != NEVER else NEVER
    if lane != NEVER and ended != NEVER:
        words = f"{thread_name(chart.store, row)} ended"
        return Unblocking(lane, ended, words, hit=Hit("lane", lane, time=ended))
    return Unblocking(why_not=NOT_SEEN)


def _block_before(chart: ChartSource, hold: int) -> int:
    """The blocked stretch that a hold ended; ``NEVER`` when its thread had not to wait."""
    holds = chart.store.lock_table.holds
    lane = chart.lane_of_thread(int(holds.thread[hold]))
    if lane == NEVER or not holds.waited[hold]:
        return NEVER
    track = chart.lanes[lane].blocks.track
    last = int(np.searchsorted(track.start, np.int64(holds.begin[hold]), side="right")) - 1
    if last < 0 or track.kind[last] != holds.lock[hold] or track.end[last] != holds.begin[hold]:
        return NEVER
    return int(track.ref[last])


def handovers(
    chart: ChartSource, chosen: Hit | None, begin: int, end: int, most: int
) -> list[Handover]:
    """See ``Chart.handovers``."""
    if chosen is None:
        return []
    blocks = chart.store.lock_table.blocks
    if chosen.part in ("signal", "wait"):
        return _one(chart, chosen)
    if chosen.part == "block":
        refs = [chosen.ref]
    elif chosen.part == "hold":
        refs = [ref for ref in [_block_before(chart, chosen.ref)] if ref != NEVER]
    elif chosen.part == "task":
        place = chart.place(chosen.ref)
        refs = [] if place is None else _refs(chart, place.lane, NEVER, place.begin, place.end)
    elif chosen.part == "lane" and chosen.lock != NEVER:
        numbers = range(len(chart.lanes))
        refs = [ref for lane in numbers for ref in _refs(chart, lane, chosen.lock, begin, end)]
    else:
        return []
    if len(refs) > most:
        return []
    made = []
    for ref in refs:
        found = _block(chart, ref)
        taker = chart.lane_of_thread(int(blocks.thread[ref]))
        if not found.why_not and taker != NEVER:
            lock, until = int(blocks.lock[ref]), int(blocks.end[ref])
            made.append(Handover(until, lock, found.lane, taker, found.time))
    return made


def _one(chart: ChartSource, chosen: Hit) -> list[Handover]:
    """From the signal, or the end of a task, to the stretch that it ended."""
    found = unblocking(chart, chosen)
    signals, waits = chart.store.signals.blocks, chart.store.waits
    table = signals if chosen.part == "signal" else waits
    taker = chart.lane_of_thread(int(table.thread[chosen.ref]))
    if found.why_not or taker == NEVER:
        return []
    return [Handover(int(table.end[chosen.ref]), chosen.lock, found.lane, taker, found.time)]


def _refs(chart: ChartSource, lane: int, lock: int, begin: int, end: int) -> list[int]:
    """The blocked stretches of a lane that ended in a time; ``lock``: of this one alone."""
    track = chart.lanes[lane].blocks.track
    low = max(0, int(np.searchsorted(track.start, np.int64(begin))) - 1)
    high = int(np.searchsorted(track.start, np.int64(end), side="right"))
    ends, kinds, refs = track.end[low:high], track.kind[low:high], track.ref[low:high]
    some = (ends >= begin) & (ends <= end)
    if lock != NEVER:
        some &= kinds == lock
    return [int(ref) for ref in refs[some]]
