"""Waits: who waited for which futures, until when, and what released them.

A wait that blocks writes, on the stream of its thread::

    WAIT_BEGAN  WAIT_ITEM ...  [WAIT_RELEASED WAIT_RESUMED ...]  [WAIT_DONE ...]  WAIT_ENDED
    RESULT_WANTED                                                                 WAIT_ENDED

Items and dones do not name their wait: an item belongs to the beginning right before it, a done
to the end right after it. ``as_completed`` hands futures out between RELEASED and RESUMED, when
its thread does not wait and may begin other waits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, overload

import numpy as np

from poolscope.analysis.column import NEVER, Field, Ints, Table
from poolscope.analysis.frame import Part
from poolscope.analysis.idmap import IdMap
from poolscope.analysis.names import Names
from poolscope.analysis.task_table import Tasks
from poolscope.analysis.yield_table import Yield, YieldTable
from poolscope.trace.schema import Kind, WaitKind
from poolscope.trace.values import WAIT_PLACE, WAIT_PLACED

# A range may claim no more futures than the trace can know of, and some it cannot.
_UNKNOWN_FUTURES: Final = 65_536

Range = tuple[int, int]  # first id, how many ids in a row


@dataclass(frozen=True, slots=True)
class Wait:
    """One wait, as it is now.

    ``kind``, ``return_when`` and ``outcome`` are enums of the schema; ``futures`` and ``done``
    ranges of ids (of threads, for a join); ``yields`` what ``as_completed`` handed out: when,
    which future's id, and when its thread came back for more (``NEVER``: not yet).
    """

    id: int
    thread: int
    place: int  # row, NEVER: not known
    kind: int
    return_when: int
    timeout_ns: int | None
    futures: tuple[Range, ...]
    begin: int
    end: int
    outcome: int
    released_by: int  # a future's id, 0: none
    done: tuple[Range, ...]
    yields: tuple[Yield, ...]

    def future_ids(self) -> list[int]:
        """The ids of all futures waited for."""
        return [first + place for first, count in self.futures for place in range(count)]

    def done_ids(self) -> list[int]:
        """The ids of the futures that were done when it ended."""
        return [first + place for first, count in self.done for place in range(count)]


class WaitTable(Table, Sequence[Wait]):
    """All waits in order of arrival: as columns, and as a sequence of ``Wait``."""

    id = Field(np.int64)
    thread = Field(np.int32, NEVER)
    kind = Field(np.int8)
    return_when = Field(np.int8)
    timeout = Field(np.int64)  # ns + 1, 0: none
    begin = Field(np.int64, NEVER)
    end = Field(np.int64, NEVER)
    outcome = Field(np.int8, NEVER)
    released_by = Field(np.int64)
    first_future = Field(np.int64)  # the first range of futures
    future_count = Field(np.int64)
    declared = Field(np.int64)  # how many futures in all
    place = Field(np.int32, NEVER)  # row: where it was called
    yielded = Field(np.int64)  # ns away with futures handed out: not blocked; absences that ended

    def __init__(self, names: Names, tasks: Tasks) -> None:
        super().__init__()
        self._names = names
        self._tasks = tasks
        self._rows = IdMap()
        self._more: dict[int, list[Range]] = {}  # ranges after the first
        self._done: dict[int, list[Range]] = {}
        self._done_of_thread: dict[int, list[Range]] = {}  # not yet followed by their end
        self.yields = YieldTable()
        self._last_begun: dict[int, int] = {}  # thread row -> wait whose items come next
        self._open: Ints = np.empty(0, np.int64)  # rows without a recorded end
        self._deaths = 0

    # -- as a sequence ------------------------------------------------------------------

    @overload
    def __getitem__(self, row: int) -> Wait: ...
    @overload
    def __getitem__(self, row: slice) -> list[Wait]: ...
    def __getitem__(self, row: int | slice) -> Wait | list[Wait]:
        if isinstance(row, slice):
            return [self[each] for each in range(*row.indices(len(self)))]
        if row < 0:
            row += len(self)
        if not 0 <= row < len(self):
            raise IndexError(f"there are {len(self)} waits, none at row {row}")
        timeout = int(self.timeout[row])
        return Wait(
            int(self.id[row]),
            int(self.thread[row]),
            int(self.place[row]),
            int(self.kind[row]),
            int(self.return_when[row]),
            timeout - 1 if timeout > 0 else None,
            self.ranges(row),
            int(self.begin[row]),
            int(self.end[row]),
            int(self.outcome[row]),
            int(self.released_by[row]),
            tuple(self._done.get(row, ())),
            self.yields.of(row) if self.kind[row] == WaitKind.AS_COMPLETED else (),
        )

    def __iter__(self) -> Iterator[Wait]:
        return (self[row] for row in range(len(self)))

    def ranges(self, row: int) -> tuple[Range, ...]:
        """The futures of one wait, as ranges of ids."""
        count = int(self.future_count[row])
        if not count:
            return ()
        return ((int(self.first_future[row]), count), *self._more.get(row, ()))

    @property
    def open_rows(self) -> Ints:
        """Rows of waits whose end was not recorded, their thread living or dead."""
        return self._open

    def away(self, row: int) -> bool:
        """Whether the thread of an ``as_completed`` is away with a future: it does not wait."""
        return self.yields.is_open(row)

    def row_of(self, key: int) -> int:
        """The row of a wait's id."""
        return self._rows.get(key)

    # -- intake -------------------------------------------------------------------------

    def take(self, part: Part) -> None:
        """Apply WAIT records, each thread's in its own order."""
        if (part.thread[1:] < part.thread[:-1]).any():
            part = part.pick(np.argsort(part.thread, kind="stable"))
        begun = np.flatnonzero((part.kind == Kind.WAIT_BEGAN) | (part.kind == Kind.RESULT_WANTED))
        rows = self._begin(part.pick(begun))
        self._items(part, begun, rows)
        ended_now = self._ends(part)
        away = (part.kind == Kind.WAIT_RELEASED) | (part.kind == Kind.WAIT_RESUMED)
        if away.any():
            absences = part.pick(away)
            waits = self._rows.find(absences.a)
            known = waits != NEVER
            ended, lengths = self.yields.take(absences.pick(known), waits[known])
            np.add.at(self.columns["yielded"].writable(len(self)), ended, lengths)
        self._last_absences(ended_now)
        self._open = np.concatenate((self._open, rows))
        self._open = self._open[self.outcome[self._open] == NEVER]
        self._deaths = NEVER

    def settle(self) -> None:
        """Close what a dead thread waited for at its death; a real end read later stays."""
        if self._deaths == self._names.deaths or not len(self._open):
            return
        self._deaths = self._names.deaths
        deaths = self._names.thread_death[self.thread[self._open]]
        dead = (deaths != NEVER) & (self.thread[self._open] != NEVER)
        rows = self._open[dead]
        self.put("end", rows, np.maximum(deaths[dead], self.begin[rows]))

    def _begin(self, part: Part) -> Ints:
        alone = part.kind == Kind.RESULT_WANTED  # it names its one future itself
        placed = ~alone & (part.d & WAIT_PLACED != 0)
        numbers = np.where(placed, part.b >> WAIT_PLACE, np.where(alone, part.c, 0))
        rows = self.append(
            len(part),
            id=part.a,
            thread=part.thread,
            kind=np.minimum(part.d & 0xFF, 127),
            return_when=np.minimum((part.d & ~WAIT_PLACED) >> 8, 127),
            timeout=np.where(placed, part.b & (1 << WAIT_PLACE) - 1, part.b),
            begin=part.t,
            declared=part.c,
        )
        if numbers.any():
            self.put("place", rows, self._names.many_places(part.pid, numbers))
        alone = np.flatnonzero(alone)
        if len(alone):
            self.put("timeout", rows[alone], 0)
            self.put("declared", rows[alone], 1)
            self.put("first_future", rows[alone], part.b[alone])
            self.put("future_count", rows[alone], 1)
        self._rows.put_many(part.a, rows)
        return rows

    def _items(self, part: Part, at: Ints, rows: Ints) -> None:
        """Give each item to the latest beginning (``at``, ``rows``) before it on its thread."""
        items = np.flatnonzero(part.kind == Kind.WAIT_ITEM)
        if len(items):
            latest = np.searchsorted(at, items) - 1
            here = latest >= 0
            here[here] = part.thread[at[latest[here]]] == part.thread[items[here]]
            owner = np.full(len(items), NEVER)
            owner[here] = rows[latest[here]]
            for place in np.flatnonzero(~here).tolist():
                owner[place] = self._last_begun.get(int(part.thread[items[place]]), NEVER)
            first = here.copy()
            first[here] = at[latest[here]] == items[here] - 1
            inline = items[first]
            self.put("first_future", owner[first], part.a[inline])
            self.put("future_count", owner[first], self._bounded(part.b[inline], owner[first]))
            for place in np.flatnonzero(~first & (owner != NEVER)).tolist():
                item = items[place]
                self._another_range(int(owner[place]), int(part.a[item]), int(part.b[item]))
        threads = part.thread[at]
        last = np.append(threads[1:] != threads[:-1], np.ones(min(1, len(at)), np.bool_))
        for thread, row in zip(threads[last].tolist(), rows[last].tolist(), strict=True):
            self._last_begun[thread] = row

    def _another_range(self, row: int, first: int, count: int) -> None:
        more = self._more.get(row, [])
        room = int(self.declared[row]) - int(self.future_count[row]) - sum(each for _, each in more)
        count = min(count, room, self._plausible())
        if count <= 0:
            return
        if self.future_count[row]:
            self._more.setdefault(row, []).append((first, count))
        else:
            self.put("first_future", row, first)
            self.put("future_count", row, count)

    def _bounded(self, counts: Ints, rows: Ints) -> Ints:
        return np.clip(counts, 0, np.minimum(self.declared[rows], self._plausible()))

    def _plausible(self) -> int:
        return len(self._tasks) + _UNKNOWN_FUTURES

    def _ends(self, part: Part) -> Ints:
        at = np.flatnonzero(part.kind == Kind.WAIT_ENDED)
        rows: Ints = self._rows.find(part.a[at])
        self._dones(part, at, rows)
        known = rows != NEVER
        at, rows = at[known], rows[known]
        self.put("end", rows, part.t[at])
        self.put("released_by", rows, part.b[at])
        self.put("outcome", rows, np.minimum(part.d[at], 127))
        return rows

    def _last_absences(self, rows: Ints) -> None:
        """Of waits that have ended: nobody resumes after the last future, the end is its end."""
        for row in rows[self.kind[rows] == WaitKind.AS_COMPLETED].tolist():
            length = self.yields.leave(row, int(self.end[row]))
            self.columns["yielded"].writable(len(self))[row] += length

    def _dones(self, part: Part, ends: Ints, rows: Ints) -> None:
        """Give each done to the end after it on its thread; those without wait for one."""
        pending = self._done_of_thread
        if pending:
            for thread in [each for each in pending if each in part.thread[ends]]:
                first = np.flatnonzero(part.thread[ends] == thread)[0]
                self._finish_dones(int(rows[first]), pending.pop(thread))
        dones = np.flatnonzero(part.kind == Kind.WAIT_DONE)
        if not len(dones):
            return
        after = np.searchsorted(ends, dones)
        columns = (dones, part.thread[dones], part.a[dones], part.b[dones], after)
        for _, thread, first_id, count, place in zip(*(c.tolist() for c in columns), strict=True):
            if place < len(ends) and part.thread[ends[place]] == thread:
                self._finish_dones(int(rows[place]), [(first_id, count)])
            else:
                pending.setdefault(thread, []).append((first_id, count))

    def _finish_dones(self, row: int, ranges: list[Range]) -> None:
        if row == NEVER:
            return
        done = self._done.setdefault(row, [])
        for first, count in ranges:
            room = int(self.declared[row]) - sum(each for _, each in done)
            if (count := min(count, room)) > 0:
                done.append((first, count))
