"""Locks: who was blocked on them, who held them, and who held them while others were blocked.

On the stream of a thread a lock's records are ``WANTED`` then ``ACQUIRED`` or ``GAVE_UP``, and
``ACQUIRED`` then ``RELEASED``; those of one thread and lock are paired in their order. Only a
release by *another* thread has to be placed by its time among the owner's acquires.
"""

from __future__ import annotations

import numpy as np

from poolscope.analysis.column import NEVER, Ints
from poolscope.analysis.foreign_releases import ForeignReleases, Key
from poolscope.analysis.frame import Part
from poolscope.analysis.lock_columns import ACQUIRED, BlockTable, HoldTable
from poolscope.analysis.names import Names
from poolscope.analysis.pairing import NONE, pair
from poolscope.trace.schema import GaveUp, Kind


class LockTable:
    """Blocks and holds of all locks."""

    def __init__(self, names: Names) -> None:
        self.blocks = BlockTable()
        self.holds = HoldTable()
        self._names = names
        self._blocked: dict[Key, int] = {}  # rows of blocks without a recorded end
        self._held: dict[Key, int] = {}  # the latest hold, when its own thread did not end it
        self._foreign = ForeignReleases(self.holds)
        self._owners: Ints = np.empty(0, np.int64)
        self._owners_version = NEVER
        self._deaths = 0
        self.version = 0

    def take(self, part: Part) -> None:
        """Apply LOCK records (creation aside)."""
        if not part.a.all():  # id 0 is no lock
            part = part.pick(part.a != 0)
        locks = self._names.many_locks(part.a)
        keys = locks << 32 | part.thread + 1
        self._take_blocks(part, locks, keys)
        self._take_holds(part, locks, keys)
        self._name_owners(np.unique(locks))
        self._deaths = NEVER
        self.version += 1

    def settle(self) -> None:
        """End at its death what a dead thread held or waited for."""
        if self._deaths == self._names.deaths:
            return
        self._deaths = self._names.deaths
        self.version += 1
        for table, rows in ((self.blocks, self._blocked), (self.holds, self._held)):
            self._bury(table, np.array(list(rows.values()), np.int64))

    def _bury(self, table: BlockTable | HoldTable, rows: Ints) -> None:
        threads = table.thread[rows]
        deaths = self._names.thread_death[threads]
        dead = (threads != NEVER) & (deaths != NEVER)
        if isinstance(table, HoldTable):
            dead &= table.releaser[rows] == NEVER
        table.put("end", rows[dead], np.maximum(deaths[dead], table.begin[rows[dead]]))

    # -- blocks -------------------------------------------------------------------------

    def _take_blocks(self, part: Part, locks: Ints, keys: Ints) -> None:
        wanted = part.kind == Kind.LOCK_WANTED
        chosen = np.flatnonzero(part.kind != Kind.LOCK_RELEASED)
        if not wanted.any() and not self._blocked:
            return
        found = pair(keys[chosen], wanted[chosen])
        openers = chosen[found.openers]
        begun = part.pick(openers)
        rows = self.blocks.append(
            len(begun),
            lock=locks[openers],
            thread=begun.thread,
            begin=begun.t,
            told_owner=self._names.many_threads(begun.b),
            where=begun.c,
        )
        self._end_older_blocks(part, locks, chosen[found.strays])
        closed = found.closers != NONE
        self._end_blocks(part, rows[closed], chosen[found.closers[closed]])
        for place in np.flatnonzero(~closed).tolist():
            key = (int(locks[openers[place]]), int(begun.thread[place]))
            if found.renewed[place] != NONE:  # its end is missing: a record was lost
                again = chosen[found.renewed[place]]
                self.blocks.put("end", int(rows[place]), int(part.t[again]))
                self.blocks.put("outcome", int(rows[place]), GaveUp.ERROR)
            else:
                self._blocked[key] = int(rows[place])

    def _end_older_blocks(self, part: Part, locks: Ints, strays: Ints) -> None:
        for stray in strays.tolist():
            row = self._blocked.pop((int(locks[stray]), int(part.thread[stray])), None)
            if row is not None:
                self._end_blocks(part, np.array([row]), np.array([stray]))

    def _end_blocks(self, part: Part, rows: Ints, closers: Ints) -> None:
        self.blocks.put("end", rows, part.t[closers])
        acquired = part.kind[closers] == Kind.LOCK_ACQUIRED
        reasons = np.clip(part.d[closers], GaveUp.TIMEOUT, GaveUp.ERROR)
        self.blocks.put("outcome", rows, np.where(acquired, ACQUIRED, reasons))

    # -- holds --------------------------------------------------------------------------

    def _take_holds(self, part: Part, locks: Ints, keys: Ints) -> None:
        acquired = part.kind == Kind.LOCK_ACQUIRED
        released = part.kind == Kind.LOCK_RELEASED
        owners = self._names.many_threads(np.where(released, part.b, 0))
        foreign = released & (owners != NEVER) & (owners != part.thread)
        chosen = np.flatnonzero(acquired | (released & ~foreign))
        found = pair(keys[chosen], acquired[chosen])
        openers = chosen[found.openers]
        begun = part.pick(openers)
        rows = self.holds.append(
            len(begun),
            lock=locks[openers],
            thread=begun.thread,
            begin=begun.t,
            waited=begun.d != 0,
            where=begun.c,
        )
        closed = found.closers != NONE
        closers = chosen[found.closers[closed]]
        self.holds.put("end", rows[closed], part.t[closers])
        self.holds.put("releaser", rows[closed], part.thread[closers])
        self.holds.put("final", rows[closed], 0)
        for stray in chosen[found.strays].tolist():
            row = self._held.pop((int(locks[stray]), int(part.thread[stray])), None)
            if row is not None:
                self.holds.put("end", row, int(part.t[stray]))
                self.holds.put("releaser", row, int(part.thread[stray]))
                self.holds.put("final", row, 0)
        if self._held:
            for first in chosen[found.firsts].tolist():
                key = (int(locks[first]), int(part.thread[first]))
                if (row := self._held.pop(key, None)) is not None:
                    self._foreign.superseded(key, row, int(part.t[first]))
        for place in np.flatnonzero(~closed).tolist():
            key = (int(locks[openers[place]]), int(begun.thread[place]))
            if found.renewed[place] != NONE:
                again = chosen[found.renewed[place]]
                self._foreign.superseded(key, int(rows[place]), int(part.t[again]))
            else:
                self._held[key] = int(rows[place])
        for place in np.flatnonzero(foreign).tolist():
            key = (int(locks[place]), int(owners[place]))
            self._foreign.released(key, int(part.t[place]), int(part.thread[place]))
        self._foreign.settle(self._held)

    def _name_owners(self, locks: Ints) -> None:
        """Write into each of these locks who holds it now."""
        rows = np.array(list(self._held.values()), np.int64)
        rows = rows[self.holds.releaser[rows] == NEVER]
        rows = rows[np.argsort(self.holds.begin[rows], kind="stable")]
        owner = dict(
            zip(self.holds.lock[rows].tolist(), self.holds.thread[rows].tolist(), strict=True)
        )
        for lock in locks.tolist():
            self._names.locks[lock].owner = owner.get(lock, NEVER)

    # -- who held it --------------------------------------------------------------------

    def block_owners(self) -> Ints:
        """For each block, the thread (row) that held the lock when it began.

        What the record said; else whose hold covers that moment; else ``NEVER``.
        """
        if self._owners_version != self.version:
            self._owners_version = self.version
            self._owners = self.blocks.told_owner.astype(np.int64)
            unknown = np.flatnonzero(self._owners == NEVER)
            if len(unknown) and len(self.holds):
                self._owners[unknown] = self._covering(unknown)
        return self._owners

    def _covering(self, blocks: Ints) -> Ints:
        """The threads whose holds cover the beginnings of blocks."""
        order = np.lexsort((self.holds.begin, self.holds.lock))
        locks, begins = self.holds.lock[order], self.holds.begin[order]
        found = np.full(len(blocks), NEVER)
        for place, row in enumerate(blocks.tolist()):
            lock, t = self.blocks.lock[row], self.blocks.begin[row]
            first, last = np.searchsorted(locks, lock), np.searchsorted(locks, lock, "right")
            before = first + np.searchsorted(begins[first:last], t, "right") - 1
            if before >= first:
                hold = order[before]
                if self.holds.end[hold] == NEVER or self.holds.end[hold] > t:
                    found[place] = self.holds.thread[hold]
        return found
