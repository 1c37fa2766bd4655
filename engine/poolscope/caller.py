"""Caller threads: each has a lane in the chart, so that its waiting is seen.

A caller that has nothing to do keeps its lane and is used again, the lowest number first: a lecture
of a hundred waits, one after the other, has one lane for them.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Final

from poolscope.refusal import RefusedError
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import Role

__all__ = ["MAX_CALLERS", "Callers"]

MAX_CALLERS: Final = 64


class _Caller:
    def __init__(self, number: int) -> None:
        self.number = number
        self.name = f"caller-{number}"
        self.acts: SimpleQueue[Callable[[], None]] = SimpleQueue()


class Callers:
    """Runs acts on caller threads. An act must not raise."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[int] = []
        self._all: list[_Caller] = []

    def run(self, act: Callable[[], None]) -> None:
        """Run ``act`` on an idle caller, or on a new one; ``RefusedError`` past ``MAX_CALLERS``."""
        with self._lock:
            if self._idle:
                self._all[heapq.heappop(self._idle) - 1].acts.put(act)
                return
            if len(self._all) >= MAX_CALLERS:
                raise RefusedError(
                    f"All {MAX_CALLERS} callers are waiting; let a wait end, or restart the host."
                )
            caller = _Caller(len(self._all) + 1)
            self._all.append(caller)
        caller.acts.put(act)
        # Daemons: a caller may be blocked for good, and the host must end all the same.
        threading.Thread(target=self._serve, args=(caller,), name=caller.name, daemon=True).start()

    def _serve(self, caller: _Caller) -> None:
        _recorder.name_thread(caller.name, Role.CALLER)
        while True:
            caller.acts.get()()
            with self._lock:
                heapq.heappush(self._idle, caller.number)
