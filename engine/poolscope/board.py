"""The board: shared memory on which a worker shows how far it is with a group of tasks.

Very short tasks travel several at a time (see ``process_groups``), which would be wrong if one
of them proved long: the results of those before it must not wait for it, nor those behind it be
stuck with that worker. So both sides see, at any moment and without a message, for each group::

    slot:  | begun u8 | limit u8 | shown u8 |  5 x  | worker u64 | length u32, pickle | ...

``begun`` is how many tasks the worker has begun, or is about to; it says so *before* it looks at
``limit``, which the parent lowers to take back the rest. ``shown`` is how many results stand on
the board; it is raised after they do. Each has one writer and is one byte, so it is never seen
half written. That one side sees the other's write *soon* is all that is relied on: whoever must
be sure looks once more after some time has passed.
"""

from __future__ import annotations

import mmap
import os
import struct
from multiprocessing import reduction
from typing import Any, Final

from poolscope import wire

SLOT_SIZE: Final = 16384
_BEGUN: Final = 0
_LIMIT: Final = 1
_SHOWN: Final = 2
_WORKER: Final = 8
_RESULTS: Final = 16
_ID: Final = struct.Struct("<Q")
_LENGTH: Final = struct.Struct("<I")
_ELSEWHERE: Final = 0xFFFFFFFF  # for a length: the result comes as a report of its own


class Board:
    """``slots`` slots in memory that worker processes share. Raises ``OSError`` without room."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self._fd = wire.nameless_file()
        try:
            os.ftruncate(self._fd, slots * SLOT_SIZE)
            self._memory = mmap.mmap(self._fd, slots * SLOT_SIZE)
        except BaseException:
            os.close(self._fd)
            raise

    def __getstate__(self) -> tuple[int, Any]:
        return self.slots, reduction.DupFd(self._fd)

    def __setstate__(self, state: tuple[int, Any]) -> None:
        self.slots, passed = state
        fd = passed.detach()
        self._fd = -1
        try:
            self._memory = mmap.mmap(fd, self.slots * SLOT_SIZE)
        finally:
            os.close(fd)

    def close(self) -> None:
        """Let go of the memory."""
        self._memory.close()
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    # -- the parent ------------------------------------------------------------------------

    def clean(self, slot: int, count: int) -> None:
        """Make ``slot`` ready for a group of ``count``; nobody else uses it now."""
        at = slot * SLOT_SIZE
        self._memory[at : at + _SHOWN + 1] = bytes((0, count, 0))

    def seen(self, slot: int) -> tuple[int, int]:
        """How many tasks have begun, and how many results are shown."""
        at = slot * SLOT_SIZE
        return self._memory[at + _BEGUN], self._memory[at + _SHOWN]

    def worker(self, slot: int) -> int:
        """The worker that has begun the group."""
        return int(_ID.unpack_from(self._memory, slot * SLOT_SIZE + _WORKER)[0])

    def set_limit(self, slot: int, limit: int) -> None:
        """The worker may begin only the first ``limit`` tasks."""
        self._memory[slot * SLOT_SIZE + _LIMIT] = limit

    def results(self, slot: int, count: int) -> list[bytes | None]:
        """The first ``count`` results, pickled; ``None`` for one that comes by itself."""
        memory = self._memory
        at = slot * SLOT_SIZE + _RESULTS
        found: list[bytes | None] = []
        for _ in range(count):
            (length,) = _LENGTH.unpack_from(memory, at)
            at += _LENGTH.size
            if length == _ELSEWHERE:
                found.append(None)
            else:
                found.append(memory[at : at + length])
                at += length
        return found

    # -- the worker ------------------------------------------------------------------------

    def take_up(self, slot: int, worker: int) -> None:
        """Say who has the group; before the first task."""
        _ID.pack_into(self._memory, slot * SLOT_SIZE + _WORKER, worker)

    def may_begin(self, slot: int, index: int) -> bool:
        """Say that task ``index`` is next; whether it is still ours."""
        at = slot * SLOT_SIZE
        memory = self._memory
        memory[at + _BEGUN] = index + 1
        return memory[at + _LIMIT] > index

    def show(self, slot: int, index: int, at: int, pickled: wire.Body | None) -> int:
        """Put the result of task ``index`` at ``at`` (0: the first); where the next one goes.

        ``None``: it comes by itself.
        """
        memory = self._memory
        base = slot * SLOT_SIZE
        at = at or base + _RESULTS
        if pickled is None:
            _LENGTH.pack_into(memory, at, _ELSEWHERE)
            at += _LENGTH.size
        else:
            length = len(pickled)
            _LENGTH.pack_into(memory, at, length)
            at += _LENGTH.size
            memory[at : at + length] = pickled
            at += length
        memory[base + _SHOWN] = index + 1
        return at

    def has_room(self, slot: int, at: int, length: int, left: int) -> bool:
        """Whether a result of ``length`` fits, with a mark for each of the ``left`` others."""
        end = (slot + 1) * SLOT_SIZE - (left + 1) * _LENGTH.size
        return (at or slot * SLOT_SIZE + _RESULTS) + _LENGTH.size + length <= end
