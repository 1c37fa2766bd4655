"""One sentence across the window, with what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from .box import button


class Banner(QFrame):
    """Hidden until there is something to say."""

    restart_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self._sentence = QLabel()
        self._sentence.setWordWrap(True)
        self._sentence.setTextFormat(Qt.TextFormat.PlainText)  # paths, and what the host said
        self._picture = QLabel()
        self.restart = button("&Restart", name="Restart the host")
        self.dismiss = QToolButton()
        self.dismiss.setObjectName("small")
        self.dismiss.setAccessibleName("Dismiss this message")
        self.dismiss.setToolTip("Dismiss this message")
        self.dismiss.setIconSize(QSize(14, 14))
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 8, 6)
        row.setSpacing(10)
        row.addWidget(self._picture)
        row.addWidget(self._sentence, 1)
        row.addWidget(self.restart)
        row.addWidget(self.dismiss)
        self.restart.clicked.connect(self.restart_wanted)
        self.dismiss.clicked.connect(self.hide)
        self.hide()

    def say(self, sentence: str, *, calm: bool = False, can_restart: bool = False) -> None:
        """Show a sentence; ``calm``: nothing has gone wrong."""
        if bool(self.property("calm")) != calm:
            self.setProperty("calm", calm)
            self.style().unpolish(self)
            self.style().polish(self)
        self._picture.setHidden(calm)
        self._sentence.setText(sentence)
        self.setAccessibleName(sentence)
        self.restart.setVisible(can_restart)
        self.show()

    def set_icons(self, warning: QIcon, close: QIcon) -> None:
        self._picture.setPixmap(warning.pixmap(QSize(18, 18)))
        self.dismiss.setIcon(close)

    @property
    def sentence(self) -> str:
        """What it says; "" while it is hidden."""
        return "" if self.isHidden() else self._sentence.text()
