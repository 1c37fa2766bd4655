"""How many lanes are busy in each column of time, and how many tasks raised in it.

For every edge of a column two binary searches a lane say how long the lane's spans before it are
together and how many of those that raised have ended; a column is the difference of its edges.

    lane 0   |==a==|   |===b===|          busy   1  1  2  2  1  1  0
    lane 1       |=====c======x           raised             1        (x: where it ended)

Columns are numbered from time 0 and are kept: as long as their width stays, only those from the
first on that could have changed are looked at again, so a frame costs by what is new.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from poolscope_gui.model.palette import EXCEPTION
from poolscope_gui.model.tracks import NEVER, Times, Track

Values = NDArray[np.float64]
_FOREVER: Final = np.iinfo(np.int64).max
_SPARE: Final = 256  # columns kept beside those that were asked for


@dataclass
class _Known:
    """What was known of one track."""

    track: Track
    generation: int = -1
    updates: int = -1
    sure: int = 0  # nothing that starts before this time changes any more, while it grows


class Density:
    """The sums over some tracks, kept between frames."""

    def __init__(self) -> None:
        self._unit = 0.0
        self._first = 0
        self._busy: Values = np.empty(0)
        self._raised: Values = np.empty(0)
        self._known: list[_Known] = []
        self._now = 0
        self.looked = 0  # how many columns of tracks were worked out; for tests and benchmarks

    def columns(
        self, tracks: Sequence[Track], unit: float, first: int, count: int, now: int
    ) -> tuple[Values, Values]:
        """Busy lanes (on average over the column) and tasks that raised, for ``count`` columns of
        ``unit`` ns, the first of them number ``first``. An open span reaches to ``now`` (ns)."""
        from_time = self._changed_from(tracks, now)
        sure = int(min(from_time // unit, _FOREVER // 2))
        low, high = self._first, min(self._first + len(self._busy), sure)
        if unit != self._unit or first < low or first > high:
            # A zoom needs these alone; a scroll back, some before them next.
            back = unit == self._unit and first < low
            high = max(0, first - _SPARE) if back and first >= 0 else first
            self._busy = self._raised = np.empty(0)
            self._first, self._unit = high, unit
        until = first + count
        if high < until:
            # Some more, as far as there is history: a scroll needs them next.
            spare = _SPARE if high > first else 0
            ahead = max(until, min(until + spare, int(now // unit) + 1))
            busy, raised = self._work_out(high, ahead, now)
            kept = slice(max(0, first - _SPARE - self._first), high - self._first)
            self._first += kept.start
            self._busy = np.concatenate((self._busy[kept], busy))
            self._raised = np.concatenate((self._raised[kept], raised))
        here = slice(first - self._first, until - self._first)
        return self._busy[here], self._raised[here]

    def widen(self) -> None:
        """Columns twice as wide: two and two together. The first kept one must be number 0."""
        assert self._first == 0
        if len(self._busy) % 2:
            self._busy, self._raised = self._busy[:-1], self._raised[:-1]
        self._busy = (self._busy[0::2] + self._busy[1::2]) / 2
        self._raised = self._raised[0::2] + self._raised[1::2]
        self._unit *= 2

    def _changed_from(self, tracks: Sequence[Track], now: int) -> int:
        """Since when anything may be other than it was; remembers how it is now."""
        same = len(tracks) == len(self._known) and all(
            known.track is track for known, track in zip(self._known, tracks, strict=True)
        )
        if not same:
            self._known = [_Known(track) for track in tracks]
        begin = 0
        if same:
            begin = min(self._now, now) if now != self._now else _FOREVER
        for known in self._known:
            track = known.track
            if known.updates == track.updates:
                continue
            begin = min(begin, known.sure if known.generation == track.generation else 0)
            known.updates, known.generation = track.updates, track.generation
            settled = track.settled
            known.sure = int(track.start[settled - 1]) if settled else 0
        self._now = now
        return begin

    def _work_out(self, first: int, until: int, now: int) -> tuple[Values, Values]:
        edges = (np.arange(first, until + 1, dtype=np.float64) * self._unit).astype(np.int64)
        busy, raised = np.zeros(len(edges)), np.zeros(len(edges))
        for known in self._known:
            # What had ended before the first column is in none of them.
            if known.track.open or (len(known.track) and known.track.end[-1] > edges[0]):
                self.looked += until - first
                one, other = before(known.track, edges, now)
                busy += one
                raised += other
        return np.diff(busy) / self._unit, np.diff(raised)


def before(track: Track, edges: Times, now: int) -> tuple[Values, Times]:
    """For each edge, how long the track's spans are before it, and how many that raised ended."""
    started = np.searchsorted(track.start, edges)
    last = np.maximum(started - 1, 0)
    end = np.where(track.end[last] == NEVER, np.int64(now), track.end[last])
    whole = track.busy[np.minimum(last, len(track.busy) - 1)]
    # Who is known to end later, its worker having ended, was not seen to run until then.
    length = np.maximum(np.minimum(np.minimum(end, now), edges) - track.start[last], 0)
    some = started > 0
    busy = np.where(some, whole + length, 0).astype(np.float64)
    ended = started - (some & ((track.end[last] == NEVER) | (end > edges)))
    where = track.rare().get(EXCEPTION)
    raised = np.searchsorted(where, ended) if where is not None else np.zeros(len(edges), np.int64)
    return busy, raised
