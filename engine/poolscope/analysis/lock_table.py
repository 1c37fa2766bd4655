"""Locks: who was blocked on them, who held them, and who held them while others were blocked.

On the stream of a thread a lock's records are ``WANTED`` then ``ACQUIRED`` or ``GAVE_UP``, and
``ACQUIRED`` then ``RELEASED``; those of one thread and lock are paired in their order. Only a
release by *another* thread has to be placed by its time among the owner's acquires. A semaphore
has permits instead (``permits``); what was read of a lock before its kind is kept until then.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from poolscope.analysis.column import NEVER, Ints
from poolscope.analysis.foreign_releases import ForeignReleases, Key
from poolscope.analysis.frame import Part
from poolscope.analysis.lock_columns import ACQUIRED, BlockTable, HoldTable
from poolscope.analysis.lock_owner import owners
from poolscope.analysis.names import COUNTED, EXCLUSIVE, UNDECLARED, Names
from poolscope.analysis.pairing import NONE, pair
from poolscope.analysis.permits import Permits
from poolscope.trace.schema import WANTED_WITH_TIMEOUT, GaveUp, Kind

_PATIENCE: Final = 512  # intakes for which a lock's declaration may be missing


class LockTable:
    """Blocks and holds of all locks."""

    def __init__(self, names: Names) -> None:
        self.blocks = BlockTable()
        self.holds = HoldTable()
        self._names = names
        self._blocked: dict[Key, int] = {}  # rows of blocks without a recorded end
        self._held: dict[Key, int] = {}  # the latest hold, when its own thread did not end it
        self._foreign = ForeignReleases(self.holds)
        self._permits = Permits(self.holds)
        self._early: list[tuple[Part, Ints]] = []  # of locks not yet declared
        self._patience = _PATIENCE
        self._owners: Ints = np.empty(0, np.int64)
        self._owners_version = NEVER
        self._deaths = 0
        self.version = 0

    def take(self, part: Part) -> None:
        """Apply LOCK records (creation aside)."""
        if not part.a.all():  # id 0 is no lock
            part = part.pick(part.a != 0)
        self._release_early()
        locks = self._names.many_locks(part.a)
        self._take_blocks(part, locks, _keys(part, locks))
        self._sort_holds(part, locks)
        self._deaths = NEVER
        self.version += 1

    @property
    def open_blocks(self) -> Ints:
        """Rows of blocks whose end was not recorded, their thread living or dead."""
        return np.array(list(self._blocked.values()), np.int64)

    @property
    def open_holds(self) -> Ints:
        """Rows of holds that nobody was seen to end, their thread living or dead."""
        rows = np.array([*self._held.values(), *self._permits.open_rows()], np.int64)
        return np.asarray(rows[self.holds.releaser[rows] == NEVER])

    def settle(self, *, ended: bool = False) -> None:
        """End at its death what a dead thread held or waited for.

        ``ended``: no more declarations will come.
        """
        if self._early:
            self._patience = 0 if ended else self._patience - 1
            self._release_early()
        if self._deaths == self._names.deaths:
            return
        self._deaths = self._names.deaths
        self.version += 1
        self._bury(self.blocks, self.open_blocks)
        self._bury(self.holds, self.open_holds)

    def _bury(self, table: BlockTable | HoldTable, rows: Ints) -> None:
        threads = table.thread[rows]
        deaths = self._names.thread_death[threads]
        dead = (threads != NEVER) & (deaths != NEVER)
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
            timed=(begun.d & WANTED_WITH_TIMEOUT) != 0,
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
        late = ~acquired & (reasons == GaveUp.TIMEOUT)  # format 1 did not say so beforehand
        self.blocks.put("timed", rows[late], 1)
        self.blocks.put("outcome", rows, np.where(acquired, ACQUIRED, reasons))

    # -- holds --------------------------------------------------------------------------

    def _release_early(self) -> None:
        """Take what was read before the kind of its lock was known, as far as it is by now."""
        early, self._early = self._early, []
        for part, locks in early:
            self._sort_holds(part, locks)

    def _sort_holds(self, part: Part, locks: Ints) -> None:
        forms = self._names.lock_form[locks]
        if not self._patience:
            forms = np.where(forms == UNDECLARED, EXCLUSIVE, forms)
        unknown = forms == UNDECLARED
        if unknown.any():
            if not self._early:
                self._patience = _PATIENCE
            self._early.append((part.pick(unknown), locks[unknown]))
        counted = forms == COUNTED
        if counted.any():
            self._take_permits(part.pick(counted), locks[counted])
        held = forms == EXCLUSIVE
        if held.all():
            self._take_holds(part, locks, _keys(part, locks))
        elif held.any():
            chosen = part.pick(held)
            self._take_holds(chosen, locks[held], _keys(chosen, locks[held]))
        self._name_owners(np.unique(locks[~unknown]))
        self._deaths = NEVER
        self.version += 1

    def _take_permits(self, part: Part, locks: Ints) -> None:
        acquired = part.kind == Kind.LOCK_ACQUIRED
        taken = part.pick(acquired)
        rows = self._begin_holds(taken, locks[acquired])
        new = iter(rows.tolist())
        columns = (part.kind, locks, part.thread, part.t, part.d)
        for kind, lock, thread, t, d in zip(*(each.tolist() for each in columns), strict=True):
            if kind == Kind.LOCK_ACQUIRED:
                self._permits.acquired(lock, thread, next(new))
            elif kind == Kind.LOCK_RELEASED:
                others = self._permits.released(lock, thread, t, d + 1)
                self._names.locks[lock].handed |= others
                self._names.locks[lock].returned |= not others
        self._permits.settle()

    def _begin_holds(self, acquired: Part, locks: Ints) -> Ints:
        """A row for each acquire, with no end yet; the rows."""
        return self.holds.append(
            len(acquired),
            lock=locks,
            thread=acquired.thread,
            begin=acquired.t,
            waited=acquired.d != 0,
            where=acquired.c,
        )

    def _take_holds(self, part: Part, locks: Ints, keys: Ints) -> None:
        acquired = part.kind == Kind.LOCK_ACQUIRED
        released = part.kind == Kind.LOCK_RELEASED
        owners = self._names.many_threads(np.where(released, part.b, 0))
        foreign = released & (owners != NEVER) & (owners != part.thread)
        chosen = np.flatnonzero(acquired | (released & ~foreign))
        found = pair(keys[chosen], acquired[chosen])
        openers = chosen[found.openers]
        begun = part.pick(openers)
        rows = self._begin_holds(begun, locks[openers])
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
            else:
                self._names.locks[int(locks[stray])].handed = True
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
            self._names.locks[key[0]].handed = True
        self._foreign.settle(self._held)

    def _name_owners(self, locks: Ints) -> None:
        """Write into each of these locks who holds it now."""
        rows = np.array(list(self._held.values()), np.int64)
        rows = rows[self.holds.releaser[rows] == NEVER]
        rows = rows[np.argsort(self.holds.begin[rows], kind="stable")]
        owner = dict(
            zip(self.holds.lock[rows].tolist(), self.holds.thread[rows].tolist(), strict=True)
        )
        for row in locks.tolist():
            lock = self._names.locks[row]
            if self._names.lock_form[row] == COUNTED:
                lock.holders = self._permits.holders(row)
                lock.owner = lock.holders[-1] if lock.holders else NEVER
            else:
                lock.owner = owner.get(row, NEVER)
                lock.holders = [lock.owner] if lock.owner != NEVER else []

    # -- who held it --------------------------------------------------------------------

    def block_owners(self) -> Ints:
        """For each block, the thread (row) that held the lock when it began.

        What the record said; else what the holds say; else ``NEVER``.
        """
        if self._owners_version != self.version:
            self._owners_version = self.version
            self._owners = self.blocks.told_owner.astype(np.int64)
            unknown = np.flatnonzero(self._owners == NEVER)
            if len(unknown) and len(self.holds):
                counted = self._names.lock_form[self.blocks.lock[unknown]] == COUNTED
                self._owners[unknown] = owners(self.blocks, self.holds, unknown, counted)
        return self._owners


def _keys(part: Part, locks: Ints) -> Ints:
    """What belongs together: a lock and a thread."""
    return locks << 32 | part.thread + 1
