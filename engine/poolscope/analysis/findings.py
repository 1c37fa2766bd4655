"""What is wrong or remarkable in a trace, each said in one sentence.

A finding is a class with a ``kind`` and a ``check`` that yields what it found. It says only what
is certain: where records may be missing, it is silent.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Protocol

import numpy as np

from poolscope.analysis.column import NEVER
from poolscope.analysis.lanes import thread_title, worker_title
from poolscope.analysis.task_table import TaskState
from poolscope.trace.schema import PoolKind

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

_MOST_SINGLY: Final = 50  # of one kind; what is more is put together in one


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: ``subjects`` are ids (as strings), ``at`` ns since the origin."""

    kind: str
    text: str
    subjects: list[str]
    at: int


class Check(Protocol):
    """One kind of finding."""

    kind: ClassVar[str]  # as the contract of the report names it

    def check(self, store: Store) -> Iterator[Finding]:
        """All findings of this kind."""
        ...


def run_ended(store: Store) -> bool:
    """Whether the recording is over: nothing more will be seen to happen."""
    return store.finished or store.root_pid in store.exits


def exit_words(code: int | None) -> str:
    """How a process ended, in words."""
    if code is None:
        return "ended in an unknown way"
    if code < 0:
        try:
            return f"was killed by {signal.Signals(-code).name}"
        except ValueError:
            return f"was killed by signal {-code}"
    return f"exited with status {code}"


class BrokenPool:
    """A pool that broke, and whose end broke it."""

    kind: ClassVar[str] = "broken-pool"

    def check(self, store: Store) -> Iterator[Finding]:
        for pool in store.pools:
            if pool.broken is None:
                continue
            subjects, culprits = [str(pool.id)], []
            for row in pool.workers:
                worker = store.workers[row]
                if not worker.crashed:
                    continue
                subjects.append(str(worker.id))
                if pool.kind == PoolKind.THREAD or not worker.pid:
                    # A thread has no exit status, and a process that never became ready said
                    # nothing of itself: why, the pool knows.
                    continue
                said = f"worker {worker_title(worker)} (pid {worker.pid}) "
                said += exit_words(worker.exit_code)
                task = self._running_at_death(store, row)
                if task != NEVER:
                    subjects.append(str(store.tasks.id[task]))
                    said += f" while it ran {store.text(int(store.tasks.label[task])) or 'a task'}"
                culprits.append(said)
            cause = "; ".join(culprits) or pool.broken.rstrip(".") or "no cause was recorded"
            at = max(0, pool.broken_at)
            yield Finding(self.kind, f"Pool {pool.name} broke: {cause}.", subjects, at)

    def _running_at_death(self, store: Store, worker: int) -> int:
        tasks, gone = store.tasks, store.workers[worker].gone
        rows = np.flatnonzero((tasks.worker == worker) & (tasks.started != NEVER))
        rows = rows[tasks.returned[rows] == NEVER]
        rows = rows[(tasks.finished[rows] == NEVER) | (tasks.finished[rows] >= gone)]
        return int(rows[np.argmax(tasks.started[rows])]) if len(rows) else NEVER


class UnreadException:
    """A future that failed, and at which nobody had looked when the recording ended."""

    kind: ClassVar[str] = "unread-exception"

    def check(self, store: Store) -> Iterator[Finding]:
        # A record of the look may be among what is missing.
        if not run_ended(store) or store.lost or store.dropped:
            return
        tasks = store.tasks
        rows = np.flatnonzero((tasks.state() == TaskState.EXCEPTION) & ~tasks.exception_read)
        rows = rows[np.argsort(tasks.finished[rows], kind="stable")]
        for row in rows[:_MOST_SINGLY].tolist():
            label = store.text(int(tasks.label[row])) or "A future made by hand"
            error = store.text(int(tasks.result[row])) or "an exception"
            text = f"{label} failed with {error}; when the recording ended nobody had looked at it."
            yield Finding(self.kind, text, [str(tasks.id[row])], int(tasks.finished[row]))
        rest = rows[_MOST_SINGLY:]
        if len(rest):
            subjects = [str(key) for key in tasks.id[rest].tolist()]
            text = f"{len(rest)} more futures failed, and nobody had looked at them by the end."
            yield Finding(self.kind, text, subjects, int(tasks.finished[rest[0]]))


class LostEvents:
    """What the trace itself lacks."""

    kind: ClassVar[str] = "lost-events"

    def check(self, store: Store) -> Iterator[Finding]:
        if store.lost:
            text = f"{store.lost} events could not be recorded: the picture has gaps."
            yield Finding(self.kind, text, [], 0)
        if store.dropped or store.hidden_tasks:
            count = max(store.dropped, store.hidden_tasks)
            text = f"{count} tasks were dropped to keep the quota: history begins later."
            yield Finding(self.kind, text, [], 0)
        for sentence in store.errors:
            yield Finding(self.kind, sentence, [], 0)


class Deadlock:
    """Threads that waited for each other's locks in a ring when the run ended."""

    kind: ClassVar[str] = "deadlock"

    def check(self, store: Store) -> Iterator[Finding]:
        # While the process lives, an acquire may still time out: then it is no deadlock.
        if store.root_pid not in store.exits:
            return
        waits_for, held = _last_wants(store), _last_holders(store)
        seen: set[int] = set()
        for start in sorted(waits_for):
            path: list[int] = []
            thread = start
            while thread in waits_for and thread not in seen:
                seen.add(thread)
                path.append(thread)
                thread = held.get(waits_for[thread][0], NEVER)
            if thread in path:
                yield self._finding(store, path[path.index(thread) :], waits_for)

    def _finding(
        self, store: Store, ring: list[int], waits_for: dict[int, tuple[int, int]]
    ) -> Finding:
        said = []
        for place, thread in enumerate(ring):
            own = store.locks[waits_for[ring[place - 1]][0]].name
            wanted = store.locks[waits_for[thread][0]].name
            name = thread_title(store.threads[thread])
            said.append(f"{name} holds {own} and waits for {wanted}")
        subjects = [str(store.threads[thread].id) for thread in ring]
        subjects += [str(store.locks[waits_for[thread][0]].id) for thread in ring]
        at = max(waits_for[thread][1] for thread in ring)
        return Finding(self.kind, f"Deadlock: {'; '.join(said)}.", subjects, at)


def _last_wants(store: Store) -> dict[int, tuple[int, int]]:
    """For each thread that never got out of an acquire: the lock, and since when."""
    table = store.lock_table.blocks
    rows = np.flatnonzero((table.outcome == NEVER) & (table.thread != NEVER))
    columns = (table.thread[rows], table.lock[rows], table.begin[rows])
    return {
        thread: (lock, begin)
        for thread, lock, begin in zip(*(column.tolist() for column in columns), strict=True)
    }


def _last_holders(store: Store) -> dict[int, int]:
    """For each lock that nobody released: the thread that held it."""
    return {row: lock.owner for row, lock in enumerate(store.locks) if lock.owner != NEVER}


CHECKS: Final[tuple[Check, ...]] = (BrokenPool(), Deadlock(), UnreadException(), LostEvents())


def findings(store: Store) -> list[Finding]:
    """All findings, by time."""
    found = [each for check in CHECKS for each in check.check(store)]
    return sorted(found, key=lambda each: each.at)
