"""How much of the time each thread was on a processor, as the operating system told it.

All threads are read at the same moments. Of a thread is kept for how long it had been on a
processor at each moment, from the first on at which it was read; between two moments it is linear.
What was not read is not known, and nothing is drawn there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from poolscope_gui.model.grown import Grown
from poolscope_gui.model.tracks import Times

MOST: Final = 36_000  # moments that are kept: an hour of ten a second

_NOWHERE: Final = -(10**12)

ThreadKey = tuple[int, int]  # pid, native id
Floats = NDArray[np.float64]


class Reading(NamedTuple):
    """What a look at all threads found: how long each had been on a processor until then, ns."""

    time: int
    used: dict[ThreadKey, int]


class _Thread:
    """``used[i]`` is of the moment number ``first + i``."""

    def __init__(self, first: int) -> None:
        self.first = first
        self.used = Grown()


class CpuLog:
    """The readings of a session, in memory; times are ns since the trace's origin."""

    def __init__(self) -> None:
        self._times = Grown()
        self._gone = 0  # moments let go before the first that is kept
        self._threads: dict[ThreadKey, _Thread] = {}
        self._asked: tuple[object, Times, Floats] = (None, np.empty(0, np.int64), np.empty(0))

    def add(self, reading: Reading) -> None:
        """Take a reading in. A thread that it has not is gone, or could not be read."""
        if self._times.size and reading.time <= self._times.view()[-1]:
            return
        moment = self._gone + self._times.size
        self._times.extend(np.array([reading.time]))
        for key, used in reading.used.items():
            thread = self._threads.get(key)
            missed = thread is None or thread.first + thread.used.size != moment
            if thread is None or missed or used < thread.used.view()[-1]:
                thread = self._threads[key] = _Thread(moment)  # or another thread of this number
            thread.used.extend(np.array([used]))
        if self._times.size >= 2 * MOST:
            self._forget(MOST)

    @property
    def read(self) -> int:
        """How often threads have been read."""
        return self._gone + self._times.size

    @property
    def until(self) -> int:
        """When they were the last time."""
        return int(self._times.view()[-1])

    def _forget(self, count: int) -> None:
        """Let the oldest moments go."""
        self._gone += count
        _drop(self._times, count)
        for key, thread in list(self._threads.items()):
            over = min(max(0, self._gone - thread.first), thread.used.size)
            _drop(thread.used, over)
            thread.first += over
            if not thread.used.size:
                del self._threads[key]

    def knows(self, key: ThreadKey) -> bool:
        """Whether there is anything to draw of a thread."""
        return key in self._threads and self._threads[key].used.size > 1

    def used_at(self, keys: Sequence[ThreadKey], edges: Times) -> Floats:
        """For how long, ns, threads (rows) had been on a processor at each edge; NaN: not known."""
        moments, parts = self._places(edges)
        near = moments > _NOWHERE
        if not near.any():
            return np.full((len(keys), len(edges)), np.nan)
        first, last = int(moments[near].min()), int(moments.max()) + 2
        read = np.full((len(keys), last - first), np.nan)
        for row, key in enumerate(keys):
            thread = self._threads.get(key)
            if thread is not None:
                used, skipped = thread.used.view(), first - thread.first
                here = used[max(0, skipped) : max(0, skipped + last - first)]
                at = max(0, -skipped)
                read[row, at : at + len(here)] = here
        # What was not read at both ends of a stretch is not known in it: NaN goes on.
        place = np.where(near, moments - first, 0)
        before = read[:, place]
        found: Floats = before + parts * (read[:, place + 1] - before)
        found[:, ~near] = np.nan
        return found

    def columns(self, key: ThreadKey, edges: Times) -> Floats:
        """The share between neighbouring edges, 0 to 1; NaN where it is not known."""
        return shares(self.used_at([key], edges)[0], edges)

    def _places(self, edges: Times) -> tuple[Times, Floats]:
        """The moment before each edge and the way to the next, 0 to 1: the same for all threads of
        a frame. Far below 0 where no moment is near."""
        asked = (int(edges[0]), int(edges[-1]), len(edges), self._times.size, self._gone)
        if self._asked[0] != asked:
            times = self._times.view()
            place = np.searchsorted(times, edges, side="right") - 1
            place = np.where(edges == times[-1], len(times) - 2, place)
            inside = (place >= 0) & (place < len(times) - 1)
            near = np.where(inside, place, 0)
            parts = (edges - times[near]) / np.maximum(times[near + 1] - times[near], 1)
            self._asked = (asked, np.where(inside, place + self._gone, _NOWHERE), parts)
        return self._asked[1], self._asked[2]

    def sampled(self, key: ThreadKey, begin: int, end: int) -> tuple[int, int] | None:
        """The part of a stretch of time of which something is known; None: of nothing of it."""
        thread = self._threads.get(key)
        if thread is None or thread.used.size < 2:
            return None
        times = self._times.view()[thread.first - self._gone :]
        low = max(begin, int(times[0]))
        high = min(end, int(times[thread.used.size - 1]))
        return (low, high) if low < high else None

    def share(self, key: ThreadKey, begin: int, end: int) -> float | None:
        """Of a stretch of time, as far as it is known; None: nothing of it is."""
        known = self.sampled(key, begin, end)
        if known is None:
            return None
        found = float(self.columns(key, np.array(known))[0])
        return None if np.isnan(found) else found


def _drop(grown: Grown, count: int) -> None:
    kept = grown.view()[count:].copy()
    grown.cut(0)
    grown.extend(kept)


def shares(used: Floats, edges: Times) -> Floats:
    """From times used at edges, of one thread or of many (rows), to shares between them."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.clip(np.diff(used) / np.diff(edges), 0.0, 1.0))
