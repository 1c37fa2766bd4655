"""Identities that are unique across every process of a machine, with no coordination.

An id is a positive 63-bit integer: the process's pid (22 bits, Linux's limit) above a counter
of 40 bits. The counter starts at the millisecond (2**20 ns) at which the process began, times
2**20, so that a process that gets a dead one's pid does not get its ids. Of the millisecond
19 bits are taken: wherever it starts, half of the range, 2**39 ids, is left before the next pid's.

Call it as ``ident.next_id()``, through the module: the function is replaced after a fork, a
name bound with ``from`` would go on handing out the parent's ids.
"""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Callable

COUNTER_BITS = 40
_LEFT_TO_A_CHILD = 1 << 12
_PID_MASK = (1 << 22) - 1


def _counter() -> Callable[[], int]:
    start = (time.perf_counter_ns() >> 20 & 0x7FFFF) << 20
    base = (os.getpid() & _PID_MASK) << COUNTER_BITS
    return itertools.count(base + start + 1).__next__


class _ThisThread(threading.local):
    """The id of the current thread; made on first use."""

    def __init__(self) -> None:
        self.id = next_id()


forked_by = 0  # in a forked child: the id of the thread that forked it, whose copy runs here
next_id: Callable[[], int] = _counter()
_this_thread = _ThisThread()


def thread_id() -> int:
    """The id of the calling thread, the same for its whole life."""
    return _this_thread.id


def be_thread(number: int) -> None:
    """Let the calling thread's id be ``number``, from ``next_id``: before anything asked for it."""
    _this_thread.id = number


def _after_fork_in_child() -> None:
    global next_id, _this_thread, forked_by
    forked_by = _this_thread.id
    next_id = _counter()
    _this_thread = _ThisThread()


def _after_fork_in_parent() -> None:
    # The program's own handlers may have taken some in the child before it had its own.
    global next_id
    next_id = itertools.count(next_id() + _LEFT_TO_A_CHILD).__next__


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
