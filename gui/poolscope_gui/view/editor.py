"""The window in which people write a function of their own and hand it to the host."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from poolscope_gui.model.palette import ThemeName
from poolscope_gui.model.source_check import Mark, check_source, mark_of

from .box import button
from .code_edit import CodeEdit

TEMPLATE = '''import math
import time


def count_primes(below: int, pause: float = 0.0) -> int:
    """How many primes there are below a number, the slow way."""
    time.sleep(pause)
    return sum(
        all(n % d for d in range(2, math.isqrt(n) + 1))
        for n in range(2, below)
    )
'''
_PAUSE_MS = 400  # after the last key, before what was typed is judged


class EditorDialog(QDialog):
    """Not modal: pools run on, and the window stays in use."""

    define_wanted = Signal(str)  # the source

    def __init__(self, source: str, theme: ThemeName, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Own functions")
        self.resize(640, 440)
        self._refusal = ""
        self.edit = CodeEdit(theme)
        self.edit.setPlainText(source or TEMPLATE)
        self.message = QLabel()
        self.message.setTextFormat(Qt.TextFormat.PlainText)  # <lambda> is no tag
        self.message.setWordWrap(True)
        self.message.setAccessibleName("What is wrong, or what to do")
        self.define = button("&Define", primary=True)
        self.close_button = button("C&lose")
        note = QLabel("Each function you define here can be submitted by its name.")
        note.setProperty("muted", True)
        line = QHBoxLayout()
        line.addWidget(self.message, 1)
        line.addWidget(self.define)
        line.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 12)
        column.addWidget(note)
        column.addWidget(self.edit, 1)
        column.addLayout(line)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_PAUSE_MS)
        self._later.timeout.connect(self.judge)
        self.edit.textChanged.connect(self._typed)
        self.define.clicked.connect(self._define)
        self.close_button.clicked.connect(self.close)
        QShortcut(QKeySequence("Ctrl+Return"), self).activated.connect(self.define.click)
        self._can_define = ""
        self.judge()

    @property
    def source(self) -> str:
        return self.edit.toPlainText()

    def apply(self, why_not: str) -> None:
        """Whether the host can take a definition now, and why not."""
        self._can_define = why_not
        self.define.setEnabled(not why_not)
        self.define.setToolTip(why_not or "Hand it to the host (Ctrl+Return)")

    def judge(self) -> Mark | None:
        """Mark what is wrong by itself, before the host sees it."""
        self._later.stop()
        mark = check_source(self.source)
        self.edit.set_mark(mark)
        self._say(mark.sentence if mark else "", wrong=mark is not None)
        return mark

    def refused(self, error: str, line: object = None) -> None:
        """The host did not take it: mark where."""
        mark = mark_of(error, line, self.edit.blockCount())
        self.edit.set_mark(mark)
        if mark.line:
            self.edit.go_to(mark.line)
        self._say(mark.sentence, wrong=True)

    def taken(self, names: list[str]) -> None:
        """The host took it."""
        self.edit.set_mark(None)
        self._say(f"{', '.join(names)}: ready to submit", wrong=False)

    def _typed(self) -> None:
        self._later.start()

    def _define(self) -> None:
        mark = self.judge()
        if mark:
            self.edit.go_to(mark.line)
            self.edit.setFocus()
        elif not self._can_define:
            self._say("sent to the host …", wrong=False)
            self.define_wanted.emit(self.source)

    def _say(self, text: str, *, wrong: bool) -> None:
        if bool(self.message.property("wrong")) != wrong:
            self.message.setProperty("wrong", wrong)
            self.message.style().unpolish(self.message)
            self.message.style().polish(self.message)
        self.message.setText(text)
