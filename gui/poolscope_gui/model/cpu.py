"""How much of the time each thread was on a processor, as the operating system told it.

All threads are read at the same moments. Of a thread is kept for how long it had been on a
processor at each moment, from the first on at which it was read; between two moments it is linear.
What was not read is not known, and nothing is drawn there.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from poolscope_gui.model.tracks import Grown, Times

MOST: Final = 36_000  # moments that are kept: an hour of ten a second

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
        self._asked: tuple[object, Floats] = (None, np.empty(0))

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

    def columns(self, key: ThreadKey, edges: Times) -> Floats:
        """The share between neighbouring edges, 0 to 1; NaN where it is not known."""
        thread = self._threads.get(key)
        if thread is None or thread.used.size < 2:
            return np.full(len(edges) - 1, np.nan)
        places = self._places(edges) - thread.first
        return _share(thread.used.view(), places, edges)

    def _places(self, edges: Times) -> Floats:
        """The edges as numbers of moments with fractions: the same for all threads of a frame."""
        asked = (int(edges[0]), int(edges[-1]), len(edges), self._times.size, self._gone)
        if self._asked[0] != asked:
            times = self._times.view()
            numbers = np.arange(self._gone, self._gone + len(times), dtype=np.float64)
            found = np.interp(edges, times, numbers, left=np.nan, right=np.nan)
            self._asked = (asked, found)
        return self._asked[1]

    def share(self, key: ThreadKey, begin: int, end: int) -> float | None:
        """Of a stretch of time, as far as it is known; None: nothing of it is."""
        thread = self._threads.get(key)
        if thread is None or thread.used.size < 2:
            return None
        times = self._times.view()[thread.first - self._gone :]
        low = max(begin, int(times[0]))
        high = min(end, int(times[thread.used.size - 1]))
        if high <= low:
            return None
        found = float(self.columns(key, np.array([low, high]))[0])
        return None if np.isnan(found) else found


def _drop(grown: Grown, count: int) -> None:
    kept = grown.view()[count:].copy()
    grown.cut(0)
    grown.extend(kept)


def _share(used: Times, places: Floats, edges: Times) -> Floats:
    """From places between moments to the time used between them; only what is in view is read."""
    out = np.full(len(edges) - 1, np.nan)
    known = places[~np.isnan(places)]
    if not len(known) or known[-1] < 0 or known[0] > len(used) - 1:
        return out
    low, high = max(0, int(known[0])), min(len(used), int(known[-1]) + 2)
    numbers = np.arange(low, high)
    at = np.interp(places, numbers, used[low:high], left=np.nan, right=np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        out[:] = np.clip(np.diff(at) / np.diff(edges), 0.0, 1.0)
    return out
