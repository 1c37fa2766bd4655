"""ThreadPoolExecutor: the pool of threads.

::

    submit --append--> crew.queue --popleft--> worker: start, call, settle, call back
       |                                          |
       '--pop a sleeper, open its gate <--append--'  nothing queued: announce, look again, sleep

A *crew* is the pool without its face: queue, workers, flags. Workers know the crew and never
the executor, so an executor that is dropped is collected; its crew then closes, does what is
queued, and goes.

What is safe, and why (the atomic ones are single operations of ``deque`` and ``list``):

- **No task is lost.** ``submit`` appends the task and then looks for a sleeper; a worker
  announces that it sleeps and then looks at the queue once more. Whichever came second sees
  the other.
- **A sleeper is woken once for each announcement.** Taking a gate out of ``crew.idle`` and
  opening it is one operation (``waiting.gate_opener``); a worker that cannot withdraw its
  announcement finds its gate open and shuts it again.
- **No task after the end.** ``close`` sets ``refuses``, then ``closed``. ``submit`` looks at
  ``refuses``, appends, looks again, and takes its task back if it can. A worker leaves when it
  has seen first ``closed``, then an empty queue. So a task appended before ``closed`` is seen
  by the workers; one appended after is taken back, or somebody already had it.
- **At most ``max_workers``**: a number out of ``crew.slots`` is the right to start one.
- **There is no lock** that a fork could leave held, or a signal handler or a ``__del__`` that
  submits or shuts down could wait for.
- **cancel() or run, never both**: that is the future's own lock, or what stands in for it
  (see ``future_fields.py`` and ``loan.py``).
"""

from __future__ import annotations

import itertools
import os
import threading
import weakref
from collections import Counter
from collections.abc import Callable
from concurrent.futures.thread import BrokenThreadPool
from sys import _getframe
from time import perf_counter_ns
from types import FunctionType, MappingProxyType
from typing import Any, Final, TypeVar

from poolscope import naming, numbered_places
from poolscope.crew import Crew
from poolscope.executor import Executor, Statistics, keep_declared
from poolscope.future import Future
from poolscope.named_call import UNRECORDED, function, recorded
from poolscope.numbered_places import submitting
from poolscope.states import PENDING, WORKER_LIVES
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import SUBMITTED_BY_MAP

T = TypeVar("T")

__all__ = ["BrokenThreadPool", "ThreadPoolExecutor"]

_number: Final = itertools.count()
_bare: Final = naming.bare_labels


class ThreadPoolExecutor(Executor):
    """Calls functions on at most ``max_workers`` threads; the same face as the standard one."""

    def __init__(
        self,
        max_workers: int | None = None,
        thread_name_prefix: str = "",
        initializer: Callable[..., object] | None = None,
        initargs: tuple[Any, ...] = (),
    ) -> None:
        """``max_workers``: by default the processors this process may use plus 4, at most 32.

        ``initializer(*initargs)`` is called first on each worker; if it raises, the pool is
        broken and every waiting and later task gets ``BrokenThreadPool``. Raises ``ValueError``
        for a ``max_workers`` below 1 and ``TypeError`` for an initializer that is no callable.
        """
        if max_workers is None:
            max_workers = min(32, _processors() + 4)
        if max_workers <= 0:
            raise ValueError("max_workers must be greater than 0")
        if initializer is not None and not callable(initializer):
            raise TypeError("initializer must be a callable")
        prefix = thread_name_prefix or f"ThreadPoolExecutor-{next(_number)}"
        self._crew = Crew(max_workers, prefix, initializer, initargs)
        self._crew.owner = weakref.ref(self, self._crew.abandon)
        keep_declared(self._crew)
        self._crew.declare_pool()

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Have ``fn(*args, **kwargs)`` called by a worker; returns its ``Future``.

        Raises ``RuntimeError`` after a shutdown and ``BrokenThreadPool`` for a broken pool.
        """
        future: Future[T] = Future()
        future._fn = fn
        future._args = args
        if kwargs:
            future._kwargs = kwargs
        future._put_ns = perf_counter_ns()
        # The label calls the arguments' repr, which is user code: never under the lock.
        crew = self._crew
        emit_text = _recorder.emit_text
        if emit_text is None:
            crew.put(future, UNRECORDED, 0)
            return future
        if type(fn) is not FunctionType:
            how = recorded(crew.id, crew.calls, fn, args, kwargs)
            crew.put(future, how, submitting(function(fn) or fn, 1))
            return future
        # The commonest, without a further call: no arguments, from the line of the last one.
        text = "" if args or kwargs else _bare.get(fn.__qualname__, "")
        try:
            frame = _getframe(1)
        except ValueError:  # called by no code in Python
            place = submitting(fn, 1)
        else:
            instruction, code, known, place = numbered_places.last_submit
            if frame.f_lasti != instruction or frame.f_code is not code or fn.__code__ is not known:
                place = submitting(fn, 1)
            del frame  # of whoever catches what comes now
        if text:
            crew.put(future, (emit_text, crew.id, text), place)
        else:
            crew.put(future, recorded(crew.id, crew.calls, fn, args, kwargs), place)
        return future

    def _submit_for_map(self, fn: Callable[..., T], args: tuple[Any, ...], place: int) -> Future[T]:
        future: Future[T] = Future()
        future._fn = fn
        future._args = args
        future._put_ns = perf_counter_ns()
        crew, how = self._crew, UNRECORDED
        if _recorder.emit_text is not None:
            how = recorded(crew.id, crew.calls, fn, args, None)
        crew.put(future, how, SUBMITTED_BY_MAP | place)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more tasks; ``wait`` until those taken are done and the workers are gone.

        ``cancel_futures`` cancels what has not begun. May be called again, from any thread. A
        task or a callback of this very pool would wait for itself: from there ``wait`` is
        ignored.
        """
        self._crew.close(wait, cancel_futures)
        if wait:
            self._crew.join()

    def statistics(self) -> Statistics:
        """What the pool is doing at this moment, as a snapshot that no longer changes."""
        crew = self._crew
        queued = list(crew.queue)  # one operation: nobody comes between
        workers = list(crew.workers)
        # Cancelled tasks stay in the queue until a worker meets them.
        pending = [future for future in queued if future._state == PENDING]
        skipped = sum(worker.skipped for worker in workers)
        states = Counter(worker.state for worker in workers)
        return Statistics(
            max_workers=crew.max_workers,
            workers=MappingProxyType({state: states[state] for state in WORKER_LIVES}),
            queued=len(pending),
            running=sum(worker.task != 0 for worker in workers),
            done=sum(worker.done for worker in workers),
            cancelled=skipped + sum(crew.dropped) + len(queued) - len(pending),
            oldest_queued_ns=perf_counter_ns() - pending[0]._put_ns if pending else None,
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._crew.prefix!r} max_workers={self._max_workers}>"

    @property
    def _id(self) -> int:
        return self._crew.id

    # Names that programs written for the standard library look at.
    @property
    def _max_workers(self) -> int:
        return self._crew.max_workers

    @property
    def _threads(self) -> set[threading.Thread]:
        return {worker.thread for worker in list(self._crew.workers)}

    @property
    def _broken(self) -> str:
        return self._crew.broken

    @property
    def _shutdown(self) -> bool:
        return self._crew.closed


def _processors() -> int:
    count: Callable[[], int | None] = getattr(os, "process_cpu_count", os.cpu_count)
    return count() or 1
