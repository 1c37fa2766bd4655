"""Semaphores: which permits are taken, by whom, and since when.

A thread's release gives back the permit that it took last. A release by a thread that has none
gives back somebody's: nobody in particular is known, so it counts for the oldest permit taken::

    one    A1 ........ R            R ends A1: its own word
    two      A2 ........... |       ended by the r of a third, who had taken none
    three                   r
    four                        r . a    released before it was acquired: a signal, never held

Streams are read one after another, so the releases of others are matched anew as more is read.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from typing import Final, NamedTuple

from poolscope.analysis.column import NEVER
from poolscope.analysis.lock_columns import HoldTable

_KEPT: Final = 64  # matches of a semaphore that may still change; older ones are settled

Release = tuple[int, int]  # when, by which thread (row)


class _Match(NamedTuple):
    """A permit and the release by another that ended it; None: one long settled."""

    row: int
    release: Release | None


class Permits:
    """Ends the holds of semaphores."""

    def __init__(self, holds: HoldTable) -> None:
        self._holds = holds
        # By lock, by thread: rows of permits not given back by the thread itself, oldest first.
        self._taken: defaultdict[int, dict[int, list[int]]] = defaultdict(dict)
        self._foreign: defaultdict[int, list[Release]] = defaultdict(list)
        self._settled: defaultdict[int, int] = defaultdict(int)  # releases nobody took up yet
        self._holders: dict[int, list[int]] = {}
        self._touched: set[int] = set()

    def acquired(self, lock: int, thread: int, row: int) -> None:
        """A thread took a permit: row ``row`` of the holds."""
        self._taken[lock].setdefault(thread, []).append(row)
        self._touched.add(lock)

    def released(self, lock: int, thread: int, t: int, count: int) -> bool:
        """A thread gave back permits; True when some of them were not its own."""
        own = self._taken[lock].get(thread, [])
        mine = min(count, len(own))
        for _ in range(mine):
            row = own.pop()
            self._holds.put("end", row, t)
            self._holds.put("releaser", row, thread)
            self._holds.put("final", row, 0)
        self._foreign[lock] += [(t, thread)] * (count - mine)
        self._touched.add(lock)
        return count > mine

    def settle(self) -> None:
        """Match again where something is new."""
        for lock in self._touched:
            self._match(lock)
        self._touched.clear()

    def holders(self, lock: int) -> list[int]:
        """The threads that hold a permit now, the latest last."""
        return self._holders.get(lock, [])

    def open_rows(self) -> Iterator[int]:
        """Rows of all permits that their own thread has not given back."""
        for threads in self._taken.values():
            for rows in threads.values():
                yield from rows

    def _match(self, lock: int) -> None:
        begin = self._holds.begin
        rows = [row for rows in self._taken[lock].values() for row in rows]
        acts = [(int(begin[row]), 1, row, NEVER) for row in rows]
        acts += [(t, 0, NEVER, thread) for t, thread in self._foreign[lock]]
        credit = self._settled[lock]
        taken: deque[int] = deque()
        given: deque[Release] = deque()
        matches: list[_Match] = []
        for t, acquires, row, thread in sorted(acts):
            if not acquires and taken:
                matches.append(_Match(taken.popleft(), (t, thread)))
            elif not acquires:
                given.append((t, thread))
            elif credit:
                credit -= 1
                matches.append(_Match(row, None))
            elif given:
                matches.append(_Match(row, given.popleft()))
            else:
                taken.append(row)
        for row in taken:
            self._end(row, NEVER, NEVER)
        for row, release in matches:
            t, thread = release or (0, int(self._holds.thread[row]))
            self._end(row, max(t, int(begin[row])), thread)
        self._holders[lock] = [int(self._holds.thread[row]) for row in taken]
        self._forget(lock, matches[:-_KEPT], list(given)[:-_KEPT])

    def _end(self, row: int, end: int, releaser: int) -> None:
        self._holds.put("end", row, end)
        self._holds.put("releaser", row, releaser)

    def _forget(self, lock: int, matches: list[_Match], unused: list[Release]) -> None:
        """Leave alone what is too old to change."""
        releases = self._foreign[lock]
        for row, release in matches:
            self._holds.put("final", row, 0)
            self._taken[lock][int(self._holds.thread[row])].remove(row)
            if release is None:
                self._settled[lock] -= 1
            else:
                releases.remove(release)
        for release in unused:
            releases.remove(release)
        self._settled[lock] += len(unused)
