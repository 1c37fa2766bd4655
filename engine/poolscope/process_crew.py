"""The crew: a process pool without its face and its processes.

The flow, and which thread does what, is at the top of ``process_pool.py``; the way out, and what
its lock guards, in ``process_sending.py``.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from concurrent.futures import InvalidStateError
from types import MappingProxyType

from poolscope import wire
from poolscope.executor import Statistics
from poolscope.process_groups import LOOK_NS, Groups
from poolscope.process_leading import WATCH_S, Leading
from poolscope.process_results import broken_pool, opened
from poolscope.process_sending import AHEAD_NS
from poolscope.states import BUSY, CANCELLED, GONE, IDLE, PENDING, STARTING


class Crew(Leading):
    """What the pool and its keeper share: tasks, and how many workers there are and may be."""

    def __init__(self, pool: int, max_workers: int) -> None:
        super().__init__(pool, max_workers)
        _crews.add(self)

    # -- workers --------------------------------------------------------------------------

    def claim_worker(self) -> bool:
        """Whether one more worker is to be started for a task that comes; counts it in."""
        with self.lock:
            if self.idle > 0:
                self.idle -= 1
                return False
            if self.workers + self.hiring >= self.max_workers or self.finishing or self.broken:
                return False
            self.hiring += 1
            return True

    def lacks_worker(self) -> bool:
        """The same after a worker has left: whether there are more tasks than workers."""
        with self.lock:
            staffed = self.workers + self.hiring
            if staffed >= min(self.max_workers, len(self.queue) + len(self.out)) or self.broken:
                return False
            self.hiring += 1
            return True

    def worker_claimed(self, workers: int) -> None:
        """The start that a claim allowed is over; ``workers`` are there."""
        with self.lock:
            self.hiring -= 1
            self.workers = workers
            self.hired.notify_all()

    def worker_left(self, workers: int) -> None:
        """A worker takes no more tasks; ``workers`` still do."""
        with self.lock:
            self.workers = workers
            # Counted anew: while the pool was full nobody kept count.
            self.idle = max(0, workers - len(self.queue) - len(self.out))

    def abandon(self) -> None:
        """In a forked child: workers and keeper are the parent's."""
        self.lock = threading.RLock()
        self.loan.forfeit()
        if self.begun:
            self.shut = True
            self.broken = (
                "This process pool belongs to the process that this one was forked from. "
                "Make a pool of your own here."
            )

    # -- what comes back ------------------------------------------------------------------

    def take_reports(self, reports: list[wire.Report]) -> None:
        """Results and exceptions came back: settle their futures. By the keeper."""
        self._pace(max(report.ran_ns for report in reports))
        if self.groups is not None and self.groups.open:
            reports = self._ungrouped(reports, self.groups)
        with self.lock:
            jobs = [self.out.pop(report.task, None) for report in reports]
            if self.workers < self.max_workers:  # else nobody asks
                self._count_idle(sum(not report.flags & wire.LAST for report in reports))
        # First the next tasks, so that no worker waits for our callbacks; several at a time.
        if self.queue and len(self.out) <= self.workers + self._ahead // 2:
            self.hand_over()
        if len(reports) == 1 and not self.out and jobs[0] is not None:
            self.note_lone(jobs[0])
        for report, job in zip(reports, jobs, strict=True):
            if job is not None:
                result, error = opened(report)
                self.settle(job.future, result, error, report.worker)
            del report, job

    def _ungrouped(self, reports: list[wire.Report], groups: Groups) -> list[wire.Report]:
        """``reports`` with those about groups replaced by one a result."""
        flat = []
        for report in reports:
            if report.kind == wire.RESULT or report.kind == wire.RAISED:
                flat.append(report)
            else:
                results, left = groups.done(report)
                flat += results
                self._send_again(left)
        return flat

    def look_at_groups(self) -> None:
        """See that no task is stuck in a group behind a long one. By the keeper."""
        if self.groups is None or not self.groups.open:
            return
        reports, back = self.groups.look()
        if reports:
            self.take_reports(reports)
        if back:
            self._pace(AHEAD_NS)  # they are not as short as they were
            self._send_again(back)

    @property
    def patience_ms(self) -> int | None:
        """How long the keeper may sleep before it looks at the groups or the leader again."""
        if self.groups is not None and self.groups.open:
            return LOOK_NS // 1_000_000
        return int(WATCH_S * 1000) if self.watchful else None

    # -- the end --------------------------------------------------------------------------

    def cancel_queued(self) -> None:
        """Cancel everything that was not handed over, and tell those who wait."""
        with self.lock:
            jobs = list(self.queue)
            self.queue.clear()
        for job in jobs:
            job.future.cancel()
            with self.lock:
                self.cancelled += 1
            try:
                job.future._start()
            except InvalidStateError:
                continue  # settled by hand

    def fail_all(self, reason: str, detail: str) -> None:
        """Fail every job with ``BrokenProcessPool``; ``broken`` is set already."""
        with self.lock:
            jobs = [*self.out.values(), *self.queue]
            self.out.clear()
            self.queue.clear()
        for job in jobs:
            if job.future._state == CANCELLED:
                self._dismiss(job)
            elif not job.future.done():
                # One each: raising an exception writes its traceback into it.
                self.settle(job.future, None, broken_pool(reason, detail), 0)

    def unsettled(self) -> list[int]:
        """The ids of the tasks that are not settled."""
        with self.lock:
            return [*self.out, *(job.future._id for job in self.queue)]

    def statistics(self, present: int, ready: int, gone: int) -> Statistics:
        """The pool at this moment, with so many workers."""
        with self.lock:
            waiting = [job.at for job in self.queue if job.future._state == PENDING]
            cancelled = self.cancelled + len(self.queue) - len(waiting)
            out, done = len(self.out), self.done
        busy = min(out, ready)
        return Statistics(
            max_workers=self.max_workers,
            workers=MappingProxyType(
                {STARTING: present - ready, IDLE: ready - busy, BUSY: busy, GONE: gone}
            ),
            queued=len(waiting),
            running=out,
            done=done,
            cancelled=cancelled,
            oldest_queued_ns=time.perf_counter_ns() - min(waiting) if waiting else None,
        )


_crews: weakref.WeakSet[Crew] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for crew in list(_crews):
        crew.abandon()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
