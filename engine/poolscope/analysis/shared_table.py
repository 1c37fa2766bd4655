"""Shared variables: every read and every write, and the updates that were lost.

An update is lost when a thread writes what it worked out from a value that others have replaced
since::

    one   read v3 ............. write v5      one never saw v4: the update of two is lost
    two          read v3  write v4
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from poolscope.analysis.column import NEVER, Field, Ints, Table
from poolscope.analysis.frame import Part
from poolscope.analysis.idmap import IdMap
from poolscope.analysis.names import Names
from poolscope.trace.schema import Kind

_VERSION_BITS = 40
_MOST_VERSIONS = 1 << _VERSION_BITS


class LostUpdate(NamedTuple):
    """One update that was lost; all but the first are rows of ``AccessTable`` or NEVER."""

    variable: int  # row
    lost_read: int  # what the lost write was worked out from; NEVER: not known
    lost_write: int
    stale_read: int  # what the write over it was worked out from
    stale_write: int


class AccessTable(Table):
    """Reads and writes in order of arrival. ``version`` is the one read, or the one written.

    ``base`` is, of a write that its thread worked out from a read just before it, the row of
    that read.
    """

    variable = Field(np.int32)
    thread = Field(np.int32, NEVER)
    time = Field(np.int64)
    version = Field(np.int64)
    wrote = Field(np.bool_)
    base = Field(np.int32, NEVER)
    text = Field(np.int32)  # text: value, a line feed, where


class SharedTable:
    """Accesses to shared variables; ``stale`` are the writes that went over others."""

    def __init__(self, names: Names) -> None:
        self.accesses = AccessTable()
        self._names = names
        self._last: dict[int, int] = {}  # variable and thread -> row of its latest access
        self._written = IdMap()  # variable and version -> row
        self._stale: list[Ints] = []

    def take(self, part: Part) -> None:
        """Apply SHARED_READ and SHARED_WRITTEN, each thread's in its own order."""
        if not part.a.all():  # id 0 is no variable
            part = part.pick(part.a != 0)
        if not len(part):
            return
        variables = self._names.many_variables(part.a)
        wrote = part.kind == Kind.SHARED_WRITTEN
        versions = np.clip(part.b, 0, _MOST_VERSIONS - 1)
        table = self.accesses
        rows = table.append(
            len(part),
            variable=variables,
            thread=part.thread,
            time=part.t,
            version=versions,
            wrote=wrote,
            text=part.c,
        )
        self._written.put_many((variables + 1 << _VERSION_BITS | versions)[wrote], rows[wrote])
        before = self._before(variables << 32 | part.thread + 1, rows)
        based = np.flatnonzero(wrote & (before != NEVER))
        based = based[~table.wrote[before[based]]]
        table.put("base", rows[based], before[based])
        stale = based[table.version[before[based]] < versions[based] - 1]
        if len(stale):
            self._stale.append(rows[stale])

    def _before(self, keys: Ints, rows: Ints) -> Ints:
        """For each access the one before it by the same thread, on the same variable."""
        order = np.argsort(keys, kind="stable")
        sorted_keys, sorted_rows = keys[order], rows[order]
        before = np.full(len(keys), NEVER)
        same = sorted_keys[1:] == sorted_keys[:-1]
        before[order[1:][same]] = sorted_rows[:-1][same]
        edge = np.append(True, ~same)
        for place in np.flatnonzero(edge).tolist():
            before[order[place]] = self._last.get(int(sorted_keys[place]), NEVER)
        last = np.append(~same, True)
        self._last.update(zip(sorted_keys[last].tolist(), sorted_rows[last].tolist(), strict=True))
        return before

    @property
    def stale(self) -> Ints:
        """Rows of the writes that were worked out from a value replaced since, as read."""
        if len(self._stale) > 1:
            self._stale = [np.concatenate(self._stale)]
        return self._stale[0] if self._stale else np.empty(0, np.int64)

    def lost_count(self, stale: Ints | None = None) -> int:
        """How many updates were lost in all, or to some of the stale writes."""
        table, rows = self.accesses, self.stale if stale is None else stale
        return int((table.version[rows] - 1 - table.version[table.base[rows]]).sum())

    def lost_by(self, write: int, most: int) -> list[LostUpdate]:
        """The updates, at most ``most``, that a stale write (row) went over."""
        table = self.accesses
        read = int(table.base[write])
        variable = int(table.variable[write])
        first, last = int(table.version[read]) + 1, int(table.version[write])
        found = []
        for version in range(first, min(last, first + most)):
            row = self._written.get(variable + 1 << _VERSION_BITS | version)
            if row != NEVER:
                found.append(LostUpdate(variable, int(table.base[row]), row, read, write))
        return found
