"""The tasks that are not over yet: what can change about a task changes while it is one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from poolscope_gui.model.palette import CANCELLED, FINISHED, SENT
from poolscope_gui.model.tracks import NEVER, Times

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

_NONE: Times = np.empty(0, dtype=np.int64)


class OpenTasks:
    """Counts and marks that would else be found by looking at all tasks again.

    An update costs by the tasks that are new and those that were not over the last time.
    """

    def __init__(self) -> None:
        self.cancel_times: Times = _NONE  # sorted
        self.cancel_tasks: Times = _NONE
        self.sent: dict[int, int] = {}  # pool's row: tasks handed over whose start is not known
        self.first = NEVER  # the earliest submission or start
        self._rows: Times = _NONE
        self._taken = 0

    def update(self, store: Store) -> None:
        """Look at what is new and at what was open."""
        tasks = store.tasks
        rows = np.concatenate((self._rows, np.arange(self._taken, len(tasks))))
        self._taken = len(tasks)
        if not len(rows):
            self.sent = {}
            return
        codes = tasks.state(rows)
        times = np.where(codes == CANCELLED, tasks.cancelled[rows], NEVER)
        marked = times != NEVER
        if marked.any():
            self._mark(times[marked], rows[marked])
        pools = tasks.pool[rows[codes == SENT]]
        found, counts = np.unique(pools[pools >= 0], return_counts=True)
        self.sent = dict(zip(found.tolist(), counts.tolist(), strict=True))
        self._begin(tasks.submitted[rows])
        self._begin(tasks.started[rows])
        # One whose cancellation is known before its time stays until that is known too.
        self._rows = rows[(codes < FINISHED) | ((codes == CANCELLED) & ~marked)]

    def _mark(self, times: Times, rows: Times) -> None:
        order = np.argsort(times, kind="stable")
        times, rows = times[order].astype(np.int64), rows[order]
        late = len(self.cancel_times) > 0 and times[0] < self.cancel_times[-1]
        self.cancel_times = np.concatenate((self.cancel_times, times))
        self.cancel_tasks = np.concatenate((self.cancel_tasks, rows))
        if late:
            order = np.argsort(self.cancel_times, kind="stable")
            self.cancel_times = self.cancel_times[order]
            self.cancel_tasks = self.cancel_tasks[order]

    def _begin(self, times: Times) -> None:
        known = times[times != NEVER]
        if len(known):
            earliest = int(known.min())
            self.first = earliest if self.first == NEVER else min(self.first, earliest)
