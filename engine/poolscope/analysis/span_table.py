"""Spans that users named, and the callbacks of futures: begun here, ended there."""

from __future__ import annotations

import numpy as np

from poolscope.analysis.column import NEVER, Field, Table
from poolscope.analysis.frame import Part
from poolscope.analysis.idmap import IdMap
from poolscope.analysis.pairing import NONE, pair
from poolscope.trace.schema import Kind, Outcome


class SpanTable(Table):
    """``span(name)`` blocks, in order of arrival. ``end`` is ``NEVER`` while one is open."""

    id = Field(np.int64)
    thread = Field(np.int32, NEVER)
    name = Field(np.int32)
    begin = Field(np.int64, NEVER)
    end = Field(np.int64, NEVER)

    def __init__(self) -> None:
        super().__init__()
        self._rows = IdMap()
        self._early: dict[int, int] = {}  # ends read before their beginnings

    def take(self, part: Part) -> None:
        """Apply SPAN records."""
        began = part.kind == Kind.SPAN_BEGAN
        fresh = part.pick(began)
        rows = self.append(len(fresh), id=fresh.a, thread=fresh.thread, name=fresh.c, begin=fresh.t)
        self._rows.put_many(fresh.a, rows)
        ended = part.pick(~began)
        found = self._rows.find(ended.a)
        known = found != NEVER
        self.put("end", found[known], ended.t[known])
        for key, t in zip(ended.a[~known].tolist(), ended.t[~known].tolist(), strict=True):
            self._early[key] = t
        if self._early and len(fresh):
            for key, row in zip(fresh.a.tolist(), rows.tolist(), strict=True):
                if key in self._early:
                    self.put("end", row, self._early.pop(key))


class CallbackTable(Table):
    """Callbacks of futures that ran. ``outcome`` is a ``schema.Outcome``."""

    task = Field(np.int64)  # id
    thread = Field(np.int32, NEVER)
    name = Field(np.int32)
    begin = Field(np.int64, NEVER)
    end = Field(np.int64, NEVER)
    outcome = Field(np.int8, NEVER)

    def __init__(self) -> None:
        super().__init__()
        self._open: dict[tuple[int, int], int] = {}

    def take(self, part: Part) -> None:
        """Apply CALLBACK records: those of one future follow each other on a thread."""
        began = part.kind == Kind.CALLBACK_BEGAN
        # Two threads may run callbacks of one future: a thread and a future belong together.
        _, threads = np.unique(part.thread, return_inverse=True)
        keys = part.a * (int(threads.max()) + 1) + threads
        found = pair(keys, began)
        begun = part.pick(found.openers)
        rows = self.append(
            len(begun), task=begun.a, thread=begun.thread, name=begun.c, begin=begun.t
        )
        closed = found.closers != NONE
        closers = found.closers[closed]
        outcomes = np.minimum(part.d, Outcome.CANCELLED)
        self.put("end", rows[closed], part.t[closers])
        self.put("outcome", rows[closed], outcomes[closers])
        for stray in found.strays.tolist():
            row = self._open.pop((int(part.thread[stray]), int(part.a[stray])), None)
            if row is not None:
                self.put("end", row, int(part.t[stray]))
                self.put("outcome", row, int(outcomes[stray]))
        for place in np.flatnonzero(~closed).tolist():
            self._open[int(begun.thread[place]), int(begun.a[place])] = int(rows[place])
