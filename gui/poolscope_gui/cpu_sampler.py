"""Asks the operating system how long the threads of the lanes were on a processor.

A thread of the viewer looks ten times a second, so that the host pays nothing for it. What it may
not read, or what is gone, is left out: then nothing is known, and nothing is drawn. The threads
are those that the trace names (pid and native id), while a host is alive; an opened trace has none.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, Final

from .model.cpu import Reading, ThreadKey

if TYPE_CHECKING:
    from collections.abc import Mapping

PERIOD_S: Final = 0.1
MOST_COST: Final = 0.02  # of one processor: with many threads it looks less often
_NS: Final = 1_000_000_000

Read = Callable[[int, "Collection[int]"], "Mapping[int, int]"]


def thread_times(pid: int, tids: Collection[int]) -> dict[int, int]:
    """How long threads of a process were on a processor, ns by native id; without those that are
    gone or may not be read.

    Linux counts in ns (``/proc/PID/task/TID/schedstat``, the first number; proc(5)); where that is
    missing ``psutil`` says it, in steps of 10 ms on most systems.
    """
    found = _precise(pid, tids)
    if found:  # one clock for all: what is missing is gone
        return found
    import psutil  # here: importing it takes time that the first window has not

    try:
        threads = psutil.Process(pid).threads()
    except (psutil.Error, OSError):
        return {}
    return {each.id: round((each.user_time + each.system_time) * _NS) for each in threads}


def _precise(pid: int, tids: Collection[int]) -> dict[int, int]:
    found = {}
    for tid in tids if sys.platform == "linux" else ():
        try:
            found[tid] = _first_number(f"/proc/{pid}/task/{tid}/schedstat")
        except (OSError, ValueError, IndexError):
            continue
    return found


def _first_number(path: str) -> int:
    """With three calls: each more would have the thread that paints hand over the interpreter."""
    fd = os.open(path, os.O_RDONLY)
    try:
        return int(os.read(fd, 64).split()[0])
    finally:
        os.close(fd)


class CpuSampler:
    """Looks until it is stopped. ``take`` gives what was found since, in the caller's thread."""

    def __init__(
        self,
        clock: Callable[[], int] = time.perf_counter_ns,
        read: Read = thread_times,
        period_s: float = PERIOD_S,
    ) -> None:
        self._clock, self._read, self._period = clock, read, period_s
        self._lock = threading.Lock()  # guards what follows
        self._wanted: frozenset[ThreadKey] = frozenset()
        self._found: list[Reading] = []
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def want(self, threads: Iterable[ThreadKey]) -> None:
        """Look at these threads from now on; at none: rest."""
        with self._lock:
            self._wanted = frozenset(threads)
        if self._wanted and self._thread is None:
            self._stop.clear()
            self._thread = threading.Thread(target=self._run, name="cpu sampler", daemon=True)
            self._thread.start()

    def take(self) -> list[Reading]:
        """The readings since the last call; their times are the clock's."""
        with self._lock:
            found, self._found = self._found, []
        return found

    def stop(self) -> None:
        """End the thread; returns when it has ended."""
        self._stop.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join()

    def look(self) -> None:
        """One look at all threads that are wanted."""
        with self._lock:
            wanted = self._wanted
        used: dict[ThreadKey, int] = {}
        now = self._clock()
        for pid in sorted({pid for pid, _ in wanted}):
            tids = [tid for at, tid in wanted if at == pid]
            times = self._read(pid, tids)
            used |= {(pid, tid): times[tid] for tid in tids if tid in times}
        if used:
            with self._lock:
                self._found.append(Reading(now, used))

    def _run(self) -> None:
        pause = 0.0
        while not self._stop.wait(pause):
            began = time.thread_time()
            self.look()
            pause = max(self._period, (time.thread_time() - began) / MOST_COST)
