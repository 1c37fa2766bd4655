"""A column of numbers that grows at its end."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray

from poolscope.analysis.column import Column

Times = NDArray[np.int64]
_FIRST: Final = 16
_NOTHING: Final[Times] = np.empty(0, np.int64)


class Grown:
    """An array, of int64 unless told otherwise, that grows at its end without being copied each
    time."""

    def __init__(self, dtype: npt.DTypeLike = np.int64) -> None:
        self._dtype = dtype
        self._column: Column | None = None  # there are very many that nothing is ever put into
        self._data = _NOTHING
        self.size = 0

    def view(self) -> Times:
        return self._data[: self.size]

    @property
    def last(self) -> int:
        """The last value; there must be one."""
        return self._data.item(self.size - 1)

    def cut(self, size: int) -> None:
        self.size = min(self.size, size)

    def extend(self, values: Times) -> None:
        self._more(len(values))[:] = values

    def extend_by_sums(self, values: Times) -> None:
        """By the last value and the first of these, that and the second ...; see ``last``."""
        last, new = self.last, self._more(len(values))
        values.cumsum(out=new)
        new += last

    def _more(self, count: int) -> Times:
        """So many cells more, that hold anything."""
        first, need = self.size, self.size + count
        if need > len(self._data):
            if self._column is None:
                self._column = Column(self._dtype, 0, _FIRST)
            self._data = self._column.room(first, need)
        self.size = need
        return self._data[first:need]
