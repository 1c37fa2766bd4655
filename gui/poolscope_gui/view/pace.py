"""How often a panel works out what it shows: when something has changed, and while it is seen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PySide6.QtCore import QElapsedTimer, QTimer
from PySide6.QtWidgets import QWidget


class Pace:
    """Has ``panel`` act soon after it was touched.

    Args:
        shortest_ms: between two times, at the least.
        share: one part in so many of the time, at the most, is spent on it.
        longest_ms: between two times, at the most, whatever it costs; None: however long.
    """

    def __init__(
        self,
        panel: QWidget,
        act: Callable[[], None],
        *,
        shortest_ms: int,
        share: int,
        longest_ms: int | None = None,
    ) -> None:
        self._panel = panel
        self._shortest_ms = shortest_ms
        self._share = share
        self._longest_ms = longest_ms
        self._cost_ms = 0.0
        self._since = QElapsedTimer()
        self._later = QTimer(panel)
        self._later.setSingleShot(True)
        self._later.timeout.connect(act)

    def touch(self) -> None:
        """Something may have changed. Cheap; acts soon, if the panel is seen."""
        if not self._panel.isVisible() or self._later.isActive():
            return
        pause = max(self._shortest_ms, self._share * self._cost_ms)
        if self._longest_ms is not None:
            pause = min(pause, self._longest_ms)
        passed = self._since.elapsed() if self._since.isValid() else pause
        self._later.start(max(0, int(pause - passed) + 1))

    def stop(self) -> None:
        """It acts now, so it need not soon."""
        self._later.stop()

    def again(self) -> None:
        """It could not act yet: it tries once more."""
        self._later.start(self._shortest_ms)

    @contextmanager
    def measured(self, before_ms: float = 0.0) -> Iterator[None]:
        """What is done within is what it costs, beside what it has cost before."""
        began = time.thread_time()  # what others took of the processor meanwhile is no cost of it
        yield
        self._cost_ms = before_ms + (time.thread_time() - began) * 1e3
        self._since.start()
