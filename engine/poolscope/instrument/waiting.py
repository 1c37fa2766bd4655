"""Hooks on waiting for futures: ``result``, ``exception``, ``wait`` and ``as_completed``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import _base
from typing import Any, Final

from poolscope import wait_notes
from poolscope.instrument.faces import hook
from poolscope.own_frames import hide
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import Kind

__all__ = ["install"]

_ENDED: Final = int(Kind.WAIT_ENDED)
_SATISFIED: Final = wait_notes.SATISFIED
_FINISHED: Final = _base.FINISHED
_DONE: Final = frozenset({_base.CANCELLED, _base.CANCELLED_AND_NOTIFIED, _base.FINISHED})


def install() -> None:
    """Put the hooks in place."""
    hook(_base.Future, "result", _awaiting(wait_notes.FOR_RESULT))
    hook(_base.Future, "exception", _awaiting(wait_notes.FOR_EXCEPTION))
    hook(_base, "wait", _wait)
    hook(_base, "as_completed", _as_completed)
    package = vars(sys.modules["concurrent.futures"])
    for name in ("wait", "as_completed"):
        if name in package:  # else it is about to import them
            package[name] = getattr(_base, name)


def _awaiting(what: int) -> Callable[[Any], Any]:
    def make(original: Any) -> Any:
        def result(self: Any, timeout: float | None = None) -> Any:
            number = self._poolscope
            try:
                if not number or _recorder.emit is None:
                    return original(self, timeout)
                state = self._state
                if state == _FINISHED or state in _DONE:  # the first, as a rule, costs less
                    if self._exception is not None:
                        wait_notes.exception_read(number)
                    return original(self, timeout)
                if timeout is not None and not timeout > 0:
                    return original(self, timeout)
                wait = wait_notes.wanted(what, timeout, number, 2)
                try:
                    answer = original(self, timeout)
                except BaseException as error:
                    _failed(self, wait, error)
                    raise
                emit = _recorder.emit
                if emit is not None and wait:
                    emit(_ENDED, wait, number, 1, _SATISFIED)
                    if self._exception is not None:
                        wait_notes.exception_read(number)
                return answer
            except BaseException as error:
                hide(error)
                del self  # the error's frames lead to ours, and it may lie in the future
                raise

        return result

    return make


def _failed(future: Any, wait: int, error: BaseException) -> None:
    done = future._state in _DONE
    if done and (error is future._exception or not _timed_out(error)):
        wait_notes.ended(wait, wait_notes.SATISFIED, 1, future._poolscope)
        if future._exception is not None:
            wait_notes.exception_read(future._poolscope)
    else:
        outcome = wait_notes.TIMEOUT if _timed_out(error) else wait_notes.ERROR
        wait_notes.ended(wait, outcome, 0)


def _timed_out(error: BaseException) -> bool:
    return isinstance(error, TimeoutError)


def numbers(futures: Any) -> list[int]:
    """The numbers of those futures that have one, ours and the library's."""
    found = [getattr(f, "_poolscope", 0) or getattr(f, "_id", 0) for f in futures]
    return [number for number in found if number]


def _wait(original: Any) -> Any:
    def wait(fs: Any, timeout: float | None = None, return_when: str = _base.ALL_COMPLETED) -> Any:
        try:
            kind = wait_notes.WAIT.get(return_when)
            if _recorder.emit is None or kind is None or not hasattr(fs, "__iter__"):
                return original(fs, timeout, return_when)
            fs = set(fs)
            note = wait_notes.began(kind, timeout, numbers(fs), len(fs))
            try:
                answer = original(fs, timeout, return_when)
            except BaseException:
                wait_notes.ended(note, wait_notes.ERROR, 0)
                raise
            done, not_done = answer
            satisfied = _satisfied(done, not_done, return_when)
            outcome = wait_notes.SATISFIED if satisfied else wait_notes.TIMEOUT
            wait_notes.ended(note, outcome, len(done), 0, numbers(done))
            return answer
        except BaseException as error:
            hide(error)
            raise

    return wait


def _satisfied(done: Any, not_done: Any, return_when: str) -> bool:
    if not not_done:
        return True
    if return_when == _base.FIRST_COMPLETED:
        return bool(done)
    return return_when == _base.FIRST_EXCEPTION and any(
        f._state == _base.FINISHED and f._exception is not None for f in done
    )


def _as_completed(original: Any) -> Any:
    def as_completed(fs: Any, timeout: float | None = None) -> Iterator[Any]:
        if _recorder.emit is None:
            try:
                yield from original(fs, timeout)
            except BaseException as error:
                hide(error)
                raise
            return
        try:
            fs = set(fs)
            total = len(fs)
            note = wait_notes.began(wait_notes.AS_COMPLETED, timeout, numbers(fs), total)
            inner = original(fs, timeout)
            # Whoever gets a future may be the last to have it: nothing here may keep one.
            del fs
            given = 0
            outcome = wait_notes.ERROR
            try:
                for future in inner:
                    given += 1
                    number = getattr(future, "_poolscope", 0) or getattr(future, "_id", 0)
                    held = [future]
                    del future
                    wait_notes.released(note, number)
                    yield held.pop()
                    wait_notes.resumed(note)
                outcome = wait_notes.SATISFIED
            except GeneratorExit:
                outcome = wait_notes.SATISFIED  # the reader has seen enough
                inner.close()
                raise
            except TimeoutError:
                outcome = wait_notes.TIMEOUT
                raise
            finally:
                wait_notes.ended(note, outcome, given)
        except BaseException as error:
            hide(error)
            raise

    return as_completed
