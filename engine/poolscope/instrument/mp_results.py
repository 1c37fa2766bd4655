"""Hooks on the results of ``multiprocessing.Pool``: when each task is done, and who waits for it;
and on the end of the pool."""

from __future__ import annotations

import functools
from collections.abc import Callable
from multiprocessing import pool
from typing import Any, Final

from poolscope import naming, wait_notes
from poolscope.instrument import mp_jobs
from poolscope.instrument.callbacks import Callback
from poolscope.instrument.context import call
from poolscope.instrument.faces import hook
from poolscope.own_frames import hide
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import Kind, Outcome, ReturnWhen

__all__ = ["install"]

_RESULT_RECEIVED: Final = int(Kind.RESULT_RECEIVED)
_FINISHED: Final = int(Kind.FINISHED)
_TRACEBACK: Final = int(Kind.TRACEBACK)
_UNORDERED: Final[Any] = pool.IMapUnorderedIterator
_FOR_ANY: Final = wait_notes.FOR_RESULT | int(ReturnWhen.FIRST_COMPLETED) << 8


def install() -> None:
    """Put the hooks in place."""
    results = (pool.ApplyResult, pool.MapResult, pool.IMapIterator, pool.IMapUnorderedIterator)
    for result in results:
        hook(result, "_set", _set)
    hook(pool.ApplyResult, "wait", _wait)
    hook(pool.ApplyResult, "get", _get)
    hook(pool.ApplyResult, "successful", _successful)
    iterator: Any = pool.IMapIterator
    hook(iterator, "next", _next)
    iterator.__next__ = iterator.next  # as the class has it
    hook(pool.Pool, "close", _ending(terminates=False))
    hook(pool.Pool, "terminate", _ending(terminates=True))
    hook(pool.Pool, "join", _join)


def _set(original: Any) -> Any:
    def _set(self: Any, i: int, obj: Any) -> None:
        job = mp_jobs.known(self)
        if job is not None:
            number = job.done(i)
            if number:
                _done(number, job.from_process, obj)
                if not obj[0]:
                    # The result keeps the error for whoever asks; so its id stays its own.
                    self.__dict__.setdefault("_poolscope", {})[id(obj[1])] = number
                _expect_callback(self, number, "_callback" if obj[0] else "_error_callback")
        try:
            original(self, i, obj)
        except BaseException as error:
            hide(error)
            raise
        if job is not None and self._job not in self._cache:
            mp_jobs.forget(self)
        if self.__dict__.get("_error_callback") is not None and self._event.is_set():
            _looked_at(self, self._value)

    return _set


def _expect_callback(result: Any, number: int, name: str) -> None:
    """Have a callback recorded as one of the task ``number``, which is done.

    That of several tasks is called once all are done: with the last of them, or with the error of
    the first that failed.
    """
    function = result.__dict__.get(name)
    if function is None:
        return
    if isinstance(function, functools.partial) and isinstance(function.func, Callback):
        if name == "_error_callback":
            return
        function = function.func._function
    result.__dict__[name] = functools.partial(Callback(function), number=number)


def _looked_at(result: Any, error: object) -> int:
    """Somebody has been given ``error``; which task's of ``result`` it is, 0: of none."""
    number: int = result.__dict__.get("_poolscope", {}).pop(id(error), 0)
    if number:
        wait_notes.exception_read(number)
    return number


def _get(original: Any) -> Any:
    def get(self: Any, timeout: float | None = None) -> Any:
        try:
            return original(self, timeout)
        except BaseException as error:
            _looked_at(self, error)
            hide(error)
            raise

    return get


def _successful(original: Any) -> Any:
    def successful(self: Any) -> Any:
        try:
            answer = original(self)
        except BaseException as error:
            hide(error)
            raise
        if not answer:
            _looked_at(self, self._value)
        return answer

    return successful


def _done(number: int, from_process: bool, obj: Any) -> None:
    emit, emit_text = _recorder.emit, _recorder.emit_text
    if emit is None or emit_text is None:
        return
    if from_process and call.received:
        emit(_RESULT_RECEIVED, number, call.received, 0, 0)
    good, value = obj
    if good:
        emit_text(_FINISHED, number, 0, naming.short_repr(value), int(Outcome.RESULT))
        return
    if isinstance(value, BaseException):
        emit_text(_TRACEBACK, number, 0, naming.traceback_text(value), 0)
        text = naming.error_text(value)
    else:
        text = naming.short_repr(value)
    emit_text(_FINISHED, number, 0, text, int(Outcome.EXCEPTION))


# Waiting


def _wait(original: Any) -> Any:
    def wait(self: Any, timeout: float | None = None) -> None:
        note = 0
        numbers: list[int] = []
        job = mp_jobs.known(self)
        try:
            blocks = timeout is None or timeout > 0
            if job and _recorder.emit is not None and blocks and not self._event.is_set():
                numbers = list(job.numbers.values())
                if numbers:
                    kind = wait_notes.FOR_RESULT
                    note = wait_notes.began(kind, timeout, numbers, len(numbers))
            original(self, timeout)
        except BaseException as error:
            wait_notes.ended(note, wait_notes.ERROR, 0)
            hide(error)
            raise
        if note and job:
            done = self._event.is_set()
            outcome = wait_notes.SATISFIED if done else wait_notes.TIMEOUT
            # Also when a task has failed it goes on with the last of them.
            wait_notes.ended(note, outcome, *((len(numbers), job.last) if done else (0,)))

    return wait


def _next(original: Any) -> Any:
    def next(self: Any, timeout: float | None = None) -> Any:
        note = one = 0
        try:
            blocks = timeout is None or timeout > 0
            if blocks and not self._items and _recorder.emit is not None:
                numbers, more = _awaited(self)
                if numbers:
                    one = numbers[0] if len(numbers) == 1 and not more else 0
                    kind = wait_notes.FOR_RESULT if one else _FOR_ANY
                    note = wait_notes.began(kind, timeout, numbers, len(numbers) + more)
            item = original(self, timeout)
        except BaseException as error:
            given = _looked_at(self, error)
            if given:
                wait_notes.ended(note, wait_notes.SATISFIED, 1, one)
            elif isinstance(error, StopIteration):
                mp_jobs.forget(self)
                wait_notes.ended(note, wait_notes.SATISFIED, 0)
            else:
                late = isinstance(error, pool.TimeoutError)  # type: ignore[attr-defined]
                wait_notes.ended(note, wait_notes.TIMEOUT if late else wait_notes.ERROR, 0)
            hide(error)
            raise
        wait_notes.ended(note, wait_notes.SATISFIED, 1, one)
        return item

    return next


def _awaited(iterator: Any) -> tuple[list[int], int]:
    """Tasks one of which an iterator over results waits for, and how many there are beside them.

    None if it has not to wait, or for nothing that is recorded.
    """
    owner = iterator._pool
    if owner is None or owner._poolscope is None:
        return [], 0
    job, arrived = mp_jobs.job_of(iterator._job), iterator._index
    if isinstance(iterator, _UNORDERED):
        numbers = job.some(arrived)
        # Until the end of what it maps over is known, at least one more may come.
        more = max(job.made - arrived - len(numbers), 0) + (iterator._length is None)
    else:
        numbers, more = [number for number in (job.expect(arrived),) if number], 0
    if iterator._pool is None:  # the last has come meanwhile
        mp_jobs.forget(iterator)
        return [], 0
    return numbers, more


# The end


def _ending(*, terminates: bool) -> Callable[[Any], Any]:
    def make(original: Any) -> Any:
        def end(self: Any) -> None:
            owner = self._poolscope
            if owner is not None and _recorder.emit is not None and not owner.ended:
                if terminates and not owner.terminates:
                    owner.terminates = True
                    owner.shutdown(False, True)
                elif not owner.shut:
                    owner.shutdown(False, False)
            try:
                original(self)
            except BaseException as error:
                hide(error)
                raise

        return end

    return make


def _join(original: Any) -> Any:
    def join(self: Any) -> None:
        note = 0
        owner = self._poolscope
        try:
            if owner is not None and owner.workers and _recorder.emit is not None:
                note = wait_notes.began(wait_notes.SHUTDOWN, None, (), 0)
            original(self)
        except BaseException as error:
            wait_notes.ended(note, wait_notes.ERROR, 0)
            hide(error)
            raise
        wait_notes.ended(note, wait_notes.SATISFIED, 0)
        if owner is not None:
            owner.end_if_empty()

    return join
