"""Findings about pools and what was submitted to them: unread, idle."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

import numpy as np

from poolscope.analysis.column import NEVER
from poolscope.analysis.crew import crew
from poolscope.analysis.findings.finding import MOST_SINGLY, NOTE, WARNING, Case, Finding, Place
from poolscope.analysis.task_table import TaskState
from poolscope.analysis.wait_words import pool_words
from poolscope.trace.schema import PoolKind


class UnreadException:
    """A future that failed, and at which nobody had looked when it was collected, or at the end."""

    kind: ClassVar[str] = "unread-exception"

    def check(self, case: Case) -> Iterator[Finding]:
        store, tasks = case.store, case.store.tasks
        unread = (tasks.state() == TaskState.EXCEPTION) & ~tasks.exception_read
        # That it was collected is said only when nobody had looked: it is so whatever is missing.
        # Otherwise somebody may still look; or the record of it may be among what is missing.
        if not case.ended or store.lost or store.dropped:
            unread &= tasks.exception_dropped != NEVER
        rows = np.flatnonzero(unread)
        rows = rows[np.argsort(tasks.finished[rows], kind="stable")]
        for row in rows[:MOST_SINGLY].tolist():
            label = store.text(int(tasks.label[row])) or "A future made by hand"
            error = store.text(int(tasks.result[row])).rstrip(".") or "an exception"
            collected = int(tasks.exception_dropped[row]) != NEVER
            when = "its future was collected" if collected else "the recording ended"
            failed = f"{label} failed with {error}"
            if tasks.not_handed_back(np.array([row]))[0]:
                failed = f"{label} returned, but its result could not be handed back ({error})"
            text = f"{failed}; when {when} nobody had looked at it."
            key, at = int(tasks.id[row]), int(tasks.finished[row])
            worker = int(tasks.worker[row])
            lane = ("worker", store.workers[worker].id) if worker != NEVER else None
            yield Finding(self.kind, text, [str(key)], at, WARNING, None, Place(lane, key))
        rest = rows[MOST_SINGLY:]
        if len(rest):
            subjects = [str(key) for key in tasks.id[rest].tolist()]
            text = f"{len(rest)} more futures failed, and nobody ever looked at them."
            yield Finding(self.kind, text, subjects, int(tasks.finished[rest[0]]))


_LONG_ENOUGH_NS: Final = 1_000_000_000  # a pool younger than this has not shown what it needs
_ENOUGH_TASKS: Final = 2  # tasks for each worker: with fewer, more workers were not to be used


class IdleWorkers:
    """A pool with more workers than there ever was work for at one time."""

    kind: ClassVar[str] = "idle-workers"

    def ahead(self, case: Case) -> Iterator[None]:
        for row, _ in self._grown(case):
            yield from case.index.busy_ahead(row)

    def check(self, case: Case) -> Iterator[Finding]:
        store = case.store
        for row, until in self._grown(case):
            pool, size = store.pools[row], crew(store, row)
            busy = case.index.busy(row).counts
            most = int(busy.max()) if len(busy) else 0
            if most >= size or (store.tasks.pool == row).sum() < _ENOUGH_TASKS * size:
                continue
            # Threads take what is queued at once. Processes may yet be starting, or be waiting for
            # arguments to be pickled, while there is work for them.
            depth = store.queues.of(row).counts
            if pool.kind == PoolKind.PROCESS and len(depth) and most + int(depth.max()) >= size:
                continue
            idle = size - most
            text = (
                f"{_sentence(pool_words(store, row))} has {size} workers, of which never more "
                f"than {most} had work at once: {idle} of them "
                f"{'was' if idle == 1 else 'were'} not needed."
            )
            yield Finding(self.kind, text, [str(pool.id)], until, NOTE)

    def _grown(self, case: Case) -> Iterator[tuple[int, int]]:
        """The pools (rows) of several workers that were there for long enough, and until when."""
        store = case.store
        if store.dropped:  # they may have had work then
            return
        for row, pool in enumerate(store.pools):
            until = pool.ended if pool.ended != NEVER else store.now_ns
            long = pool.created != NEVER and until - pool.created >= _LONG_ENOUGH_NS
            if long and len(pool.workers) > 1:
                yield row, until


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
