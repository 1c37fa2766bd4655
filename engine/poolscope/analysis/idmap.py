"""From a 64-bit identity to a row, many at a time.

Ids come from counters, so those of one trace lie in dense stretches. The map keeps pages of
256 neighbouring ids in one flat array and finds a page by a dictionary: one dictionary look-up
for each *run* of ids on one page, one gather for all. A hostile trace of scattered ids costs a
page (1 KiB) an id, in proportion to its own size.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from poolscope.analysis.column import NEVER, Array, Column, Ints

_PAGE_BITS: Final = 8
_PAGE: Final = 1 << _PAGE_BITS
_MASK: Final = _PAGE - 1


class IdMap:
    """Maps ids to rows; what is not in it, and id 0, is at row ``NEVER``."""

    def __init__(self) -> None:
        self._slots: dict[int, int] = {}
        # Slot 0 is the page of everything unknown and stays empty.
        self._cells = Column(np.int32, NEVER, _PAGE * 4)
        self._rows = self._cells.writable(_PAGE)
        self._used = 1
        # The last pages that were made one after the other: ids on them need no dictionary.
        self._near = range(0)
        self._place = 0  # where the first of those ids is

    def get(self, key: int) -> int:
        """The row of one id."""
        slot = self._slots.get(key >> _PAGE_BITS, 0)
        return int(self._rows[slot << _PAGE_BITS | key & _MASK])

    def put(self, key: int, row: int) -> None:
        """Set the row of one id; id 0 means *none* and is left alone."""
        if key:
            slot = self._slot(key >> _PAGE_BITS)
            self._rows[slot << _PAGE_BITS | key & _MASK] = row

    def find(self, keys: Ints) -> Ints:
        """The rows of many ids."""
        if not len(keys):
            return np.empty(0, np.int64)
        if self._are_near(keys):
            return self._rows[keys - self._near.start + self._place].astype(np.int64)
        pages = keys >> _PAGE_BITS
        edges = np.flatnonzero(pages[1:] != pages[:-1]) + 1
        starts = np.concatenate(([0], edges))
        look = self._slots.get
        slots = np.array([look(page, 0) for page in pages[starts].tolist()], np.int64)
        lengths = np.concatenate((edges, [len(keys)])) - starts
        places = np.repeat(slots << _PAGE_BITS, lengths) + (keys & _MASK)
        return np.asarray(self._rows[places], np.int64)

    def put_many(self, keys: Ints, rows: Array) -> None:
        """Set the rows of many ids; of an id that comes twice the last row is kept."""
        if not len(keys):
            return
        if self._are_near(keys):
            self._rows[keys - self._near.start + self._place] = rows
            self._forget_zero()
            return
        pages = keys >> _PAGE_BITS
        edges = np.flatnonzero(pages[1:] != pages[:-1]) + 1
        starts = np.concatenate(([0], edges))
        slots = np.array([self._slot(page) for page in pages[starts].tolist()], np.int64)
        lengths = np.concatenate((edges, [len(keys)])) - starts
        places = np.repeat(slots << _PAGE_BITS, lengths) + (keys & _MASK)
        self._rows[places] = rows
        self._forget_zero()

    def _are_near(self, keys: Ints) -> bool:
        near = self._near
        return near.start <= int(keys.min()) and int(keys.max()) < near.stop

    def _slot(self, page: int) -> int:
        slot = self._slots.get(page)
        if slot is None:
            slot = self._slots[page] = self._used
            self._used += 1
            self._cells.grow(slot << _PAGE_BITS, self._used << _PAGE_BITS)
            self._rows = self._cells.writable(self._used << _PAGE_BITS)
            first, near, place = page << _PAGE_BITS, self._near, slot << _PAGE_BITS
            if first == near.stop and place == self._place + len(near):
                first = near.start
            else:
                self._place = place
            self._near = range(first, (page + 1) << _PAGE_BITS)
        return slot

    def _forget_zero(self) -> None:
        slot = self._slots.get(0)
        if slot is not None:
            self._rows[slot << _PAGE_BITS] = NEVER
