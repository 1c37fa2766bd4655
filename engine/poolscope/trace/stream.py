"""One stream: what one thread records, into one memory-mapped chunk after another.

Why an interrupted or concurrent write cannot spoil anything
------------------------------------------------------------
A signal handler, or a ``__del__`` run by the garbage collector, may record while its own thread
is in the middle of recording. No lock is taken on the way. Instead:

* *A place is reserved before it is written.* ``at = offset; offset = at + n`` holds no call and
  no jump backwards, and only there does CPython run a handler or the collector. Whoever comes
  in between gets a place further on.
* *The clock is read after the reservation*, as the next call, so the order in the file is the
  order of the times.
* *The mapping is taken with the place.* Should the chunk change meanwhile, the late write goes
  to the chunk it was reserved in; a mapping lives as long as somebody holds it, nobody closes
  one.
* *Cells are written in their order, each with its kind last.* A reader stops at a kind of 0. A
  place that cannot be filled after all (a ``KeyboardInterrupt`` in the middle, a number out of
  range) is filled with void cells, so that no reader waits for it.
* *Everything else goes through a queue.* When there is no place the event is appended to
  ``_queue`` with its time; whoever then gets ``_gate`` without waiting opens the next chunk and
  writes down the queue. Whoever does not get it goes on: its holder looks at the queue once
  more after letting go. Nobody ever waits for a lock, so there is nothing to deadlock on, not
  even for a handler that interrupts the holder. The pinned stream, which all threads share, is
  always written in this way.
"""

from __future__ import annotations

import os
import struct
from _thread import allocate_lock  # itself: the program may put others under its names
from collections import deque
from mmap import mmap
from time import perf_counter_ns
from typing import Any, Final, NamedTuple

from poolscope.trace import chunk, schema
from poolscope.trace.chunk import Counts, Owner
from poolscope.trace.folder import Folder

_SIZE: Final = schema.RECORD_SIZE

QUEUE_LIMIT: Final = 65_536  # events queued while another thread opens a chunk; more are lost
RETRY_NS = 100_000_000  # after a chunk could not be had: how long not to ask again
# What a number that does not fit raises: it must not hurt the host program. Anything else was
# raised by a signal handler and is not ours to keep.
CALLERS_MISTAKE: Final = (struct.error, OverflowError, TypeError)


class _Event(NamedTuple):
    t: int
    kind: int
    a: int
    b: int
    c: int
    d: int
    text: str


class Stream:
    """A writer of records. The attributes below are for ``emit`` and its like as well.

    Args:
        source: gives chunks.
        uid: unique among streams.
        owner: whose it is; a change shows in the next chunk.
        refuge: the stream to which losses are charged while this one has no chunk at all.

    Attributes:
        mm: the mapping of the current chunk.
        offset: where the next record goes.
        end: up to where a record may be written directly; 0 while the queue must be used.
        numbers: the number of each text that the current chunk holds.
        next_text: the number of the next one.
        calls: see ``call.py``: the number of each call that the current chunk was told of.
        said: see ``literal.py``: the last string that the current chunk was told, and its number.
        known: see ``known.py``: of each the rest, packed, its kind, and what is kept with it.
        worker: which the thread is, as far as has been said; 0: none.
        begins: the kind of what it records of a task first, as far as has been said; else 0.
        rest: of a start of its tasks, packed; see ``working.py``.
    """

    __slots__ = (
        "_before",
        "_chunk_name",
        "_gate",
        "_held",
        "_limit",
        "_lost",
        "_made_in",
        "_queue",
        "_refuge",
        "_retry_at",
        "_source",
        "begins",
        "calls",
        "closed",
        "end",
        "known",
        "mm",
        "next_text",
        "numbers",
        "offset",
        "owner",
        "rest",
        "said",
        "thread",
        "worker",
    )

    def __init__(
        self, source: Folder, uid: int, owner: Owner, refuge: Stream | None = None
    ) -> None:
        self.mm: mmap | None = None
        self.offset = 0
        self.end = 0
        self.numbers: dict[str, int] = {"": 0}
        self.calls: dict[str, int] = {}
        self.said: list[Any] = [None, 0]
        self.known: dict[int, tuple[bytes, int, object]] = {}
        self.owner = owner
        self.thread = owner.thread
        self.worker = 0
        self.rest = b""
        self.begins = 0
        self.closed = False
        self._source = source
        self._refuge = refuge
        self._chunk_name = chunk.ChunkName(owner.thread == 0, owner.pid, uid, -1)
        self._limit = 0  # the end of the chunk; 0: there is none, or it is sealed
        self.next_text = 1
        self._queue: deque[_Event] = deque()
        self._gate = allocate_lock()
        self._before = Counts(0, 0, 0, 0)  # in the chunks before this one
        self._lost = 0
        self._retry_at = 0
        self._held = False
        self._made_in = os.getpid()

    # -- writing ---------------------------------------------------------------------------

    def failed(self, mm: mmap, at: int, length: int) -> None:
        """Void a reserved place that could not be written; count the event as lost.

        Who calls this raises again what was not the caller's mistake.
        """
        mm[at : at + length] = chunk.VOID_CELL * (length // _SIZE)
        self._lose()

    def _lose(self) -> None:
        if self.mm is None and self._refuge is not None:
            self._refuge._lose()
            return
        self._lost += 1
        if self.mm is not None:
            chunk.pack_lost(self.mm, schema.HEADER_LOST_OFFSET, self._lost)

    # -- the queue, and the next chunk -----------------------------------------------------

    def queue(self, kind: int, a: int, b: int, c: int, d: int, text: str = "") -> None:
        """Record by way of the queue: there is no place to write to directly."""
        if self.closed or self._made_in != os.getpid():
            return
        if len(self._queue) >= QUEUE_LIMIT:
            self._lose()
            return
        self._queue.append(_Event(perf_counter_ns(), kind, a, b, c, d, text))
        free = True
        while self._queue and free:
            free = False
            try:
                # Who is interrupted has to know whether it has the gate: see traced_lock.py.
                for free in map(self._gate.acquire, (False,)):
                    if free:
                        self._write_queue()
            finally:
                if free:
                    self._gate.release()

    def _write_queue(self) -> None:
        # While end is 0 every other event of this stream comes to the queue, so that none
        # overtakes those that wait in it.
        self.end = 0
        while self._queue:
            event = self._queue.popleft()
            try:
                written = self._write_queued(event)
            except BaseException:
                self._lose()
                raise
            if not written:
                self._lose()
        self._open_up()

    def _open_up(self) -> None:
        """Have places written to directly, where that is right."""
        if not self.closed and not self._chunk_name.pinned and not self._held:
            self.end = self._limit

    def hold(self, held: bool) -> None:
        """Have nothing written directly while its thread forks. What a handler of the program's
        records in the child before ours has been called would go into the parent's file."""
        self._held = held
        if held:
            self.end = 0
        elif not self._gate.locked():
            self._open_up()

    def _write_queued(self, event: _Event) -> bool:
        t, kind, a, b, number, d, text = event
        cells: list[bytes | int] = []
        pattern = schema.RECORD
        if text in self.numbers:
            number = self.numbers[text] if text else number
        else:
            number = self.next_text
            self.next_text = number + 1
            cells = chunk.cut_in_cells(chunk.cut_utf8(text, schema.MAX_TEXT_BYTES), number)
            pattern = chunk.group(len(cells))
        at = self.offset
        if at + pattern.size > self._limit:
            return self._next_chunk() and self._write_queued(event)  # without the text, with room
        self.offset = at + pattern.size
        mm = self.mm
        assert mm is not None
        # Two that were interrupted between reading the clock and queueing may have changed
        # places; a stream's times never go backwards. What stands before is a record's time, or
        # the zeros of a void cell; before the first is the header, with the thread's name.
        if at > schema.HEADER_SIZE:
            t = max(t, int.from_bytes(mm[at - _SIZE : at - _SIZE + 8], "little"))
        try:
            pattern.pack_into(mm, at, *cells, t, a, b, number, d, kind)
        except BaseException as error:
            self.failed(mm, at, pattern.size)
            if not isinstance(error, CALLERS_MISTAKE):
                raise
        else:
            if text:
                self.numbers[text] = number
        return True

    def _next_chunk(self) -> bool:
        now = perf_counter_ns()
        if now < self._retry_at:
            return False
        self._seal(cut=False)
        name = self._chunk_name._replace(number=self._chunk_name.number + 1)
        header = chunk.Header.of(name.number, self.owner, self._before._replace(lost=self._lost))
        try:
            mapping = self._source.open_chunk(name, header)
        except OSError as error:
            self._retry_at = now + RETRY_NS
            self._source.chunk_failed(error)
            return False
        self._chunk_name = name
        self.numbers = {"": 0}  # which is none
        self.calls = {}
        self.said = [None, 0]
        self.known = {}
        self.mm = mapping
        self.offset = schema.HEADER_SIZE
        self._limit = len(mapping) - (len(mapping) - schema.HEADER_SIZE) % _SIZE
        return True

    # -- counting and closing --------------------------------------------------------------

    def counts(self) -> Counts:
        """What has been written so far; texts are no records."""
        records, tasks, used, _lost = self._before
        mm, limit = self.mm, self._limit
        if mm is not None and limit:
            kinds = mm[schema.HEADER_SIZE + chunk.KIND_OFFSET : self.offset : _SIZE]
            more, submitted = chunk.count_kinds(kinds)
            records, tasks, used = records + more, tasks + submitted, used + self.offset
        return Counts(records, tasks, used, self._lost)

    def _seal(self, *, cut: bool) -> None:
        """Write no more to the current chunk, if there is one. It stays mapped for its header."""
        if not self._limit:
            return
        self._before = self.counts()
        self._limit = 0
        used = self.offset
        if cut:
            self.mm = None
        self._source.chunk_sealed(self._chunk_name, used, cut=cut)

    def close(self, *, cut: bool) -> None:
        """Write nothing more.

        Args:
            cut: give back the chunk's unused space. Only where nobody can be in the middle of
                writing to it, the thread itself or one that has ended: who wrote behind the
                new end would die of SIGBUS.
        """
        self.closed = True
        self.end = 0
        self._seal(cut=cut)
        self.mm = None
