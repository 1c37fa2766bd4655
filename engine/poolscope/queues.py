"""Queue, LifoQueue, PriorityQueue: ``queue``'s, with a trace of who waits at which end.

The queue's own three conditions are ours: the standard methods wait on one of them only when
there is nothing to get, no room to put, or work to be done still, and notify one when they have
put or got. So what is recorded is recorded under the queue's lock, in the order in which it
happened, and every version's own rules (``shutdown``) hold.
"""

from __future__ import annotations

import queue
import sys
import weakref
from _thread import allocate_lock
from collections import deque
from types import FrameType
from typing import Any, Generic, TypeVar

from poolscope import lock_notes, places
from poolscope.condition import Plain
from poolscope.trace import ident
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import LockKind
from poolscope.traced import Traced, plain

__all__ = ["LifoQueue", "PriorityQueue", "Queue"]

places.pass_by()
T = TypeVar("T")


class Queue(Traced, queue.Queue[T], Generic[T]):
    """``queue.Queue``, traced; ``name`` is what it is called in the trace.

    Without ``name`` it is called by the variable and the line where it was made.
    """

    _plain_get = plain(queue.Queue.get)
    _plain_put = plain(queue.Queue.put)
    _plain_join = plain(queue.Queue.join)
    task_done = plain(queue.Queue.task_done)

    _kind = LockKind.QUEUE
    mutex: Any

    def __init__(self, maxsize: int = 0, name: str = "") -> None:
        self._begin(name, sys._getframe(1))
        plain(queue.Queue.__init__)(self, maxsize)
        self.mutex = mutex = allocate_lock()
        # Each holds its queue weakly: a dropped queue lets go of what is in it at once.
        itself = weakref.ref(self)
        self.not_empty = _NotEmpty(mutex, itself)
        self.not_full = _NotFull(mutex, itself)
        self.all_tasks_done = _AllTasksDone(mutex, itself)
        self._blocked: set[int] = set()  # the threads whose wait is recorded and has not ended

    def _size(self) -> int:
        return max(self.maxsize, 0)

    def _forget(self) -> None:
        self._blocked.clear()

    def get(self, block: bool = True, timeout: float | None = None) -> T:
        """Take the next item out; as ``queue.Queue.get``."""
        try:
            return self._plain_get(block, timeout)
        except BaseException as error:
            self._note_end(lock_notes.QUEUE_GET, error)
            raise

    def put(self, item: T, block: bool = True, timeout: float | None = None) -> None:
        """Put an item in; as ``queue.Queue.put``."""
        try:
            self._plain_put(item, block, timeout)
        except BaseException as error:
            self._note_end(lock_notes.QUEUE_PUT, error)
            raise

    def join(self) -> None:
        """Block until every item has been taken and its work called done."""
        try:
            self._plain_join()
        except BaseException as error:
            self._note_end(lock_notes.QUEUE_JOIN, error)
            raise

    def _note_end(self, what: int, error: BaseException) -> None:
        """Record that this thread goes on without what it wanted."""
        me = ident.thread_id()
        blocked = me in self._blocked
        self._blocked.discard(me)
        in_vain = isinstance(error, queue.Empty | queue.Full)
        if _recorder.emit is None or not (blocked or in_vain):
            return
        self._tell()
        if not in_vain:
            why = lock_notes.ERROR
        else:
            why = lock_notes.TIMEOUT if blocked else lock_notes.WOULD_BLOCK
        lock_notes.signal_gave_up(self._id, what, why)


class PriorityQueue(Queue[T], queue.PriorityQueue[T]):  # type: ignore[type-var]  # any order
    """``queue.PriorityQueue``, traced: the least item first."""


class LifoQueue(Queue[T], queue.LifoQueue[T]):
    """``queue.LifoQueue``, traced: the last item in first."""


class _End(Plain):
    """A condition of a queue; all of it runs under the queue's lock."""

    _waits: int  # what a thread waits for here
    _sends: int  # what somebody did who lets others go on
    _waiters: deque[Any]

    def __init__(self, mutex: Any, of: weakref.ref[Queue[Any]]) -> None:
        super().__init__(mutex)
        self._of = of

    def wait(self, timeout: float | None = None) -> bool:
        of = self._of()
        if _recorder.emit is None or of is None:
            return super().wait(timeout)
        of._tell()
        me = ident.thread_id()
        # Woken, and another was quicker: it is still the same wait.
        if me not in of._blocked:
            of._blocked.add(me)
            where = places.where(sys._getframe(1))
            lock_notes.signal_wanted(of._id, self._waits, where, timed=timeout is not None)
        got = super().wait(timeout)
        if self._ready(of):
            of._blocked.discard(me)
            lock_notes.signal_got(of._id, self._waits)
        return got

    def _ready(self, of: Queue[Any]) -> bool:
        """Whether who waited here can go on."""
        raise NotImplementedError

    def _holds(self, of: Queue[Any]) -> int:
        """What a signal says: how much is in the queue, or left to be done."""
        return of._qsize()

    def _note(self) -> None:
        of = self._of()
        if of is not None:
            of._tell()
            where = places.where(sys._getframe(2))
            lock_notes.signal_sent(of._id, self._sends, self._holds(of), where)


class _NotEmpty(_End):
    _waits = lock_notes.QUEUE_GET
    _sends = lock_notes.QUEUE_PUT

    def _ready(self, of: Queue[Any]) -> bool:
        return of._qsize() > 0

    def notify(self, n: int = 1) -> None:
        if _recorder.emit is not None:
            self._note()
        super().notify(n)

    def notify_all(self) -> None:
        # Not by a put or a get: the queue was shut down, and that is no signal.
        Plain.notify(self, len(self._waiters))


class _NotFull(_NotEmpty):
    _waits = lock_notes.QUEUE_PUT
    _sends = lock_notes.QUEUE_GET

    def _ready(self, of: Queue[Any]) -> bool:
        # A shutdown may make room that nobody is given: from Python 3.13 on.
        return of._qsize() < of.maxsize and not getattr(of, "is_shutdown", False)


class _AllTasksDone(_End):
    _waits = lock_notes.QUEUE_JOIN
    _sends = lock_notes.QUEUE_TASK_DONE

    def _ready(self, of: Queue[Any]) -> bool:
        return not of.unfinished_tasks

    def _holds(self, of: Queue[Any]) -> int:  # noqa: ARG002
        return 0

    def notify_all(self) -> None:
        if _recorder.emit is not None and self._lets_go(sys._getframe(1)):
            self._note()
        super().notify_all()

    def _lets_go(self, caller: FrameType) -> bool:
        """Whether nothing is left to be done. A shutdown tells so always: it calls done what it
        throws away, but others may be at work on what they took before.
        """
        if caller.f_code.co_name != "shutdown":
            return True
        of = self._of()
        return of is not None and not of.unfinished_tasks and bool(self._waiters)
