"""By what the futures table is sorted where a column holds texts: their alphabetical ranks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

from poolscope_gui.model.text_order import TextOrder

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

Rows = NDArray[np.int64]
Name = Literal["label", "result"]
_NEVER: Final = -1


class TextKeys:
    """Of the tasks of one store; ``name`` is that of a column of its tasks."""

    def __init__(self) -> None:
        self._orders: dict[Name, TextOrder] = {"label": TextOrder(), "result": TextOrder()}
        self._ahead: tuple[Name, Rows] | None = None  # the texts of which the order is known

    def ahead(self, store: Store, name: Name) -> Iterator[bool]:
        """Do what is long in the next ``of``; until it is done, on a thread, it yields."""
        numbers = _numbers(store, name).copy()  # the store goes on writing into its own
        yield from self._orders[name].ahead(numbers, store.texts.raw)
        self._ahead = name, numbers

    def of(self, store: Store, name: Name, rows: Rows) -> Rows:
        """The ranks of some tasks' texts; of what came after the last ``ahead`` none is known."""
        known, self._ahead = self._ahead, None
        numbers = _numbers(store, name) if known is None or known[0] != name else known[1]
        found = np.full(len(rows), _NEVER, np.int64)
        there = rows < len(numbers)
        found[there] = self._orders[name].rank(numbers[rows[there]], store.texts.raw)
        return found


def _numbers(store: Store, name: Name) -> Rows:
    return store.tasks.label if name == "label" else store.tasks.result
