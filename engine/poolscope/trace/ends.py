"""Which streams are over: nothing more will be written to them, and what is missing stays missing.

A process or a thread that has ended has written everything before it said so. In a folder that a
packed trace is unpacked into, a stream is over once all of its files are there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from poolscope.trace import chunk, schema

if TYPE_CHECKING:
    from poolscope.trace.cells import Records
    from poolscope.trace.tail import Tail


class Ends:
    """What is known of it.

    Attributes:
        pids: processes that have ended.
        recordings: recordings that have ended, by the uid of their pinned stream.
    """

    def __init__(self, coming: Iterable[str] | None) -> None:
        """``coming``: the names of all files of a trace that is unpacked meanwhile."""
        self.pids: set[int] = set()
        self.recordings: set[int] = set()
        self._threads: set[int] = set()
        self._last: dict[int, int] | None = None if coming is None else {}
        for name in map(chunk.parse_name, coming or ()):
            if name is not None and self._last is not None:
                self._last[name.stream] = max(name.number, self._last.get(name.stream, -1))

    @property
    def arriving(self) -> bool:
        """Whether files are still to come; until ``arrived()`` nothing is missing or ended."""
        return self._last is not None

    def arrived(self) -> None:
        """All files are there."""
        self._last = None

    def note(self, tail: Tail, records: Records) -> bool:
        """Take in what a pinned stream says; whether that was an end.

        That we know all chunks of what has ended is certain only after the folder has been
        looked at once more.
        """
        kinds, subjects = records["kind"], records["a"]
        threads = subjects[kinds == schema.Kind.THREAD_ENDED].tolist()
        pids = subjects[kinds == schema.Kind.PROCESS_ENDED].tolist()
        over = bool((kinds == schema.Kind.RECORDING_ENDED).any())
        self._threads.update(threads)
        self.pids.update(pids)
        if over:
            self.recordings.add(tail.uid)
        return bool(threads or pids or over)

    def mark(self, tails: Collection[Tail], active: Iterable[Tail]) -> None:
        """Tell those that are over of it, among the ``active`` of all ``tails``."""
        if self._last is not None:
            for tail in active:
                tail.final = not self.waits(tail)
            return
        pinned: dict[int, list[int]] = {}
        for tail in tails:
            if tail.pinned:
                pinned.setdefault(tail.pid, []).append(tail.uid)
        for tail in active:
            # A process may stop and begin again: a stream is part of the last recording that
            # began before it, ids grow within a process.
            before = [uid for uid in pinned.get(tail.pid, ()) if uid <= tail.uid]
            tail.final = (
                tail.pid in self.pids
                or bool(before and max(before) in self.recordings)
                or (tail.info is not None and tail.info.thread in self._threads)
            )

    def waits(self, tail: Tail) -> bool:
        """Whether files of it are still to come."""
        if self._last is None or not tail.numbers:
            return False
        return self._last.get(tail.uid, -1) > max(tail.numbers)
