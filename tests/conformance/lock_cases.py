"""CPython's own cases for locks, queues and threads, on ours.

``test.lock_tests`` on every primitive of ``threading``; ``test.test_queue`` on the queues; and of
``test.test_threading`` what happens within one interpreter, with ours in ``threading``'s place.
"""

from __future__ import annotations

import importlib
import queue
import sys
import threading
from types import ModuleType
from typing import Any
from unittest import TestCase

import stand_in
from test import lock_tests, test_queue

import poolscope


class LockTests(lock_tests.LockTests):
    locktype = staticmethod(poolscope.Lock)


class RLockTests(lock_tests.RLockTests):
    locktype = staticmethod(poolscope.RLock)


class EventTests(lock_tests.EventTests):
    eventtype = staticmethod(poolscope.Event)


class ConditionTests(lock_tests.ConditionTests):
    condtype = staticmethod(poolscope.Condition)


class ConditionAsRLockTests(lock_tests.RLockTests):
    locktype = staticmethod(poolscope.Condition)

    test_recursion_count = None  # a condition hands out no count


class SemaphoreTests(lock_tests.SemaphoreTests):
    semtype = staticmethod(poolscope.Semaphore)


class BoundedSemaphoreTests(lock_tests.BoundedSemaphoreTests):
    semtype = staticmethod(poolscope.BoundedSemaphore)


class BarrierTests(lock_tests.BarrierTests):
    barriertype = staticmethod(poolscope.Barrier)


def _standard_condition(lock: Any = None) -> threading.Condition:
    return threading.Condition(poolscope.RLock() if lock is None else lock)


class StandardConditionTests(lock_tests.ConditionTests):
    """The standard condition over our lock: what it asks of a lock must work."""

    condtype = staticmethod(_standard_condition)


class StandardConditionAsRLockTests(lock_tests.RLockTests):
    locktype = staticmethod(_standard_condition)

    test_recursion_count = None


QUEUES = stand_in.like(
    queue,
    Queue=poolscope.Queue,
    LifoQueue=poolscope.LifoQueue,
    PriorityQueue=poolscope.PriorityQueue,
)


class QueueTests(test_queue.QueueTest, TestCase):
    queue = QUEUES


class LifoQueueTests(test_queue.LifoQueueTest, TestCase):
    queue = QUEUES


class PriorityQueueTests(test_queue.PriorityQueueTest, TestCase):
    queue = QUEUES


class FailingQueueTests(test_queue.FailingQueueTest, TestCase):
    """A queue whose ``_put`` and ``_get`` raise stays as it was."""

    queue = QUEUES


class _InPlace(ModuleType):
    """``threading`` with some of its names ours; what a test patches is patched in the real one."""

    def __getattr__(self, name: str) -> Any:
        return getattr(threading, name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(threading, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(threading, name)


def _threading_cases() -> ModuleType:
    """``test.test_threading``, imported with ours in ``threading``'s place."""
    double = _InPlace("threading")
    for name in ("Barrier", "BoundedSemaphore", "Condition", "Event", "Semaphore", "Thread"):
        double.__dict__[name] = getattr(poolscope, name)
    sys.modules["threading"] = double
    try:
        return importlib.import_module("test.test_threading")
    finally:
        sys.modules["threading"] = threading


_cases = _threading_cases()


class ThreadTests(_cases.ThreadTests):  # type: ignore[name-defined,misc]
    test_import_from_another_thread = None  # needs a program without threading; ours imports it


class ThreadingExceptionTests(_cases.ThreadingExceptionTests):  # type: ignore[name-defined,misc]
    pass


class ExceptHookTests(_cases.ExceptHookTests):  # type: ignore[name-defined,misc]
    pass
