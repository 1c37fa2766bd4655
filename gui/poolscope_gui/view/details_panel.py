"""What is known of the one thing that is chosen: its story, with links, and as text to copy."""

from __future__ import annotations

from html import escape
from typing import Final

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QGuiApplication, QShowEvent, QTextOption
from PySide6.QtWidgets import QHBoxLayout, QTextBrowser, QVBoxLayout, QWidget

from poolscope_gui.model import story as stories
from poolscope_gui.model.palette import ThemeName
from poolscope_gui.model.story import Goal, Inks, Story

from .box import button
from .elided_label import ElidedLabel
from .theme import chrome

_HEAD: Final = "Of what is chosen on the chart or in the table"


class DetailsPanel(QWidget):
    """Read only. It is given a story, and tells which link was clicked."""

    goal_wanted = Signal(object)  # a model.story.Goal
    shown = Signal()  # it is seen now: what it tells may be old

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("column")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._story: Story | None = None
        self._message = ""
        self._goals: list[Goal] = []
        self._inks = _inks("light")
        self._written = ""
        self.head = ElidedLabel(_HEAD)
        self.head.setProperty("muted", True)
        self.copy = button("Copy", name="Copy the details as text")
        self.copy.setToolTip("Copy all of it as text")
        self.copy.setObjectName("copyGraph")
        self.copy.clicked.connect(self._copy)
        self.page = QTextBrowser()
        self.page.setAccessibleName("Details")
        self.page.setOpenLinks(False)
        self.page.setObjectName("bare")
        self.page.setUndoRedoEnabled(False)
        wrapped = QTextOption()
        wrapped.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        # Sentences are ours, also those that begin with a name in Hebrew.
        wrapped.setTextDirection(Qt.LayoutDirection.LeftToRight)
        self.page.document().setDefaultTextOption(wrapped)
        self.page.document().setDocumentMargin(12)
        self.page.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.page.anchorClicked.connect(self._clicked)
        top = QHBoxLayout()
        top.setContentsMargins(12, 0, 8, 0)
        top.addWidget(self.head, 1)
        top.addWidget(self.copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 6, 0, 0)
        column.setSpacing(3)
        column.addLayout(top)
        column.addWidget(self.page, 1)
        self.show_story(None, "")

    def show_story(self, story: Story | None, message: str) -> None:
        """Tell this; without a story the ``message`` says what to do."""
        anew = story is None or self._story is None or story.title != self._story.title
        if story == self._story and story is not None:
            return
        self._story, self._message = story, message
        self._goals = stories.links(story) if story is not None else []
        self.copy.setEnabled(story is not None)
        self._write(anew=anew)

    def set_theme(self, name: ThemeName) -> None:
        """Write it again: the colours are in the text."""
        self._inks = _inks(name)
        self._write(anew=False)

    @property
    def text(self) -> str:
        """What is told, as plain text; "" when nothing is."""
        return stories.plain(self._story) if self._story is not None else ""

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shown.emit()

    def _write(self, *, anew: bool) -> None:
        # A placeholder of Qt's would be cut after its first line.
        page = f'<p style="color:{self._inks.muted}">{escape(self._message)}</p>'
        if self._story is not None:
            page = stories.page(self._story, self._inks)
        if page == self._written:
            return
        self._written = page
        bar = self.page.verticalScrollBar()
        place = 0 if anew else bar.value()
        if not anew and self.page.textCursor().hasSelection():
            self._written = ""  # what is being selected is not taken away; it is written later
            return
        self.page.setHtml(page)
        self.page.setAccessibleDescription(self.text or self._message)
        bar.setValue(place)

    def _clicked(self, where: QUrl) -> None:
        number = int(where.path()) if where.path().isdecimal() else -1
        if where.scheme() == "goal" and 0 <= number < len(self._goals):
            self.goal_wanted.emit(self._goals[number])

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text)


def _inks(name: ThemeName) -> Inks:
    look = chrome(name)
    inks = (look.text, look.muted, look.accent_strong, look.alarm, look.zebra)
    return Inks(*(f"#{ink & 0xFFFFFF:06x}" for ink in inks))
