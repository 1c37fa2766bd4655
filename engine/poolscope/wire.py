"""What goes between a process pool and its workers: the packets, pickling, and large bodies.

A packet is a header, for a task the folder of the recording to join, and a body (a pickle)::

    task     | kind u8 | flags u8 | bytes of folder u16 |  4 x  | task u64 |  folder  |  body
    report   | kind u8 | flags u8 |  6 x  | worker u64 | task u64 | ran ns u64 |          body

A body too large for a packet is *spilled*: written to an anonymous file in memory (or, where
the system has none, to an unlinked temporary file) whose descriptor travels with the packet.
The file belongs to whoever holds a descriptor, so a process killed at any moment leaves
nothing behind, and no reader ever waits for the second half of a message.
"""

from __future__ import annotations

import copyreg
import io
import mmap
import os
import pickle
import struct
import tempfile
from multiprocessing.reduction import ForkingPickler
from typing import Any, Final, NamedTuple

TASK: Final = 1  # parent to worker
STOP: Final = 2  # parent to worker: no more tasks (only where closing cannot say it)
READY: Final = 3  # worker to parent, all that follow
RESULT: Final = 4
RAISED: Final = 5
NOT_STARTED: Final = 6  # the initializer raised: the worker takes no task
BYE: Final = 7  # the worker ends in good order
GROUP: Final = 8  # parent to worker: several tasks, see process_groups
GROUP_DONE: Final = 9  # worker to parent: how many of them it has begun; about the first's id
GROUP_UNREADABLE: Final = 10  # worker to parent: none was begun

SPILLED: Final = 1  # flag: the body is in the file whose descriptor came along
LAST: Final = 2  # flag of a report: the worker has run its share of tasks and ends
UNREADABLE: Final = 4  # flag of RAISED: the task could not be unpickled, it never began

TASK_HEADER: Final = struct.Struct("<BBH4xQ")
GROUP_HEAD: Final = struct.Struct("<HH")  # slot, number of tasks; then their ids, then a pickle
GROUP_BEGUN: Final = struct.Struct("<B")
REPORT_HEADER: Final = struct.Struct("<BB6xQQQ")

PROTOCOL: Final = pickle.HIGHEST_PROTOCOL
INLINE_LIMIT: Final = 1 << 16  # bytes; above it one copy through a file costs less than buffers

Body = memoryview | mmap.mmap | bytes


class Task(NamedTuple):
    """What a worker receives: ``kind`` is TASK or GROUP.

    ``recording`` is the folder to record into, empty for none; ``body`` is ``None`` when the
    descriptor of a spilled body was lost on the way.
    """

    kind: int
    task: int
    recording: bytes
    body: Body | None


class Report(NamedTuple):
    """What a worker says; ``ran_ns`` is how long the call took, ``task`` is 0 if about none.

    ``body`` is ``None`` when the descriptor of a spilled body was lost on the way.
    """

    kind: int
    flags: int
    worker: int
    task: int
    ran_ns: int
    body: Body | None


_extra_reducers: dict[type, Any] = ForkingPickler._extra_reducers  # type: ignore[attr-defined]
_reducers: dict[type, Any] = {}
_reducers_known = -1
NONE: Final = pickle.dumps(None, PROTOCOL)  # the commonest result
_ATOMS: Final = frozenset({int, float, bool, type(None), str, bytes})  # no table is asked


def dumps(value: object) -> bytes | memoryview:
    """``value`` pickled, with the reducers of ``multiprocessing`` (pipes, sockets ...).

    ``ForkingPickler`` itself looks every class up through two Python levels; one merged table
    costs a third less a task. It is made anew when either table has grown.
    """
    global _reducers, _reducers_known
    if type(value) in _ATOMS:
        return pickle.dumps(value, PROTOCOL)
    known = len(_extra_reducers) + len(copyreg.dispatch_table)
    if known != _reducers_known:
        _reducers = {**copyreg.dispatch_table, **_extra_reducers}
        _reducers_known = known
    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer, PROTOCOL)
    pickler.dispatch_table = _reducers
    pickler.dump(value)
    # A copy unless it is large: a buffer that is lent out cannot be collected with the frames of
    # an exception, say an interrupt's.
    return buffer.getbuffer() if buffer.tell() > INLINE_LIMIT else buffer.getvalue()


def loads(body: Body) -> Any:
    """The value of ``body``, which is used up; raises whatever its unpickling raises."""
    if not isinstance(body, mmap.mmap):
        return pickle.loads(body)
    try:
        with memoryview(body) as view:
            return pickle.loads(view)
    finally:
        body.close()


_TEXT_LENGTH: Final = struct.Struct("<I")


def with_text(text: str, pickled: Body) -> bytes:
    """A body of two parts: ``text``, which can always be read, and a pickle, which may not."""
    encoded = text.encode("utf-8", "backslashreplace")
    return b"".join((_TEXT_LENGTH.pack(len(encoded)), encoded, pickled))


def split_text(body: Body) -> tuple[str, bytes]:
    """The two parts of a body made by ``with_text``; uses the body up."""
    whole = bytes(body)
    if isinstance(body, mmap.mmap):
        body.close()
    start = _TEXT_LENGTH.size
    (length,) = _TEXT_LENGTH.unpack_from(whole)
    return whole[start : start + length].decode("utf-8"), whole[start + length :]


def size_of(body: Body | None) -> int:
    """The number of bytes of ``body``."""
    return 0 if body is None else len(body)


class SpillError(OSError):
    """A body too large for a packet could not be set aside: that of one task, no more."""


def spill(body: Body) -> int:
    """Write ``body`` to a nameless file; returns its descriptor, which the caller closes.

    Raises ``SpillError`` when memory, disk or descriptors have run out.
    """
    try:
        fd = nameless_file()
    except OSError as error:
        raise SpillError(error.errno, f"{_NO_ROOM} {len(body):,} bytes: {error}") from error
    try:
        with memoryview(body) as whole:
            done = 0
            while done < len(whole):
                done += os.write(fd, whole[done:])
    except BaseException as error:
        os.close(fd)
        if isinstance(error, OSError):
            raise SpillError(error.errno, f"{_NO_ROOM} {len(body):,} bytes: {error}") from error
        raise
    return fd


_NO_ROOM: Final = "no room to pass on a pickle of"


def nameless_file() -> int:
    """The descriptor of a file that has no name and goes with its last descriptor."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("poolscope-body", os.MFD_CLOEXEC)
    with tempfile.TemporaryFile(prefix="poolscope-body-") as file:
        return os.dup(file.fileno())


def mapped(fd: int) -> mmap.mmap:
    """The file behind ``fd`` as a body; ``fd`` is closed."""
    try:
        if hasattr(mmap, "MAP_POPULATE"):
            # Every page will be read once: one fault for all.
            flags = mmap.MAP_SHARED | mmap.MAP_POPULATE
            return mmap.mmap(fd, 0, flags=flags, prot=mmap.PROT_READ)
        return mmap.mmap(fd, 0, access=mmap.ACCESS_READ)
    finally:
        os.close(fd)
