"""Tasks that hold their workers for very long while others wait in the queue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import ClassVar, Final

import numpy as np

from poolscope.analysis.column import NEVER
from poolscope.analysis.findings.finding import WARNING, Case, Finding, Place
from poolscope.analysis.findings.load import at, median_run, oldest
from poolscope.analysis.wait_words import pool_words, task_words
from poolscope.analysis.wording import duration, plural

_S: Final = 1_000_000_000

# Below five seconds nobody is kept waiting to speak of; and a task of the usual length is
# nobody's fault, however long that is.
_HELD_NS: Final = 5 * _S
_UNUSUAL: Final = 20  # times the median
_NONE_ENDED_NS: Final = 30 * _S  # where none has ended, what is usual is not known yet
_MOST: Final = 40  # the longest ones are judged


class Starvation:
    """Workers held for long while others wait: the endless task."""

    kind: ClassVar[str] = "starvation"

    def __init__(self) -> None:
        self._over: dict[int, Finding | None] = {}  # of tasks that have ended

    def check(self, case: Case) -> Iterator[Finding]:
        tasks, now = case.store.tasks, case.now_ns
        longest = np.where(tasks.finished == NEVER, now, tasks.finished) - tasks.started
        ran = np.flatnonzero((longest >= _HELD_NS) & (tasks.started != NEVER))
        ran = ran[(tasks.worker[ran] != NEVER) & (tasks.pool[ran] != NEVER)]
        ends = case.index.ends(ran)
        length = np.where(ends == NEVER, now, ends) - tasks.started[ran]
        medians: dict[int, int] = {}
        held: defaultdict[int, list[int]] = defaultdict(list)  # by pool: those that still run
        for place in np.argsort(-length, kind="stable")[:_MOST].tolist():
            row, pool = int(ran[place]), int(tasks.pool[ran[place]])
            if pool not in medians:
                medians[pool] = median_run(case, pool)
            usual = medians[pool]
            least = _UNUSUAL * usual if usual != NEVER else 0 if case.ended else _NONE_ENDED_NS
            if length[place] < max(_HELD_NS, least):
                continue
            if ends[place] == NEVER:
                held[pool].append(row)
            elif row not in self._over:
                self._over[row] = self._judge(case, [row], int(ends[place]), usual)
        stuck = _stuck(case) if held else set()
        found = []
        for pool, rows in held.items():
            workers = [case.store.workers[row] for row in tasks.worker[rows].tolist()]
            free = [row for row, by in zip(rows, workers, strict=True) if by.thread not in stuck]
            if free:
                found.append(self._judge(case, free, NEVER, medians[pool]))
        yield from (each for each in (*self._over.values(), *found) if each is not None)

    def _judge(self, case: Case, rows: list[int], end: int, usual: int) -> Finding | None:
        """Tasks of one pool that end together, or still run; the longest first."""
        store, tasks, row = case.store, case.store.tasks, rows[0]
        pool, begin = int(tasks.pool[row]), int(tasks.started[row])
        until = case.now_ns if end == NEVER else end
        depth = store.queues.of(pool)
        waiting = at(depth, until - 1)
        if not waiting:
            return None
        first, last = np.searchsorted(depth.times, np.array([begin, until]), "right")
        levels = depth.counts[max(0, int(first) - 1) : int(last)]
        kept = oldest(case, pool, until - 1)
        if kept < _HELD_NS or (end != NEVER and not (levels > 0).all()):
            return None
        workers = [store.workers[int(tasks.worker[each])] for each in rows]
        has = "has held" if end == NEVER else "held"
        text = (
            f"{task_words(store, row)} {has} {workers[0].name or 'a worker'} of "
            f"{pool_words(store, pool)} for {duration(until - begin)}"
        )
        if usual != NEVER:
            text += f", {(until - begin) / max(1, usual):,.0f} times the usual length,"
        if len(rows) > 1:
            others = plural(len(rows) - 1, "more worker")
            text += f" and {others} {'is' if len(rows) == 2 else 'are'} held likewise,"
        text += f" while {plural(waiting, 'task')} waited, the oldest for {duration(kept)}."
        keys = [int(tasks.id[each]) for each in rows]
        lanes = tuple(("worker", worker.id) for worker in workers)
        subjects = [str(key) for key in keys] + [str(worker.id) for worker in workers]
        return Finding(
            self.kind,
            text,
            [*subjects, str(store.pools[pool].id)],
            begin,
            WARNING,
            None if end == NEVER else end,
            Place(lanes[0], keys[0]),
            lanes,
        )


def _stuck(case: Case) -> set[int]:
    """Threads that never go on because of others: of them, and why, other findings tell."""
    graph = case.watch.graph()
    return {*graph.stuck, *(graph.silent if case.ended else ())}
