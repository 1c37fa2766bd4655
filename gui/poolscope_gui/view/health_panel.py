"""How each pool does in what the chart shows: a sentence with the cause, and the evidence.

It works only while it is seen, once a second at most, and at most one part in thirty of the time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QTextBrowser, QVBoxLayout, QWidget

from poolscope_gui.model import health_text
from poolscope_gui.model.health_source import HealthSource
from poolscope_gui.model.health_text import Inks
from poolscope_gui.model.palette import THEMES, ThemeName

from .bit_by_bit import BitByBit
from .elided_label import ElidedLabel
from .pace import Pace
from .statistics_panel import Look
from .theme import chrome

_SHORTEST_MS: Final = 1000  # between two times
_COST_SHARE: Final = 30


class HealthPanel(QWidget):
    """Give its ``source`` a store and it a ``look``, and ``touch`` it when either has changed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("column")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.source = HealthSource()
        self._look: Callable[[], Look | None] = lambda: None
        self._inks = _inks("light")
        self._pace = Pace(self, self.refresh_now, shortest_ms=_SHORTEST_MS, share=_COST_SHARE)
        self._work, self._again = BitByBit(self, self._tell), False
        self.stretch = ElidedLabel("Of what the chart shows, or of the chosen range")
        self.stretch.setProperty("muted", True)
        self.stretch.setContentsMargins(12, 0, 12, 0)
        self.page = QTextBrowser()
        self.page.setAccessibleName("Pool health")
        self.page.setOpenLinks(False)
        self.page.setObjectName("bare")
        self.page.document().setDocumentMargin(12)
        self.page.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.page.setPlaceholderText(health_text.NO_STORE)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 6, 0, 0)
        column.setSpacing(3)
        column.addWidget(self.stretch)
        column.addWidget(self.page, 1)
        self._shown = ""

    def set_look(self, look: Callable[[], Look | None]) -> None:
        """``look`` says where the chart looks; None as long as it has not been painted."""
        self._look = look
        self.touch()

    def begin_anew(self) -> None:
        """The source has another store."""
        self._work.stop()
        self._again = False
        self._say("", "")
        self.touch()

    def touch(self) -> None:
        """The store or the view may have changed. Cheap; looks again soon, if it is seen."""
        self._pace.touch()

    def refresh_now(self) -> None:
        """Work it out and show it; the place that is read stays in sight."""
        self._pace.stop()
        look = self._look()
        if not self.isVisible() or look is None:
            return
        if self._work.busy:
            self._again = True  # once more then; a view that moves on and on would never see it
            return
        begin, end, now = look
        self._work.begin(self.source.look(begin, min(end, now + 1)))

    def _tell(self) -> None:
        found = self.source.found
        with self._pace.measured(self._work.took_ms):
            self._say(health_text.page(found, self._inks), health_text.plain(found))
        if self._again:
            self._again = False
            self.touch()

    def set_theme(self, name: ThemeName) -> None:
        self._inks = _inks(name)
        self._shown = ""
        if self._work.busy:
            return
        self.refresh_now()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.touch()

    def _say(self, page: str, plain: str) -> None:
        if page == self._shown:
            return
        self._shown = page
        bar = self.page.verticalScrollBar()
        place = bar.value()
        self.page.setHtml(page)
        self.page.setAccessibleDescription(plain)
        bar.setValue(place)


def _inks(name: ThemeName) -> Inks:
    look, theme = chrome(name), THEMES[name]
    return Inks(*(f"#{ink & 0xFFFFFF:06x}" for ink in (look.muted, theme.text, look.alarm)))
