"""One stream: what one thread records, into one memory-mapped chunk after another.

Why an interrupted or concurrent write cannot spoil anything
------------------------------------------------------------
A signal handler, a ``__del__`` run by the garbage collector and (on the pinned stream) another
thread may record while a record is being written. No lock is taken on the way. Instead:

* *A place is reserved before it is written.* ``at = offset; offset = at + n`` holds no call and
  no jump backwards, and those are the only points where CPython (with its lock) runs a signal
  handler, the collector or another thread. Whoever comes in between two points gets a place
  further on. The recorder's ``emit`` does the same; it is written out there for its speed.
* *The clock is read after the reservation*, before the next such point, so the order in the
  file is the order of the times.
* *The mapping is taken with the place.* Should the chunk change meanwhile, the late write goes
  to the chunk it was reserved in; a mapping lives as long as somebody holds it, nobody closes
  one.
* *The kind is written last*, and of a text with its record, the kind of the first cell: a
  reader stops at a kind of 0. A place that cannot be filled after all (a ``KeyboardInterrupt``
  between two points, a number out of range) is filled with a void cell, so that no reader
  waits for it.
* *Everything slow goes through a queue.* When a chunk is full the event is appended, with its
  time, to ``_pending``; whoever then gets ``_gate`` without waiting opens the next chunk and
  writes down the queue. Whoever does not get it goes on: the one who has it will see the
  queue. So nobody ever waits for a lock, and there is nothing to deadlock on.
"""

from __future__ import annotations

import struct
import threading
from collections import deque
from mmap import mmap
from time import perf_counter_ns
from typing import NamedTuple, Protocol

from poolscope.trace import chunk, schema

_SIZE = schema.RECORD_SIZE
_pack = schema.RECORD.pack_into
_pack_kind = struct.Struct("<H").pack_into
_PENDING_LIMIT = 65_536  # events queued while another thread opens a chunk; more are lost
# What a number that does not fit raises: it must not hurt the host program. Anything else was
# raised by a signal handler and is not ours to keep.
CALLERS_MISTAKE = (struct.error, TypeError)
RETRY_NS = 100_000_000  # after a chunk could not be had: how long not to ask again


class ChunkSource(Protocol):
    """Where a stream gets its chunks from."""

    def open_chunk(self, name: chunk.ChunkName, header: chunk.Header, size: int) -> mmap:
        """Make the file and map it. Raises OSError."""

    def chunk_sealed(self, name: chunk.ChunkName, used: int, ended: bool) -> None:
        """Nothing more will be written to this chunk, of which ``used`` bytes are in use."""

    def chunk_failed(self, error: OSError) -> None:
        """A chunk could not be had; say so, once."""

    def chunk_bytes(self, number: int) -> int:
        """How large the chunk of this number should be."""


class Owner(NamedTuple):
    """Whose stream it is: the fields of the header that do not change."""

    thread: int  # 0: pinned
    pid: int
    native_id: int
    role: int
    name: str


class _Event(NamedTuple):
    t: int
    kind: int
    a: int
    b: int
    c: int
    d: int
    text: str | None


class Stream:
    """A writer of records. ``mm``, ``offset``, ``end`` and ``numbers`` are ``emit``'s to use.

    Attributes:
        mm: the mapping of the current chunk.
        offset: where the next record goes.
        end: up to where a record may be written directly; 0 while the queue must be used.
        numbers: the number of each text that the current chunk holds.
        lost: events that could not be written.
    """

    __slots__ = (
        "_chunk_cells",
        "_gate",
        "_limit",
        "_name",
        "_next_text",
        "_pending",
        "_records_before",
        "_retry_at",
        "_source",
        "_tasks_before",
        "closed",
        "end",
        "lost",
        "mm",
        "numbers",
        "offset",
        "owner",
    )

    def __init__(self, source: ChunkSource, uid: int, owner: Owner) -> None:
        self.mm: mmap | None = None
        self.offset = 0
        self.end = 0
        self.numbers: dict[str, int] = {}
        self.lost = 0
        self.closed = False
        self.owner = owner
        self._source = source
        self._name = chunk.ChunkName(owner.thread == 0, owner.pid, uid, -1)
        self._limit = 0
        self._next_text = 1
        self._pending: deque[_Event] = deque()
        self._gate = threading.Lock()
        self._records_before = 0
        self._tasks_before = 0
        self._retry_at = 0

    # -- writing ---------------------------------------------------------------------------

    def write_text(self, kind: int, a: int, b: int, text: str, d: int) -> None:
        """Record with a text, which this chunk may not hold yet. ``""``: no text."""
        numbers = self.numbers
        number = numbers.get(text) if text else 0
        at = self.offset
        # The call above was a point where the chunk may have changed, and the number with it.
        if number is not None and at < self.end and numbers is self.numbers:
            self.offset = at + _SIZE
            mm = self.mm
            assert mm is not None
            try:
                _pack(mm, at, perf_counter_ns(), a, b, number, d, kind)
            except BaseException as error:
                self.failed(mm, at, 1)
                if not isinstance(error, CALLERS_MISTAKE):
                    raise
            return
        if number == 0:
            self.queue(kind, a, b, 0, d)
            return
        data = chunk.cut_utf8(text, schema.MAX_TEXT_BYTES)
        number = self._next_text
        self._next_text = number + 1
        cells = chunk.text_cells(data, number)
        length = len(cells) + _SIZE
        at = self.offset
        if at + length > self.end:
            self.queue(kind, a, b, 0, d, text)
            return
        self.offset = at + length
        mm = self.mm
        numbers = self.numbers
        self._write_group(mm, at, cells, perf_counter_ns(), (a, b, number, d, kind))
        numbers[text] = number

    def _write_group(
        self, mm: mmap | None, at: int, cells: bytes, t: int, rest: tuple[int, int, int, int, int]
    ) -> None:
        """Write text cells and the record after them at a reserved place."""
        assert mm is not None
        try:
            first = at + chunk.KIND_OFFSET
            mm[at:first] = cells[: chunk.KIND_OFFSET]
            mm[at + _SIZE : at + len(cells)] = cells[_SIZE:]
            _pack(mm, at + len(cells), t, *rest)
            mm[first : first + 2] = cells[chunk.KIND_OFFSET : _SIZE]
        except BaseException as error:
            self.failed(mm, at, len(cells) // _SIZE + 1)
            if not isinstance(error, CALLERS_MISTAKE):
                raise

    def failed(self, mm: mmap | None, at: int, count: int) -> None:
        """Void ``count`` reserved cells that could not be written; count the event as lost.

        Who calls this raises again what was not the caller's mistake.
        """
        self.lost += 1
        if mm is not None:
            mm[at : at + count * _SIZE] = chunk.VOID_CELL * count
        self._note_lost()

    # -- the queue, and the next chunk -----------------------------------------------------

    def queue(self, kind: int, a: int, b: int, c: int, d: int, text: str | None = None) -> None:
        """Record by way of the queue: there is no place in the current chunk."""
        if self.closed:
            return
        if len(self._pending) >= _PENDING_LIMIT:
            self.lost += 1
            return
        self._pending.append(_Event(perf_counter_ns(), kind, a, b, c, d, text))
        while self._pending and self._gate.acquire(blocking=False):
            try:
                self._write_pending()
            finally:
                self._gate.release()

    def _write_pending(self) -> None:
        # While end is 0 every other event of this stream comes to the queue, so that none
        # overtakes those that wait in it.
        self.end = 0
        while self._pending:
            event = self._pending.popleft()
            try:
                written = self._write_event(event)
            except BaseException:
                self.lost += 1
                raise
            if not written:
                self.lost += 1
                self._note_lost()
        self.end = self._limit

    def _write_event(self, event: _Event) -> bool:
        number = event.c
        cells = b""
        if event.text:
            number = self._next_text
            self._next_text = number + 1
            cells = chunk.text_cells(chunk.cut_utf8(event.text, schema.MAX_TEXT_BYTES), number)
        length = len(cells) + _SIZE
        if self.offset + length > self._limit and not self._next_chunk(length):
            return False
        assert self.mm is not None
        at = self.offset
        self.offset = at + length
        t = event.t
        if at > schema.HEADER_SIZE:
            # Two that were interrupted between reading the clock and queueing may have changed
            # places; a stream's times never go backwards.
            t = max(t, int.from_bytes(self.mm[at - _SIZE : at - _SIZE + 8], "little"))
        rest = (event.a, event.b, number, event.d, event.kind)
        if cells:
            self._write_group(self.mm, at, cells, t, rest)
            assert event.text
            self.numbers[event.text] = number
            return True
        try:
            _pack(self.mm, at, t, *rest)
        except BaseException as error:
            self.failed(self.mm, at, 1)
            if not isinstance(error, CALLERS_MISTAKE):
                raise
        return True

    def _next_chunk(self, length: int) -> bool:
        now = perf_counter_ns()
        if now < self._retry_at:
            return False
        if self.mm is not None and self._limit:
            self._seal(ended=False)
        name = self._name._replace(number=self._name.number + 1)
        size = max(self._source.chunk_bytes(name.number), schema.HEADER_SIZE + length)
        owner = self.owner
        header = chunk.Header(
            name.number,
            owner.thread,
            owner.pid,
            owner.role,
            owner.native_id,
            self._records_before,
            self.lost,
            self._tasks_before,
            owner.name,
        )
        try:
            mapping = self._source.open_chunk(name, header, size)
        except OSError as error:
            self._retry_at = now + RETRY_NS
            self._source.chunk_failed(error)
            return False
        self._name = name
        self.mm = mapping
        self.numbers = {}
        self.offset = schema.HEADER_SIZE
        self._limit = size - (size - schema.HEADER_SIZE) % _SIZE
        return True

    def _seal(self, *, ended: bool) -> None:
        """Count what the current chunk holds and let go of the place in it."""
        records, tasks = self.counted()
        self._records_before = records
        self._tasks_before = tasks
        used = self.offset
        self._limit = 0
        self._source.chunk_sealed(self._name, used, ended)

    def counted(self) -> tuple[int, int]:
        """Records and submitted tasks of this stream so far."""
        records, tasks = self._records_before, self._tasks_before
        mm = self.mm
        if mm is not None and self._limit:
            start = schema.HEADER_SIZE + chunk.KIND_OFFSET
            more, submitted = chunk.count_kinds(mm[start : self.offset : _SIZE])
            records += more
            tasks += submitted
        return records, tasks

    def _note_lost(self) -> None:
        if self.mm is not None:
            chunk.pack_lost(self.mm, schema.HEADER_LOST_OFFSET, self.lost)

    def close(self, *, ended: bool) -> None:
        """Write nothing more. ``ended``: the thread is gone, none can be in the middle of it."""
        self.closed = True
        self.end = 0
        if self.mm is not None and self._limit:
            self._seal(ended=ended)
        if ended:
            self.mm = None
