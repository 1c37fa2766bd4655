"""Hooks on the results of ``multiprocessing.Pool``: when each task is done, and who waits for it;
and on the end of the pool."""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing import pool
from typing import Any, Final

from poolscope import naming, wait_notes
from poolscope.instrument.context import call
from poolscope.instrument.faces import hide, hook
from poolscope.instrument.pools import Pool
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import Kind, Outcome, PoolKind

__all__ = ["awaited", "install"]

_RESULT_RECEIVED: Final = int(Kind.RESULT_RECEIVED)
_FINISHED: Final = int(Kind.FINISHED)
_TRACEBACK: Final = int(Kind.TRACEBACK)
_open: Final[dict[int, dict[int, tuple[int, bool]]]] = {}
"""Of each job, a pool's number for one result object: its tasks that are not done, by index;
their numbers, and whether they come from another process."""


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


def awaited(owner: Pool, job: int, index: int, number: int) -> None:
    """The task ``number`` is the ``index``-th of ``job``."""
    from_process = bool(owner.kinds & PoolKind.PROCESS)
    _open.setdefault(job, {})[index] = number, from_process


def _set(original: Any) -> Any:
    def _set(self: Any, i: int, obj: Any) -> None:
        tasks = _open.get(self._job)
        if tasks is not None:
            number, from_process = tasks.pop(i, (0, False))
            if not tasks and type(self) in (pool.ApplyResult, pool.MapResult):
                _open.pop(self._job, None)
            if number:
                _done(number, from_process, obj)
                if not obj[0]:
                    # The result keeps the error for whoever asks; so its id stays its own.
                    self.__dict__.setdefault("_poolscope", {})[id(obj[1])] = number
        try:
            original(self, i, obj)
        except BaseException as error:
            hide(error)
            raise
        if self.__dict__.get("_error_callback") is not None and self._event.is_set():
            _looked_at(self, self._value)

    return _set


def _looked_at(result: Any, error: object) -> None:
    """Somebody has been given ``error``, if a task's of ``result`` it is."""
    number = result.__dict__.get("_poolscope", {}).pop(id(error), 0)
    if number:
        wait_notes.exception_read(number)


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
        try:
            blocks = timeout is None or timeout > 0
            if _recorder.emit is not None and blocks and not self._event.is_set():
                numbers = [number for number, _ in list(_open.get(self._job, {}).values())]
                if numbers:
                    kind = wait_notes.FOR_RESULT
                    note = wait_notes.began(kind, timeout, numbers, len(numbers))
            original(self, timeout)
        except BaseException as error:
            wait_notes.ended(note, wait_notes.ERROR, 0)
            hide(error)
            raise
        if note:
            done = self._event.is_set()
            outcome = wait_notes.SATISFIED if done else wait_notes.TIMEOUT
            one = numbers[0] if done and len(numbers) == 1 else 0
            wait_notes.ended(note, outcome, len(numbers) if done else 0, one)

    return wait


def _next(original: Any) -> Any:
    def next(self: Any, timeout: float | None = None) -> Any:
        note = 0
        try:
            blocks = timeout is None or timeout > 0
            if _recorder.emit is not None and blocks and not self._items:
                tasks = list(_open.get(self._job, {}).items())
                number = next_of(self, tasks)
                if number:
                    note = wait_notes.began(wait_notes.FOR_RESULT, timeout, (number,), 1)
            item = original(self, timeout)
        except BaseException as error:
            _looked_at(self, error)
            if note:
                outcome = wait_notes.TIMEOUT if isinstance(error, TimeoutError) else None
                if outcome is None:
                    given = not isinstance(error, KeyboardInterrupt)
                    outcome = wait_notes.SATISFIED if given else wait_notes.ERROR
                wait_notes.ended(note, outcome, int(outcome == wait_notes.SATISFIED))
            hide(error)
            raise
        wait_notes.ended(note, wait_notes.SATISFIED, 1)
        return item

    return next


def next_of(iterator: Any, tasks: list[tuple[int, tuple[int, bool]]]) -> int:
    """The task that an iterator over results waits for; 0 if that may be any, or none is known."""
    if type(iterator) is pool.IMapUnorderedIterator:
        return 0
    for index, (number, _) in tasks:
        if index == iterator._index:
            return number
    return 0


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
