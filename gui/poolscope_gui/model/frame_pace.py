"""When the next frame of the chart may begin: sixty times a second, less often where that is dear.

A processor that cannot paint so many is left some time for the program that is watched.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

FRAME_MS: Final = 16
LONGEST_MS: Final = 40  # between two frames, whatever they cost: slower is not seen as motion
MOST_SHARE: Final = 0.56  # of a processor, for the thread that paints
SMOOTH: Final = 0.1  # what one frame counts in the cost of a frame
_APART_S: Final = 0.2  # between such frames was something else than frames


class FramePace:
    """Is told when a frame begins; says how long to wait until the next.

    Frames lie on a grid, so that what is between them makes none of them late.

    Args:
        clock: seconds that go by.
        spent: seconds that the thread has had on a processor.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.perf_counter,
        spent: Callable[[], float] = time.thread_time,
    ) -> None:
        self._clock, self._spent = clock, spent
        self._cost = 0.0  # s, of a frame and all that was done since the one before it
        self._began = self._due = clock()
        self._spent_before = spent()

    @property
    def frame_ms(self) -> float:
        """From one frame to the next."""
        return min(max(FRAME_MS, self._cost * 1e3 / MOST_SHARE), LONGEST_MS)

    def begin(self) -> None:
        """A frame begins now."""
        now, spent = self._clock(), self._spent()
        if now - self._began < _APART_S:
            self._cost += SMOOTH * (spent - self._spent_before - self._cost)
        self._began, self._spent_before = now, spent
        frame_s = self.frame_ms / 1e3
        late = now - self._due
        self._due = (self._due if 0 <= late < frame_s else now) + frame_s

    def wait_ms(self, least_ms: float = 0.0) -> float:
        """How long until the next frame may begin; ``least_ms`` after the last, at the least."""
        now = self._clock()
        return max(self._due - now, self._began + least_ms / 1e3 - now, 0.0) * 1e3
