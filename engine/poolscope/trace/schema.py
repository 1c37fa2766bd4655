"""What an event is: its kind, what its numbers mean, how its 32 bytes lie.

The one table that recorder, reader, analysis and documents share, with the values of its fields
from ``values``.

A trace is a set of streams, one for each thread that recorded anything and one *pinned* stream
a process for declarations that must outlive a quota. A stream is a sequence of chunk files; a
chunk is a header of ``HEADER_SIZE`` bytes and records of ``RECORD_SIZE`` bytes::

    byte  0        8        16       24    28   30
          | t      | a      | b      | c   | d  | kind |
          | u64 ns | i64    | i64    | u32 | u16| u16  |     little endian

``t`` is ``time.perf_counter_ns()``, one clock for all processes of a machine. ``kind`` lies
last, is written last and is never 0: it is the commit mark. What ``a``, ``b``, ``c`` and ``d``
hold is in ``EVENTS``.

A text is written into the same stream just before the record that names it, unless the chunk
has it already, as cells of the same size whose kind says so::

    TEXT      | 30 bytes of UTF-8                     | kind |     zero or more
    TEXT_END  | 25 bytes | unused u8 | number u32     | kind |     one

``number`` counts from 1 within the stream and is what ``c`` of a record refers to (0: no text).
A text, and the record after it, never straddle a chunk: every chunk can be read by itself.
"""

from __future__ import annotations

import enum
import struct
import sys
from typing import Final, NamedTuple

from poolscope.trace.values import (
    ACQUIRED_AFTER_WAIT,
    SIGNAL_TIMED,
    SUBMITTED_BY_MAP,
    WANTED_WITH_TIMEOUT,
    Engine,
    GaveUp,
    LockKind,
    Outcome,
    PoolKind,
    ReturnWhen,
    Role,
    Signal,
    StartMethod,
    WaitKind,
    WaitOutcome,
    WorkerEnd,
)

__all__ = [
    "ACQUIRED_AFTER_WAIT",
    "EVENTS",
    "FORMAT_VERSION",
    "HEADER",
    "HEADER_LOST_OFFSET",
    "HEADER_SIZE",
    "MAGIC",
    "MAX_TEXT_BYTES",
    "META_FILE",
    "MOST_TEXTS",
    "NATIVE",
    "RECORD",
    "RECORD_SIZE",
    "SIGNAL_TIMED",
    "STRING_AGAIN",
    "SUBMITTED_BY_MAP",
    "TEXT_CELL",
    "TEXT_CELL_BYTES",
    "TEXT_END_BYTES",
    "TEXT_END_CELL",
    "WANTED_WITH_TIMEOUT",
    "Engine",
    "Event",
    "GaveUp",
    "Kind",
    "LockKind",
    "Outcome",
    "PoolKind",
    "ReturnWhen",
    "Role",
    "Signal",
    "StartMethod",
    "WaitKind",
    "WaitOutcome",
    "WorkerEnd",
]

FORMAT_VERSION: Final = 5
MAGIC: Final = b"POOLSCPE"

# The machine's own codes where they make the same bytes: they are packed a quarter faster.
NATIVE: Final = sys.byteorder == "little" and struct.calcsize("@NnnIHH") == 32
RECORD: Final = struct.Struct("@NnnIHH" if NATIVE else "<QqqIHH")
RECORD_SIZE: Final = RECORD.size
TEXT_CELL: Final = struct.Struct("<30sH")
TEXT_END_CELL: Final = struct.Struct("<25sBIH")
TEXT_CELL_BYTES: Final = 30
TEXT_END_BYTES: Final = 25
assert RECORD_SIZE == TEXT_CELL.size == TEXT_END_CELL.size == 32

# magic, format version, header size, chunk number, stream id (the thread's id, or 0: pinned),
# pid, role, native thread id, records before this chunk, records lost so far (mutable),
# tasks submitted on this stream before this chunk, reserved, thread name (UTF-8, cut)
HEADER: Final = struct.Struct("<8sHHIqIIQQQQQ48s")
HEADER_SIZE: Final = 128
HEADER_LOST_OFFSET: Final = struct.calcsize("<8sHHIqIIQQ")
assert HEADER.size <= HEADER_SIZE

MAX_TEXT_BYTES: Final = 16_384  # longer texts are cut there and end in an ellipsis
MOST_TEXTS: Final = 1 << 31  # of a stream: their numbers are below
STRING_AGAIN: Final = 256  # a string is referred to again while fewer texts have been told since
META_FILE: Final = "meta.json"


class Kind(enum.IntEnum):
    """Every kind of event, in the past tense: each is a fact."""

    TEXT = 1
    TEXT_END = 2

    PROCESS_STARTED = 10
    PROCESS_ENDED = 11
    THREAD_STARTED = 12
    THREAD_ENDED = 13
    RECORDING_ENDED = 14
    UNSEEN = 15
    PLACE_NUMBERED = 16
    CALL_TOLD = 17

    POOL_CREATED = 20
    POOL_SHUTDOWN = 21
    POOL_BROKEN = 22
    POOL_ENDED = 23
    WORKER_STARTED = 24
    WORKER_READY = 25
    WORKER_GONE = 26
    INITIALIZER_RAISED = 27

    GAVE_STRING = 29
    SUBMITTED = 30
    PICKLED = 31
    SENT = 32
    RECEIVED = 33
    STARTED = 34
    RETURNED = 35
    RESULT_SENT = 36
    RESULT_RECEIVED = 37
    FINISHED = 38
    CANCELLED = 39
    NOTIFIED = 40
    CANCEL_REFUSED = 41
    TRACEBACK = 42
    CALLBACK_BEGAN = 43
    CALLBACK_ENDED = 44
    EXCEPTION_READ = 45
    EXCEPTION_DROPPED = 46
    SUBMITTED_WITH = 47
    GAVE_NUMBER = 48
    SUBMITTED_WITH_STRING = 49

    WAIT_BEGAN = 50
    WAIT_ITEM = 51
    WAIT_RELEASED = 52
    WAIT_RESUMED = 53
    WAIT_DONE = 54
    WAIT_ENDED = 55
    RESULT_WANTED = 56

    LOCK_CREATED = 60
    LOCK_WANTED = 61
    LOCK_ACQUIRED = 62
    LOCK_RELEASED = 63
    LOCK_GAVE_UP = 64
    SIGNAL_WANTED = 65
    SIGNAL_GOT = 66
    SIGNAL_GAVE_UP = 67
    SIGNAL_SENT = 68

    SHARED_CREATED = 70
    SHARED_READ = 71
    SHARED_WRITTEN = 72

    SPAN_BEGAN = 80
    SPAN_ENDED = 81

    COMMAND_BEGAN = 90
    COMMAND_ENDED = 91


class Event(NamedTuple):
    """What a record of one kind holds. ``""`` is a number not used: it is 0.

    ``text`` tells whether ``c`` is the number of a text; ``pinned``, that it goes to the
    process's pinned stream, which no quota drops.
    """

    a: str
    b: str = ""
    c: str = ""
    d: str = ""
    text: bool = False
    pinned: bool = False


_PLACE: Final = "file, function, file of the task's function; line feeds between"
_VALUE: Final = "value, a line feed, where: file:line"
_BY: Final = "1: by map | place << 1"
EVENTS: Final[dict[Kind, Event]] = {
    Kind.PROCESS_STARTED: Event("pid", "parent pid", "role", text=True, pinned=True),
    Kind.PROCESS_ENDED: Event("pid", "exit code, -signal if killed", pinned=True),
    Kind.THREAD_STARTED: Event("thread", "native id", "name", "Role", text=True, pinned=True),
    Kind.THREAD_ENDED: Event("thread", pinned=True),
    Kind.RECORDING_ENDED: Event("pid", pinned=True),
    Kind.UNSEEN: Event(
        "how many, 0: not known", c="what was not seen, and why", text=True, pinned=True
    ),
    Kind.PLACE_NUMBERED: Event(
        "place", "line | line of the task's function << 32", _PLACE, text=True, pinned=True
    ),
    Kind.CALL_TOLD: Event("pool", c="label up to its one argument: name(", text=True),
    Kind.POOL_CREATED: Event(
        "pool", "max_workers", "name", "PoolKind | Engine << 4 | StartMethod << 8", True, True
    ),
    Kind.POOL_SHUTDOWN: Event("pool", d="wait | cancel_futures << 1", pinned=True),
    Kind.POOL_BROKEN: Event("pool", c="cause", text=True, pinned=True),
    Kind.POOL_ENDED: Event("pool", pinned=True),
    Kind.WORKER_STARTED: Event("worker", "pool", "name", text=True, pinned=True),
    Kind.WORKER_READY: Event("worker", "thread", d="", pinned=True),
    Kind.WORKER_GONE: Event("worker", "exit code", d="WorkerEnd", pinned=True),
    Kind.INITIALIZER_RAISED: Event("worker", "", "initializer, line feed, error", "", True, True),
    Kind.GAVE_STRING: Event("task", "worker", "the result itself", text=True),
    Kind.SUBMITTED: Event("task", "pool", "label: name(arguments)", _BY, text=True),
    Kind.PICKLED: Event("task", "bytes", "ns it took, 0: unknown", "ns >> 32 | 32768: with others"),
    Kind.SENT: Event("task"),
    Kind.RECEIVED: Event("task", "worker"),
    Kind.STARTED: Event("task", "worker"),
    Kind.RETURNED: Event("task", "worker", d="Outcome"),
    Kind.RESULT_SENT: Event("task", "bytes"),
    Kind.RESULT_RECEIVED: Event("task", "bytes"),
    Kind.FINISHED: Event("task", "worker", "repr of the result, or type: message", "Outcome", True),
    Kind.CANCELLED: Event("task"),
    Kind.NOTIFIED: Event("task"),
    Kind.CANCEL_REFUSED: Event("task"),
    Kind.TRACEBACK: Event("task", c="traceback", text=True),
    Kind.CALLBACK_BEGAN: Event("task", c="name", text=True),
    Kind.CALLBACK_ENDED: Event("task", d="Outcome"),
    Kind.EXCEPTION_READ: Event("task"),
    Kind.EXCEPTION_DROPPED: Event("task"),
    Kind.SUBMITTED_WITH: Event("task", "argument", "text of CALL_TOLD", _BY),
    Kind.GAVE_NUMBER: Event("task", "worker", "the result"),
    Kind.SUBMITTED_WITH_STRING: Event("task", "text of CALL_TOLD", "argument", _BY, text=True),
    Kind.WAIT_BEGAN: Event(
        "wait",
        "timeout ns + 1, 0: none; where d says so | place << 48",
        "number of futures",
        "WaitKind | ReturnWhen << 8 | 32768: b holds a place",
    ),
    Kind.WAIT_ITEM: Event("first future (JOIN: thread)", "how many, ids in a row"),
    Kind.WAIT_RELEASED: Event("wait", "future yielded"),
    Kind.WAIT_RESUMED: Event("wait"),
    Kind.WAIT_DONE: Event("first future", "how many, ids in a row"),
    Kind.WAIT_ENDED: Event("wait", "future that released it", "number done", "WaitOutcome"),
    Kind.RESULT_WANTED: Event(
        "wait", "future", "place", "WaitKind: RESULT or EXCEPTION, no timeout"
    ),
    Kind.LOCK_CREATED: Event(
        "lock",
        "permits, parties or maxsize; of a condition: its lock",
        "name",
        "LockKind",
        text=True,
        pinned=True,
    ),
    Kind.LOCK_WANTED: Event(
        "lock", "owner thread, 0: not known", "where: file:line", "1: with a timeout", text=True
    ),
    Kind.LOCK_ACQUIRED: Event("lock", c="where: file:line", d="1: after a wait", text=True),
    Kind.LOCK_RELEASED: Event(
        "lock", "owner thread, if another released", d="permits of a semaphore beyond the first"
    ),
    Kind.LOCK_GAVE_UP: Event("lock", d="GaveUp"),
    Kind.SIGNAL_WANTED: Event("lock", c="where: file:line", d="Signal | 256: timed", text=True),
    Kind.SIGNAL_GOT: Event("lock", d="Signal"),
    Kind.SIGNAL_GAVE_UP: Event("lock", d="Signal | GaveUp << 8"),
    Kind.SIGNAL_SENT: Event(
        "lock", "how many it woke or holds now, -1: not known", "where: file:line", "Signal", True
    ),
    Kind.SHARED_CREATED: Event("shared", c="name", text=True, pinned=True),
    Kind.SHARED_READ: Event("shared", "version read, from 0", _VALUE, text=True),
    Kind.SHARED_WRITTEN: Event("shared", "version written, from 1", _VALUE, text=True),
    Kind.SPAN_BEGAN: Event("span", c="name", text=True),
    Kind.SPAN_ENDED: Event("span"),
    Kind.COMMAND_BEGAN: Event("command", c="the command", text=True),
    Kind.COMMAND_ENDED: Event("command", c="the answer, JSON", d="0: done, 1: failed", text=True),
}
