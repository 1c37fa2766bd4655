"""Hooks on ``concurrent.futures.Future``: its life.

A future's number lies in it as ``_poolscope``; 0, which the class has, is a future that was made
while nothing recorded. ``_poolscope_mapped``: ``map`` made it, and nobody else has it.
``_poolscope_by_hand``: no pool's ``submit`` made it, so no worker runs it, whoever settles it. A
change of state is recorded before anybody can see it, or by the one thread that made it; see each
hook.
"""

from __future__ import annotations

import threading
from concurrent.futures import _base
from sys import _getframe
from threading import get_ident
from types import FunctionType, ModuleType
from typing import Any, Final

from poolscope import naming
from poolscope.instrument import callbacks, conditions
from poolscope.instrument.context import HANDS_OVER, call, workers
from poolscope.instrument.faces import hook
from poolscope.instrument.origin import by_way_of, submits
from poolscope.own_frames import hide
from poolscope.trace import ident
from poolscope.trace import recorder as _recorder
from poolscope.trace.call import NUMBERS
from poolscope.trace.literal import SHORT
from poolscope.trace.schema import Kind, Outcome

_SUBMITTED: Final = int(Kind.SUBMITTED)
_STARTED: Final = int(Kind.STARTED)
_SENT: Final = int(Kind.SENT)
_RESULT_RECEIVED: Final = int(Kind.RESULT_RECEIVED)
_FINISHED: Final = int(Kind.FINISHED)
_TRACEBACK: Final = int(Kind.TRACEBACK)
_CANCELLED: Final = int(Kind.CANCELLED)
_CANCEL_REFUSED: Final = int(Kind.CANCEL_REFUSED)
_NOTIFIED: Final = int(Kind.NOTIFIED)
_GAVE_RESULT: Final = int(Outcome.RESULT)
_RAISED: Final = int(Outcome.EXCEPTION)
_OPEN: Final = frozenset({_base.PENDING, _base.RUNNING})
_RUNNING: Final = _base.RUNNING
_FINISHED_STATE: Final = _base.FINISHED
_HERE: Final = _base.__file__
_POOLS: Final = _HERE.replace("_base.py", "thread.py")


def install() -> None:
    """Put the hooks in place."""
    future = _base.Future
    future._poolscope = 0  # type: ignore[attr-defined]
    future._poolscope_mapped = False  # type: ignore[attr-defined]
    future._poolscope_by_hand = False  # type: ignore[attr-defined]
    hook(future, "__init__", _init)
    hook(future, "set_running_or_notify_cancel", _start)
    hook(future, "set_result", _set_result)
    hook(future, "set_exception", _set_exception)
    hook(future, "cancel", _cancel)
    hook(future, "add_done_callback", callbacks.add_done_callback)


# The life of a future


def _init(original: Any) -> Any:
    make = _with_plain_condition(original)

    def __init__(self: Any) -> None:  # noqa: N807
        make(self)
        if _recorder.emit is None:
            return
        number = self._poolscope = ident.next_id()
        # In the pool's submit, which has taken the task; what a handler makes there is not its.
        own = call.__dict__
        pending = own.get("pending")
        if pending is not None and (_getframe(1).f_code in submits or by_way_of(self)):
            own["pending"] = None
            self._poolscope_by_hand = False  # which is found sooner than that of the class
            what, text, where, emit_as, mapped = pending
            if mapped:
                self._poolscope_mapped = True
            if emit_as is not None:
                emit_as(_SUBMITTED, number, what, text, where)
        else:
            self._poolscope_by_hand = True

    return __init__


def _with_plain_condition(original: Any) -> Any:
    """The library's own code, to which ``threading.Condition`` is the one without hooks.

    Each task has one, which is in no picture: what the hooks cost there is for nothing.
    """
    if type(original) is not FunctionType or original.__code__.co_freevars:
        return original  # somebody else has been here
    unhooked = ModuleType("threading")
    vars(unhooked).update(vars(threading))
    unhooked.Condition = conditions.of_future  # type: ignore[attr-defined]
    names = {**original.__globals__, "threading": unhooked}
    return FunctionType(original.__code__, names, original.__name__, original.__defaults__)


def _start(original: Any) -> Any:
    def set_running_or_notify_cancel(self: Any) -> Any:
        try:
            runs = original(self)
        except BaseException as error:
            hide(error)
            raise
        number = self._poolscope
        if number:
            emit_started = _recorder.emit_started
            if self._poolscope_by_hand:
                if (emit := _recorder.emit) is not None:
                    emit(_STARTED if runs else _NOTIFIED, number, 0, 0, 0)
            elif emit_started is not None and not (runs and emit_started(number)):
                _begun(number, runs)
        return runs

    return set_running_or_notify_cancel


def _begun(number: int, runs: bool) -> None:
    """Record the start of a task, or that there will be none, for which nothing is prepared."""
    emit, work_as = _recorder.emit, _recorder.work_as
    if emit is None or work_as is None:
        return
    if not runs:
        emit(_NOTIFIED, number, 0, 0, 0)
        return
    worker = workers.get(get_ident(), 0)
    if worker < HANDS_OVER:
        from poolscope.instrument.pools import ready

        worker = ready(-worker)
    if worker > 0:
        work_as(worker)
        emit(_STARTED, number, worker, 0, 0)
    elif worker == HANDS_OVER:
        work_as(0)
        emit(_SENT, number, 0, 0, 0)
    else:
        emit(_STARTED, number, 0, 0, 0)  # whose thread may become a worker's yet


def _set_result(original: Any) -> Any:
    def set_result(self: Any, result: Any) -> None:
        try:
            number = self._poolscope
            emit = _recorder.emit_finished
            if not number or emit is None:
                original(self, result)
            elif self._state == _RUNNING and not self._poolscope_by_hand:
                # Nobody else may settle it now, so it can be told before it can be seen.
                if result is not None and type(result) is int and 0 <= result < NUMBERS:
                    emit_number = _recorder.emit_number
                    if emit_number is None or not emit_number(number, result):
                        _settled(number, repr(result), "", _GAVE_RESULT)
                elif type(result) is str and len(result) < SHORT:
                    emit_string = _recorder.emit_string
                    if emit_string is None or not emit_string(number, result):
                        _settled(number, naming.short_repr(result), "", _GAVE_RESULT)
                else:
                    text = "None" if result is None else naming.short_repr(result)
                    if not emit(number, text):
                        _settled(number, text, "", _GAVE_RESULT)
                original(self, result)
            else:
                _by_hand(self, original, result, naming.short_repr(result), "", _GAVE_RESULT)
        except BaseException as error:
            hide(error)
            raise

    return set_result


def _set_exception(original: Any) -> Any:
    def set_exception(self: Any, exception: Any) -> None:
        try:
            number = self._poolscope
            if not number or _recorder.emit is None or not isinstance(exception, BaseException):
                original(self, exception)
                return
            text, trace = naming.error_text(exception), _trace(exception)
            if self._state == _RUNNING and not self._poolscope_by_hand:
                _settled(number, text, trace, _RAISED)
                original(self, exception)
            else:
                _by_hand(self, original, exception, text, trace, _RAISED)
        except BaseException as error:
            hide(error)
            raise
        finally:
            # The exception's traceback may lead here.
            del exception, self

    return set_exception


def _by_hand(future: Any, original: Any, value: Any, text: str, trace: str, outcome: int) -> None:
    """Settle a future that nobody runs: whether that is legal is known under its condition."""
    legal = False
    with future._condition:
        if future._state in _OPEN:
            legal = True
            _told(future._poolscope, 0, text, trace, outcome)
            _without_callbacks(future, original, value)
    if legal:
        future._invoke_callbacks()
    else:
        original(future, value)  # which says what is wrong


def _trace(error: BaseException) -> str:
    """As it will be printed, without the pool's own frame at its top."""
    trace = error.__traceback__
    pools_own = trace is not None and trace.tb_frame.f_code.co_filename == _POOLS
    return naming.traceback_text(error, skip=1 if pools_own else 0)


def _settled(number: int, text: str, trace: str, outcome: int) -> None:
    emit = _recorder.emit
    if emit is None:
        return
    worker = workers.get(get_ident(), 0)
    if worker < 0:
        received = call.__dict__.get("received", 0) if worker == HANDS_OVER else 0
        if received:
            emit_settled = _recorder.emit_settled
            if not trace and emit_settled and emit_settled(number, received, text, outcome):
                return
            emit(_RESULT_RECEIVED, number, received, 0, 0)
        worker = 0
    _told(number, worker, text, trace, outcome)


def _told(number: int, worker: int, text: str, trace: str, outcome: int) -> None:
    """Record that it is settled; ``worker``: that which ran it, 0: none, or one elsewhere."""
    emit_text = _recorder.emit_text
    if emit_text is None:
        return
    if trace:
        emit_text(_TRACEBACK, number, 0, trace, 0)
    emit_text(_FINISHED, number, worker, text, outcome)


def _without_callbacks(future: Any, method: Any, *arguments: object) -> Any:
    """Call the original under the future's condition, and nothing of the user's with it."""
    future._invoke_callbacks = _nothing
    try:
        return method(future, *arguments)
    finally:
        del future._invoke_callbacks


def _nothing() -> None:
    pass


def _cancel(original: Any) -> Any:
    def cancel(self: Any) -> bool:
        if self._poolscope_mapped and self._state == _FINISHED_STATE:
            return original(self)  # type: ignore[no-any-return]  # map() does so with each
        number = self._poolscope
        if not number or _recorder.emit is None:
            return original(self)  # type: ignore[no-any-return]
        # The condition is re-entrant. Under it nobody sees the state before it is recorded.
        with self._condition:
            was_pending = self._state == _base.PENDING
            # Of one that is done, whoever settled it may be about to call its callbacks.
            done = bool(_without_callbacks(self, original) if was_pending else original(self))
            emit = _recorder.emit
            if emit is not None:
                if done and was_pending:
                    emit(_CANCELLED, number, 0, 0, 0)
                elif not done and _getframe(1).f_code.co_filename != _HERE:
                    emit(_CANCEL_REFUSED, number, 0, 0, 0)
        if done and was_pending:
            self._invoke_callbacks()
        return done

    return cancel
