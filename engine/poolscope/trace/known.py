"""What recurs, written down faster: locks taken and let go, which differ in nothing but the time.

The first taking of any at one line is recorded by ``emit_learning``, under a key; what all have in
common is kept with the thread's stream, packed, for as long as its chunk is written to. The others
are recorded by that key. Why that is safe at any moment: see ``stream.py``.

Closures, as in ``recording.py``, and each whole: a call more would cost a tenth of it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from time import perf_counter_ns
from typing import Any, Final

from poolscope.trace import schema
from poolscope.trace.new_text import EmitText, write_new_text
from poolscope.trace.recording import Emit, Recording
from poolscope.trace.stream import CALLERS_MISTAKE

_RELEASED: Final = int(schema.Kind.LOCK_RELEASED)
_REST: Final = struct.Struct("<qIH")  # of a record: what lies between ``a`` and the kind
_RECORD_OF_REST: Final = struct.Struct("@Nn14sH" if schema.NATIVE else "<Qq14sH")
assert _RECORD_OF_REST.size == schema.RECORD_SIZE


EmitLearning = Callable[..., None]
EmitTaken = Callable[[Any, int], bool]
EmitLetGo = Callable[[Any], bool]


def known_for(
    recording: Recording, emit: Emit, emit_text: EmitText
) -> tuple[EmitLearning, EmitTaken, EmitLetGo]:
    """The three functions for a recording; what the last two call a lock has ``_id``, its number,
    and ``_owner``, the thread that holds it or 0."""
    return _learning(recording, emit, emit_text), _taken(recording), _let_go(recording)


def _learning(recording: Recording, emit: Emit, emit_text: EmitText) -> EmitLearning:
    local, open_stream, rest = recording.local, recording.open_stream, _REST.pack

    def emit_learning(
        key: int, kind: int, a: int, b: int, text: str, d: int, keep: object = None
    ) -> None:
        try:
            stream = local.stream
        except AttributeError:
            stream = open_stream()
        # Should the chunk change from here on, this is of one that nobody writes to any more.
        known = stream.known
        number = stream.numbers.get(text) if text else 0
        if number is None:  # a text that comes a second time may come a third
            write_new_text(stream, kind, a, b, text, d)
            return
        if text:
            emit_text(kind, a, b, text, d)
        else:
            emit(kind, a, b, 0, d)
        known[key] = rest(b, number, d), kind, keep

    return emit_learning


def _taken(recording: Recording) -> EmitTaken:
    local = recording.local
    pack, clock, size = _RECORD_OF_REST.pack_into, perf_counter_ns, schema.RECORD_SIZE
    mistake = CALLERS_MISTAKE

    def emit_taken(lock: Any, key: int) -> bool:
        try:
            stream = local.stream
        except AttributeError:
            return False
        lock._owner = stream.thread
        known = stream.known
        found = known.get(key)
        at = stream.offset
        if found is None or at >= stream.end or stream.known is not known:
            return False
        stream.offset = at + size
        mm = stream.mm
        try:
            rest, kind, _ = found
            pack(mm, at, clock(), lock._id, rest, kind)
        except BaseException as error:
            stream.failed(mm, at, size)
            if not isinstance(error, mistake):
                raise
        return True

    return emit_taken


def _let_go(recording: Recording) -> EmitLetGo:
    local = recording.local
    pack, clock, size = _RECORD_OF_REST.pack_into, perf_counter_ns, schema.RECORD_SIZE
    mistake, released, rest = CALLERS_MISTAKE, _RELEASED, _REST.pack(0, 0, 0)

    def emit_let_go(lock: Any) -> bool:
        try:
            stream = local.stream
        except AttributeError:
            return False
        if lock._owner != stream.thread:
            return False
        at = stream.offset
        if at >= stream.end:
            return False
        lock._owner = 0
        stream.offset = at + size
        mm = stream.mm
        try:
            pack(mm, at, clock(), lock._id, rest, released)
        except BaseException as error:
            stream.failed(mm, at, size)
            if not isinstance(error, mistake):
                raise
        return True

    return emit_let_go
