"""While a host is alive, has its threads sampled, and gives the chart what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QElapsedTimer, QObject

from .cpu_sampler import CpuSampler
from .model.cpu import CpuLog, Reading

if TYPE_CHECKING:
    from .model.source import ChartSource
    from .window import MainWindow

_ASK_MS: Final = 100  # between two looks at which threads there are


class OnCpu(QObject):
    """Asked at every tick; costs the threads there are, a few times a second."""

    def __init__(self, window: MainWindow, sampler: CpuSampler | None = None) -> None:
        super().__init__(window)
        self._session = window.session
        self._sampler = sampler or CpuSampler()
        self._source: ChartSource | None = None
        self._asked = QElapsedTimer()
        self._live = False

    def follow(self, source: ChartSource) -> None:
        """Another trace: what is known of the old one's threads goes with it."""
        self._source = source
        self._sampler.want(())
        self._sampler.take()
        source.cpu = CpuLog()
        self._asked.invalidate()
        self.tick()

    def tick(self) -> None:
        """Take in what was found, and see which threads there are."""
        source = self._source
        if source is None or source.cpu is None:
            return
        origin = source.store.origin_ns
        for reading in self._sampler.take():
            source.cpu.add(Reading(reading.time - origin, reading.used))
        live = self._session.live
        if live == self._live and self._asked.isValid() and self._asked.elapsed() < _ASK_MS:
            return
        self._live = live
        self._asked.start()
        self._sampler.want(source.living_threads() if live else ())

    def end(self) -> None:
        """The window closes."""
        self._sampler.stop()
        self._source = None
