"""Strings as they are: tasks of one string, and strings that tasks give, with no text made of them.

The text that goes before such a record is the string itself; the reader makes of it what is shown:
see ``at_length.py``. Of the call there is as much as of one with a number: see ``call.py``. A
string that comes again right away, as a constant does, is not told again. Why all that is safe at
any moment: see ``stream.py``.

Closures, as in ``recording.py``, and each whole.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter_ns
from typing import Any, Final

from poolscope.trace import chunk, schema
from poolscope.trace.call import told
from poolscope.trace.new_text import EmitText
from poolscope.trace.recording import Recording
from poolscope.trace.stream import CALLERS_MISTAKE, Stream

__all__ = [
    "ELLIPSIS",
    "LABEL_LIMIT",
    "REPR_LIMIT",
    "SHORT",
    "EmitCallString",
    "EmitString",
    "cut",
    "label",
    "literal_for",
    "shown",
]

REPR_LIMIT: Final = 80  # characters of one value
LABEL_LIMIT: Final = 160  # characters of a task's label
ELLIPSIS: Final = "…"
SHORT: Final = REPR_LIMIT - 2
"""Strings of fewer characters are recorded as they are."""

_FEW: Final = schema.TEXT_END_BYTES
_LOW: Final = 0xFFFF
_SHORT_SIZE: Final = chunk.SHORT_GROUP.size
_pack_short: Final = chunk.SHORT_GROUP.pack_into
_TEXT_END: Final = int(schema.Kind.TEXT_END)
_SUBMITTED: Final = int(schema.Kind.SUBMITTED_WITH_STRING)
_GAVE: Final = int(schema.Kind.GAVE_STRING)

EmitCallString = Callable[[int, int, str, str, int], None]
EmitString = Callable[[int, str], bool]


def cut(text: str, limit: int) -> str:
    """``text`` in at most ``limit`` characters, an ellipsis at the end if something is missing."""
    return text if len(text) <= limit else text[: limit - 1] + ELLIPSIS


def shown(value: str) -> str:
    """A string as it is shown: as Python writes it, in at most ``REPR_LIMIT`` characters."""
    return cut(repr(value), REPR_LIMIT)


def label(head: str, value: str) -> str:
    """The label of a call of one string, in at most ``LABEL_LIMIT`` characters."""
    return cut(f"{head}{shown(value)})", LABEL_LIMIT)


def literal_for(recording: Recording, emit_text: EmitText) -> tuple[EmitCallString, EmitString]:
    """``emit_call_string`` and ``emit_string`` for a recording."""
    return _call(recording, emit_text), _string(recording)


def _call(recording: Recording, emit_text: EmitText) -> EmitCallString:
    local, open_stream, kind = recording.local, recording.open_stream, _SUBMITTED
    pack, size, few, low, text_end = _pack_short, _SHORT_SIZE, _FEW, _LOW, _TEXT_END
    clock, mistake = perf_counter_ns, CALLERS_MISTAKE

    def emit_call_string(whole: int, task: int, value: str, call: str, d: int) -> None:
        try:
            stream = local.stream
        except AttributeError:
            stream = open_stream()
        calls = stream.calls
        told_as = calls.get(call) or told(stream, calls, call)
        said = stream.said  # of this chunk; when it is another, nobody looks at this one again
        if said[0] is not value and told_as:
            try:
                data = value.encode()
                unused = few - len(data)
            except UnicodeEncodeError:  # a lone surrogate
                unused = -1
            at = stream.offset
            until = at + size
            # All that was a call: the chunk may be another now, to which this one was not told.
            if unused >= 0 and until <= stream.end and stream.calls is calls:
                stream.offset = until
                mm, number = stream.mm, stream.next_text
                stream.next_text = number + 1
                try:
                    pack(
                        mm, at, data, unused, number & low, number >> 16, text_end,
                        clock(), task, told_as, number, d, kind,
                    )  # fmt: skip
                    said[0], said[1] = value, number
                except BaseException as error:
                    stream.failed(mm, at, size)
                    if not isinstance(error, mistake):
                        raise
                return
        if not told_as or not _otherwise(stream, calls, kind, task, told_as, value, d):
            pool, _, head = call.partition(" ")
            emit_text(whole, task, int(pool), label(head, value), d)

    return emit_call_string


def _string(recording: Recording) -> EmitString:
    local, kind = recording.local, _GAVE
    pack, size, few, low, text_end = _pack_short, _SHORT_SIZE, _FEW, _LOW, _TEXT_END
    clock, mistake = perf_counter_ns, CALLERS_MISTAKE

    def emit_string(task: int, value: str) -> bool:
        try:
            stream = local.stream
        except AttributeError:
            return False
        worker = stream.worker
        if not worker:
            return False
        said = stream.said
        if said[0] is not value:
            try:
                data = value.encode()
            except UnicodeEncodeError:
                return False
            unused = few - len(data)
            at = stream.offset
            until = at + size
            if unused >= 0 and until <= stream.end:
                stream.offset = until
                mm, number = stream.mm, stream.next_text
                stream.next_text = number + 1
                try:
                    pack(
                        mm, at, data, unused, number & low, number >> 16, text_end,
                        clock(), task, worker, number, 0, kind,
                    )  # fmt: skip
                    said[0], said[1] = value, number
                except BaseException as error:
                    stream.failed(mm, at, size)
                    if not isinstance(error, mistake):
                        raise
                return True
        return _otherwise(stream, stream.calls, kind, task, worker, value, 0)

    return emit_string


def _otherwise(
    stream: Stream, calls: dict[str, int], kind: int, a: int, b: int, value: str, d: int
) -> bool:
    """Record with a string that comes again, or takes more than one cell, in the chunk of these
    calls. False: there is no room, or it is not one for UTF-8."""
    said = stream.said
    if said[0] is value and stream.next_text - said[1] < schema.STRING_AGAIN:
        number = said[1]
        cells: list[bytes | int] = []
        group = schema.RECORD
    else:
        try:
            data = value.encode()
        except UnicodeEncodeError:
            return False
        number = stream.next_text
        stream.next_text = number + 1
        cells = chunk.cut_in_cells(data, number)
        group = chunk.group(len(cells))
    length = group.size
    at = stream.offset
    until = at + length
    if until > stream.end or stream.calls is not calls:
        return False
    stream.offset = until
    mm: Any = stream.mm
    try:
        group.pack_into(mm, at, *cells, perf_counter_ns(), a, b, number, d, kind)
        said[0], said[1] = value, number
    except BaseException as error:
        stream.failed(mm, at, length)
        if not isinstance(error, CALLERS_MISTAKE):
            raise
    return True
