"""A task that went with the worker that ran it, in a pool that goes on: nobody gets its result.

``concurrent.futures``' pools break when a worker dies; ``multiprocessing.Pool`` starts another and
says nothing, and who waits for the task waits for ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from poolscope.analysis.column import NEVER
from poolscope.analysis.findings.finding import MOST_SINGLY, WARNING, Case, Finding, Place
from poolscope.analysis.findings.pools import exit_words, running_at_death
from poolscope.analysis.lanes import worker_title
from poolscope.analysis.wait_words import pool_words, task_words, thread_words
from poolscope.trace.schema import PoolKind

if TYPE_CHECKING:
    from poolscope.analysis.store import Store


class LostTask:
    """A process that ended in the midst of a task, and whose pool did not break."""

    kind: ClassVar[str] = "lost-task"

    def check(self, case: Case) -> Iterator[Finding]:
        store = case.store
        if store.lost or store.dropped:  # its end may be among what is missing
            return
        found = 0
        for pool in store.pools:
            if pool.kind != PoolKind.PROCESS or pool.broken is not None:
                continue
            newest = max((store.workers[row].born for row in pool.workers), default=NEVER)
            for row in pool.workers:
                # One that was replaced: a pool that is being ended loses its tasks, too, as it
                # should; and one that breaks has not said so yet.
                if NEVER != store.workers[row].gone <= newest and found < MOST_SINGLY:
                    task = running_at_death(store, row)
                    if task != NEVER:
                        found += 1
                        yield self._finding(case, row, task)

    def _finding(self, case: Case, row: int, task: int) -> Finding:
        store, worker, key = case.store, case.store.workers[row], int(case.store.tasks.id[task])
        text = (
            f"{task_words(store, task)} of {pool_words(store, worker.pool)} is lost: worker "
            f"{worker_title(worker)} (pid {worker.pid}) {exit_words(worker.exit_code)} while it "
            "ran it; the pool went on with another, and its result will never come"
        )
        waiting = _waiting(store, key)
        if waiting:
            verb = "waits" if len(waiting) == 1 else "wait"
            text += f"; {', '.join(thread_words(store, each) for each in waiting)} {verb} for it"
        lane = ("worker", worker.id)
        return Finding(
            self.kind,
            f"{text}.",
            [str(key), str(worker.id), *(str(store.threads[each].id) for each in waiting)],
            worker.gone,
            WARNING,
            None,
            Place(lane, key),
            (lane, *(case.lane(each) for each in waiting)),
        )


def _waiting(store: Store, key: int) -> list[int]:
    """Threads (rows) that still wait for a task."""
    waits = store.waits
    rows = np.flatnonzero(waits.end == NEVER).tolist() if len(waits) else []
    return [int(waits.thread[row]) for row in rows if key in waits[row].future_ids()]
