"""The reader of one stream: from chunk to chunk, as far as it has been written.

Files are read with ``pread``, never mapped: a mapping of a file that somebody cuts short kills
the process that looks at it, a read just returns less.

A record is believed only after a second read. The first may meet the writer in the middle of a
record and see the old beginning with the new end, its kind; what has a kind in the first read
was complete before the second began.
"""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from poolscope.trace import chunk, schema
from poolscope.trace.cells import Cells, Slice, committed, written

_SIZE: Final = schema.RECORD_SIZE
_FIRST_READ: Final = 4096  # of a live stream there is less
_LARGEST_READ: Final = 1 << 20
_LOST_EVERY: Final = 32  # quiet polls between two looks at the header's count of lost events


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """Whose stream it is, as the header of its first readable chunk says."""

    index: int  # dense, from 0, in the order in which the reader met them
    thread: int  # 0: the process's pinned stream
    pid: int
    native_id: int
    role: int  # schema.Role
    name: str


class BadChunkError(ValueError):
    """A chunk that is not one, or holds what no writer of ours writes."""


class Tail:
    """A place in a stream.

    Attributes:
        numbers: the chunks of the stream that are there; the reader of the folder keeps it.
        final: nothing more will be written; what is missing will stay missing.
        lost_since: the time of the last record before anything was lost; 0: not known.
        reached: the time of the last record that was read.
        submits: whether tasks were submitted on it.
        drained: the last read went as far as anything was written.
        pinned: whether it is a process's stream of declarations.
        done: everything there will ever be has been read, or the stream was given up.
    """

    def __init__(self, folder: Path, first: chunk.ChunkName, origin_ns: int) -> None:
        self.info: StreamInfo | None = None
        self.numbers: set[int] = set()
        self.final = False
        self.done = False
        self.lost = 0
        self.lost_since = 0
        self.torn = 0
        self.dropped = 0
        self.dropped_records = 0
        self.reached = 0
        self.submits = False
        self.drained = False
        self.pinned = first.pinned
        self._folder = folder
        self._name = first._replace(number=-1)
        self._fd = -1
        self._header: chunk.Header | None = None
        self._position = 0
        self._records = 0
        self._tasks = 0
        self._cells = Cells(origin_ns)
        self._quiet = 0
        self._bad, self._lossy = "", False

    @property
    def uid(self) -> int:
        """What tells the stream from every other."""
        return self._name.stream

    @property
    def file_name(self) -> str:
        """The chunk it is in."""
        return self._name.file_name()

    @property
    def header(self) -> chunk.Header:
        """The header of the chunk it is in; only once something was read of it."""
        assert self._header is not None
        return self._header

    @property
    def pid(self) -> int:
        """The process it belongs to."""
        return self._name.pid

    @property
    def is_open(self) -> bool:
        """Whether it holds a file descriptor."""
        return self._fd >= 0

    def close(self) -> None:
        """Give the file descriptor back; the place is kept."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def give_up(self) -> None:
        """Read no further."""
        self.done = True
        self.close()

    # -- reading ---------------------------------------------------------------------------

    def read(self, limit: int) -> Slice | None:
        """The next records, at most ``limit`` cells of them; None when there is nothing new.

        Raises:
            BadChunkError: what is there is not ours; the sentence names the file.
        """
        while not self.done:
            if self._bad:
                raise BadChunkError(self._bad)
            if self._header is None and not self._enter():
                return None
            data = self._read_committed(limit)
            if data:
                self._quiet = 0
                return self._decode(data)
            if not self._leave():
                return None
        return None

    def _enter(self) -> bool:
        """Go to the next chunk that is there; False when there is none that can be read yet."""
        while later := [number for number in self.numbers if number > self._name.number]:
            name = self._name._replace(number=min(later))
            fd = self._open(name)
            if fd >= 0:
                break
            self.numbers.discard(name.number)  # dropped by the quota between scan and open
        else:
            if self.final:
                self.give_up()
            return False
        data = os.pread(fd, schema.HEADER_SIZE, 0)
        if len(later) == 1 and not data[: len(schema.MAGIC)].strip(b"\0"):
            os.close(fd)  # the writer is about to write the header
            if self.final:
                self.give_up()
            return False
        try:
            header = self._checked(name, data)
        except ValueError as error:
            os.close(fd)
            raise BadChunkError(self._complaint(name, str(error))) from error
        self._fd = fd
        self._name = name
        self._header = header
        self._position = schema.HEADER_SIZE
        self._cells.new_chunk()
        self.lost = max(self.lost, header.lost)
        self._count_dropped(header)
        return True

    def _open(self, name: chunk.ChunkName) -> int:
        """A file descriptor; -1 when the file is gone."""
        try:
            fd, size = chunk.open_regular(self._folder / name.file_name())
        except FileNotFoundError:
            return -1
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                raise  # says nothing of the chunk
            reason = f"it cannot be opened: {error.strerror or error}"
            raise BadChunkError(self._complaint(name, reason)) from error
        if size > chunk.MAX_CHUNK_BYTES:
            os.close(fd)
            raise BadChunkError(self._complaint(name, f"it has {size} bytes, no chunk has"))
        return fd

    def _checked(self, name: chunk.ChunkName, data: bytes) -> chunk.Header:
        header = chunk.parse_header(data)
        if header.number != name.number or header.pid != name.pid:
            raise ValueError("its header and its name disagree about process or number")
        if (header.thread == 0) != name.pinned:
            raise ValueError("its header and its name disagree about the thread")
        if self.info is not None and header.thread != self.info.thread:
            raise ValueError("it belongs to another thread than the chunk before it")
        return header

    def _complaint(self, name: chunk.ChunkName, reason: str) -> str:
        return f"{name.file_name()} is not a chunk of a trace: {reason}; its stream ends there"

    def _count_dropped(self, header: chunk.Header) -> None:
        gap = header.records_before - self._records
        if gap > 0:
            tasks = max(0, header.tasks_before - self._tasks)
            self.dropped_records += gap
            self.dropped += tasks
            self._records += gap
            self._tasks += tasks

    def _read_committed(self, limit: int) -> bytes:
        """The cells up to the first that is not committed, each read after its commit."""
        if self._fd < 0:
            self._fd = self._open(self._name)
            if self._fd < 0:  # dropped while it was being read
                return b""
        fd, position = self._fd, self._position
        data = os.pread(fd, _FIRST_READ, position)
        if len(data) < _SIZE or not (data[30] or data[31]):
            return b""
        most = min(_LARGEST_READ, limit * _SIZE)
        count, seen = committed(data), len(data) // _SIZE
        size = _FIRST_READ
        while count * _SIZE == size and size < most:
            more = os.pread(fd, min(size * 3, most - size), position + size)
            count += committed(more)
            seen += len(more) // _SIZE
            size += len(more)
            if len(more) < _SIZE:
                break
        self.drained = count < seen and not (self.final or max(self.numbers) > self._name.number)
        data = os.pread(fd, min(count * _SIZE, most), position)
        data = data[: len(data) - len(data) % _SIZE]
        self._position += len(data)
        return data

    def _leave(self) -> bool:
        """Nothing more is committed here: go on behind this chunk, if it is complete."""
        header = self._header
        assert header is not None
        has_next = any(number > header.number for number in self.numbers)
        if not has_next and not self.final:
            self._quiet += 1
            if self._quiet % _LOST_EVERY == 1:
                self._look_at_lost()
            return False
        self._look_at_lost()
        if self._skip_hole():
            return True
        self.close()
        self._header = None
        if not has_next:
            self.give_up()
        return True

    def _look_at_lost(self) -> None:
        if self._fd >= 0:
            data = os.pread(self._fd, 8, schema.HEADER_LOST_OFFSET)
            lost = int.from_bytes(data, "little")
            if lost < 1 << 63:
                if lost and not self._lossy:
                    self._lossy = True
                    self.lost_since = self._before_lost()
                self.lost = max(self.lost, lost)

    def _before_lost(self) -> int:
        # All that the first chunk with losses holds has been read: they came after it, unless a
        # cell of it could not be filled.
        cells = os.pread(self._fd, chunk.MAX_CHUNK_BYTES, schema.HEADER_SIZE)
        unknown = self.pinned or self.dropped_records or chunk.VOID_CELL in cells
        return 0 if unknown else self.reached

    def _skip_hole(self) -> bool:
        """Pass over cells that were reserved and never committed; False at the end."""
        if self._fd < 0:
            return False
        length = min(os.fstat(self._fd).st_size, chunk.MAX_CHUNK_BYTES) - self._position
        rest = os.pread(self._fd, max(length, 0), self._position)
        rest = rest[: len(rest) - len(rest) % _SIZE]
        self._cells.begin()
        if rest.strip(b"\0"):
            self.torn += 1
        hole = written(rest)
        self._position += hole * _SIZE
        return hole * _SIZE < len(rest)

    def _decode(self, data: bytes) -> Slice:
        try:
            found = self._cells.decode(data)
        except ValueError as error:
            self._bad = self._complaint(self._name, str(error))
            raise BadChunkError(self._bad) from error
        if found.bad:
            self._bad = self._complaint(self._name, found.bad)
        self._records += len(found.records)
        self._tasks += found.tasks
        self.submits |= found.tasks > 0
        self.reached = found.last or self.reached
        return found
