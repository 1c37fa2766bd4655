"""The crew of a process pool: what is queued, what is handed over, and what came back.

The flow, and which thread does what, is at the top of ``process_pool.py``.

``lock`` guards ``queue``, ``out``, the flags and the counts. No user code (pickling, callbacks,
``repr``) and no system call runs under it. It is re-entrant, as a signal handler or a
``__del__`` may submit in the middle.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from concurrent.futures import InvalidStateError
from concurrent.futures.process import _RemoteTraceback
from typing import Any, Final

from poolscope import naming, wire
from poolscope.channel import Channel
from poolscope.future import Future
from poolscope.process_results import broken_pool, opened
from poolscope.states import CANCELLED, PENDING, SENT_EVENT
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import Kind

_SUBMITTED: Final = int(Kind.SUBMITTED)
_PICKLED: Final = int(Kind.PICKLED)

# What is sent ahead of the workers can no longer be cancelled, so it is one task, except where
# tasks are so short that a worker would sleep and wake for each: then as many as last this long.
AHEAD_NS: Final = 250_000
MOST_AHEAD: Final = 32


class Job:
    """One submitted call on its way."""

    __slots__ = ("args", "at", "fn", "future", "kwargs")

    def __init__(
        self,
        future: Future[Any],
        fn: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        self.future = future
        self.fn: Callable[..., Any] | None = fn
        self.args: tuple[Any, ...] = args
        self.kwargs: dict[str, Any] = kwargs
        self.at = time.perf_counter_ns()


_NOTHING: Final[dict[str, Any]] = {}


class Crew:
    """A process pool without its face and its processes."""

    channel: Channel
    wake: Callable[[], None]

    def __init__(self, pool: int, max_workers: int) -> None:
        self.pool = pool
        self.max_workers = max_workers
        self.lock = threading.RLock()
        self.hired = threading.Condition(self.lock)  # ``hiring`` has gone down
        self.queue: deque[Job] = deque()
        self.out: dict[int, Job] = {}  # claimed for pickling, or handed over
        self.workers = 0  # how many take tasks
        self.hiring = 0  # how many are being started this moment
        self.idle = 0  # those that gave a result back and were not counted on since
        self.begun = False  # the channel is open
        self.closing = False  # no more tasks come, those that are there will be done
        self.finishing = False  # nothing is left to do: no more workers either
        self.broken = ""
        self.ended_by = ""  # why the workers will end without a word: somebody ended them
        self.done = 0
        self.cancelled = 0
        self._ahead = 1
        self._recent_ns = AHEAD_NS
        _crews.add(self)

    def begin(self, channel: Channel, wake: Callable[[], None]) -> None:
        """Tasks will go through ``channel``; ``wake`` is what wakes the keeper."""
        self.channel = channel
        self.wake = wake
        self.begun = True

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
            self.idle = min(self.idle, self.workers)
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

    def abandon(self) -> None:
        """In a forked child: workers and keeper are the parent's."""
        self.lock = threading.RLock()
        if self.begun:
            self.broken = (
                "This process pool belongs to the process that this one was forked from. "
                "Make a pool of your own here."
            )

    def put(self, job: Job, text: str, by_map: int) -> None:
        """Queue ``job``, under the lock that the caller holds."""
        emit_text = _recorder.emit_text
        if emit_text is not None:
            emit_text(_SUBMITTED, job.future._id, self.pool, text, by_map)
        self.queue.append(job)

    def hand_over(self) -> None:
        """Send queued jobs to the workers, as many as there is room for; from any thread."""
        while jobs := self._claim():
            for job in jobs:
                self._send(job)

    def _claim(self) -> list[Job]:
        """Take what there is room for out of the queue, but no more than a few: pickling one
        may take long, and another thread can do the rest meanwhile.
        """
        with self.lock:
            queue, out = self.queue, self.out
            room = self.channel.limit(self.workers, self._ahead) - len(out)
            if room <= 0 or self.broken:
                return []
            jobs = [queue.popleft() for _ in range(min(room, len(queue), self._ahead))]
            for job in jobs:
                out[job.future._id] = job
            return jobs

    def hand_over_if_idle(self) -> None:
        """The same for a caller's thread, which leaves it to the keeper while all are busy.

        While a job is out a report will come, and the keeper hands over after each. Were both
        to do it, each system call of one would give the interpreter lock to the other.
        """
        if len(self.out) <= self.workers:
            self.hand_over()

    def _send(self, job: Job) -> None:
        future = job.future
        if self.broken:
            return  # failed with all the others
        if future._state == CANCELLED:
            self._dismiss(job)
            return
        try:
            body = wire.dumps((job.fn, job.args, job.kwargs))
        except BaseException as error:  # noqa: BLE001  a __reduce__ may raise anything, SystemExit too
            self._refuse(job, error)
            return
        finally:
            # Nobody needs them here any more; what they hold may be large.
            job.fn, job.args, job.kwargs = None, (), _NOTHING
        if len(body) > wire.INLINE_LIMIT:
            self._recent_ns = AHEAD_NS  # what is large takes long on the way
        task = future._id
        emit = _recorder.emit
        if emit is not None:
            emit(_PICKLED, task, len(body), 0, 0)
        try:
            # RUNNING, and SENT recorded, before the call: the worker may be quicker than we.
            if not future._start(event=SENT_EVENT):
                self._withdraw(job)
                return
        except InvalidStateError:
            # Settled meanwhile: by hand, or with everything else because the pool broke.
            self._withdraw(job)
            return
        try:
            sent = self.channel.send(task, body, recording_folder())
        except wire.SpillError as error:
            self._refuse(job, error)
            return
        if not sent:
            self.wake()

    def _withdraw(self, job: Job) -> None:
        """Take a claimed job back that no worker will get."""
        with self.lock:
            if self.out.pop(job.future._id, None) is not None:
                self._count_idle()
            self.cancelled += 1

    def _dismiss(self, job: Job) -> None:
        """Forget a job that was cancelled, and tell those who wait for it."""
        self._withdraw(job)
        try:
            job.future._start()
        except InvalidStateError:
            return  # somebody else has told them

    def _count_idle(self) -> None:
        """One more worker without work, but never more than there are. Under the lock."""
        spare = self.workers - len(self.queue) - len(self.out)
        self.idle = max(0, min(self.idle + 1, spare))

    def _refuse(self, job: Job, error: BaseException) -> None:
        """Fail a job that cannot be handed over: its own future alone."""
        error.__cause__ = _RemoteTraceback(f'\n"""\n{naming.traceback_text(error)}"""')
        with self.lock:
            self.out.pop(job.future._id, None)
        self.settle(job.future, None, error, 0)

    def take_reports(self, reports: list[wire.Report]) -> None:
        """Results and exceptions came back: settle their futures. By the keeper."""
        slowest = 0
        jobs = []
        with self.lock:
            for report in reports:
                jobs.append(self.out.pop(report.task, None))
                slowest = max(slowest, report.ran_ns)
                if not report.flags & wire.LAST:
                    self._count_idle()
            self._pace(slowest)
        # First the next tasks, so that no worker waits for our callbacks; several at a time.
        if self.queue and len(self.out) <= self.workers + self._ahead // 2:
            self.hand_over()
        for report, job in zip(reports, jobs, strict=True):
            if job is not None:
                result, error = opened(report)
                self.settle(job.future, result, error, report.worker)
            del report, job

    def _pace(self, ran_ns: int) -> None:
        """Decide how much to send ahead: by the slowest of late, forgotten slowly."""
        recent = self._recent_ns - (self._recent_ns >> 2)
        self._recent_ns = recent = max(ran_ns, recent)
        self._ahead = max(1, min(MOST_AHEAD, self.workers * AHEAD_NS // (recent + 1)))

    def settle(
        self, future: Future[Any], result: object, error: BaseException | None, worker: int
    ) -> None:
        """Give ``future`` its result or exception, and call back."""
        text = trace = ""
        if _recorder.emit is not None:
            if error is None:
                text = naming.short_repr(result)
            else:
                text, trace = naming.error_text(error), naming.traceback_text(error)
        try:
            future._settle(result, error, worker, text, trace)
        except InvalidStateError:
            # Cancelled in the last moment before pickling failed, or settled by hand.
            if future._state == CANCELLED:
                future._start()
            return
        self.done += 1
        future._invoke_callbacks()

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

    def queued(self) -> tuple[int, int | None]:
        """How many jobs wait, and since when (``perf_counter_ns``) the oldest does."""
        with self.lock:
            waiting = [job.at for job in self.queue if job.future._state == PENDING]
        return len(waiting), min(waiting, default=None)


_folder: tuple[object, bytes] = (None, b"")


def recording_folder() -> bytes:
    """The folder this process records into, as it travels; empty for none."""
    global _folder
    if _recorder.emit is None:
        return b""
    folder = _recorder.folder()
    known, encoded = _folder
    if folder is not known:
        encoded = b"" if folder is None else os.fsencode(folder)
        _folder = (folder, encoded)
    return encoded


_crews: weakref.WeakSet[Crew] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for crew in list(_crews):
        crew.abandon()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
