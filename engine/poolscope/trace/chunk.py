"""One chunk file: its name, its header, and how a text is cut into cells.

Known to the writer and to the reader alike, so that the two cannot drift apart. Imports the
schema and nothing else of ours.
"""

from __future__ import annotations

import errno
import functools
import os
import re
import stat
import struct
from pathlib import Path
from typing import Final, NamedTuple

from poolscope.trace import schema

SUFFIX: Final = ".chunk"
# Compiled when it is first needed: who records reads no name.
_NAME: Final = r"(t|p)-([0-9]{1,10})-([0-9a-f]{1,16})-([0-9]{1,9})\.chunk"
_LIMIT_I64: Final = 1 << 63
_ROLES: Final = frozenset(int(role) for role in schema.Role)

KIND_OFFSET: Final = schema.RECORD_SIZE - 2
MAX_CHUNK_BYTES: Final = 1 << 26  # a reader refuses a larger file: we never write one


class ChunkName(NamedTuple):
    """What a chunk file's name says: which stream, and which part of it."""

    pinned: bool
    pid: int
    stream: int  # unique to the stream; not the thread's id, a thread may have two streams
    number: int

    def file_name(self) -> str:
        """The name of the file, as ``parse_name`` reads it."""
        letter = "p" if self.pinned else "t"
        return f"{letter}-{self.pid}-{self.stream:x}-{self.number:06d}{SUFFIX}"


def open_regular(path: Path) -> tuple[int, int]:
    """Open a file of a stranger's for reading: a file descriptor, and its size.

    Raises:
        OSError: it cannot be opened, or it is a link, a pipe, a device.
    """
    fd = os.open(path, _OPEN_FLAGS)
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode):
        os.close(fd)
        raise OSError(errno.EINVAL, "it is not a regular file")
    return fd, status.st_size


_OPEN_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)  # a link may lead anywhere
    | getattr(os, "O_NONBLOCK", 0)  # opening a pipe would wait for its other end
    | getattr(os, "O_BINARY", 0)
)


class Owner(NamedTuple):
    """Whose stream it is: the fields of a header that do not change."""

    thread: int  # 0: pinned
    pid: int
    native_id: int
    role: int
    name: str


class Counts(NamedTuple):
    """What a stream has written so far, and what it could not write."""

    records: int
    tasks: int
    used: int  # bytes of chunks, their headers and texts included
    lost: int


def parse_name(name: str) -> ChunkName | None:
    """Take a file's name apart; None when it is not a chunk's."""
    match = re.fullmatch(_NAME, name, re.ASCII)
    if match is None:
        return None
    letter, pid, stream, number = match.groups()
    return ChunkName(letter == "p", int(pid), int(stream, 16), int(number))


class Header(NamedTuple):
    """The first 128 bytes of a chunk."""

    number: int
    thread: int  # 0: the process's pinned stream
    pid: int
    role: int
    native_id: int
    records_before: int  # records of the stream in the chunks before this one
    lost: int  # records of the stream that could not be written, so far
    tasks_before: int  # tasks submitted on the stream in the chunks before this one
    name: str

    @classmethod
    def of(cls, number: int, owner: Owner, before: Counts) -> Header:
        """The header of a chunk that begins after ``before``."""
        thread, pid, native_id, role, name = owner
        records, tasks, _used, lost = before
        return cls(number, thread, pid, role, native_id, records, lost, tasks, name)

    def pack(self) -> bytes:
        """The header's bytes, ``HEADER_SIZE`` of them."""
        packed = schema.HEADER.pack(
            schema.MAGIC,
            schema.FORMAT_VERSION,
            schema.HEADER_SIZE,
            self.number,
            self.thread,
            self.pid,
            self.role,
            self.native_id,
            self.records_before,
            self.lost,
            self.tasks_before,
            0,
            cut_utf8(self.name, _NAME_BYTES),
        )
        return packed.ljust(schema.HEADER_SIZE, b"\0")


_NAME_BYTES: Final = 48


def parse_header(data: bytes) -> Header:
    """Read a chunk's header.

    Raises:
        ValueError: it is not one; the sentence says what was expected.
    """
    if len(data) < schema.HEADER_SIZE:
        raise ValueError(f"it is {len(data)} bytes long, a header alone is {schema.HEADER_SIZE}")
    fields = schema.HEADER.unpack_from(data)
    magic, version, size, number, thread, pid, role, native_id = fields[:8]
    records, lost, tasks, _reserved, name = fields[8:]
    if magic != schema.MAGIC:
        raise ValueError(f"it begins with {magic!r}, not with {schema.MAGIC!r}")
    if not 1 <= version <= schema.FORMAT_VERSION:
        known = f"this reader knows 1 to {schema.FORMAT_VERSION}"
        raise ValueError(f"it is of format {version}, {known}")
    if size != schema.HEADER_SIZE:
        raise ValueError(f"its header claims {size} bytes, not {schema.HEADER_SIZE}")
    if role not in _ROLES:
        raise ValueError(f"its header names a role {role} that does not exist")
    if thread < 0 or max(native_id, records, lost, tasks) >= _LIMIT_I64:
        raise ValueError("a number in its header is out of range")
    text = name.rstrip(b"\0").decode("utf-8", "replace")
    return Header(number, thread, pid, role, native_id, records, lost, tasks, text)


def cut_utf8(text: str, limit: int) -> bytes:
    """``text`` in UTF-8, at most ``limit`` bytes, cut between characters with an ellipsis.

    What UTF-8 cannot hold (a lone surrogate) is written as its escape, ``\\udc80``.
    """
    if len(text) > limit:  # one more than can fit shows that it is too long
        text = text[: limit + 1]
    data = text.encode("utf-8", "backslashreplace")
    if len(data) <= limit:
        return data
    end = limit - len(_ELLIPSIS)
    while data[end] & 0xC0 == 0x80:  # a continuation byte: the character began before it
        end -= 1
    return data[:end] + _ELLIPSIS


_ELLIPSIS: Final = "\u2026".encode()


@functools.lru_cache(maxsize=1024)
def group(fields: int) -> struct.Struct:
    """A text whose cells have that many fields, and the record after it.

    The text's number is in halves, as it lies aligned to no more; in the file it is one u32.
    """
    order, record = ("@", "NnnIHH") if schema.NATIVE else ("<", "QqqIHH")
    return struct.Struct(order + "30sH" * ((fields - 5) // 2) + "25sBHHH" + record)


SHORT_GROUP: Final = group(5)  # of a text of one cell
assert SHORT_GROUP.size == 2 * schema.RECORD_SIZE


def cut_in_cells(data: bytes, number: int) -> list[bytes | int]:
    """The fields of a text's cells: of as many TEXT as it needs, then of one TEXT_END."""
    over = len(data) - schema.TEXT_END_BYTES
    fields: list[bytes | int] = []
    room = 0
    while room < over:
        fields += (data[room : room + schema.TEXT_CELL_BYTES], _TEXT)
        room += schema.TEXT_CELL_BYTES
    fields += (data[room:], room - over, number & _LOW, number >> 16, _TEXT_END)
    return fields


_LOW: Final = 0xFFFF
_TEXT: Final = int(schema.Kind.TEXT)
_TEXT_END: Final = int(schema.Kind.TEXT_END)


# A cell that says nothing: written over a place that was reserved and cannot be used, so that
# no reader waits for it. It ends a text with the number 0, which is no text.
VOID_CELL: Final = schema.TEXT_END_CELL.pack(b"", schema.TEXT_END_BYTES, 0, schema.Kind.TEXT_END)


def join_text(payload: bytes, unused: int) -> str | None:
    """The text of cells joined together; None if ``unused`` cannot be true."""
    if unused > len(payload) or unused >= schema.TEXT_CELL_BYTES + schema.TEXT_END_BYTES:
        return None
    return payload[: len(payload) - unused].decode("utf-8", "replace")


def count_kinds(kinds: bytes) -> tuple[int, int]:
    """Records and tasks submitted, in the low bytes of the kinds of a chunk's cells.

    All kinds are below 256, so a strided slice of a chunk and ``bytes.count`` do it in
    microseconds, with no numpy.
    """
    cells = kinds.count(schema.Kind.TEXT) + kinds.count(schema.Kind.TEXT_END) + kinds.count(0)
    tasks = sum(map(kinds.count, _SUBMISSIONS))
    return len(kinds) - cells, tasks


_SUBMISSIONS: Final = (
    schema.Kind.SUBMITTED,
    schema.Kind.SUBMITTED_WITH,
    schema.Kind.SUBMITTED_WITH_STRING,
)

pack_lost: Final = struct.Struct("<Q").pack_into
