"""A record with a text that its chunk does not hold yet: the text goes before it.

Most texts are short, and take one cell. Why it is safe at any moment: see ``stream.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter_ns
from typing import Any, Final

from poolscope.trace import chunk, schema
from poolscope.trace.stream import CALLERS_MISTAKE, Stream

__all__ = ["EmitText", "write_new_text"]

_SHORT: Final = schema.TEXT_END_BYTES
_TEXT_AND_RECORD: Final = 2 * schema.RECORD_SIZE  # of a text that is short
_TEXT_END: Final = int(schema.Kind.TEXT_END)
# Of a number: all but each 4096th has one of these bits. There texts are forgotten, and told anew
# if they come again: a table that outgrows the processor's cache costs more than it saves.
_FORGET: Final = 4095
_pack_both: Final = chunk.SHORT_GROUP.pack_into
_LOW: Final = 0xFFFF

EmitText = Callable[[int, int, int, str, int], None]


def write_new_text(stream: Stream, kind: int, a: int, b: int, text: str, d: int) -> None:
    """Record on the calling thread's ``stream``."""
    try:
        data = text.encode()
    except UnicodeEncodeError:  # a lone surrogate
        data = chunk.cut_utf8(text, schema.MAX_TEXT_BYTES)
    unused = _SHORT - len(data)
    if unused < 0:
        _write_long(stream, kind, a, b, text, d, data)
        return
    at = stream.offset
    until = at + _TEXT_AND_RECORD
    if until > stream.end:
        stream.queue(kind, a, b, 0, d, text)
        return
    stream.offset = until
    mm: Any = stream.mm
    number = stream.next_text
    stream.next_text = number + 1
    numbers = stream.numbers  # of this chunk: it may be another after the next call
    try:
        low, high = number & _LOW, number >> 16
        now = perf_counter_ns()
        _pack_both(mm, at, data, unused, low, high, _TEXT_END, now, a, b, number, d, kind)
    except BaseException as error:
        stream.failed(mm, at, _TEXT_AND_RECORD)
        if not isinstance(error, CALLERS_MISTAKE):
            raise
    else:
        numbers[text] = number
        if not number & _FORGET:
            stream.numbers = {"": 0}


def _write_long(stream: Stream, kind: int, a: int, b: int, text: str, d: int, data: bytes) -> None:
    """The same of a text that takes more than one cell; whole, as each call more is paid for."""
    if len(data) > schema.MAX_TEXT_BYTES:
        data = chunk.cut_utf8(text, schema.MAX_TEXT_BYTES)
    number = stream.next_text
    stream.next_text = number + 1
    cells = chunk.cut_in_cells(data, number)
    group = chunk.group(len(cells))
    length = group.size
    at = stream.offset
    until = at + length
    if until > stream.end:
        stream.queue(kind, a, b, 0, d, text)
        return
    stream.offset = until
    mm: Any = stream.mm
    numbers = stream.numbers
    try:
        group.pack_into(mm, at, *cells, perf_counter_ns(), a, b, number, d, kind)
    except BaseException as error:
        stream.failed(mm, at, length)
        if not isinstance(error, CALLERS_MISTAKE):
            raise
    else:
        numbers[text] = number
        if not number & _FORGET:
            stream.numbers = {"": 0}
