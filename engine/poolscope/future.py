"""Future: the handle of one submitted call.

A drop-in for ``concurrent.futures.Future`` (and a subclass of it): ``_state``, ``_condition``,
``_waiters``, ``_result``, ``_exception`` and ``_done_callbacks`` mean what they mean there, so
asyncio and the standard ``wait()`` and ``as_completed()`` work with it. What differs is cost:
the standard library makes a condition, two locks and three lists for every future; ours is one
object while nobody asks anything of it, which is what the garbage collector goes through again
and again while a million of them are queued. The call itself lies in it too (``_fn``, ``_args``,
``_kwargs``): a pool's queue holds futures and nothing else.

What it holds, and which lock guards what, is in ``future_fields.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import _base
from typing import Final, NoReturn, TypeVar

from poolscope import naming, unread, wait_notes
from poolscope.future_fields import Fields
from poolscope.loan import Loan, hold, let_go
from poolscope.sleeping import await_done, call_back, open_all
from poolscope.states import (
    CANCELLED,
    CANCELLED_AND_NOTIFIED,
    DONE,
    FINISHED,
    OPEN,
    PENDING,
    RUNNING,
    UnexpectedStateError,
    transition,
)
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import Kind, Outcome

T = TypeVar("T")

_CANCELLED_STATES: Final = frozenset({CANCELLED, CANCELLED_AND_NOTIFIED})
_RESULT: Final = int(Outcome.RESULT)
_EXCEPTION: Final = int(Outcome.EXCEPTION)
_TRACEBACK: Final = int(Kind.TRACEBACK)
_CANCEL_REFUSED: Final = int(Kind.CANCEL_REFUSED)


class Future(Fields[T]):
    """The eventual result of a call; the same face as ``concurrent.futures.Future``.

    Made by an executor, or by hand for tests and bridges: then ``set_running_or_notify_cancel``,
    ``set_result`` and ``set_exception`` drive it.
    """

    def __repr__(self) -> str:
        state = self._state
        word = "cancelled" if state == CANCELLED_AND_NOTIFIED else state.lower()
        where = f"<{type(self).__name__} at {id(self):#x} state={word}"
        if state == FINISHED:
            if self._exception is not None:
                return f"{where} raised {type(self._exception).__name__}>"
            return f"{where} returned {type(self._result).__name__}>"
        return where + ">"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"cannot pickle {type(self).__name__!r} object: a future belongs to its process; "
            "pass its result instead"
        )

    # -- asking ---------------------------------------------------------------------------

    def cancelled(self) -> bool:
        """Whether the call was cancelled before it began."""
        return self._state in _CANCELLED_STATES

    def running(self) -> bool:
        """Whether the call is being executed (or has been handed over) and cannot be cancelled."""
        return self._state == RUNNING

    def done(self) -> bool:
        """Whether the call was cancelled or has finished."""
        return self._state in DONE

    def result(self, timeout: float | None = None) -> T:
        """The call's result; blocks until it is there, ``timeout`` seconds at the most.

        Raises ``TimeoutError`` when time is up, ``CancelledError`` for a cancelled call, and
        whatever the call raised.
        """
        try:
            if self._state != FINISHED:
                await_done(self, timeout, wait_notes.FOR_RESULT)
            if self._exception is not None:
                self._deliver()
                raise self._exception
            return self._result  # type: ignore[no-any-return]
        finally:
            # The traceback holds this frame, this frame the future, the future the exception.
            del self

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """The exception the call raised, or ``None``; blocks as ``result`` does.

        Raises ``TimeoutError`` when time is up and ``CancelledError`` for a cancelled call.
        """
        if self._state != FINISHED:
            await_done(self, timeout, wait_notes.FOR_EXCEPTION)
        if self._exception is not None:
            self._deliver()
        return self._exception

    def add_done_callback(self, fn: Callable[[Future[T]], object]) -> None:
        """Call ``fn(future)`` when the future is done; at once if it is.

        An exception of ``fn`` is logged and goes no further.
        """
        with self._guard():
            if self._state not in DONE:
                self._awaited = True
                if self._callbacks is None:
                    self._callbacks = [fn]
                else:
                    self._callbacks.append(fn)
                return
        call_back(self, [fn])

    # -- driving --------------------------------------------------------------------------

    def cancel(self) -> bool:
        """Cancel the call if it has not begun; returns whether it is (now or already) cancelled."""
        with self._guard():
            if self._state != PENDING:
                if self.cancelled():
                    return True
                emit = _recorder.emit
                if emit is not None:
                    emit(_CANCEL_REFUSED, self._id, 0, 0, 0)
                return False
            transition(self, CANCELLED)
            if self._awaited:
                if self._sleepers:
                    open_all(self._sleepers)
                if self._monitor is not None:
                    self._monitor.notify_all()
        self._invoke_callbacks()
        return True

    def set_running_or_notify_cancel(self) -> bool:
        """Mark the call as running: ``True``; or, if it was cancelled, tell waiters: ``False``.

        Raises ``RuntimeError`` (an ``InvalidStateError`` too) when it was called before.
        """
        return self._start()

    def set_result(self, result: T) -> None:
        """Settle the future; raises ``InvalidStateError`` if it is done already."""
        text = naming.short_repr(result) if _recorder.emit is not None else ""
        self._settle(result, None, text=text)
        self._invoke_callbacks()

    def set_exception(self, exception: BaseException | None) -> None:
        """Settle the future with an exception; ``InvalidStateError`` if it is done already."""
        if exception is None:
            self.set_result(None)  # type: ignore[arg-type]
            return
        text = trace = ""
        if _recorder.emit is not None:
            text, trace = naming.error_text(exception), naming.traceback_text(exception)
        self._settle(None, exception, text=text, trace=trace)
        self._invoke_callbacks()

    def _deliver(self) -> None:
        if self._unread is not None:
            self._unread.emit = None
        wait_notes.exception_read(self._id)

    # -- for the pools --------------------------------------------------------------------

    def _start(self, worker: int = 0, event: int = 0, loan: Loan | None = None) -> bool:
        """``set_running_or_notify_cancel`` for a pool: who runs it, and by which event.

        ``event`` is ``states.SENT_EVENT`` where RUNNING is reached by handing over; ``loan`` is
        the calling thread's.
        """
        # Not "with": it costs twice as much as the two calls, and this is once for each task.
        held = self._lock = loan if self._lock is None else self._lock
        if held is None or held is not loan:
            held = hold(self)
        try:
            if self._state == PENDING:
                transition(self, RUNNING, worker, "", 0, event)
                return True
            if self._state == CANCELLED:
                transition(self, CANCELLED_AND_NOTIFIED)
                for waiter in self._watchers or ():
                    waiter.add_cancelled(self)
                # Whoever sleeps in result() was woken by cancel(), which called the callbacks.
                return False
        finally:
            if loan is not None and self._lock is loan:
                self._lock = None
                if loan.waiting:
                    open_all(loan.waiting)
            else:
                let_go(self, held)
        # Settled by hand in the queue, or started twice: nothing legal, and to be heard of.
        _base.LOGGER.critical("Future %s in unexpected state: %s", id(self), self._state)
        raise UnexpectedStateError("Future in unexpected state")

    def _settle(
        self,
        result: object,
        exception: BaseException | None,
        worker: int = 0,
        text: str | None = "",
        trace: str = "",
        loan: Loan | None = None,
    ) -> None:
        """Move to FINISHED and wake everybody who waits; callbacks are the caller's next step.

        ``text`` and ``trace`` are made by the caller before, as user code may run in a ``repr``
        and none may run under the lock; None: as for ``transition``. ``loan``: as for ``_start``.
        """
        held = self._lock = loan if self._lock is None else self._lock
        if held is None or held is not loan:
            held = hold(self)
        try:
            if self._state not in OPEN:
                raise UnexpectedStateError(f"{self._state}: {self!r}")
            self._result = result
            self._exception = exception
            if exception is not None:
                self._unread = unread.watch(self._id)
            if trace:
                emit_text = _recorder.emit_text
                if emit_text is not None:
                    emit_text(_TRACEBACK, self._id, 0, trace, 0)
            outcome = _RESULT if exception is None else _EXCEPTION
            transition(self, FINISHED, worker, text, outcome, 0, result)
            if self._awaited:
                for waiter in self._watchers or ():
                    if exception is None:
                        waiter.add_result(self)
                    else:
                        waiter.add_exception(self)
                if self._sleepers:
                    open_all(self._sleepers)
                if self._monitor is not None:
                    self._monitor.notify_all()
        finally:
            if loan is not None and self._lock is loan:
                self._lock = None
                if loan.waiting:
                    open_all(loan.waiting)
            else:
                let_go(self, held)

    def _invoke_callbacks(self) -> None:
        # Without the lock: once the state is of DONE nobody adds to the list any more.
        if self._awaited and self._callbacks:
            call_back(self, self._callbacks)


# CPython reserves the places of a class's attributes by the first few of its objects: one that
# gets an attribute later than those did falls back to a dictionary of its own, at three times the
# memory. So the first has them all.
Future()._lay_out()
