"""Numbers as numbers: tasks of one integer, and integers that tasks give, with no text of each.

What the tasks of one call have in common, their pool and the label up to the argument, is told once
a chunk (CALL_TOLD); then of each only the argument is written down. The reader makes the label
again: see ``at_length.py``. Why that is safe at any moment: see ``stream.py``.

Closures, as in ``recording.py``, and each whole.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter_ns
from typing import Any, Final

from poolscope.trace import chunk, schema
from poolscope.trace.new_text import EmitText
from poolscope.trace.recording import Recording
from poolscope.trace.stream import CALLERS_MISTAKE, Stream

__all__ = ["NUMBERS", "EmitCall", "EmitNumber", "call_for", "name", "told"]

NUMBERS: Final = 1 << 32
"""Results from 0 to below this have room in a record."""

_CALL_TOLD: Final = int(schema.Kind.CALL_TOLD)
_SUBMITTED_WITH: Final = int(schema.Kind.SUBMITTED_WITH)
_GAVE_NUMBER: Final = int(schema.Kind.GAVE_NUMBER)

EmitCall = Callable[[int, int, int, str, int], None]
EmitNumber = Callable[[int, int], bool]


def name(pool: int, head: str) -> str:
    """What ``emit_call`` takes for a call, of the pool's number and ``name(``."""
    return f"{pool} {head}"


def call_for(recording: Recording, emit_text: EmitText) -> tuple[EmitCall, EmitNumber]:
    """``emit_call`` and ``emit_number`` for a recording."""
    return _call(recording, emit_text), _number(recording)


def _call(recording: Recording, emit_text: EmitText) -> EmitCall:
    local, open_stream = recording.local, recording.open_stream
    pack, clock, size = schema.RECORD.pack_into, perf_counter_ns, schema.RECORD_SIZE
    mistake, submitted_with = CALLERS_MISTAKE, _SUBMITTED_WITH

    def emit_call(kind: int, task: int, value: int, call: str, d: int) -> None:
        try:
            stream = local.stream
        except AttributeError:
            stream = open_stream()
        calls = stream.calls
        number = calls.get(call) or told(stream, calls, call)
        at = stream.offset
        # All that was a call: the chunk may be another now, to which this one was not told.
        if not number or at >= stream.end or stream.calls is not calls:
            pool, _, head = call.partition(" ")
            emit_text(kind, task, int(pool), f"{head}{value})", d)
            return
        stream.offset = at + size
        mm = stream.mm
        try:
            pack(mm, at, clock(), task, value, number, d, submitted_with)
        except BaseException as error:
            stream.failed(mm, at, size)
            if not isinstance(error, mistake):
                raise

    return emit_call


def told(stream: Stream, calls: dict[str, int], call: str) -> int:
    """Tell of a call in the chunk whose ``calls`` these are; 0 where that cannot be done now."""
    pool, _, head = call.partition(" ")
    data = head.encode()
    number = stream.next_text
    stream.next_text = number + 1
    cells = chunk.cut_in_cells(data, number)
    group = chunk.group(len(cells))
    length = group.size
    at = stream.offset
    until = at + length
    if until > stream.end or stream.calls is not calls:
        return 0
    stream.offset = until
    mm: Any = stream.mm
    try:
        group.pack_into(mm, at, *cells, perf_counter_ns(), int(pool), 0, number, 0, _CALL_TOLD)
    except BaseException as error:
        stream.failed(mm, at, length)
        if not isinstance(error, CALLERS_MISTAKE):
            raise
        return 0
    calls[call] = number
    return number


def _number(recording: Recording) -> EmitNumber:
    local = recording.local
    pack, clock, size = schema.RECORD.pack_into, perf_counter_ns, schema.RECORD_SIZE
    mistake, gave_number = CALLERS_MISTAKE, _GAVE_NUMBER

    def emit_number(task: int, value: int) -> bool:
        try:
            stream = local.stream
        except AttributeError:
            return False
        worker = stream.worker
        at = stream.offset
        if not worker or at >= stream.end:
            return False
        stream.offset = at + size
        mm = stream.mm
        try:
            pack(mm, at, clock(), task, worker, value, 0, gave_number)
        except BaseException as error:
            stream.failed(mm, at, size)
            if not isinstance(error, mistake):
                raise
        return True

    return emit_number
