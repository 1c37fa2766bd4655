"""How long each thread was blocked on each lock, summed up as a store grows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from poolscope.analysis.column import NEVER, Array, Ints

if TYPE_CHECKING:
    from poolscope.analysis.lock_columns import BlockTable

AT_ONCE: Final = 1 << 14  # rows: sorting and adding up so many takes some 3 ms
_THREAD_BITS: Final = 32


class Sums(NamedTuple):
    """Sums over blocked stretches, by ``key``; times in ns.

    ``number`` stretches of ``blocked`` ns together, from ``begin`` to ``end``; the longest, of
    ``longest`` ns, is ``row`` of the table, of several the first. ``lasting``: how many go on.
    """

    key: Ints
    number: Ints
    blocked: Ints
    begin: Ints
    end: Ints
    longest: Ints
    row: Ints
    lasting: Ints


class BlockedSums:
    """By lock and thread; a call costs the rows that are new, and those that still last."""

    def __init__(self) -> None:
        self._taken = 0
        self._open: Ints = np.empty(0, np.int64)
        self._sums = _sums(*[np.empty(0, np.int64)] * 4)

    def behind(self, table: BlockTable) -> bool:
        """Whether there are more new rows than are taken at once."""
        return len(table) - self._taken > AT_ONCE

    def take(self, table: BlockTable) -> None:
        """Take in new rows, at most ``AT_ONCE``, and those that were open and no longer are."""
        last = min(len(table), self._taken + AT_ONCE)
        new = np.arange(self._taken, last)
        self._taken = last
        rows = np.concatenate((self._open, new[table.thread[new] != NEVER]))
        lasts = table.outcome[rows] == NEVER  # its end may still change
        self._open = rows[lasts]
        rows = rows[~lasts]
        if len(rows):
            begin, end = table.begin[rows], table.end[rows]
            self._sums = merged(self._sums, _sums(_keys(table, rows), rows, begin, end))

    def until(self, table: BlockTable, now: int) -> Sums:
        """All as it is at ``now``, by ``key_parts``; call ``take`` until nothing is behind."""
        rows = self._open
        end = table.end[rows]
        lasting = end == NEVER
        still = _sums(_keys(table, rows), rows, table.begin[rows], np.where(lasting, now, end))
        return _joined(self._sums, still._replace(lasting=lasting.astype(np.int64)))


def key_parts(key: Ints) -> tuple[Ints, Ints]:
    """The locks and the threads (rows) of keys."""
    return key >> _THREAD_BITS, key & (1 << _THREAD_BITS) - 1


def merged(*some: Sums) -> Sums:
    """Sums with each key once, in order."""
    sums = _joined(*some)
    if not len(sums.key):
        return sums
    order = np.argsort(sums.key, kind="stable")
    sums = Sums(*(column[order] for column in sums))
    starts = np.flatnonzero(np.append(True, sums.key[1:] != sums.key[:-1]))
    sizes = np.diff(np.append(starts, len(sums.key)))
    longest = np.maximum.reduceat(sums.longest, starts)
    other = np.iinfo(np.int64).max
    rows = np.where(sums.longest == np.repeat(longest, sizes), sums.row, other)
    return Sums(
        sums.key[starts],
        np.add.reduceat(sums.number, starts),
        np.add.reduceat(sums.blocked, starts),
        np.minimum.reduceat(sums.begin, starts),
        np.maximum.reduceat(sums.end, starts),
        longest,
        np.minimum.reduceat(rows, starts),
        np.add.reduceat(sums.lasting, starts),
    )


def _joined(*some: Sums) -> Sums:
    return Sums(*(np.concatenate(columns) for columns in zip(*some, strict=True)))


def _keys(table: BlockTable, rows: Ints) -> Ints:
    return np.asarray(table.lock[rows].astype(np.int64) << _THREAD_BITS | table.thread[rows])


def _sums(key: Ints, rows: Ints, begin: Array, end: Array) -> Sums:
    length = np.asarray(end - begin)
    ones = np.ones(len(rows), np.int64)
    return Sums(key, ones, length, begin, end, length, rows, 0 * ones)
