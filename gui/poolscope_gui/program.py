"""The program of a trace that was opened: whether it still runs, here and now.

A trace may come from another machine, or from before the last start of this one, and the number of
its process may be another's by now. So its clocks must tell the same difference as ours, and the
process must be as old as the trace. Whatever is in doubt is over.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

_SAME_NS: Final = 2_000_000_000  # how far two readings of one machine's clocks may be apart
_LOOK_S: Final = 0.5


class Program:
    """Who began the trace with this description.

    Attributes:
        seen_ns: ``perf_counter_ns`` when it was seen to run last; 0: it never was.
    """

    def __init__(self, meta: Mapping[str, Any]) -> None:
        self._pid = int(meta["pid"])
        self._began_s = meta["created_wall_ns"] / 1e9
        ours = time.time_ns() - time.perf_counter_ns()
        theirs = int(meta["created_wall_ns"]) - int(meta["created_ns"])
        self._possible = abs(ours - theirs) < _SAME_NS
        self._looked = -_LOOK_S
        self._runs = False
        self.seen_ns = 0

    def runs(self) -> bool:
        """Whether it does, as of the last half second."""
        now = time.monotonic()
        if self._possible and now - self._looked >= _LOOK_S:
            self._looked = now
            self._runs = self._possible = self._look()
            if self._runs:
                self.seen_ns = time.perf_counter_ns()
        return self._runs

    def _look(self) -> bool:
        import psutil  # not before the first window

        try:
            process = psutil.Process(self._pid)
            gone = process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
            return not gone and process.create_time() <= self._began_s + _SAME_NS / 1e9
        except psutil.Error:
            return False
