"""Shared variables: every read and every write, and the updates that were lost.

An update is lost when a thread writes what it worked out from a value that others have replaced
since, and nothing that follows builds on what they wrote (``lineage``)::

    one   read v3 ............. write v5      one never saw v4: the update of two is lost
    two          read v3  write v4
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np

from poolscope.analysis.column import NEVER, Field, Ints, Table
from poolscope.analysis.frame import Part
from poolscope.analysis.idmap import IdMap
from poolscope.analysis.lineage import Lineage
from poolscope.analysis.names import Names
from poolscope.trace.schema import Kind

_VERSION_BITS = 40
_UNREAD = 1 << 20
_AT_ONCE = 1 << 11  # writes followed in one part


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
    """Accesses to shared variables, and which updates were lost."""

    def __init__(self, names: Names) -> None:
        self.accesses = AccessTable()
        self._names = names
        self._last: dict[int, int] = {}  # variable and thread -> row of its latest access
        self._written = IdMap()  # variable and version -> row
        self._stale: list[Ints] = []
        self._newest: dict[int, int] = {}  # variable -> the newest version that was read of
        self._lines: dict[int, Lineage] = {}
        self._gaps: dict[int, int] = {}  # variable -> a version that was missing when last asked

    def take(self, part: Part) -> None:
        """Apply SHARED_READ and SHARED_WRITTEN, each thread's in its own order."""
        if not part.a.all():  # id 0 is no variable
            part = part.pick(part.a != 0)
        if not len(part):
            return
        variables = self._names.many_variables(part.a)
        wrote = part.kind == Kind.SHARED_WRITTEN
        # There are no more versions than writes were read, and some that were not.
        most = len(self.accesses) + len(part) + _UNREAD
        versions = np.clip(part.b, 0, most)
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
        for variable in np.unique(variables[wrote]).tolist():
            newest = int(versions[wrote & (variables == variable)].max())
            self._newest[variable] = max(newest, self._newest.get(variable, 0))

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
        """Rows of writes worked out from a value replaced since, as read; only appended to.

        Each update that is lost is lost by one of them (``lost_by``); some may themselves be lost.
        """
        if len(self._stale) > 1:
            self._stale = [np.concatenate(self._stale)]
        return self._stale[0] if self._stale else np.empty(0, np.int64)

    def lost_by(self, write: int, most: int) -> list[LostUpdate]:
        """The updates, at most ``most``, that a stale write (row) lost for good, as it is now."""
        table = self.accesses
        variable, version = int(table.variable[write]), int(table.version[write])
        first = int(table.version[table.base[write]]) + 1
        lost = self.lost(variable, whole=False)
        mine = (each for each in range(first, version) if lost.get(each) == version)
        return [self.update(variable, each, version) for each in itertools.islice(mine, most)]

    def lost(self, variable: int, *, whole: bool = True) -> dict[int, int]:
        """The lost updates of a variable (row): version lost -> version that lost it.

        ``whole``: what is there is all there will be of what was written so far. Else a write
        that is missing, because its stream has not been read, is waited for once.
        """
        while self.follow(variable, whole=whole):
            pass
        return self._lines[variable].lost

    def worked_out(self, variable: int) -> dict[int, int]:
        """``lost`` as far as it was worked out."""
        return self._lines[variable].lost if variable in self._lines else {}

    def follow(self, variable: int, *, whole: bool = True, asked: bool = True) -> bool:
        """Work out a part of ``lost``, in a few ms; False once it is all worked out.

        ``asked``: what is missing now was waited for, should it be missing the next time.
        """
        line = self._lines.setdefault(variable, Lineage())
        first, newest = line.next, self._newest.get(variable, 0)
        versions = np.arange(first, min(newest, first + _AT_ONCE - 1) + 1)
        rows = self.rows_of(variable, versions)
        table = self.accesses
        bases = np.where(rows != NEVER, table.base[rows] if len(table) else NEVER, NEVER)
        built_on = np.where(bases != NEVER, table.version[bases] if len(table) else NEVER, NEVER)
        for version, row, base in zip(
            versions.tolist(), rows.tolist(), built_on.tolist(), strict=True
        ):
            if row == NEVER and not whole and self._gaps.get(variable) != version:
                if asked:
                    self._gaps[variable] = version
                return False
            line.take(base)
        return line.next <= newest

    def update(self, variable: int, lost: int, by: int) -> LostUpdate:
        """A lost update with its reads and writes; ``lost`` and ``by`` are versions."""
        early, late = self._row(variable, lost), self._row(variable, by)
        bases = self.accesses.base
        reads = (int(bases[row]) if row != NEVER else NEVER for row in (early, late))
        return LostUpdate(variable, next(reads), early, next(reads), late)

    def _row(self, variable: int, version: int) -> int:
        """The row of the write of a version."""
        return self._written.get(variable + 1 << _VERSION_BITS | version)

    def rows_of(self, variable: int, versions: Ints) -> Ints:
        """The rows of the writes of many versions, ``NEVER`` for those that were not read."""
        return self._written.find(variable + 1 << _VERSION_BITS | versions)
