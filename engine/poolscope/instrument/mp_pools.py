"""Hooks on ``multiprocessing.Pool`` and its ``ThreadPool``.

A task there is one call of ``apply``, one item of ``imap``, one chunk of ``map``: what goes to a
worker at a time. It is a tuple; ours is a tuple that carries the task's number too, and tells when
a worker takes it apart, which is the last thing it does before the call.
"""

from __future__ import annotations

import itertools
import os
import queue
import types
from collections.abc import Iterator
from multiprocessing import pool, queues
from threading import get_ident
from typing import Any, Final

from poolscope import naming, pickle_notes
from poolscope.instrument import beyond, me, mp_jobs, mp_results, pickling
from poolscope.instrument.context import call, workers
from poolscope.instrument.faces import hook
from poolscope.instrument.pools import Pool
from poolscope.numbered_places import submitting
from poolscope.own_frames import hide
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import SUBMITTED_BY_MAP, Kind, PoolKind

__all__ = ["Task", "install"]

_SUBMITTED: Final = int(Kind.SUBMITTED)
_SENT: Final = int(Kind.SENT)
_STARTED: Final = int(Kind.STARTED)
_RETURNED: Final = int(Kind.RETURNED)
_counter: Final = itertools.count()
_MAPPERS: Final = (pool.mapstar, pool.starmapstar)  # type: ignore[attr-defined]


def install() -> None:
    """Put the hooks in place."""
    owner: Any = pool.Pool
    owner._poolscope = None
    hook(owner, "__init__", _init)
    for kind in (pool.Pool, pool.ThreadPool):
        hook(kind, "_setup_queues", _setup_queues)
    hook(owner, "apply_async", _apply_async)
    hook(owner, "_map_async", _map_async)
    hook(owner, "_guarded_task_generation", _generation)
    mp_results.install()
    hook(pool.ExceptionWithTraceback, "__init__", _exception_with_traceback)  # type: ignore[attr-defined]
    # The pool's own module alone sees another queue there.
    double = types.ModuleType(queue.__name__, queue.__doc__)
    double.__dict__.update(queue.__dict__)
    double.SimpleQueue = _Queue  # type: ignore[attr-defined]
    pool.queue = double  # type: ignore[attr-defined]
    hook(queues.SimpleQueue, "get", _get)
    pickling.install()
    pickling.notices[Task] = _pickled
    pickling.before[tuple] = _result_ready
    pickling.notices[tuple] = _result_pickled


# A task on its way


class Task(tuple):  # type: ignore[type-arg]
    """What goes to a worker: job, index, function, arguments, keywords; and ``number``."""

    number: int

    def __iter__(self) -> Iterator[Any]:
        # Only a worker takes it apart.
        worker = workers.get(get_ident(), 0)
        if worker > 0:
            call.task = self.number
            emit = _recorder.emit
            if emit is not None:
                emit(_STARTED, self.number, worker, 0, 0)
        else:
            me.started(self.number)
        call.item = self[0], self[1]
        return super().__iter__()

    def __reduce__(self) -> Any:
        return _task, (self[:], self.number)


def _task(items: tuple[Any, ...], number: int) -> Task:
    made = Task(items[i] for i in range(len(items)))
    made.number = number
    return made


def _pickled(task: Task, size: int, since: int) -> None:
    pickle_notes.pickled(task.number, size, since)
    emit = _recorder.emit
    if emit is not None:
        emit(_SENT, task.number, 0, 0, 0)


def _is_result(thing: Any) -> bool:
    return call.task != 0 and len(thing) == 3 and thing[:2] == call.item


def _result_ready(thing: Any) -> None:
    if call.task > 0 and _is_result(thing):
        me.returned(me.GAVE_RESULT if thing[2][0] else me.RAISED)


def _result_pickled(thing: Any, size: int, since: int) -> None:
    if call.task < 0 and _is_result(thing):
        me.sent(thing, size, since)


def _get(original: Any) -> Any:
    def get(self: Any) -> Any:
        try:
            me.ready()
            return original(self)
        except BaseException as error:
            hide(error)
            raise

    return get


class _Queue(queue.SimpleQueue):  # type: ignore[type-arg]
    """The queue of tasks to be handed out, and of a ``ThreadPool``'s tasks and results."""

    _poolscope: Pool | None = None

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        if type(item) is tuple and call.applies is not None and type(item[0]) is list:
            owner, text, where = call.applies
            call.applies = None
            item = [_submitted(owner, item[0][0], text, where)], item[1]
        elif type(item) is tuple and call.task > 0 and _is_result(item):
            number, call.task = call.task, 0
            emit = _recorder.emit
            if emit is not None:
                worker = workers.get(get_ident(), 0)
                emit(_RETURNED, number, worker, 0, me.GAVE_RESULT if item[2][0] else me.RAISED)
        super().put(item, block, timeout)


# The pool


def _init(original: Any) -> Any:
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        try:
            call.processes = args[0] if args else kwargs.get("processes")
            original(self, *args, **kwargs)
        except BaseException as error:
            hide(error)
            raise
        if self._poolscope is not None:
            self._poolscope.recycles = self._maxtasksperchild is not None
        elif _recorder.emit is not None:
            beyond.has_queues_of_its_own(self)

    return __init__


def _setup_queues(original: Any) -> Any:
    def _setup_queues(self: Any) -> None:
        original(self)
        if _recorder.emit is None:
            return
        threads = isinstance(self, pool.ThreadPool)
        method = "" if threads else self._ctx.get_start_method()
        count = getattr(os, "process_cpu_count", os.cpu_count)
        size = call.processes or count() or 1
        name = f"{'ThreadPool' if threads else 'Pool'}-{next(_counter)}"
        made = Pool(name, PoolKind.THREAD if threads else PoolKind.PROCESS, size, method)
        self._poolscope = made
        self._inqueue._poolscope = made

    return _setup_queues


def _number(owner: Pool, job: int, index: int) -> int:
    of = mp_jobs.job_of(job)
    of.from_process = bool(owner.kinds & PoolKind.PROCESS)
    return of.make(index)


def _submitted(owner: Pool, task: tuple[Any, ...], text: str, d: int) -> Task:
    number = _number(owner, task[0], task[1])
    made = _task(task, number)
    emit_text = _recorder.emit_text
    if emit_text is not None:
        emit_text(_SUBMITTED, number, owner.id, text, d)
    return made


def _apply_async(original: Any) -> Any:
    def apply_async(
        self: Any,
        func: Any,
        args: Any = (),
        kwds: Any = {},  # noqa: B006  as the original has it
        callback: Any = None,
        error_callback: Any = None,
    ) -> Any:
        before = call.applies  # of the apply that we interrupt: as a signal handler or a __del__
        try:
            owner = self._poolscope
            if owner is not None and _recorder.emit is not None:
                text = naming.label(func, tuple(args), dict(kwds))
                call.applies = owner, text, submitting(func, 1)
            return original(self, func, args, kwds, callback, error_callback)
        except BaseException as error:
            hide(error)
            raise
        finally:
            call.applies = before

    return apply_async


def _map_async(original: Any) -> Any:
    def _map_async(self: Any, func: Any, *args: Any, **kwargs: Any) -> Any:
        call.mapped = func
        try:
            return original(self, func, *args, **kwargs)
        except BaseException as error:
            hide(error)
            raise
        finally:
            call.mapped = None

    return _map_async


def _generation(original: Any) -> Any:
    def _guarded_task_generation(self: Any, result_job: Any, func: Any, iterable: Any) -> Any:
        tasks = original(self, result_job, func, iterable)
        owner = self._poolscope
        if owner is None or _recorder.emit is None:
            return tasks
        known: list[int] = []
        mapped = call.mapped or (None if func in _MAPPERS else func)
        where = SUBMITTED_BY_MAP | submitting(mapped, 1)
        if call.mapped is not None:
            # How many there will be is known; what is in them, when they are made.
            parts = self._cache[result_job]._number_left if result_job in self._cache else 0
            name = naming.function_name(call.mapped)
            for part in range(parts):
                number = _number(owner, result_job, part)
                known.append(number)
                emit_text = _recorder.emit_text
                if emit_text is not None:
                    text = f"{name}(part {part + 1} of {parts})"
                    emit_text(_SUBMITTED, number, owner.id, text, where)
        return _numbered(owner, tasks, known, where)

    return _guarded_task_generation


def _numbered(owner: Pool, tasks: Any, known: list[int], where: int) -> Iterator[Task]:
    for task in tasks:
        if task[1] < len(known):
            yield _task(task, known[task[1]])
        else:
            yield _submitted(owner, task, _label(task), where)


def _label(task: tuple[Any, ...]) -> str:
    _, _, func, args, kwds = task
    if func in _MAPPERS and len(args) == 1 and len(args[0]) == 2:
        return naming.label(args[0][0], tuple(args[0][1]), None)  # a chunk of imap
    return naming.label(func, tuple(args), kwds)


def _exception_with_traceback(original: Any) -> Any:
    def __init__(self: Any, exc: Any, tb: Any) -> None:  # noqa: N807
        me.returned(me.RAISED)
        original(self, exc, tb)

    return __init__
