"""What a worker's thread records for each task, written down faster: its start, and its result.

A stream knows whose it is, once somebody has said so with ``work_as``; then no record has to be
told. So it is with the start of what a thread sends to other processes, and with what a worker
process records of each task, all of it packed beforehand. Closures, as in
``recording.py``, and each whole. Why that is safe at any moment: see ``stream.py``.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from time import perf_counter_ns
from typing import Final

from poolscope.trace import schema
from poolscope.trace.new_text import write_new_text
from poolscope.trace.recording import Recording
from poolscope.trace.stream import CALLERS_MISTAKE

_STARTED: Final = int(schema.Kind.STARTED)
_SENT: Final = int(schema.Kind.SENT)
_FINISHED: Final = int(schema.Kind.FINISHED)
_RESULT_RECEIVED: Final = int(schema.Kind.RESULT_RECEIVED)
_GAVE_RESULT: Final = int(schema.Outcome.RESULT)
_REST: Final = struct.Struct("<qIH")  # of a record: what lies between ``a`` and the kind
_RECORD_OF_REST: Final = struct.Struct("@Nn14sH" if schema.NATIVE else "<Qq14sH")

_TAIL: Final = struct.Struct("<qIHH")  # of a record: what lies behind ``a``
_TWICE: Final = struct.Struct("@Nn16sNn16s" if schema.NATIVE else "<Qq16sQq16s")
_ONCE: Final = struct.Struct("@Nn16s" if schema.NATIVE else "<Qq16s")
_RECEIVED_AND_FINISHED: Final = struct.Struct("@NnnNNnnIHH" if schema.NATIVE else "<QqqQQqqIHH")
assert _RECEIVED_AND_FINISHED.size == _TWICE.size == 2 * schema.RECORD_SIZE

pack_tail: Final = _TAIL.pack
"""Of (b, c, d, kind) what ``emit_packed`` and ``emit_twice`` write behind ``a``."""

EmitPacked = Callable[[int, bytes], bool]
EmitTwice = Callable[[int, bytes, bytes], bool]
EmitSettled = Callable[[int, int, str, int], bool]
EmitStarted = Callable[[int], bool]
EmitFinished = Callable[[int, str], bool]
WorkAs = Callable[[int], None]


def working_for(recording: Recording) -> tuple[EmitStarted, EmitFinished, WorkAs]:
    """The three functions for a recording."""
    local, open_stream = recording.local, recording.open_stream

    def work_as(worker: int) -> None:
        try:
            stream = local.stream
        except AttributeError:
            stream = open_stream()
        stream.rest = _REST.pack(worker, 0, 0)
        stream.worker = worker
        stream.begins = _STARTED if worker else _SENT

    return _started(recording), _finished(recording), work_as


def packed_for(recording: Recording) -> tuple[EmitPacked, EmitTwice, EmitSettled]:
    """``emit_packed``, ``emit_twice`` and ``emit_settled`` for a recording."""
    local, clock, mistake = recording.local, perf_counter_ns, CALLERS_MISTAKE
    pack, size, pack_twice, twice = _ONCE.pack_into, _ONCE.size, _TWICE.pack_into, _TWICE.size

    def emit_packed(a: int, tail: bytes) -> bool:
        try:
            stream = local.stream
        except AttributeError:
            return False
        at = stream.offset
        if at >= stream.end:
            return False
        stream.offset = at + size
        mm = stream.mm
        try:
            pack(mm, at, clock(), a, tail)
        except BaseException as error:
            stream.failed(mm, at, size)
            if not isinstance(error, mistake):
                raise
        return True

    def emit_twice(a: int, first: bytes, second: bytes) -> bool:
        try:
            stream = local.stream
        except AttributeError:
            return False
        at = stream.offset
        until = at + twice
        if until > stream.end:
            return False
        stream.offset = until
        mm = stream.mm
        try:
            # One look at the clock: from a handler that runs between two, a later record would
            # have an earlier time.
            now = clock()
            pack_twice(mm, at, now, a, first, now, a, second)
        except BaseException as error:
            stream.failed(mm, at, twice)
            if not isinstance(error, mistake):
                raise
        return True

    return emit_packed, emit_twice, _settled(recording)


def _settled(recording: Recording) -> EmitSettled:
    local, clock, mistake = recording.local, perf_counter_ns, CALLERS_MISTAKE
    pack, size, received = _RECEIVED_AND_FINISHED.pack_into, _TWICE.size, _RESULT_RECEIVED << 48
    kind = _FINISHED

    def emit_settled(task: int, received_bytes: int, text: str, outcome: int) -> bool:
        try:
            stream = local.stream
        except AttributeError:
            return False
        numbers = stream.numbers
        number = numbers.get(text)
        at = stream.offset
        until = at + size
        # Looking the text up was a call: the chunk may be another now, without the text.
        if number is None or until > stream.end or stream.numbers is not numbers:
            return False
        stream.offset = until
        mm = stream.mm
        try:
            now = clock()
            pack(mm, at, now, task, received_bytes, received, now, task, 0, number, outcome, kind)
        except BaseException as error:
            stream.failed(mm, at, size)
            if not isinstance(error, mistake):
                raise
        return True

    return emit_settled


def _started(recording: Recording) -> EmitStarted:
    local = recording.local
    pack, clock, size = _RECORD_OF_REST.pack_into, perf_counter_ns, schema.RECORD_SIZE
    mistake = CALLERS_MISTAKE

    def emit_started(task: int) -> bool:
        try:
            stream = local.stream
        except AttributeError:
            return False
        kind = stream.begins
        at = stream.offset
        if not kind or at >= stream.end:
            return False
        stream.offset = at + size
        mm = stream.mm
        try:
            pack(mm, at, clock(), task, stream.rest, kind)
        except BaseException as error:
            stream.failed(mm, at, size)
            if not isinstance(error, mistake):
                raise
        return True

    return emit_started


def _finished(recording: Recording) -> EmitFinished:
    local = recording.local
    pack, clock, size = schema.RECORD.pack_into, perf_counter_ns, schema.RECORD_SIZE
    mistake, kind, outcome = CALLERS_MISTAKE, _FINISHED, _GAVE_RESULT

    def emit_finished(task: int, text: str) -> bool:
        try:
            stream = local.stream
        except AttributeError:
            return False
        worker = stream.worker
        if not worker:
            return False
        numbers = stream.numbers
        number = numbers.get(text)
        if number is None:
            write_new_text(stream, kind, task, worker, text, outcome)
            return True
        at = stream.offset
        # Looking the text up was a call: the chunk may be another now, without the text.
        if at >= stream.end or stream.numbers is not numbers:
            return False
        stream.offset = at + size
        mm = stream.mm
        try:
            pack(mm, at, clock(), task, worker, number, outcome, kind)
        except BaseException as error:
            stream.failed(mm, at, size)
            if not isinstance(error, mistake):
                raise
        return True

    return emit_finished
