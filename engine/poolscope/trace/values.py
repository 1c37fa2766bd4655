"""The values that the fields of a record take: small numbers with names.

The words that follow ``Kind`` in ``schema.EVENTS``. Numbers are for ever: what a trace holds keeps
its meaning, so a new value gets a new number and none is used again.
"""

from __future__ import annotations

import enum
from typing import Final


class Role(enum.IntEnum):
    """What a thread is to the pools."""

    THREAD = 0
    MAIN = 1
    CALLER = 2
    WORKER = 3


class PoolKind(enum.IntEnum):
    THREAD = 0
    PROCESS = 1


class Engine(enum.IntEnum):
    POOLSCOPE = 0
    STDLIB = 1


class StartMethod(enum.IntEnum):
    NONE = 0
    FORK = 1
    SPAWN = 2
    FORKSERVER = 3


class WorkerEnd(enum.IntEnum):
    FINISHED = 0
    RECYCLED = 1
    CRASHED = 2


class Outcome(enum.IntEnum):
    RESULT = 0
    EXCEPTION = 1
    CANCELLED = 2


class WaitKind(enum.IntEnum):
    WAIT = 0
    AS_COMPLETED = 1
    RESULT = 2
    EXCEPTION = 3
    SHUTDOWN = 4
    JOIN = 5


class ReturnWhen(enum.IntEnum):
    NONE = 0
    ALL_COMPLETED = 1
    FIRST_COMPLETED = 2
    FIRST_EXCEPTION = 3


class WaitOutcome(enum.IntEnum):
    SATISFIED = 0
    TIMEOUT = 1
    ERROR = 2


class LockKind(enum.IntEnum):
    """What a traced primitive is. The first four are held, by one thread or by several."""

    LOCK = 0
    RLOCK = 1
    SEMAPHORE = 2
    BOUNDED_SEMAPHORE = 3
    CONDITION = 4
    EVENT = 5
    BARRIER = 6
    QUEUE = 7


class Signal(enum.IntEnum):
    """What a thread waits for, or what it does that lets others go on."""

    CONDITION_WAIT = 1
    CONDITION_NOTIFY = 2
    EVENT_WAIT = 3
    EVENT_SET = 4
    EVENT_CLEAR = 5
    BARRIER_WAIT = 6
    BARRIER_TRIP = 7
    BARRIER_ABORT = 8
    BARRIER_RESET = 9
    QUEUE_GET = 10
    QUEUE_PUT = 11
    QUEUE_JOIN = 12
    QUEUE_TASK_DONE = 13


class GaveUp(enum.IntEnum):
    """Why a thread went on without the lock, or without the signal."""

    TIMEOUT = 1
    WOULD_BLOCK = 2
    ERROR = 3


SUBMITTED_BY_MAP: Final = 1  # SUBMITTED.d
SUBMITTED_PLACE: Final = 1  # the place's number begins at this bit of SUBMITTED.d
MOST_PLACES: Final = 0x7FFF  # of one process: what the bits above hold
PLACE_DEFINED: Final = 32  # the line of the task's function begins at this bit of PLACE_NUMBERED.b
PICKLED_TOOK: Final = 32  # bits of PICKLED.c: how long it took, ns; those above are in d
PICKLED_TOGETHER: Final = 1 << 15  # PICKLED.d: with others, in one pickle
WAIT_PLACED: Final = 1 << 15  # WAIT_BEGAN.d: b holds a place's number from this bit on:
WAIT_PLACE: Final = 48
ACQUIRED_AFTER_WAIT: Final = 1  # LOCK_ACQUIRED.d
WANTED_WITH_TIMEOUT: Final = 1  # LOCK_WANTED.d
SIGNAL_TIMED: Final = 1 << 8  # SIGNAL_WANTED.d
