"""Findings about pools whose workers came to a bad end: broken, or never with a worker."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from poolscope.analysis.column import NEVER
from poolscope.analysis.findings.finding import WARNING, Case, Finding, Place
from poolscope.analysis.lanes import worker_title
from poolscope.analysis.task_table import TaskState
from poolscope.analysis.wait_words import pool_words
from poolscope.analysis.wording import plural
from poolscope.analysis.worker_end import exit_words, failed_workers, initializer_words
from poolscope.trace.schema import Engine, PoolKind

if TYPE_CHECKING:
    from poolscope.analysis.entities import Pool
    from poolscope.analysis.store import Store

__all__ = ["BrokenPool", "FailingWorkers"]

_MOST_NAMED: Final = 8  # a pool that starts others without end has thousands


class BrokenPool:
    """A pool that broke, and whose end broke it."""

    kind: ClassVar[str] = "broken-pool"

    def check(self, case: Case) -> Iterator[Finding]:
        store = case.store
        for pool in store.pools:
            if pool.broken is not None:
                yield self._finding(store, pool, pool.broken.rstrip("."))

    def _finding(self, store: Store, pool: Pool, known: str) -> Finding:
        failed = failed_workers(store, pool)[:1]
        culprits = failed or _culprits(store, pool)
        subjects, said = [str(pool.id)], []
        for row in culprits:
            worker = store.workers[row]
            subjects.append(str(worker.id))
            if failed:
                said.append(initializer_words(store, row))
            elif pool.kind != PoolKind.THREAD and worker.pid:
                # A thread has no exit status, and a process that never became ready said
                # nothing of itself: why, the pool knows.
                words = f"worker {worker_title(worker)} (pid {worker.pid}) "
                words += exit_words(worker.exit_code)
                task = _running_at_death(store, row)
                if task != NEVER:
                    subjects.append(str(store.tasks.id[task]))
                    words += f" while it ran {store.text(int(store.tasks.label[task])) or 'a task'}"
                said.append(words)
        if known and not (said and (failed or _tells_enough(store, pool, culprits, known))):
            # Somebody may have ended one of them, or the pool all of them once it was broken.
            said.insert(0, known)
        cause = "; ".join(said) or "no cause was recorded"
        text = f"Pool {pool.name} broke: {cause}.{_consequence(store, pool, culprits)}"
        place = Place(("worker", int(subjects[1])) if len(subjects) > 1 else None)
        at = max(0, pool.broken_at)
        return Finding(self.kind, text, subjects, at, WARNING, None, place)


def _culprits(store: Store, pool: Pool) -> list[int]:
    """Whose end broke it: who had ended when it noticed. It ends the others itself, by SIGTERM."""
    crashed = [row for row in pool.workers if store.workers[row].crashed]
    before = [row for row in crashed if _was_dead(store, pool, row)]
    own = [row for row in crashed if store.workers[row].exit_code != -signal.SIGTERM]
    return before or own or crashed


def _was_dead(store: Store, pool: Pool, row: int) -> bool:
    gone = store.workers[row].gone
    return gone != NEVER and pool.broken_at != NEVER and gone <= pool.broken_at


def _tells_enough(store: Store, pool: Pool, culprits: Sequence[int], known: str) -> bool:
    """Whether how its workers ended says all that the pool knows."""
    ends = [store.workers[row] for row in culprits]
    if any(end.exit_code != -signal.SIGTERM for end in ends):
        return True
    certain = all(_was_dead(store, pool, row) for row in culprits)
    theirs = pool.engine == Engine.STDLIB  # its own words are those of any end
    return certain and (theirs or any(worker_title(end) in known for end in ends))


def _consequence(store: Store, pool: Pool, culprits: Sequence[int]) -> str:
    """What the pool did to its other workers."""
    ended = [
        row
        for row in pool.workers
        if row not in culprits
        and store.workers[row].exit_code == -signal.SIGTERM
        and not _was_dead(store, pool, row)
    ]
    if not ended:
        return ""
    workers = "other worker" if culprits else "worker"
    which = workers if len(ended) == 1 else plural(len(ended), workers)
    return f" It then ended its {which} by SIGTERM."


def _running_at_death(store: Store, worker: int) -> int:
    tasks, gone = store.tasks, store.workers[worker].gone
    # The standard library's pool fails its futures first, and then looks for its dead.
    broken = store.pools[store.workers[worker].pool].broken_at
    gone = gone if broken == NEVER else min(gone, broken)
    rows = np.flatnonzero((tasks.worker == worker) & (tasks.started != NEVER))
    rows = rows[tasks.returned[rows] == NEVER]
    rows = rows[(tasks.finished[rows] == NEVER) | (tasks.finished[rows] >= gone)]
    return int(rows[np.argmax(tasks.started[rows])]) if len(rows) else NEVER


class FailingWorkers:
    """Workers that end before they can take a task, in a pool that starts others in their places.

    ``multiprocessing.Pool`` does so without end, and of its tasks none ever begins.
    """

    kind: ClassVar[str] = "failing-workers"

    def check(self, case: Case) -> Iterator[Finding]:
        store = case.store
        for row, pool in enumerate(store.pools):
            if pool.broken is not None:
                continue
            rows = [worker for worker in pool.workers if self._failed(store, pool, worker)]
            if rows:
                rows.sort(key=lambda worker: store.workers[worker].gone)
                yield self._finding(store, row, rows)

    @staticmethod
    def _failed(store: Store, pool: Pool, row: int) -> bool:
        worker = store.workers[row]
        if worker.failed is not None:
            return True
        if pool.kind != PoolKind.PROCESS or worker.ready != NEVER:
            return False
        # Somebody may have ended it before it was ready.
        return worker.crashed and worker.exit_code != -signal.SIGTERM

    @staticmethod
    def _replaced(store: Store, pool: Pool, rows: list[int]) -> str:
        gone = store.workers[rows[0]].gone  # the first to go
        born = [store.workers[row].born for row in pool.workers]
        if gone == NEVER or max(born) < gone:
            return ""
        places = "another in its place" if len(rows) == 1 else "others in their places"
        return f", and the pool put {places}"

    def _finding(self, store: Store, row: int, rows: list[int]) -> Finding:
        pool, tasks = store.pools[row], store.tasks
        said = [worker for worker in rows if store.workers[worker].failed is not None]
        first = (said or rows)[0]
        worker = store.workers[first]
        ending = f"{worker_title(worker)} {exit_words(worker.exit_code)}"
        why = initializer_words(store, first) if said else ending
        text = (
            f"{plural(len(rows), 'worker')} of {pool_words(store, row)} ended before "
            f"{'it' if len(rows) == 1 else 'they'} could take a task"
            f"{self._replaced(store, pool, rows)}: {why}."
        )
        theirs = np.flatnonzero(tasks.pool == row)
        waiting = int((tasks.state(theirs) < TaskState.RUNNING).sum())
        if waiting and not (tasks.started[theirs] != NEVER).any():
            text += f" {plural(waiting, 'task')} {'waits' if waiting == 1 else 'wait'}."
        place = Place(("worker", worker.id))
        at = max(0, store.workers[rows[0]].gone)
        subjects = [str(pool.id), *(str(store.workers[each].id) for each in rows[:_MOST_NAMED])]
        return Finding(self.kind, text, subjects, at, WARNING, None, place)
