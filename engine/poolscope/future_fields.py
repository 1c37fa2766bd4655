"""What a future holds, and how that is guarded.

Which lock guards what:

- The RLock that ``_guard()`` gives, one a future, made on first use, guards ``_state``,
  ``_result``, ``_exception`` and the lists behind ``_waiters`` and ``_done_callbacks``.
  ``_condition`` is a condition *over that same lock*, so whoever holds the condition, as the
  standard ``wait()`` does, freezes the state exactly as there.
- It is re-entrant because a signal handler or a ``__del__`` may call us in the middle.
- A worker that starts or settles a future which has no lock yet makes none: it puts its ``Loan``
  there for as long as that takes (``loan.py``).
- Who sleeps in ``result()`` needs no lock: it joins ``_sleepers`` and then looks at the state
  once more; who changes the state looks at ``_sleepers`` afterwards. One sees the other.
- ``_awaited`` says that there may be somebody to tell. It is set with the lock held by whoever
  joins, and never cleared: a future that nobody waits for is settled after one look at it.
- Nothing blocks and no user code runs while it is held; waiters' ``add_*`` are called under it,
  as the standard library does (their own locks come after ours, never before).
- A reader without the lock is safe once it has seen a state of ``DONE``: ``_result`` and
  ``_exception`` are stored before the state is, and never change again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import _base
from typing import Any, TypeVar

from poolscope.loan import Loan, own_lock
from poolscope.sleeping import Monitor
from poolscope.states import PENDING
from poolscope.trace import ident
from poolscope.unread import Unread

T = TypeVar("T")


class Fields(_base.Future[T]):
    """A future's attributes, as the standard library names them; made when asked for."""

    # What a future has only later, or never: on the class until then, so that one that is
    # queued is small.
    _result: Any = None
    _exception: BaseException | None = None
    _unread: Unread | None = None  # there while nobody was given the exception
    _monitor: threading.Condition | None = None
    _sleepers: list[Any] | None = None
    _watchers: list[Any] | None = None
    _callbacks: list[Callable[[Any], object]] | None = None
    # The call, from submit until a worker of a thread pool takes it; when it was put (ns).
    _fn: Callable[..., Any] | None = None
    _args: tuple[Any, ...] = ()
    _kwargs: dict[str, Any] | None = None
    _put_ns: int = 0
    _lead: Any = None  # the pool that lets a thread which waits fetch the answer itself

    def __init__(self) -> None:
        # Not super().__init__(): it builds the condition and the lists that we make on demand.
        self._id = ident.next_id()
        self._state = PENDING
        self._awaited = False
        self._lock: Any = None

    def _guard(self) -> Any:
        """The lock of this future."""
        lock = self._lock
        return own_lock(self) if lock is None or type(lock) is Loan else lock

    @property
    def _condition(self) -> threading.Condition:  # type: ignore[override]
        monitor = self._monitor
        if monitor is None:
            with self._guard():
                monitor = self._monitor
                if monitor is None:
                    self._awaited = True
                    made: list[Any] = []
                    # As in _guard(): others join without the lock.
                    gates = self._sleepers = made if self._sleepers is None else self._sleepers
                    monitor = self._monitor = Monitor(self._guard(), gates)
        return monitor

    @property
    def _waiters(self) -> list[Any]:  # type: ignore[override]
        with self._guard():
            self._awaited = True
            if self._watchers is None:
                self._watchers = []
            return self._watchers

    @property
    def _done_callbacks(self) -> list[Callable[[Any], object]]:
        with self._guard():
            self._awaited = True
            if self._callbacks is None:
                self._callbacks = []
            return self._callbacks

    def _forget_call(self) -> None:
        """Let go of what was to be called: nobody will call it any more."""
        self._fn = self._kwargs = None
        self._args = ()

    def _lay_out(self) -> None:
        """Set everything that a future may ever have."""
        self._fn, self._args, self._kwargs, self._put_ns = None, (), None, 0
        self._result = self._exception = self._monitor = None
        self._sleepers = self._watchers = self._callbacks = self._lead = self._unread = None
