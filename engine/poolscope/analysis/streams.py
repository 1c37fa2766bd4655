"""Whose stream is whose: thread and process of each, as columns by the stream's index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from poolscope.analysis.column import NEVER, Ints
from poolscope.analysis.names import Names

if TYPE_CHECKING:
    from poolscope.trace.reader import Batch


class Streams:
    """The streams met so far."""

    def __init__(self, names: Names, origin_ns: int) -> None:
        self._names = names
        self._origin_ns = origin_ns
        self._seen: set[int] = set()
        self.threads: Ints = np.full(16, NEVER, np.int64)  # rows
        self.pids: Ints = np.zeros(16, np.int64)

    def meet(self, batch: Batch) -> None:
        """Learn whose stream this is, the first time it brings records."""
        stream = batch.stream
        index = stream.index
        if index in self._seen:
            return
        self._seen.add(index)
        while index >= len(self.threads):
            room = len(self.threads)
            self.threads = np.concatenate((self.threads, np.full(room, NEVER, np.int64)))
            self.pids = np.concatenate((self.pids, np.zeros(room, np.int64)))
        self.pids[index] = stream.pid
        if stream.thread:
            began = int(batch.records["t"][0]) - self._origin_ns
            began = max(0, min(began, 1 << 62))
            self.threads[index] = self._names.thread_of_stream(stream, began)
