"""Hooks on ``threading.Thread``: who is started, what it is called, who joins whom.

Of the private steps of a thread's life two are hooked, the first and the last that it takes itself
(``_set_ident``, ``_delete``): both return at once, so none of our frames is ever below the code of
a thread.
"""

from __future__ import annotations

import sys
import threading
from threading import get_ident
from typing import Any

from poolscope import wait_notes
from poolscope.instrument import beyond, origin
from poolscope.instrument.context import HANDS_OVER, workers
from poolscope.instrument.faces import hook, in_no_copy
from poolscope.own_frames import hide
from poolscope.trace import ident
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import Role, WorkerEnd

__all__ = ["install"]


class Seen:
    """What we know of a ``Thread`` object; it lies in it as ``_poolscope``.

    Attributes:
        worker: of a pool, if it is one's.
        named: whether it is the program's own: it gets a lane though it does nothing with us.
        thread: its id once it runs, else 0.
    """

    __slots__ = ("named", "thread", "worker")

    def __init__(self, worker: Any, named: bool) -> None:
        self.worker = worker
        self.named = named
        self.thread = 0

    __reduce_ex__ = in_no_copy


def install() -> None:
    """Put the hooks in place."""
    thread = threading.Thread
    thread._poolscope = None  # type: ignore[attr-defined]
    hook(thread, "start", _start)
    hook(thread, "join", _join)
    hook(thread, "_set_ident", _set_ident)
    hook(thread, "_delete", _delete)


def _start(original: Any) -> Any:
    def start(self: Any) -> None:
        try:
            started = self.__dict__.get("_started")  # not there: it will be refused
            if _recorder.emit is not None and started is not None and not started.is_set():
                self._poolscope = _looked_at(self, sys._getframe(1))
            original(self)
        except BaseException as error:
            seen = self.__dict__.get("_poolscope")
            if seen is not None and seen.worker is not None and not seen.thread:
                _gone(seen.worker)  # the system has no more threads
            hide(error)
            raise

    return start


def _looked_at(thread: Any, frame: Any) -> Seen:
    executors = sys.modules.get("poolscope.instrument.thread_executors")
    worker = executors.hired(thread) if executors is not None else None
    if worker is None and "poolscope.instrument.mp_pools" in sys.modules:
        from poolscope.instrument.initializer import with_initializer
        from poolscope.instrument.pools import Worker, pool_of

        pool = pool_of(thread._target, thread._args)
        if pool is not None:
            worker = Worker(pool, thread._name)
            thread._args = with_initializer(thread._args, worker.id)
    return Seen(worker, worker is None and not origin.left_out(frame))


def _set_ident(original: Any) -> Any:
    def _set_ident(self: Any) -> None:
        original(self)
        seen = self._poolscope
        if seen is None or _recorder.emit is None:
            return
        if threading.get_ident is not get_ident:
            _say_they_share()
            return
        seen.thread = ident.thread_id()
        worker = seen.worker
        if worker is not None:
            _recorder.name_thread(worker.name, Role.WORKER)
            workers[get_ident()] = worker.id
            if not worker.waits:
                worker.ready()
        elif type(self).__name__ == "_ExecutorManagerThread":
            workers[get_ident()] = HANDS_OVER
        elif seen.named:
            _recorder.name_thread(str(self._name), Role.THREAD)

    return _set_ident


def _say_they_share() -> None:
    """Greenlets (gevent): any number of what the program calls threads are one of the system's."""
    text = "The program's own threads are not the system's (gevent, eventlet): each is seen as "
    beyond.say(text + "the thread of the system that it shares with others.")


def _delete(original: Any) -> Any:
    def _delete(self: Any) -> None:
        number = workers.pop(get_ident(), 0)
        seen = self._poolscope
        if seen is not None and seen.worker is not None:
            _gone(seen.worker)
        elif number < HANDS_OVER or number > 0:
            from poolscope.instrument import pools

            pools.left(abs(number))
        original(self)
        if threading.get_ident is get_ident:  # else the system's thread goes on
            _recorder.leave_thread()

    return _delete


def _gone(worker: Any) -> None:
    worker.gone(WorkerEnd.FINISHED if worker.thread else WorkerEnd.CRASHED)


def _join(original: Any) -> Any:
    def join(self: Any, timeout: float | None = None) -> None:
        note = 0
        try:
            seen = self._poolscope
            if (
                seen is not None
                and seen.thread
                and _recorder.emit is not None
                and self.is_alive()
                and not origin.left_out(sys._getframe(1))
            ):
                note = wait_notes.began(wait_notes.JOIN, timeout, (seen.thread,), 1)
            original(self, timeout)
        except BaseException as error:
            wait_notes.ended(note, wait_notes.ERROR, 0)
            hide(error)
            raise
        if note:
            ended = not self.is_alive()
            outcome = wait_notes.SATISFIED if ended else wait_notes.TIMEOUT
            wait_notes.ended(note, outcome, int(ended))

    return join
