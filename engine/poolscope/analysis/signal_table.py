"""Waits for a signal: on conditions, events, barriers and queues, and what ended them.

On a thread's stream ``SIGNAL_WANTED`` is followed by ``SIGNAL_GOT`` or ``SIGNAL_GAVE_UP`` of the
same object. Which signal let it through is not recorded but follows: the newest one of its kind
that another thread had sent by then.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from poolscope.analysis.column import NEVER, Ints
from poolscope.analysis.frame import Part
from poolscope.analysis.lane_log import Intervals, LaneLog
from poolscope.analysis.lock_columns import ACQUIRED, SentTable, SignalBlockTable
from poolscope.analysis.names import Names
from poolscope.analysis.pairing import NONE, pair
from poolscope.trace.schema import SIGNAL_TIMED, GaveUp, Kind, Signal

# What each signal sent lets through.
_LETS: Final[dict[int, int]] = {
    Signal.CONDITION_NOTIFY: Signal.CONDITION_WAIT,
    Signal.EVENT_SET: Signal.EVENT_WAIT,
    Signal.BARRIER_TRIP: Signal.BARRIER_WAIT,
    Signal.BARRIER_ABORT: Signal.BARRIER_WAIT,
    Signal.BARRIER_RESET: Signal.BARRIER_WAIT,
    Signal.QUEUE_PUT: Signal.QUEUE_GET,
    Signal.QUEUE_GET: Signal.QUEUE_PUT,
    Signal.QUEUE_TASK_DONE: Signal.QUEUE_JOIN,
}
_SIGNALS: Final = 32  # room in a number for any Signal


class SignalTable:
    """Blocked stretches on what is signalled, and the signals."""

    def __init__(self, names: Names) -> None:
        self.blocks = SignalBlockTable()
        self.sent = SentTable()
        self._names = names
        self._open: dict[tuple[int, int], int] = {}  # lock, thread -> row without an end
        self._log = LaneLog()  # the sent ones that let somebody through, by object and kind
        self._deaths = 0

    @property
    def open_rows(self) -> Ints:
        """Rows of blocks whose end was not recorded, their thread living or dead."""
        return np.array(list(self._open.values()), np.int64)

    def take(self, part: Part) -> None:
        """Apply SIGNAL records."""
        if not part.a.all():  # id 0 is no object
            part = part.pick(part.a != 0)
        locks = self._names.many_locks(part.a)
        sent = part.kind == Kind.SIGNAL_SENT
        self._take_blocks(part.pick(~sent), locks[~sent])
        self._take_sent(part.pick(sent), locks[sent])
        self._deaths = NEVER

    def settle(self) -> None:
        """End at its death what a dead thread waited for; a real end read later stays."""
        if self._deaths == self._names.deaths:
            return
        self._deaths = self._names.deaths
        rows = self.open_rows
        threads = self.blocks.thread[rows]
        deaths = self._names.thread_death[threads]
        dead = (threads != NEVER) & (deaths != NEVER)
        self.blocks.put("end", rows[dead], np.maximum(deaths[dead], self.blocks.begin[rows[dead]]))

    def _take_blocks(self, part: Part, locks: Ints) -> None:
        wanted = part.kind == Kind.SIGNAL_WANTED
        found = pair(locks << 32 | part.thread + 1, wanted)
        begun = part.pick(found.openers)
        rows = self.blocks.append(
            len(begun),
            lock=locks[found.openers],
            thread=begun.thread,
            begin=begun.t,
            signal=np.minimum(begun.d & 0xFF, _SIGNALS - 1),
            timed=(begun.d & SIGNAL_TIMED) != 0,
            where=begun.c,
        )
        for stray in found.strays.tolist():
            row = self._open.pop((int(locks[stray]), int(part.thread[stray])), None)
            if row is not None:
                self._end(part, np.array([row]), np.array([stray]))
        for first in found.firsts.tolist():  # the end of an older one is missing
            row = self._open.pop((int(locks[first]), int(part.thread[first])), None)
            if row is not None:
                self._lose(row, int(part.t[first]))
        closed = found.closers != NONE
        self._end(part, rows[closed], found.closers[closed])
        for place in np.flatnonzero(~closed).tolist():
            row, again = int(rows[place]), int(found.renewed[place])
            if again != NONE:
                self._lose(row, int(part.t[again]))
            else:
                key = (int(locks[found.openers[place]]), int(begun.thread[place]))
                self._open[key] = row

    def _end(self, part: Part, rows: Ints, closers: Ints) -> None:
        self.blocks.put("end", rows, part.t[closers])
        got = part.kind[closers] == Kind.SIGNAL_GOT
        reasons = np.clip(part.d[closers] >> 8, GaveUp.TIMEOUT, GaveUp.ERROR)
        self.blocks.put("outcome", rows, np.where(got, ACQUIRED, reasons))

    def _lose(self, row: int, t: int) -> None:
        self.blocks.put("end", row, t)
        self.blocks.put("outcome", row, GaveUp.ERROR)

    def _take_sent(self, part: Part, locks: Ints) -> None:
        if not len(part):
            return
        rows = self.sent.append(
            len(part),
            lock=locks,
            thread=part.thread,
            time=part.t,
            signal=np.minimum(part.d & 0xFF, _SIGNALS - 1),
            amount=part.b,
            where=part.c,
        )
        lets = np.zeros(_SIGNALS, np.int64)
        lets[list(_LETS)] = list(_LETS.values())
        let = lets[self.sent.signal[rows]]
        useful = let != 0
        rows, lanes = rows[useful], (locks * _SIGNALS + let)[useful]
        none = np.zeros(len(rows), np.uint8)
        times = part.t[useful]
        self._log.append(Intervals(lanes, times, times, rows, none, none != 0))

    # -- what let whom through ------------------------------------------------------------

    def sent_since(self, lock: int, signal: int, since: int, until: int) -> Ints:
        """Rows of ``sent`` that let through who waited for ``signal``, from ``since`` to
        ``until`` (both included), by time."""
        rows = self._log.of(lock * _SIGNALS + signal)
        first = np.searchsorted(rows.start, np.int64(since))
        last = np.searchsorted(rows.start, np.int64(until), "right")
        return np.asarray(rows.ref[first:last], np.int64)

    def let_through(self, row: int) -> int:
        """The row of ``sent`` that let blocked stretch ``row`` through; NEVER: none is known."""
        if self.blocks.outcome[row] != ACQUIRED:
            return NEVER
        blocks = self.blocks
        lock, signal, thread = (
            int(column[row]) for column in (blocks.lock, blocks.signal, blocks.thread)
        )
        rows = self.sent_since(lock, signal, int(blocks.begin[row]), int(blocks.end[row]))
        others = rows[self.sent.thread[rows] != thread]
        return int(others[-1]) if len(others) else NEVER
