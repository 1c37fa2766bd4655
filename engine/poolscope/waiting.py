"""wait and as_completed: for our futures, the standard library's, and both at once.

A waiter is an object with ``add_result``, ``add_exception`` and ``add_cancelled`` in a future's
``_waiters``; the future calls one of them, under its own lock, when it is finished or its
cancelling is notified. That is ``concurrent.futures``' own protocol, so theirs call our waiters
and ours theirs.

Why no wake-up is lost: a waiter goes into a future's list under that future's lock and only
while the future is not done, so the future either is seen done by us or will see the waiter.
The waiters themselves hold no lock: they rely on ``list.append``, ``list.pop`` and
``deque.popleft`` being atomic, so a signal handler or a ``__del__`` that settles a future in
the middle of one cannot deadlock.
"""

from __future__ import annotations

import time
from _thread import allocate_lock
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION, _base
from contextlib import suppress
from operator import methodcaller
from typing import Any, TypeVar

from poolscope import wait_notes
from poolscope.future import Future
from poolscope.states import FINISHED, NOTIFIED

T = TypeVar("T")
AnyFuture = _base.Future[T]


def wait(
    fs: Iterable[AnyFuture[T]], timeout: float | None = None, return_when: str = ALL_COMPLETED
) -> _base.DoneAndNotDoneFutures[T]:
    """Block until ``return_when`` holds, at most ``timeout`` seconds; ``(done, not_done)`` sets.

    A cancelled future counts as done once its pool has noticed, as in ``concurrent.futures``.
    Raises ``ValueError`` for a ``return_when`` that is none of the three constants.
    """
    if return_when not in wait_notes.WAIT:
        raise ValueError(f"Invalid return condition: {return_when!r}")
    futures = set(fs)
    note = wait_notes.began(wait_notes.WAIT[return_when], timeout, _ids(futures), len(futures))
    outcome = wait_notes.ERROR
    done: set[AnyFuture[T]] = set()
    released_by = 0
    try:
        done = {f for f in futures if f._state in NOTIFIED}
        satisfied = _satisfied(done, futures, return_when)
        if not satisfied:
            waiter = _Until(len(futures) - len(done), return_when)
            opened = waiter.await_all(futures - done, timeout)
            done = {f for f in futures if f._state in NOTIFIED}
            # What came when time was up already is handed out with the rest, and is enough, too.
            satisfied = opened or _satisfied(done, futures, return_when)
            released_by = waiter.released_by if satisfied else 0
        outcome = wait_notes.SATISFIED if satisfied else wait_notes.TIMEOUT
        return _base.DoneAndNotDoneFutures(done, futures - done)
    finally:
        wait_notes.ended(note, outcome, len(done), released_by, _ids(done))


def _satisfied(done: set[AnyFuture[T]], futures: set[AnyFuture[T]], return_when: str) -> bool:
    if len(done) == len(futures):
        return True
    if return_when == FIRST_COMPLETED:
        return bool(done)
    if return_when == FIRST_EXCEPTION:
        return any(f._state == FINISHED and f._exception is not None for f in done)
    return False


def as_completed(
    fs: Iterable[AnyFuture[T]], timeout: float | None = None
) -> Generator[AnyFuture[T], None, None]:
    """Yield the futures as they are done, each once, the done ones first.

    Raises ``TimeoutError`` when the next is not there ``timeout`` seconds after the start.
    """
    end = None if timeout is None else timeout + time.monotonic()
    pending = set(fs)
    del fs  # it may be all that keeps them
    total = len(pending)
    note = wait_notes.began(wait_notes.AS_COMPLETED, timeout, _ids(pending), total)
    outcome = wait_notes.ERROR
    inbox = _Inbox()
    try:
        ready = [f for f in pending if f._state in NOTIFIED or not _watch(f, inbox)]
        pending.difference_update(ready)
        left, away = total, False
        while left:
            if not ready:
                if away and inbox.empty:
                    wait_notes.resumed(note)
                    away = False
                ready = inbox.take(end)
                if not ready:
                    outcome = wait_notes.TIMEOUT
                    raise TimeoutError(f"{len(pending)} (of {total}) futures unfinished")
                pending.remove(ready[0])
            left -= 1
            if note:
                wait_notes.released(note, getattr(ready[-1], "_id", 0))
                away = True
            # Popped in the same breath: nothing here may refer to a future that is handed out.
            yield ready.pop()
        outcome = wait_notes.SATISFIED
    except GeneratorExit:
        outcome = wait_notes.SATISFIED  # the reader has seen enough
        raise
    finally:
        for future in pending:
            _unwatch(future, inbox)
        wait_notes.ended(note, outcome, total - len(pending))


def _watch(future: AnyFuture[Any], waiter: Any) -> bool:
    """Have the future tell ``waiter`` when it is done; ``False``: it is done."""
    if future._state in NOTIFIED:
        return False
    if not isinstance(future, Future):
        with future._condition:
            if future._state in NOTIFIED:
                return False
            future._waiters.append(waiter)
            return True
    # Ours: without making a condition; and not "with", which costs twice as much.
    lock = future._guard()
    lock.acquire()
    try:
        if future._state in NOTIFIED:
            return False
        future._awaited = True
        if future._watchers is None:
            future._watchers = [waiter]
        else:
            future._watchers.append(waiter)
        return True
    finally:
        lock.release()


def _unwatch(future: AnyFuture[Any], waiter: Any) -> None:
    # Under the lock also when it is done: it may be going through its list at this moment.
    lock = future._guard() if isinstance(future, Future) else future._condition
    lock.acquire()
    try:
        if waiter in future._waiters:
            future._waiters.remove(waiter)
    finally:
        lock.release()


class _Until:
    """Opens a gate once enough futures are done, for one ``wait()``."""

    def __init__(self, need: int, return_when: str) -> None:
        self._need = 1 if return_when == FIRST_COMPLETED else need
        self._on_exception = return_when == FIRST_EXCEPTION
        self._seen: list[None] = []
        self._gate = allocate_lock()
        self._gate.acquire()
        self._open = gate_opener([self._gate])  # works once
        self.released_by = 0

    def await_all(self, futures: set[AnyFuture[T]], timeout: float | None) -> bool:
        """Watch ``futures`` and sleep until the gate opens; ``False`` when time was up."""
        watched = []
        try:
            for future in futures:
                if _watch(future, self):
                    watched.append(future)
                else:
                    self._add(future, future._state == FINISHED and future._exception is not None)
            if timeout is None:
                return self._gate.acquire()
            if timeout > 0:
                return self._gate.acquire(True, timeout)
            return self._gate.acquire(False)
        finally:
            for future in watched:
                _unwatch(future, self)

    def _add(self, future: AnyFuture[Any], failed: bool) -> None:
        # Appended first, counted second: of two threads at least the later sees both.
        self._seen.append(None)
        if len(self._seen) >= self._need or (failed and self._on_exception):
            self.released_by = self.released_by or getattr(future, "_id", 0)
            with suppress(IndexError):
                self._open()

    def add_result(self, future: AnyFuture[Any]) -> None:
        self._add(future, False)

    def add_exception(self, future: AnyFuture[Any]) -> None:
        self._add(future, True)

    def add_cancelled(self, future: AnyFuture[Any]) -> None:
        self._add(future, False)


class _Inbox:
    """Collects futures as they are done, for the one reader of an ``as_completed()``.

    The reader announces that it sleeps *before* it looks a last time; a future is put in
    *before* looking for a sleeper. So either the reader sees the future or is woken.
    """

    def __init__(self) -> None:
        self._arrived: deque[AnyFuture[Any]] = deque()
        self._gate = allocate_lock()
        self._gate.acquire()
        self._asleep: list[Any] = []  # the gate, while the reader sleeps
        self._wake = gate_opener(self._asleep)

    def take(self, end: float | None) -> list[AnyFuture[Any]]:
        """The next future, alone in a list, no longer watched; nothing when time is up."""
        while not self._arrived:
            if not self._sleep(end):
                return []
        future = self._arrived.popleft()
        if isinstance(future, Future) and future._watchers == [self]:
            # It is done: nobody joins any more, and whoever tells us goes through the old list.
            future._watchers = None
        else:
            _unwatch(future, self)
        return [future]

    @property
    def empty(self) -> bool:
        """Whether the reader would have to sleep."""
        return not self._arrived

    def _sleep(self, end: float | None) -> bool:
        self._asleep.append(self._gate)
        if self._arrived:
            woken = False
        elif end is None:
            self._gate.acquire()
            return True
        else:
            left = end - time.monotonic()
            woken = left > 0 and self._gate.acquire(True, left)
        if woken:
            return True
        try:
            self._asleep.pop()
        except IndexError:
            self._gate.acquire()  # it was opened: shut it for the next time
        return bool(self._arrived)

    def add_result(self, future: AnyFuture[Any]) -> None:
        self._arrived.append(future)
        if self._asleep:
            with suppress(IndexError):
                self._wake()

    add_exception = add_cancelled = add_result


def _ids(futures: Iterable[AnyFuture[Any]]) -> list[int]:
    """The ids of those futures that are ours; the standard library's have none."""
    return [future._id for future in futures if isinstance(future, Future)]


def gate_opener(gates: list[Any]) -> Callable[[], None]:
    """Take a gate out of ``gates`` and open it: one operation, as nothing of it is Python code.

    No signal handler, exception or other thread can come between taking and opening, so a gate
    that is taken *is* open. The returned function raises ``IndexError`` when there is none.
    """
    return map(methodcaller("release"), iter(gates.pop, None)).__next__
