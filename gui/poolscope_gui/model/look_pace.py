"""How often a session looks for what is new: with each frame; where that is dear, every second.

A look at many streams costs by the stream, whatever there is in it, and much of what is then done
by the lane. Looks that are twice as far apart bring twice as much for little more. What is made
anew because there is news (lanes, words, counters) costs several times the look that brought it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from poolscope_gui.model.frame_pace import LONGEST_MS

LOOK_MS: Final = 16
BEHIND_MS: Final = 8  # while there is more than one look takes in
DEAR_MS: Final = 40  # between two looks that cost much, where no frame is made
QUIET_MS: Final = 50  # when nothing has changed for QUIET_AFTER_S
QUIET_AFTER_S: Final = 2.0
COST_SHARE: Final = 20  # of which a look should be one part
SMOOTH: Final = 0.2  # what one look counts in the cost of a look
# A frame that comes a little before its time is the right moment for a look nevertheless.
_EARLY: Final = 0.75
FRAMES_MS: Final = LONGEST_MS + LOOK_MS  # how much longer than a pause the frames may take
_DEAR: Final = LOOK_MS / _EARLY  # a longer pause is for looks that are dear


class LookPace:
    """Is told of each look, and when something had changed.

    Args:
        clock: seconds that go by.
        spent: seconds that the thread has had on a processor.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        spent: Callable[[], float] = time.thread_time,
    ) -> None:
        self._clock, self._spent = clock, spent
        self._changed_at = 0.0
        self._looked_at = 0.0
        self._cost = 0.0
        self._frames = 0  # since the last look
        self.behind = False  # there was more than the last look has taken in

    def changed(self) -> None:
        """Something has, or is about to."""
        self._changed_at = self._clock()

    @property
    def quiet(self) -> bool:
        """Nothing has changed for a while."""
        return self._clock() - self._changed_at > QUIET_AFTER_S

    @property
    def pause_ms(self) -> int:
        """From one look to the next."""
        if self.behind:
            return BEHIND_MS
        if self.quiet:
            return QUIET_MS
        return round(min(max(LOOK_MS, COST_SHARE * self._cost * 1e3), DEAR_MS))

    def due(self) -> bool:
        """Whether to look, now that a frame begins; to be asked once for each."""
        self._frames += 1
        if _DEAR < self.pause_ms <= DEAR_MS:
            return self._frames > 1  # however fast they come: the frames between are cheap
        return (self._clock() - self._looked_at) * 1e3 >= _EARLY * self.pause_ms

    @contextmanager
    def look(self) -> Iterator[None]:
        """What is done within is a look."""
        self._looked_at, before = self._clock(), self._spent()
        self._frames = 0
        yield
        self._cost += SMOOTH * (self._spent() - before - self._cost)
