"""The way out of a process pool: the queue, and what is handed over and has not come back.

``Sending`` is the half of the crew (``process_crew``) that any thread may use.

``lock`` guards ``queue``, ``out``, the flags and the counts. No user code (pickling, callbacks,
``repr``) and no system call runs under it. It is re-entrant, as a signal handler or a
``__del__`` may submit in the middle.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import InvalidStateError
from concurrent.futures.process import BrokenProcessPool
from time import perf_counter_ns
from typing import Any, Final, NoReturn

from poolscope import naming, pickle_notes, wire
from poolscope.channel import Channel
from poolscope.future import Future
from poolscope.loan import Loan
from poolscope.process_groups import LARGEST, Groups, packed, pickled, plain
from poolscope.process_jobs import Job, recording_folder
from poolscope.process_results import TransferError, interrupted, remote_traceback
from poolscope.states import CANCELLED, PENDING, SENT_EVENT
from poolscope.trace import recorder as _recorder

# What is sent ahead of the workers can no longer be cancelled, so it is one task, except where
# tasks are so short that a worker would sleep and wake for each: then as many as last this long.
AHEAD_NS: Final = 250_000
TOGETHER_NS: Final = 100_000  # and a group is as many as last this long


_NOTHING: Final[dict[str, Any]] = {}


class Sending:
    """What is queued, what is out, and how the one becomes the other."""

    channel: Channel
    wake: Callable[[], None]
    groups: Groups | None = None  # where short tasks can travel together

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
        self.shut = False  # closing, broken, or the interpreter exits: submit refuses
        self.closing = False  # no more tasks come, those that are there will be done
        self.finishing = False  # nothing is left to do: no more workers either
        self.broken = ""
        self.ended_by = ""  # why the workers will end without a word: somebody ended them
        self.loan = Loan()  # the keeper's
        self.done = 0
        self.cancelled = 0
        self._ahead = 1
        self._together = 1
        self._recent_ns = AHEAD_NS

    def begin(self, channel: Channel, wake: Callable[[], None], grouped: bool) -> None:
        """Tasks will go through ``channel``, in groups if it can and they may be ``grouped``;
        ``wake`` is what wakes the keeper.
        """
        self.channel = channel
        self.wake = wake
        if grouped and channel.board is not None:
            self.groups = Groups(channel.board)
        self.begun = True

    def refuse(self) -> NoReturn:
        """Raise what ``submit`` raises when the pool is ``shut``."""
        if self.broken:
            raise BrokenProcessPool(self.broken)
        if self.closing:
            raise RuntimeError("cannot schedule new futures after shutdown")
        raise RuntimeError("cannot schedule new futures after interpreter shutdown")

    def hand_over(self) -> None:
        """Send queued jobs to the workers, as many as there is room for; from any thread."""
        while self.queue:
            jobs: list[Job] = []
            try:
                if not self._claim(jobs):
                    return
                left = jobs
                if len(jobs) > 1 and self.groups is not None and not self.groups.full:
                    left = self._send_group(jobs, self.groups)
                for job in left:
                    self._send(job)
            except BaseException as error:
                self._give_back(jobs, error)
                raise

    def _claim(self, jobs: list[Job]) -> bool:
        """Move what there is room for from the queue into ``jobs``, but no more than a few:
        pickling one may take long, and another thread can do the rest meanwhile.
        """
        with self.lock:
            queue, out = self.queue, self.out
            room = self.channel.limit(self.workers, self._ahead) - len(out)
            if room <= 0 or not queue or self.broken:
                return False
            share = max(1, len(queue) // max(1, self.workers))  # a short queue is for all
            for _ in range(min(room, self._together, share)):
                job = queue[0]
                jobs.append(job)
                out[job.future._id] = job
                queue.popleft()  # last: wherever an interrupt strikes, the job is somewhere
            return True

    def _give_back(self, jobs: list[Job], error: BaseException) -> None:
        """An interrupt struck the thread that was to send ``jobs``: queue those that wait still,
        and fail those that may or may not be on their way.
        """
        for job in reversed(jobs):
            with self.lock:
                known = self.out.get(job.future._id) is job and not job.sent
                if known and job.future._state in (PENDING, CANCELLED) and job.fn is not None:
                    del self.out[job.future._id]
                    if not (self.queue and self.queue[0] is job):
                        self.queue.appendleft(job)
                    continue
            if known:
                # Not the error itself: its frames hold the packet's buffer, see _put.
                reason = (
                    f"The task was being handed over when this came: {naming.error_text(error)}"
                )
                self._refuse(job, TransferError(reason))
        self.wake()

    def _send(self, job: Job) -> None:
        future = job.future
        if self.broken:
            return  # failed with all the others
        if future._state == CANCELLED:
            self._dismiss(job)
            return
        since = perf_counter_ns() if _recorder.emit is not None else 0
        try:
            body = wire.dumps((job.fn, job.args, job.kwargs))
        except BaseException as error:
            self._refuse(job, error)
            if interrupted(error):
                raise
            return
        finally:
            # Nobody needs them here any more; what they hold may be large.
            job.fn, job.args, job.kwargs = None, (), _NOTHING
        if len(body) > wire.INLINE_LIMIT:
            self._recent_ns = AHEAD_NS  # what is large takes long on the way
        pickle_notes.pickled(future._id, len(body), since)
        if self._set_running(job):
            self._put(job, body)

    def _send_group(self, jobs: list[Job], groups: Groups) -> list[Job]:
        """Send those of ``jobs`` that may travel together; returns the others."""
        chosen = [job for job in jobs if plain(job) and job.future._state == PENDING]
        since = perf_counter_ns() if _recorder.emit is not None else 0
        calls = pickled(chosen)
        if len(chosen) < 2 or calls is None or self.broken:
            return jobs
        if since:
            ids = [job.future._id for job in chosen]
            pickle_notes.pickled_together(ids, len(calls) // len(ids), since)
        running = [job for job in chosen if self._set_running(job)]
        if len(running) < len(chosen):
            calls = pickled(running)
        if not running or not self._put_group(running, calls, groups):
            self._send_again(running)
        if len(chosen) == len(jobs):
            return []
        taken = {id(job) for job in chosen}
        return [job for job in jobs if id(job) not in taken]

    def _put_group(self, jobs: list[Job], calls: bytes | None, groups: Groups) -> bool:
        """Send ``jobs`` together; whether that could be."""
        group = groups.open_one(jobs) if calls is not None else None
        if group is None or calls is None:
            return False
        first = jobs[0].future._id
        try:
            sent = self.channel.send(wire.GROUP, first, packed(group, calls), recording_folder())
        except OSError:  # no room for a packet: each by itself will be told
            groups.forget(first)
            return False
        except BaseException:
            groups.forget(first)
            raise
        for job in jobs:
            job.sent = True
        if not sent:
            self.wake()
        return True

    def _send_again(self, jobs: list[Job]) -> None:
        """Send each of ``jobs``, which are RUNNING, by itself."""
        for job in jobs:
            self._put(job, wire.dumps((job.fn, job.args, job.kwargs)))

    def _set_running(self, job: Job) -> bool:
        """Make the future RUNNING, and record SENT; before the call, as the worker may be
        quicker than we. ``False`` if there is nothing to send any more.
        """
        try:
            loan = self.loan if self.loan.thread == threading.get_ident() else None
            if job.future._start(0, SENT_EVENT, loan):
                job.future._lead = self
                return True
        except InvalidStateError:
            pass  # settled meanwhile: by hand, or with everything else because the pool broke
        self._withdraw(job)
        return False

    def _put(self, job: Job, body: wire.Body) -> None:
        try:
            sent = self.channel.send(wire.TASK, job.future._id, body, recording_folder())
        except OSError as error:  # no room: that of the one task, as far as we can know
            # Its frames hold the packet's buffer and, in a ring, the future: collecting such a
            # ring with a buffer that is lent out kills Python 3.12.
            self._refuse(job, error.with_traceback(None))
            return
        job.sent = True
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

    def _count_idle(self, more: int = 1) -> None:
        """So many more workers without work, but never more than there are. Under the lock."""
        spare = self.workers - len(self.queue) - len(self.out)
        self.idle = max(0, min(self.idle + more, spare))

    def _refuse(self, job: Job, error: BaseException) -> None:
        """Fail a job that cannot be handed over: its own future alone."""
        error.__cause__ = remote_traceback(naming.traceback_text(error))
        with self.lock:
            self.out.pop(job.future._id, None)
        self.settle(job.future, None, error, 0)

    def _pace(self, ran_ns: int) -> None:
        """Decide how much to send ahead: by the slowest of late, forgotten slowly."""
        recent = self._recent_ns - (self._recent_ns >> 2)
        self._recent_ns = recent = max(ran_ns, recent) + 1
        most = LARGEST * (self.workers + 1)
        self._ahead = max(1, min(most, self.workers * AHEAD_NS // recent))
        self._together = max(1, min(LARGEST, TOGETHER_NS // recent))

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
        future._lead = None
        try:
            loan = self.loan if self.loan.thread == threading.get_ident() else None
            future._settle(result, error, worker, text, trace, loan)
        except InvalidStateError:
            # Cancelled in the last moment before pickling failed, or settled by hand.
            if future._state == CANCELLED:
                future._start()
            return
        self.done += 1
        future._invoke_callbacks()
