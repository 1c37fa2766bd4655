"""CPython's own cases for locks (``test.lock_tests``), on ours."""

from __future__ import annotations

import threading
from typing import Any

from test import lock_tests

import poolscope


class LockTests(lock_tests.LockTests):
    locktype = staticmethod(poolscope.Lock)


class RLockTests(lock_tests.RLockTests):
    locktype = staticmethod(poolscope.RLock)


def _condition(lock: Any = None) -> threading.Condition:
    return threading.Condition(poolscope.RLock() if lock is None else lock)


class ConditionOverRLockTests(lock_tests.ConditionTests):
    """The standard condition over our lock: what it asks of a lock must work."""

    condtype = staticmethod(_condition)


class ConditionAsRLockTests(lock_tests.RLockTests):
    locktype = staticmethod(_condition)

    test_recursion_count = None  # a condition hands out no count
