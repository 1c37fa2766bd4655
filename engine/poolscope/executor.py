"""Executor: what every pool has in common: ``map``, ``shutdown``, the context manager.

A subclass of ``concurrent.futures.Executor`` with the signatures of CPython 3.14. A pool
overrides ``submit`` and ``shutdown``; ``_submit_for_map`` too, where it records that a task
came by ``map``. The pools that are alive are kept here (weakly), so that a recording that
starts late still learns of them.
"""

from __future__ import annotations

import os
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import _base
from dataclasses import dataclass
from itertools import islice
from types import TracebackType
from typing import Any, Literal, Protocol, TypeVar

from poolscope.future import Future
from poolscope.numbered_places import submitting
from poolscope.trace import recorder as _recorder

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Statistics:
    """A pool at one moment. Nothing in it changes afterwards.

    ``workers`` counts workers by state (``STARTING``, ``IDLE``, ``BUSY``, ``GONE``); ``queued``
    are tasks submitted and not yet begun or cancelled, ``running`` those begun and not settled,
    ``done`` those that ran to their end, ``cancelled`` those that never will run.
    ``oldest_queued_ns`` is the age, in nanoseconds, of the oldest queued task, ``None`` without
    one.
    """

    max_workers: int
    workers: Mapping[str, int]
    queued: int
    running: int
    done: int
    cancelled: int
    oldest_queued_ns: int | None


class _Declarable(Protocol):
    def _declare(self) -> None: ...


_living: weakref.WeakSet[Any] = weakref.WeakSet()


def keep_declared(pool: _Declarable) -> None:
    """Have ``pool._declare()`` called whenever a recording starts while the pool lives.

    ``_declare`` records what is true of the pool now (POOL_CREATED, WORKER_STARTED ...).
    """
    _living.add(pool)


def _declare_all() -> None:
    for pool in list(_living):
        pool._declare()


_recorder.at_start.append(_declare_all)

if hasattr(os, "register_at_fork"):
    # A child's recording is told of the pools that the child uses, not of all its parent's:
    # their threads and processes are not here.
    os.register_at_fork(after_in_child=_living.clear)


class Executor(_base.Executor):
    """The face of a pool; the same as ``concurrent.futures.Executor`` of CPython 3.14."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Have ``fn(*args, **kwargs)`` called by the pool; returns its ``Future``.

        Raises ``RuntimeError`` after a shutdown and ``BrokenExecutor`` for a broken pool.
        """
        raise NotImplementedError(f"{type(self).__name__} must define submit()")

    def _submit_for_map(
        self,
        fn: Callable[..., T],
        args: tuple[Any, ...],
        place: int,  # noqa: ARG002  as ``submitting`` gives it: for pools that record
    ) -> Future[T]:
        return self.submit(fn, *args)

    def map(
        self,
        fn: Callable[..., T],
        *iterables: Iterable[Any],
        timeout: float | None = None,
        chunksize: int = 1,  # noqa: ARG002  the standard signature; for pools that send groups
        buffersize: int | None = None,
    ) -> Iterator[T]:
        """The results of ``fn`` over ``zip(*iterables)``, in order, as ``map`` gives them.

        ``timeout`` is in seconds and counts from this call; past it the iterator raises
        ``TimeoutError``. ``chunksize`` means nothing to a pool without hand-over. At most
        ``buffersize`` results are held ahead of the reader; ``None``: no limit, everything is
        submitted at once. Raises ``TypeError`` and ``ValueError`` for a wrong ``buffersize``.
        """
        check_buffersize(buffersize)
        end = None if timeout is None else timeout + time.monotonic()
        return results_in_order(self, fn, zip(*iterables, strict=False), end, buffersize)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more tasks; ``wait`` until those taken are done and the workers are gone.

        ``cancel_futures`` cancels what has not begun. May be called again, from any thread.
        """

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> Literal[False]:
        self.shutdown(wait=True)
        return False


def check_buffersize(buffersize: int | None) -> None:
    """Raise as CPython 3.14's ``map`` does for a ``buffersize`` that is no positive integer."""
    if buffersize is not None and not isinstance(buffersize, int):
        raise TypeError("buffersize must be an integer or None")
    if buffersize is not None and buffersize < 1:
        raise ValueError("buffersize must be None or > 0")


def results_in_order(
    executor: Executor,
    fn: Callable[..., T],
    calls: Iterator[tuple[Any, ...]],
    end: float | None,
    buffersize: int | None,
) -> Iterator[T]:
    """Submit ``fn(*args)`` for the ``args`` of ``calls`` now; give the results in order.

    ``end`` is a time of ``time.monotonic()`` or ``None``. What is left when the reader stops
    early, or a call raised, is cancelled.
    """
    ahead = calls if buffersize is None else islice(calls, buffersize)
    place = submitting(fn, 2) if _recorder.emit is not None else 0
    replaced = _has_another_submit(executor)
    submit = Executor._submit_for_map if replaced else type(executor)._submit_for_map
    futures = deque(submit(executor, fn, args, place) for args in ahead)
    # Weak: an iterator that nobody finishes must not keep a dropped pool alive.
    pool = weakref.ref(executor)

    def results() -> Iterator[T]:
        try:
            while futures:
                if buffersize is not None and (living := pool()) is not None:
                    following = next(calls, None)
                    if following is not None:
                        futures.append(submit(living, fn, following, place))
                    del living
                # Popped first: nothing here may refer to a result that was handed out.
                yield _result_or_cancel(futures.popleft(), end)
        finally:
            while futures:
                futures.popleft().cancel()

    return results()


def _has_another_submit(executor: Executor) -> bool:
    """Whether a subclass of the pool, or somebody, has put another ``submit`` in the place of its
    own: ``map`` goes that way then, as the standard library's does."""
    if "submit" in vars(executor):
        return True
    for kind in type(executor).__mro__:
        if "submit" in vars(kind) or "_submit_for_map" in vars(kind):
            return "_submit_for_map" not in vars(kind)
    return False


def _result_or_cancel(future: Future[T], end: float | None) -> T:
    try:
        return future.result(None if end is None else end - time.monotonic())
    finally:
        # Time was up, or the reader was interrupted: nobody will ask for this one again.
        if not future.done():
            future.cancel()
        # The exception's traceback holds this frame: break the cycle.
        del future
