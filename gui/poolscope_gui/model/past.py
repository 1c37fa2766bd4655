"""The moves of the view that can be taken back, and those taken back that can be made again.

One gesture is one move: all steps of a drag, and the turns of a wheel or the repeats of a key as
long as they follow one another quickly.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from poolscope_gui.model.viewport import Look

GESTURE_S: Final = 0.6  # between two turns of a wheel that are one move
MOST: Final = 200


class Past:
    """Two stacks of looks. ``clock`` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._undo: list[Look] = []
        self._redo: list[Look] = []
        self._gesture = ""
        self._at = 0.0

    @property
    def can_undo(self) -> bool:
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        return bool(self._redo)

    def note(self, before: Look, gesture: str = "") -> None:
        """The view is about to leave ``before``, or has just left it.

        ``gesture``: moves with the same one that come quickly after each other are one; "" is a
        move of its own. One that begins with ``drag`` is one however long it takes.
        """
        now = self._clock()
        held = gesture.startswith("drag") or now - self._at <= GESTURE_S
        goes_on = bool(gesture) and gesture == self._gesture and held and bool(self._undo)
        self._gesture, self._at = gesture, now
        self._redo.clear()
        if not goes_on:
            self._undo.append(before)
            del self._undo[:-MOST]

    def undo(self, now: Look) -> Look | None:
        """Where to go back to from ``now``; None when there is nothing to take back."""
        return self._step(self._undo, self._redo, now)

    def redo(self, now: Look) -> Look | None:
        """Where to go forth to; None when nothing was taken back."""
        return self._step(self._redo, self._undo, now)

    def _step(self, out_of: list[Look], into: list[Look], now: Look) -> Look | None:
        self._gesture = ""
        if not out_of:
            return None
        into.append(now)
        return out_of.pop()
