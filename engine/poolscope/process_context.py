"""A ``multiprocessing`` context whose locks and signals are traced.

``poolscope.get_context("spawn").Lock(name="ledger")`` gives a lock that goes where
``multiprocessing``'s own goes, and has one number in all processes.
"""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable
from multiprocessing import context
from multiprocessing.context import BaseContext
from typing import Any, Final

from poolscope.process_barrier import ProcessBarrier
from poolscope.process_locks import (
    ProcessBoundedSemaphore,
    ProcessLock,
    ProcessRLock,
    ProcessSemaphore,
)
from poolscope.process_signals import ProcessCondition, ProcessEvent

__all__ = ["TracedContext", "get_context"]


class TracedContext(BaseContext):
    """A start method's context; ``name`` is what a primitive is called in the trace.

    Without a name it is called by its variable and the line where it is made.
    """

    def Lock(self, name: str = "") -> ProcessLock:
        """A traced lock."""
        return ProcessLock(name, sys._getframe(1), ctx=self.get_context())

    def RLock(self, name: str = "") -> ProcessRLock:
        """A traced lock that its owner may take again."""
        return ProcessRLock(name, sys._getframe(1), ctx=self.get_context())

    def Semaphore(self, value: int = 1, name: str = "") -> ProcessSemaphore:
        """A traced semaphore of ``value`` permits."""
        return ProcessSemaphore(value, name, sys._getframe(1), ctx=self.get_context())

    def BoundedSemaphore(self, value: int = 1, name: str = "") -> ProcessBoundedSemaphore:
        """A traced semaphore that never has more than ``value`` permits."""
        return ProcessBoundedSemaphore(value, name, sys._getframe(1), ctx=self.get_context())

    def Condition(self, lock: Any = None, name: str = "") -> ProcessCondition:
        """A traced condition, over ``lock`` or a traced RLock of its own."""
        return ProcessCondition(lock, name, sys._getframe(1), ctx=self.get_context())

    def Event(self, name: str = "") -> ProcessEvent:
        """A traced event."""
        return ProcessEvent(name, sys._getframe(1), ctx=self.get_context())

    def Barrier(
        self,
        parties: int,
        action: Callable[[], object] | None = None,
        timeout: float | None = None,
        name: str = "",
    ) -> ProcessBarrier:
        """A traced barrier of so many ``parties``."""
        frame = sys._getframe(1)
        return ProcessBarrier(parties, action, timeout, name, frame, ctx=self.get_context())

    def get_context(self, method: str | None = None) -> Any:
        """A plain context. ``Queue``, ``Pool`` and the rest make their inner locks with it:
        those belong in no picture.
        """
        return multiprocessing.get_context(method or self.get_start_method(allow_none=False))


class _SpawnContext(TracedContext, context.SpawnContext):
    pass


_contexts: Final[dict[str, TracedContext]] = {"spawn": _SpawnContext()}

if sys.platform != "win32":

    class _ForkContext(TracedContext, context.ForkContext):
        pass

    class _ForkServerContext(TracedContext, context.ForkServerContext):
        pass

    _contexts["fork"] = _ForkContext()
    _contexts["forkserver"] = _ForkServerContext()


def get_context(method: str | None = None) -> TracedContext:
    """``multiprocessing.get_context(method)`` whose locks and signals are traced.

    Its ``Lock``, ``RLock``, ``Semaphore``, ``BoundedSemaphore``, ``Condition``, ``Event`` and
    ``Barrier`` take a ``name`` as well. Good for ``ProcessPoolExecutor(mp_context=...)`` and for
    ``Process``. Raises ``ValueError`` for a start method that this system does not have.
    """
    plain = multiprocessing.get_context(method)
    return _contexts[plain.get_start_method(allow_none=False)]
