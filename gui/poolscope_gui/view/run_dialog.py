"""Which script to run, and with which arguments."""

from __future__ import annotations

import shlex
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from .box import button, label, set_wrong


class RunDialog(QDialog):
    """Not modal to the pools: what runs goes on until *Run* is pressed."""

    run_wanted = Signal(str, list)  # path, arguments

    def __init__(
        self, script: str, arguments: str, folder: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Run a script")
        self.setMinimumWidth(520)
        self._folder = folder
        self.script = QLineEdit(script)
        self.script.setPlaceholderText("a Python script")
        self.arguments = QLineEdit(arguments)
        self.arguments.setPlaceholderText("as in a shell: --size 10 'two words'")
        self.browse = button("&Browse…")
        self.run = button("R&un", primary=True)
        self.run.setDefault(True)
        self.cancel = button("&Cancel")
        self.message = QLabel("The script runs in a process of its own; what runs now is ended.")
        self.message.setProperty("muted", True)
        self.message.setWordWrap(True)
        grid = QGridLayout()
        grid.addWidget(label("&script", self.script), 0, 0)
        grid.addWidget(self.script, 0, 1)
        grid.addWidget(self.browse, 0, 2)
        grid.addWidget(label("&arguments", self.arguments), 1, 0)
        grid.addWidget(self.arguments, 1, 1, 1, 2)
        line = QHBoxLayout()
        line.addStretch(1)
        line.addWidget(self.cancel)
        line.addWidget(self.run)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(10)
        column.addLayout(grid)
        column.addWidget(self.message)
        column.addLayout(line)
        self.browse.clicked.connect(self._browse)
        self.run.clicked.connect(self._run)
        self.cancel.clicked.connect(self.reject)
        for edit in (self.script, self.arguments):
            edit.textEdited.connect(self._right)

    def _browse(self) -> None:
        chooser = QFileDialog(self, "Run a script", self._folder, "Python scripts (*.py)")
        chooser.setFileMode(QFileDialog.FileMode.ExistingFile)
        chooser.fileSelected.connect(self.script.setText)
        chooser.fileSelected.connect(self._right)
        chooser.finished.connect(chooser.deleteLater)
        chooser.open()

    def _right(self) -> None:
        set_wrong(self.script, False)
        set_wrong(self.arguments, False)

    def _run(self) -> None:
        path = Path(self.script.text().strip()).expanduser()
        if not path.is_file():
            self._wrong(self.script, f"There is no file {path}: choose a Python script.")
            return
        try:
            arguments = shlex.split(self.arguments.text())
        except ValueError as error:
            self._wrong(self.arguments, f"The arguments cannot be read: {error}.")
            return
        self.run_wanted.emit(str(path), arguments)
        self.accept()

    def _wrong(self, edit: QLineEdit, sentence: str) -> None:
        set_wrong(edit, True)
        edit.setFocus()
        self.message.setText(sentence)
        self.message.setProperty("muted", False)
        set_wrong(self.message, True)
