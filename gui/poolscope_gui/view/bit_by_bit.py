"""Long work that is done in bits, between frames, so that the window stays in use."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Final

from PySide6.QtCore import QObject, QTimer

_BIT_MS: Final = 6  # of a frame
_REST_MS: Final = 8  # until it is gone on with: a frame is painted


class BitByBit:
    """Does one thing at a time, then calls ``then``; what is short is done at once."""

    def __init__(self, owner: QObject, then: Callable[[], None]) -> None:
        self.took_ms = 0.0  # of the processor: what is under way, or was last
        self._then = then
        self._bits: Iterator[bool | None] | None = None
        self._later = QTimer(owner)
        self._later.setSingleShot(True)
        self._later.setInterval(_REST_MS)
        self._later.timeout.connect(self._go_on)

    @property
    def busy(self) -> bool:
        """Whether it is not done."""
        return self._bits is not None

    def begin(self, bits: Iterator[bool | None]) -> None:
        """Do this, and leave off what is under way. ``bits``: each says whether what comes next can
        only be waited for."""
        self.took_ms, self._bits = 0.0, bits
        self._go_on()

    def stop(self) -> None:
        """Leave it off."""
        self._later.stop()
        self._bits = None

    def _go_on(self) -> None:
        # What others took of the processor meanwhile is none of what this costs.
        began, more = time.thread_time(), False
        for waits in self._bits or ():
            more = bool(waits) or (time.thread_time() - began) * 1e3 >= _BIT_MS
            if more:
                break
        self.took_ms += (time.thread_time() - began) * 1e3
        if more:
            self._later.start()
        else:
            self.stop()
            self._then()
