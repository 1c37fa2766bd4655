"""Which tasks are selected, whatever the order of the table is just now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from poolscope_gui.model.task_set import TaskSet

Rows = NDArray[np.int64]
# Qt compares old and new ranges with each other, one by one, when a selection changes: past this
# many the model alone knows the rest, and the table paints them by asking it.
MOST_RANGES: Final = 300


class TaskSelection:
    """A set of task rows, and what it looks like in a permutation of them."""

    def __init__(self) -> None:
        self.tasks = TaskSet()
        self._shown = np.zeros(0, bool)

    def __len__(self) -> int:
        return len(self.tasks)

    def set(self, tasks: Iterable[int]) -> bool:
        """Select these tasks; True when that changed anything."""
        return self._replace(TaskSet(tasks))

    def set_ranges(self, rows: Rows, ranges: Iterable[tuple[int, int]]) -> bool:
        """Select the tasks at these view rows (both ends included) of the permutation ``rows``."""
        parts = [rows[first : last + 1] for first, last in ranges]
        return self._replace(TaskSet(np.sort(np.concatenate(parts))) if parts else TaskSet())

    def ranges(self, rows: Rows) -> list[tuple[int, int]]:
        """The view rows of the selected tasks, as ranges with both ends; at most MOST_RANGES.

        Remembers which they are, for ``shows``.
        """
        self._shown = self._among(rows)
        edges = np.flatnonzero(np.diff(self._shown.astype(np.int8), prepend=0, append=0))
        firsts, lasts = edges[0::2][:MOST_RANGES], edges[1::2][:MOST_RANGES] - 1
        return list(zip(firsts.tolist(), lasts.tolist(), strict=True))

    def shows(self, view_row: int) -> bool:
        """Whether the task at this view row of the last ``ranges`` is selected."""
        return bool(0 <= view_row < len(self._shown) and self._shown[view_row])

    @property
    def hidden(self) -> int:
        """How many selected tasks the permutation of the last ``ranges`` leaves out."""
        return len(self.tasks) - int(np.count_nonzero(self._shown))

    def _among(self, rows: Rows) -> NDArray[np.bool_]:
        tasks = self.tasks.rows
        if not len(tasks) or not len(rows):
            return np.zeros(len(rows), bool)
        chosen = np.zeros(max(int(tasks[-1]), int(rows.max())) + 1, bool)
        chosen[tasks] = True
        found: NDArray[np.bool_] = chosen[rows]
        return found

    def _replace(self, wanted: TaskSet) -> bool:
        changed = wanted != self.tasks
        self.tasks = wanted
        return changed
