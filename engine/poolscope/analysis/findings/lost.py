"""Tasks that went with their worker, in a pool that goes on as if nothing had been."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from poolscope.analysis.column import NEVER
from poolscope.analysis.findings.finding import MOST_SINGLY, WARNING, Case, Finding, Place
from poolscope.analysis.lanes import worker_title
from poolscope.analysis.wait_words import thread_words
from poolscope.analysis.worker_end import exit_words
from poolscope.trace.schema import ReturnWhen


class LostTask:
    """A task whose worker process ended in its midst, in a pool that put another in its place.

    ``multiprocessing.Pool`` does so, and never settles the result: who waits for it waits for
    ever. A pool of ``concurrent.futures`` breaks instead, and of that ``broken-pool`` tells.
    """

    kind: ClassVar[str] = "lost-task"

    def check(self, case: Case) -> Iterator[Finding]:
        store, tasks, rows = case.store, case.store.tasks, case.index.running
        if not len(rows) or store.dropped:
            return
        gone = store.worker_gone[tasks.worker[rows]] != NEVER
        rows = rows[gone & (tasks.returned[rows] == NEVER) & (tasks.finished[rows] == NEVER)]
        told = 0
        for row in rows.tolist():
            worker = store.workers[int(tasks.worker[row])]
            if worker.gone == NEVER or not self._replaced(case, int(tasks.worker[row])):
                continue
            told += 1
            if told > MOST_SINGLY:
                return
            yield self._finding(case, row)

    @staticmethod
    def _replaced(case: Case, row: int) -> bool:
        store, dead = case.store, case.store.workers[row]
        pool = store.pools[dead.pool]
        return pool.broken is None and any(
            store.workers[other].born >= dead.gone for other in reversed(pool.workers)
        )

    @staticmethod
    def _finding(case: Case, row: int) -> Finding:
        store, tasks = case.store, case.store.tasks
        key, worker = int(tasks.id[row]), store.workers[int(tasks.worker[row])]
        pool, name = store.pools[worker.pool], store.text(int(tasks.label[row])) or "a task"
        waits = (store.waits[wait] for wait in store.waits.open_rows.tolist())
        waiting = [
            wait.thread
            for wait in waits
            if wait.thread != NEVER
            and not (
                wait.return_when == ReturnWhen.FIRST_COMPLETED
                and sum(count for _, count in wait.futures) > 1
            )
            and any(first <= key < first + count for first, count in wait.futures)
        ]
        text = (
            f"Worker {worker_title(worker)} (pid {worker.pid}) {exit_words(worker.exit_code)} "
            f"while it ran {name}: {pool.name} went on with another in its place, and the result "
            "of that task never comes"
        )
        if waiting:
            names = ", ".join(thread_words(store, thread) for thread in dict.fromkeys(waiting))
            text += f"; {names} {'waits' if len(set(waiting)) == 1 else 'wait'} for it"
        return Finding(
            LostTask.kind,
            f"{text}.",
            [str(key), str(worker.id), str(pool.id)],
            worker.gone,
            WARNING,
            None,
            Place(("worker", worker.id), key),
            tuple(case.lane(thread) for thread in dict.fromkeys(waiting)),
        )
