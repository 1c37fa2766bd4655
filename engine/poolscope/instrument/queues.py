"""Hooks on ``queue.Queue``, and with it ``LifoQueue`` and ``PriorityQueue``.

A queue of the program's has the engine's three conditions in the place of its own: what happens at
each end is recorded there, under the queue's lock (``poolscope/queues.py``).
"""

from __future__ import annotations

import queue
import weakref
from typing import Any

from poolscope import lock_notes, places, queues
from poolscope.instrument.conditions import AsLibrary
from poolscope.instrument.faces import hook, in_no_copy
from poolscope.instrument.seen import Seen, see
from poolscope.own_frames import hide
from poolscope.trace.schema import LockKind

__all__ = ["install"]


def install() -> None:
    """Put the hooks in place."""
    owner: Any = queue.Queue
    see(owner, LockKind.QUEUE, lambda made: max(made.maxsize, 0))
    hook(owner, "__init__", _init)
    hook(owner, "get", _get)
    hook(owner, "put", _put)
    hook(owner, "join", _join)
    places.pass_by()


class _Observed:
    """A queue, as the engine's conditions want to see it. Held by them; holds it weakly."""

    _note_end = queues.Queue._note_end

    def __init__(self, of: Any, seen: Seen) -> None:
        self._queue = weakref.ref(of)
        self._seen = seen
        self._blocked: set[int] = set()

    def __call__(self) -> _Observed | None:
        return self if self._queue() is not None else None

    @property
    def _id(self) -> int:
        return self._seen._id

    def _tell(self) -> None:
        self._seen._tell()

    def _qsize(self) -> int:
        of = self._queue()
        return 0 if of is None else of._qsize()

    @property
    def maxsize(self) -> int:
        of = self._queue()
        return 0 if of is None else of.maxsize

    @property
    def unfinished_tasks(self) -> int:
        of = self._queue()
        return 0 if of is None else of.unfinished_tasks

    @property
    def is_shutdown(self) -> bool:
        return getattr(self._queue(), "is_shutdown", False)

    __reduce_ex__ = in_no_copy


class _Hidden(AsLibrary):
    """A condition of which no traceback tells, and no copy."""

    def wait(self, timeout: float | None = None) -> Any:
        try:
            return super().wait(timeout)  # type: ignore[misc]
        except BaseException as error:
            hide(error)
            raise


class _NotEmpty(_Hidden, queues._NotEmpty):
    pass


class _NotFull(_Hidden, queues._NotFull):
    pass


class _AllTasksDone(_Hidden, queues._AllTasksDone):
    pass


def _init(original: Any) -> Any:
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        try:
            original(self, *args, **kwargs)
        except BaseException as error:
            hide(error)
            raise
        seen = self._poolscope
        if seen is not None:
            of: Any = _Observed(self, seen)
            self._poolscope = of
            self.not_empty = _NotEmpty(self.mutex, of)
            self.not_full = _NotFull(self.mutex, of)
            self.all_tasks_done = _AllTasksDone(self.mutex, of)

    return __init__


def _get(original: Any) -> Any:
    def get(self: Any, block: bool = True, timeout: float | None = None) -> Any:
        try:
            return original(self, block, timeout)
        except BaseException as error:
            _ended(self, lock_notes.QUEUE_GET, error)
            hide(error)
            raise

    return get


def _put(original: Any) -> Any:
    def put(self: Any, item: Any, block: bool = True, timeout: float | None = None) -> None:
        try:
            original(self, item, block, timeout)
        except BaseException as error:
            _ended(self, lock_notes.QUEUE_PUT, error)
            hide(error)
            raise

    return put


def _join(original: Any) -> Any:
    def join(self: Any) -> None:
        try:
            original(self)
        except BaseException as error:
            _ended(self, lock_notes.QUEUE_JOIN, error)
            hide(error)
            raise

    return join


def _ended(of: Any, what: int, error: BaseException) -> None:
    seen = of._poolscope
    if seen is not None:
        seen._note_end(what, error)
