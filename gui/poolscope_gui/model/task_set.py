"""A set of tasks: their rows in order, in one array. Two million that are chosen cost what two
million numbers are long, and no object each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


class TaskSet(Set[int]):
    """Never changes. ``rows``: of the tasks, rising, each once."""

    __slots__ = ("rows",)

    def __init__(self, tasks: Iterable[int] = ()) -> None:
        if isinstance(tasks, TaskSet):
            self.rows: Rows = tasks.rows
            return
        rows = np.asarray(
            tasks if isinstance(tasks, np.ndarray) else sorted(set(tasks)), dtype=np.int64
        )
        rising = rows[1:] > rows[:-1]
        if not rising.all():
            # Not np.unique: the first call of it imports numpy.ma, at the start of the program.
            rows = np.sort(rows)
            rows = rows[np.append(True, rows[1:] != rows[:-1])]
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[int]:
        return iter(self.rows.tolist())

    def __contains__(self, task: object) -> bool:
        return isinstance(task, int) and bool(self.has(np.array([task]))[0])

    def __eq__(self, other: object) -> bool:
        if isinstance(other, TaskSet):
            return bool(np.array_equal(self.rows, other.rows))
        return super().__eq__(other)

    def __hash__(self) -> int:
        return hash((len(self), *self.rows[:1].tolist(), *self.rows[-1:].tolist()))

    def __repr__(self) -> str:
        return f"TaskSet({self.rows.tolist()})"

    def has(self, rows: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Which of these are among them."""
        if not len(self.rows):
            return np.zeros(len(rows), bool)
        place = np.searchsorted(self.rows, np.asarray(rows, np.int64))
        return np.asarray(self.rows[np.minimum(place, len(self.rows) - 1)] == rows)

    def toggled(self, task: int) -> TaskSet:
        """With a task, or without it if it is among them."""
        place = int(np.searchsorted(self.rows, task))
        if task in self:
            return TaskSet(np.delete(self.rows, place))
        return TaskSet(np.insert(self.rows, place, task))
