"""Columns that grow: what every table of the analysis is made of.

Guarantees: a view handed out stays readable for ever, but shows what was true when it was
taken; take a new one after each ``extend``. A column nobody wrote to costs no memory.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, ClassVar, Final, overload

import numpy as np
import numpy.typing as npt

from poolscope.analysis.rooms import Place, reserve

Array = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

NEVER: Final = -1  # "has not happened", "not known", in every column of times, rows and outcomes
_FIRST_CAPACITY: Final = 1024
_GROWTH: Final = 4
# A copy of 10 MB makes a frame late. Where the system gives pages when they are first written to,
# a column that has become long reserves room for as good as all it may ever hold.
_LONG: Final = 1 << 18
_RESERVED: Final = 1 << 24
_LONG_GROWTH: Final = 64 if os.name == "posix" else _GROWTH


class Column:
    """One growing array; cells not yet written hold the default."""

    __slots__ = (
        *("_capacity", "_cell", "_data", "_default", "_dtype", "_place", "_ready"),
        *("_view", "_frozen"),
    )

    def __init__(self, dtype: npt.DTypeLike, default: int, first_capacity: int) -> None:
        self._dtype = np.dtype(dtype)
        self._default = default
        self._cell = np.full(1, default, dtype)
        self._capacity = first_capacity
        self._data: Array | None = None
        self._place: Place | None = None  # in a file, if it does not lie in memory
        self._ready = 0  # cells that may be written to
        self._frozen: Array | None = None  # all of ``_data``, read-only: so are stretches of it
        self._view: Array | None = None  # the last that was given out

    @property
    def written(self) -> bool:
        """Whether any cell was ever written to."""
        return self._data is not None

    def view(self, length: int) -> Array:
        """The first ``length`` cells, read-only."""
        known = self._view
        if known is not None and len(known) == length:
            return known
        if self._frozen is None:
            if self._data is None:  # one cell, seen many times: as broadcast_to does, but quick
                view: Array = np.ndarray((length,), self._dtype, self._cell, strides=(0,))
                view.flags.writeable = False
                self._view = view
                return view
            self._frozen = self._data[:]
            self._frozen.flags.writeable = False
        self._view = view = self._frozen[:length]
        return view

    def grow(self, old: int, new: int) -> None:
        """Make room for ``new`` cells, of which the first ``old`` are in use."""
        if self._data is None:
            return
        self._need(old, new)
        self._data[old:new] = self._default

    def writable(self, length: int) -> Array:
        """The cells themselves, for the table that owns the column."""
        if self._data is None:
            self._need(0, length)
            assert self._data is not None
            self._data[:length] = self._default
        return self._data[:length]

    def room(self, old: int, new: int) -> Array:
        """All cells that may be written to, ``new`` of them or more; the first ``old`` are kept,
        the others hold anything."""
        self._need(old, new)
        assert self._data is not None
        return self._data[: self._ready]

    def _need(self, old: int, new: int) -> None:
        """Have ``new`` cells ready, the first ``old`` of them as they were."""
        data, place = self._data, self._place
        if data is not None and new <= self._ready:
            return
        size = self._dtype.itemsize
        in_file = place if data is not None and new <= len(data) else None
        if data is not None and in_file is not None and in_file.prepare(new * size):
            self._ready = min(len(data), in_file.ready // size)
            return
        self._data = self._more(new, len(data) if data is not None and place is None else 0)
        self._frozen = self._view = None  # those that were given out show what was
        if data is not None:
            self._data[:old] = data[:old]

    def _more(self, length: int, instead_of: int) -> Array:
        """Cells for more than ``length``: pages never touched cost nothing, a copy does."""
        while self._capacity < length:
            long = _LONG <= self._capacity < _RESERVED
            self._capacity *= _LONG_GROWTH if long else _GROWTH
        size = self._dtype.itemsize
        self._place = reserve(self._capacity * size, instead_of * size)
        if self._place is not None and self._place.prepare(length * size):
            self._ready = min(self._capacity, self._place.ready // size)
            return self._place.cells(self._dtype)
        self._place = None
        try:
            data = np.empty(self._capacity, self._dtype)
        except MemoryError:  # address space is limited here: no more than what is needed soon
            self._capacity = length + length // 2
            data = np.empty(self._capacity, self._dtype)
        self._ready = len(data)
        return data


class Field:
    """Declares a column of a ``Table``; read as an attribute it is a read-only array."""

    def __init__(self, dtype: npt.DTypeLike, default: int = 0) -> None:
        self.dtype = dtype
        self.default = default
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, table: None, owner: type) -> Field: ...
    @overload
    def __get__(self, table: Table, owner: type) -> Array: ...
    def __get__(self, table: Table | None, owner: type) -> Field | Array:
        if table is None:
            return self
        return table.columns[self.name].view(len(table))


class Table:
    """Columns of one length. Rows are only ever added; cells may be rewritten."""

    _fields: ClassVar[tuple[Field, ...]] = ()
    first_capacity: ClassVar[int] = _FIRST_CAPACITY  # rows, that there is room for at first

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls._fields = tuple(value for value in vars(cls).values() if isinstance(value, Field))

    def __init__(self) -> None:
        self._length = 0
        # Capacities differ from column to column, so that no two have to move at once.
        first = self.first_capacity
        self.columns = {
            field.name: Column(field.dtype, field.default, first + first // 16 * place)
            for place, field in enumerate(self._fields)
        }

    def __len__(self) -> int:
        return self._length

    def add(self, count: int) -> int:
        """Add ``count`` rows of defaults; return the first one's row."""
        first = self._length
        new = first + count
        for column in self.columns.values():
            column.grow(first, new)
        self._length = new
        return first

    def put(self, name: str, rows: Array | slice | int, values: Array | int) -> None:
        """Write cells of one column."""
        self.columns[name].writable(self._length)[rows] = values

    def append(self, count: int, **columns: Array | int) -> Ints:
        """Add ``count`` rows with the given cells; return their rows."""
        first = self.add(count)
        for name, values in columns.items():
            self.put(name, slice(first, first + count), values)
        return np.arange(first, first + count)


def runs(keys: Array) -> Iterator[tuple[int, int, int]]:
    """Stretches of equal neighbours: ``(key, first, past the last)`` of each."""
    if not len(keys):
        return
    cuts = np.flatnonzero(keys[1:] != keys[:-1]) + 1
    edges = [0, *cuts.tolist(), len(keys)]
    values = keys[edges[:-1]].tolist()
    yield from zip(values, edges[:-1], edges[1:], strict=True)
