"""Traces made by hand: streams are written event by event, and given out as batches.

::

    trace = Trace()
    main = trace.thread("MainThread", role=Role.MAIN)
    main.emit(0, Kind.SUBMITTED, task, pool, "sleep(1)")
    store.extend(trace.batches())
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from poolscope.trace.reader import RECORD_DTYPE, Batch, StreamInfo
from poolscope.trace.schema import EVENTS, Kind, Role

ORIGIN = 1_000_000
DTYPE = RECORD_DTYPE
Row = tuple[int, int, int, int, int, int]


@dataclass
class Stream:
    """One stream; every event takes its time in ns from the origin."""

    info: StreamInfo
    rows: list[Row] = field(default_factory=list)
    texts: dict[str, int] = field(default_factory=dict)
    defined: list[tuple[int, int, str]] = field(default_factory=list)  # row, number, text

    @property
    def thread(self) -> int:
        return self.info.thread

    def emit(
        self, t: int, kind: Kind, a: int = 0, b: int = 0, c: int | str = 0, d: int = 0
    ) -> None:
        if isinstance(c, str):
            assert EVENTS[kind].text, f"{kind.name} has no text"
            c = self._number(c)
        self.rows.append((ORIGIN + t, a, b, c, d, kind))

    def batch(self, first: int = 0, last: int | None = None) -> Batch:
        """Rows ``first`` to ``last`` with the texts they are the first to name."""
        last = len(self.rows) if last is None else last
        texts = {number: text for row, number, text in self.defined if first <= row < last}
        return Batch(self.info, np.array(self.rows[first:last], DTYPE), texts)

    def _number(self, text: str) -> int:
        if not text:
            return 0
        number = self.texts.get(text)
        if number is None:
            number = self.texts[text] = len(self.texts) + 1
            self.defined.append((len(self.rows), number, text))
        return number


class Trace:
    """Some streams of some processes."""

    def __init__(self) -> None:
        self.streams: list[Stream] = []
        self._pinned: dict[int, Stream] = {}
        self._ids: dict[int, int] = {}

    def id(self, pid: int = 1) -> int:
        """A fresh identity of a process."""
        self._ids[pid] = self._ids.get(pid, 0) + 1
        return (pid << 40) + self._ids[pid]

    def pinned(self, pid: int = 1) -> Stream:
        """The declarations of a process."""
        if pid not in self._pinned:
            self._pinned[pid] = self._stream(0, pid, "", Role.THREAD)
        return self._pinned[pid]

    def thread(
        self, name: str, *, pid: int = 1, role: Role = Role.THREAD, declare: bool = True
    ) -> Stream:
        """A thread with a stream of its own, started at 0."""
        key = self.id(pid)
        if declare:
            self.pinned(pid).emit(0, Kind.THREAD_STARTED, key, 5000 + key % 1000, name, role)
        return self._stream(key, pid, name, role)

    def batches(self) -> list[Batch]:
        """All there is, a batch a stream."""
        return [stream.batch() for stream in self.streams if stream.rows]

    def _stream(self, thread: int, pid: int, name: str, role: Role) -> Stream:
        info = StreamInfo(len(self.streams), thread, pid, 5000 + thread % 1000, role, name)
        stream = Stream(info)
        self.streams.append(stream)
        return stream


def cut(trace: Trace, cuts: Sequence[Sequence[int]]) -> list[list[Batch]]:
    """Each stream's batches, cut before the rows named."""
    pieces = []
    for stream, places in zip(trace.streams, cuts, strict=True):
        edges = [0, *sorted(places), len(stream.rows)]
        pieces.append([stream.batch(a, b) for a, b in itertools.pairwise(edges)])
    return pieces
