"""What is remembered from one run to the next: the layout, the theme, and what was last typed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QMainWindow

from .verbs import complain
from .view.theme import MODES, Mode

if TYPE_CHECKING:
    from .view.playground import Playground

# Docks, tool bars and table columns as they are now. A layout remembered under another number is
# forgotten: restoring it would put panels where this window has none.
LAYOUT_VERSION: Final = 2


class Settings:
    """A thin, typed face on ``QSettings``. What cannot be read is as if it were not there."""

    def __init__(self, store: QSettings | None = None) -> None:
        self._store = store or QSettings(
            QSettings.Format.IniFormat, QSettings.Scope.UserScope, "Poolscope", "window"
        )

    # layout

    def save_layout(self, window: QMainWindow, header: QByteArray) -> None:
        self._store.setValue("layout/version", LAYOUT_VERSION)
        self._store.setValue("layout/geometry", window.saveGeometry())
        self._store.setValue("layout/state", window.saveState(LAYOUT_VERSION))
        self._store.setValue("layout/columns", header)

    def restore_geometry(self, window: QMainWindow) -> None:
        """Put the window where it was, as large as it was."""
        geometry = self._bytes("layout/geometry")
        if geometry is not None:
            window.restoreGeometry(geometry)

    def restore_layout(self, window: QMainWindow) -> QByteArray | None:
        """Put the panels as they were; returns the table's columns, None when nothing is known."""
        if self._number("layout/version") != LAYOUT_VERSION:
            return None
        state = self._bytes("layout/state")
        if state is not None:
            window.restoreState(state, LAYOUT_VERSION)
        return self._bytes("layout/columns")

    def page(self, pages: int) -> int:
        """Which tab beside the futures was in front; the first when it is not known."""
        found = self._number("layout/page") or 0
        return found if 0 <= found < pages else 0

    def set_page(self, page: int) -> None:
        self._store.setValue("layout/page", page)

    # theme

    @property
    def theme(self) -> Mode:
        found = self.text("theme")
        return next((mode for mode in MODES if mode == found), "system")

    @theme.setter
    def theme(self, mode: Mode) -> None:
        self._store.setValue("theme", mode)

    # texts

    def text(self, key: str) -> str:
        value = self._store.value(key, "")
        return value if isinstance(value, str) else ""

    def set_text(self, key: str, value: str) -> None:
        self._store.setValue(key, value)

    def share(self, key: str) -> float:
        """A factor that was remembered; 1 when there is none."""
        try:
            found = float(self.text(key))
        except ValueError:
            return 1.0
        return found if 0.01 < found < 100 else 1.0

    def folder(self) -> str:
        """Where the last file was opened or saved, if it is still there."""
        found = self.text("files/folder")
        return found if found and Path(found).is_dir() else str(Path.home())

    def set_folder(self, path: Path) -> None:
        self._store.setValue("files/folder", str(path.parent))

    # playground

    def save_playground(self, panel: Playground) -> None:
        self._store.setValue("playground/kind", panel.executor.kind.currentIndex())
        self._store.setValue("playground/method", panel.executor.method.currentText())
        self._store.setValue("playground/workers", panel.executor.workers.value())
        self._store.setValue("playground/count", panel.task.count.value())
        self._store.setValue("playground/task", panel.task.task.currentText())
        self._store.setValue("playground/when", panel.futures.return_when.currentText())
        self._store.setValue("playground/timeout", panel.futures.timeout.text())

    def restore_playground(self, panel: Playground) -> str:
        """Fill the controls in; returns the task to choose when the host has told its library."""
        kind = self._number("playground/kind")
        if kind is not None and 0 <= kind < panel.executor.kind.count():
            panel.executor.kind.setCurrentIndex(kind)
        panel.executor.method.setCurrentText(self.text("playground/method"))
        for key, spin in (
            ("playground/workers", panel.executor.workers),
            ("playground/count", panel.task.count),
        ):
            number = self._number(key)
            if number is not None:
                spin.setValue(number)
        panel.futures.return_when.setCurrentText(self.text("playground/when"))
        panel.futures.timeout.setText(self.text("playground/timeout"))
        return self.text("playground/task")

    def sync(self) -> None:
        """Write it to the disk; where that cannot be done it is said, as the window closes."""
        self._store.sync()
        if self._store.status() is QSettings.Status.AccessError:
            complain(
                f"{self._store.fileName()} cannot be written: the layout of the window and what "
                "was typed in it are not remembered"
            )

    def _number(self, key: str) -> int | None:
        try:
            return int(str(self._store.value(key, "")))
        except ValueError:
            return None

    def _bytes(self, key: str) -> QByteArray | None:
        value = self._store.value(key)
        return value if isinstance(value, QByteArray) and not value.isEmpty() else None
